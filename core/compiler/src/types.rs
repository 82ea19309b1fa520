//! Base types to a draft of a pack.

use std::collections::{BTreeMap, BTreeSet};

use fhir_solicit_validator::{
    fhir::split_canonical,
    pack::{self, Draft, Kind, Severity, Strength},
};

use crate::{
    BASE, Error,
    corrections::corrected,
    definitions::{Constraint, Definitions, ElementDefinition, StructureDefinition, Type},
    extension,
    guide::{add_value_sets, keep_used_constraints},
    profile::Builder,
};

const FHIR_TYPE: &str = "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type";

/// What a pack of base types is to hold.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// What the pack is called.
    pub id: String,
    /// Its resource types; none means all there are.
    pub resources: Vec<String>,
    /// Its extensions, by the last part of their URLs; none means all there are.
    pub extensions: Vec<String>,
    /// Whether it holds the profiles that R4 itself has, such as `vitalsigns`.
    pub profiles: bool,
}

/// Compiles the selected resource types and every data type they can hold.
///
/// # Errors
/// [`Error`] where a type is not defined, or says what this compiler does not know.
pub fn compile(definitions: &Definitions, selection: &Selection, source: &str) -> Result<Draft, Error> {
    let mut compiler = Compiler {
        definitions,
        draft: Draft { id: selection.id.clone(), source: source.into(), ..Draft::default() },
    };
    let mut open: Vec<String> = vec!["Resource".into(), "DomainResource".into()];
    if selection.resources.is_empty() {
        open.extend(compiler.resources().map(Into::into));
    } else {
        open.extend(selection.resources.iter().cloned());
    }
    while let Some(name) = open.pop() {
        if !compiler.draft.structures.contains_key(&name) {
            open.extend(compiler.add_type(&name)?);
        }
    }
    for name in compiler.resources() {
        let outline = pack::Structure { kind: Kind::NamedResource, elements: vec![], constraints: vec![] };
        compiler.draft.structures.entry(name.into()).or_insert(outline);
    }
    // Who describes a server speaks of them.
    let statement = compiler.draft.structures.get("CapabilityStatement");
    if statement.is_some_and(|statement| statement.kind == Kind::Resource) {
        compiler.draft.search_parameters.clone_from(&definitions.search_parameters);
    }
    compiler.add_extensions(&selection.extensions)?;
    if selection.profiles {
        compiler.add_profiles()?;
    }
    compiler.drop_inherited_constraints();
    add_value_sets(&mut compiler.draft, definitions, &Draft::default());
    Ok(compiler.draft)
}

struct Compiler<'d> {
    definitions: &'d Definitions,
    draft: Draft,
}

impl<'d> Compiler<'d> {
    /// The names of all resource types that an instance can have.
    fn resources(&self) -> impl Iterator<Item = &'d str> + use<'d> {
        let all = self.definitions.structures.values();
        let resources = all.filter(|one| is_base(one) && one.kind == "resource" && !one.is_abstract);
        resources.map(|one| one.type_name.as_str())
    }

    /// Adds a type with the structures inside it; gives the types it needs.
    fn add_type(&mut self, name: &str) -> Result<BTreeSet<String>, Error> {
        let definition = self
            .definitions
            .structures
            .get(&format!("{BASE}{name}"))
            .filter(|definition| is_base(definition))
            .ok_or_else(|| Error::Missing(name.into()))?;
        let kind = match definition.kind.as_str() {
            "resource" if definition.is_abstract => Kind::AbstractResource,
            "resource" => Kind::Resource,
            "complex-type" => Kind::DataType,
            "primitive-type" => Kind::Primitive,
            _ => return Err(unknown(name, "", "kind of definition", &definition.kind)),
        };
        let all = &definition.elements;
        // An element that others stand below is a structure of its own.
        let parents: BTreeSet<&str> = all
            .iter()
            .filter_map(|element| element.fields.path.rsplit_once('.'))
            .map(|(parent, _)| parent)
            .collect();
        let mut needed = BTreeSet::new();
        for element in all {
            let path = element.fields.path.as_str();
            let is_root = path == name;
            if is_root || parents.contains(path) {
                let kind = if is_root { kind } else { Kind::Backbone };
                let constraints = compile_constraints(path, "", &element.fields.constraint)?;
                let structure = pack::Structure { kind, elements: vec![], constraints };
                self.draft.structures.insert(path.into(), structure);
            }
            let (parent, own) = path.rsplit_once('.').unwrap_or_default();
            // The value of a primitive is the JSON value itself.
            if is_root || (kind == Kind::Primitive && own == "value") {
                continue;
            }
            let is_structure = parents.contains(path);
            let compiled = compile_element(element, is_structure)?;
            needed
                .extend(compiled.types.iter().map(|one| one.name.clone()).filter(|name| !name.contains('.')));
            if let Some(structure) = self.draft.structures.get_mut(parent) {
                structure.elements.push(compiled);
            }
        }
        Ok(needed)
    }

    /// Adds the extensions with these names, or all.
    fn add_extensions(&mut self, names: &[String]) -> Result<(), Error> {
        let mut builder = Builder::new(self.definitions, &self.draft);
        let mut structures = Vec::new();
        for definition in self.definitions.structures.values().filter(|one| extension::is_one(one)) {
            let name = definition.url.strip_prefix(BASE).unwrap_or(&definition.url);
            if !names.is_empty() && !names.iter().any(|one| one == name) {
                continue;
            }
            let Some(root) = builder.build(&definition.url)?.map(|profile| profile.root.clone()) else {
                continue;
            };
            structures.extend(extension::structures(definition, &root, &self.draft, &builder.constraints)?);
        }
        self.draft.structures.extend(structures);
        Ok(())
    }

