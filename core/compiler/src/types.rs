//! Base types to a draft of a pack.

use std::collections::{BTreeMap, BTreeSet};

use fhir_solicit_validator::pack::{self, Draft, Kind, Severity, Strength};

use crate::{
    definitions::{Constraint, Definitions, ElementDefinition, StructureDefinition, Type},
    extension, value_set,
};

const BASE: &str = "http://hl7.org/fhir/StructureDefinition/";
const FHIR_TYPE: &str = "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type";

/// Most codes of a value set that is only advice. LOINC's types of document, 6,401 of them, would
/// triple the pack of the exchange.
const MOST_ADVISED: usize = 1_000;

/// What a pack of base types is to hold.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// What the pack is called.
    pub id: String,
    /// Its resource types; none means all there are.
    pub resources: Vec<String>,
    /// Its extensions, by the last part of their URLs; none means all there are.
    pub extensions: Vec<String>,
}

/// Why definitions could not be compiled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// A type or element that another needs is not among the definitions.
    #[error("the definitions have no {0}")]
    Missing(String),
    /// A definition says something that this compiler does not understand.
    #[error("{path}: {what} is not known to this compiler: {found}")]
    Unknown {
        /// Where, as a definition's URL or an element's path.
        path: String,
        /// What kind of thing.
        what: &'static str,
        /// What was found.
        found: String,
    },
}

/// Compiles the selected resource types and every data type they can hold.
///
/// # Errors
/// [`CompileError`] where a type is not defined, or says what this compiler does not know.
pub fn compile(
    definitions: &Definitions,
    selection: &Selection,
    source: &str,
) -> Result<Draft, CompileError> {
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
    for definition in definitions.structures.values().filter(|one| extension::is_one(one)) {
        let name = definition.url.strip_prefix(BASE).unwrap_or(&definition.url);
        if !selection.extensions.is_empty() && !selection.extensions.iter().any(|one| one == name) {
            continue;
        }
        open.extend(extension::add(&mut compiler.draft, definition)?);
        while let Some(name) = open.pop() {
            if !compiler.draft.structures.contains_key(&name) {
                open.extend(compiler.add_type(&name)?);
            }
        }
    }
    let names: Vec<String> = compiler.resources().map(Into::into).collect();
    for name in names {
        let outline = pack::Structure { kind: Kind::NamedResource, elements: vec![], constraints: vec![] };
        compiler.draft.structures.entry(name).or_insert(outline);
    }
    compiler.drop_inherited_constraints();
    compiler.add_value_sets();
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
        let resources = all.filter(|one| is_base(one) && one.kind == "resource" && !one.r#abstract);
        resources.map(|one| one.type_name.as_str())
    }

    /// Adds a type with the structures inside it; gives the types it needs.
    fn add_type(&mut self, name: &str) -> Result<BTreeSet<String>, CompileError> {
        let definition = self
            .definitions
            .structures
            .get(&format!("{BASE}{name}"))
            .filter(|definition| is_base(definition))
            .ok_or_else(|| CompileError::Missing(name.into()))?;
        let kind = match definition.kind.as_str() {
            "resource" if definition.r#abstract => Kind::AbstractResource,
            "resource" => Kind::Resource,
            "complex-type" => Kind::DataType,
            "primitive-type" => Kind::Primitive,
            _ => return Err(unknown(name, "kind of definition", &definition.kind)),
        };
        let all = &definition.snapshot.element;
        // An element that others stand below is a structure of its own.
        let parents: BTreeSet<&str> = all
            .iter()
            .filter_map(|element| element.path.rsplit_once('.'))
            .map(|(parent, _)| parent)
            .collect();
        let mut needed = BTreeSet::new();
        for element in all {
            let path = element.path.as_str();
            let is_root = path == name;
            if is_root || parents.contains(path) {
                let kind = if is_root { kind } else { Kind::Backbone };
                let constraints = constraints(path, &element.constraint)?;
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

    /// Adds the value sets whose codes are checked.
    fn add_value_sets(&mut self) {
        let elements = self.draft.structures.values().flat_map(|one| &one.elements);
        let mut bindings: BTreeMap<&String, Strength> = BTreeMap::new();
        for (strength, url) in elements.filter_map(|one| one.binding.as_ref()) {
            let strongest = bindings.entry(url).or_insert(*strength);
            *strongest = *strength.min(strongest);
        }
        let expand = |(url, strength): (&String, _)| {
            let expanded = value_set::expand(self.definitions, url);
            let is_worth_it = match &expanded {
                pack::ValueSet::Codes(codes) => strength == Strength::Required || codes.len() <= MOST_ADVISED,
                _ => true,
            };
            (url.clone(), if is_worth_it { expanded } else { pack::ValueSet::Open })
        };
        self.draft.value_sets = bindings.into_iter().map(expand).collect();
    }
}

pub(crate) fn compile_element(
    element: &ElementDefinition,
    is_structure: bool,
) -> Result<pack::Element, CompileError> {
    let path = element.path.as_str();
    let (_, name) = path.rsplit_once('.').unwrap_or_default();
    let own = |name: &str| vec![pack::Type { name: name.into(), targets: vec![] }];
    let types = match &element.content_reference {
        Some(reference) => own(reference.trim_start_matches('#')),
        None if is_structure => own(path),
        None => element.types.iter().map(|one| compile_type(element, one)).collect(),
    };
    let max = match element.max.as_str() {
        "*" => None,
        digits => Some(digits.parse().map_err(|_| unknown(path, "maximum", digits))?),
    };
    let binding = match &element.binding {
        Some(binding) => match &binding.value_set {
            Some(url) => {
                let (url, _) = url.split_once('|').unwrap_or((url, ""));
                strength(path, &binding.strength)?.map(|strength| (strength, url.to_owned()))
            }
            None => None,
        },
        None => None,
    };
    Ok(pack::Element {
        name: name.into(),
        min: element.min,
        max,
        is_modifier: element.is_modifier,
        types,
        binding,
        // Those of a structure of its own are with the structure.
        constraints: if is_structure { vec![] } else { constraints(path, &element.constraint)? },
    })
}

fn compile_type(element: &ElementDefinition, one: &Type) -> pack::Type {
    // Elements such as `id` and `Extension.url` name their FHIR type in an extension; R4 says
    // `string` there for the id of a resource, which is an `id` (R4 resource, Resource.id).
    let named = one.extension.iter().find(|extension| extension.url == FHIR_TYPE);
    let name = match (&element.base, named.and_then(|extension| extension.value_url.as_deref())) {
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
    definition.derivation.as_deref() != Some("constraint") && definition.kind != "logical"
}

pub(crate) fn constraints(path: &str, all: &[Constraint]) -> Result<Vec<pack::Constraint>, CompileError> {
    let with_expression = all.iter().filter_map(|one| Some((one, one.expression.clone()?)));
    with_expression
        .map(|(one, expression)| {
            let severity = match one.severity.as_str() {
                "error" => Severity::Error,
                "warning" => Severity::Warning,
                other => return Err(unknown(path, "constraint severity", other)),
            };
            Ok(pack::Constraint { key: one.key.clone(), severity, expression })
        })
        .collect()
}

/// An example binding rules nothing, so it is left out.
fn strength(path: &str, code: &str) -> Result<Option<Strength>, CompileError> {
    Ok(match code {
        "required" => Some(Strength::Required),
        "extensible" => Some(Strength::Extensible),
        "preferred" => Some(Strength::Preferred),
        "example" => None,
        other => return Err(unknown(path, "binding strength", other)),
    })
}

pub(crate) fn unknown(path: &str, what: &'static str, found: &str) -> CompileError {
    CompileError::Unknown { path: path.into(), what, found: found.into() }
}