    /// A snapshot repeats the constraints of a type wherever it is used; once is enough.
    fn drop_inherited_constraints(&mut self) {
        let of_types: BTreeMap<String, Vec<pack::Constraint>> = self
            .draft
            .structures
            .iter()
            .map(|(name, structure)| (name.clone(), structure.constraints.clone()))
            .collect();
        for structure in self.draft.structures.values_mut() {
            for element in &mut structure.elements {
                let types = &element.types;
                element.constraints.retain(|constraint| {
                    !types
                        .iter()
                        .all(|one| of_types.get(&one.name).is_some_and(|own| own.contains(constraint)))
                });
            }
        }
    }

    /// Adds the profiles on the types that are here.
    fn add_profiles(&mut self) -> Result<(), Error> {
        let mut builder = Builder::new(self.definitions, &self.draft);
        let mut profiles = BTreeMap::new();
        for definition in self.definitions.structures.values() {
            let is_here = self.draft.structures.contains_key(&definition.type_name);
            if definition.is_constraint && !extension::is_one(definition) && is_here {
                let profile = builder.build(&definition.url)?.cloned();
                profiles.extend(profile.map(|profile| (profile.url.clone(), profile)));
            }
        }
        let constraints = builder.constraints;
        self.draft.profiles = profiles;
        self.draft.profile_constraints = constraints;
        keep_used_constraints(&mut self.draft);
        Ok(())
    }
}

fn compile_element(element: &ElementDefinition, is_structure: bool) -> Result<pack::Element, Error> {
    let path = element.fields.path.as_str();
    let (_, name) = path.rsplit_once('.').unwrap_or_default();
    let own = |name: &str| vec![pack::Type { name: name.into(), targets: vec![] }];
    let types = match &element.fields.content_reference {
        Some(reference) => own(reference.trim_start_matches('#')),
        None if is_structure => own(path),
        None => element.fields.types.iter().map(|one| compile_type(element, one)).collect(),
    };
    let max = compile_max(path, "", element.fields.max.as_deref().unwrap_or("*"))?;
    let binding = match &element.fields.binding {
        Some(binding) => match &binding.value_set {
            Some(url) => {
                let (url, _) = split_canonical(url);
                compile_strength(path, "", &binding.strength)?.map(|strength| (strength, url.to_owned()))
            }
            None => None,
        },
        None => None,
    };
    Ok(pack::Element {
        name: name.into(),
        min: element.fields.min.unwrap_or_default(),
        max,
        is_modifier: element.fields.is_modifier,
        types,
        binding,
        // Those of a structure of its own are with the structure.
        constraints: if is_structure {
            vec![]
        } else {
            compile_constraints(path, "", &element.fields.constraint)?
        },
    })
}

fn compile_type(element: &ElementDefinition, one: &Type) -> pack::Type {
    // Elements such as `id` and `Extension.url` name their FHIR type in an extension; R4 says
    // `string` there for the id of a resource, which is an `id` (R4 resource, Resource.id).
    let named = one.extension.iter().find(|extension| extension.url == FHIR_TYPE);
    let name = match (&element.fields.base, named.and_then(|extension| extension.value_url.as_deref())) {
        (Some(base), _) if base.path == "Resource.id" => "id",
        (_, Some(name)) => name,
        // `xhtml.id` lacks the extension.
        _ if one.code == "http://hl7.org/fhirpath/System.String" => "string",
        _ => &one.code,
    };
    let targets = one.target_profile.iter().filter_map(|url| url.strip_prefix(BASE)).collect::<Vec<_>>();
    // Canonicals point by URL, which says nothing about the type.
    let is_open = one.code != "Reference" || targets.contains(&"Resource");
    let targets = if is_open { vec![] } else { targets.into_iter().map(Into::into).collect() };
    pack::Type { name: name.into(), targets }
}

fn is_base(definition: &StructureDefinition) -> bool {
    !definition.is_constraint && definition.kind != "logical"
}

pub(crate) fn compile_constraints(
    definition: &str,
    element: &str,
    all: &[Constraint],
) -> Result<Vec<pack::Constraint>, Error> {
    let with_expression =
        all.iter().filter_map(|one| Some((one, corrected(one.expression.as_deref()?).to_owned())));
    with_expression
        .map(|(one, expression)| {
            let severity = match one.severity.as_str() {
                "error" => Severity::Error,
                "warning" => Severity::Warning,
                "information" => Severity::Information,
                other => return Err(unknown(definition, element, "constraint severity", other)),
            };
            Ok(pack::Constraint { key: one.key.clone(), severity, expression })
        })
        .collect()
}

/// An example binding rules nothing, so it is left out.
pub(crate) fn compile_strength(
    definition: &str,
    element: &str,
    code: &str,
) -> Result<Option<Strength>, Error> {
    Ok(match code {
        "required" => Some(Strength::Required),
        "extensible" => Some(Strength::Extensible),
        "preferred" => Some(Strength::Preferred),
        "example" => None,
        other => return Err(unknown(definition, element, "binding strength", other)),
    })
}

/// `None` for `*`.
pub(crate) fn compile_max(definition: &str, element: &str, max: &str) -> Result<Option<u32>, Error> {
    match max {
        "*" => Ok(None),
        digits => digits.parse().map(Some).map_err(|_| unknown(definition, element, "maximum", digits)),
    }
}

pub(crate) fn unknown(definition: &str, element: &str, what: &'static str, found: &str) -> Error {
    Error::Unknown { definition: definition.into(), element: element.into(), what, found: found.into() }
}
