//! Definitions as FHIR publishes them.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Error, Manifest,
    json::{Document, FromJson, Limits, Unfit, Value},
};

/// No honest definition nests deeper, and concepts are gone through by recursion.
const LIMITS: Limits = Limits { bytes: 256 << 20, depth: 200 };

/// What was given to compile, by canonical URL.
#[derive(Default)]
pub struct Definitions {
    pub(crate) structures: BTreeMap<String, StructureDefinition>,
    pub(crate) value_sets: BTreeMap<String, ValueSet>,
    pub(crate) code_systems: BTreeMap<String, CodeSystem>,
    /// As JSON.
    pub(crate) questionnaires: BTreeMap<String, String>,
    /// The types of search parameters.
    pub(crate) search_parameters: BTreeMap<String, String>,
    pub(crate) packages: Vec<Manifest>,
    /// The profile that an example is one of, by `Type/id`, as the guide says.
    pub(crate) examples: BTreeMap<String, String>,
    /// The files that nothing is compiled from, with their types.
    pub(crate) unused: BTreeSet<(String, String)>,
}

pub(crate) struct StructureDefinition {
    pub(crate) url: String,
    pub(crate) version: Option<String>,
    pub(crate) kind: String,
    pub(crate) type_name: String,
    pub(crate) is_abstract: bool,
    pub(crate) is_constraint: bool,
    pub(crate) base: Option<String>,
    pub(crate) context: Vec<Context>,
    /// Those of the snapshot where there is one, else of the differential.
    pub(crate) elements: Vec<ElementDefinition>,
    pub(crate) has_snapshot: bool,
}

/// What a StructureDefinition says beside its elements.
#[derive(FromJson)]
#[serde(rename_all = "camelCase")]
struct Head {
    url: String,
    version: Option<String>,
    kind: String,
    #[serde(rename = "type")]
    type_name: String,
    #[serde(default)]
    r#abstract: bool,
    derivation: Option<String>,
    base_definition: Option<String>,
    #[serde(default)]
    context: Vec<Context>,
}

/// Where an extension may stand.
#[derive(FromJson)]
pub(crate) struct Context {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) expression: String,
}

/// An element that a StructureDefinition defines or narrows.
pub(crate) struct ElementDefinition {
    pub(crate) fields: Fields,
    pub(crate) fixed: Option<Document>,
    pub(crate) pattern: Option<Document>,
    pub(crate) min_value: Option<Document>,
    pub(crate) max_value: Option<Document>,
}

/// What of an element is called the same whatever its type.
#[derive(FromJson)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Fields {
    #[serde(default)]
    pub(crate) id: String,
    pub(crate) path: String,
    pub(crate) slice_name: Option<String>,
    pub(crate) slicing: Option<Slicing>,
    pub(crate) min: Option<u32>,
    pub(crate) max: Option<String>,
    pub(crate) base: Option<Base>,
    #[serde(default, rename = "type")]
    pub(crate) types: Vec<Type>,
    pub(crate) content_reference: Option<String>,
    pub(crate) max_length: Option<u32>,
    pub(crate) must_support: Option<bool>,
    #[serde(default)]
    pub(crate) constraint: Vec<Constraint>,
    pub(crate) binding: Option<Binding>,
    #[serde(default)]
    pub(crate) is_modifier: bool,
}

#[derive(FromJson)]
pub(crate) struct Slicing {
    #[serde(default)]
    pub(crate) discriminator: Vec<Discriminator>,
    #[serde(default)]
    pub(crate) ordered: bool,
    #[serde(default)]
    pub(crate) rules: String,
}

#[derive(FromJson)]
pub(crate) struct Discriminator {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) path: String,
}

#[derive(FromJson)]
pub(crate) struct Base {
    pub(crate) path: String,
}

#[derive(FromJson)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Type {
    pub(crate) code: String,
    #[serde(default)]
    pub(crate) profile: Vec<String>,
    #[serde(default)]
    pub(crate) target_profile: Vec<String>,
    #[serde(default)]
    pub(crate) aggregation: Vec<String>,
    pub(crate) versioning: Option<String>,
    #[serde(default)]
    pub(crate) extension: Vec<TypeExtension>,
}

#[derive(FromJson)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TypeExtension {
    pub(crate) url: String,
    pub(crate) value_url: Option<String>,
}

#[derive(FromJson)]
pub(crate) struct Constraint {
    pub(crate) key: String,
    pub(crate) severity: String,
    pub(crate) expression: Option<String>,
}

#[derive(FromJson)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Binding {
    pub(crate) strength: String,
    pub(crate) value_set: Option<String>,
}

#[derive(FromJson)]
pub(crate) struct ValueSet {
    url: String,
    pub(crate) compose: Option<Compose>,
}

#[derive(FromJson)]
pub(crate) struct Compose {
    pub(crate) include: Vec<Include>,
    #[serde(default)]
    pub(crate) exclude: Vec<Include>,
}

#[derive(FromJson)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Include {
    pub(crate) system: Option<String>,
    #[serde(default)]
    pub(crate) concept: Vec<Concept>,
    #[serde(default)]
    pub(crate) filter: Vec<Filter>,
    #[serde(default)]
    pub(crate) value_set: Vec<String>,
}

/// A property that codes must have; which it is does not matter, as properties are not read.
#[derive(FromJson)]
pub(crate) struct Filter {}

#[derive(FromJson)]
pub(crate) struct CodeSystem {
    url: String,
    pub(crate) content: String,
    #[serde(default)]
    pub(crate) concept: Vec<Concept>,
}

#[derive(FromJson)]
pub(crate) struct Concept {
    pub(crate) code: String,
    #[serde(default)]
    pub(crate) concept: Vec<Self>,
}

#[derive(FromJson)]
struct ImplementationGuide {
    definition: Option<GuideDefinition>,
}

#[derive(FromJson)]
struct GuideDefinition {
    #[serde(default)]
    resource: Vec<GuideResource>,
}

#[derive(FromJson)]
#[serde(rename_all = "camelCase")]
struct GuideResource {
    reference: GuideReference,
    example_canonical: Option<String>,
}

#[derive(FromJson)]
struct GuideReference {
    reference: Option<String>,
}

impl Definitions {
    /// Adds the resource in `bytes`, where it is one that is used here, or each of a Bundle; of two with the
    /// same URL the later.
    ///
    /// # Errors
    /// [`Error::Json`] where it is not JSON, [`Error::Malformed`] where it is not what its `resourceType` says.
    pub fn add(&mut self, file: &str, bytes: &[u8]) -> Result<(), Error> {
        let document = Document::parse_within(bytes, LIMITS)
            .map_err(|source| Error::Json { file: file.into(), source })?;
        let root = document.root();
        let entries = root.list("entry").filter_map(|entry| entry.get("resource"));
        let is_bundle = root.string("resourceType").as_deref() == Some("Bundle");
        let resources = if is_bundle { entries.collect() } else { vec![root] };
        resources.into_iter().try_for_each(|resource| self.add_resource(file, resource))
    }

    fn add_resource(&mut self, file: &str, resource: Value<'_>) -> Result<(), Error> {
        let resource_type = resource.string("resourceType").unwrap_or_default();
        self.insert(file, &resource_type, resource).map_err(|(element, source)| Error::Malformed {
            file: file.into(),
            resource_type: resource_type.into(),
            element,
            source,
        })
    }

    fn insert(&mut self, file: &str, resource_type: &str, root: Value<'_>) -> Result<(), Fault> {
        let whole = |source| (String::new(), source);
        match resource_type {
            "StructureDefinition" => {
                let one = StructureDefinition::read(root)?;
                self.structures.insert(one.url.clone(), one);
            }
            "ValueSet" => {
                let one = ValueSet::from_json(root).map_err(whole)?;
                self.value_sets.insert(one.url.clone(), one);
            }
            "CodeSystem" => {
                let one = CodeSystem::from_json(root).map_err(whole)?;
                self.code_systems.insert(one.url.clone(), one);
            }
            "Questionnaire" => {
                let url = root.string("url").ok_or_else(|| whole(Unfit::Missing("url")))?;
                self.questionnaires.extend(compact(root).map(|one| (url.into_owned(), one.into_text())));
            }
            // One without these says nothing that is asked of it, and is no reason to do without all the others.
            "SearchParameter" if root.string("url").is_some() && root.string("type").is_some() => {
                let text = |name| root.string(name).unwrap_or_default().into_owned();
                self.search_parameters.insert(text("url"), text("type"));
            }
            "ImplementationGuide" => {
                let guide = ImplementationGuide::from_json(root).map_err(whole)?;
                for one in guide.definition.into_iter().flat_map(|definition| definition.resource) {
                    if let (Some(reference), Some(profile)) = (one.reference.reference, one.example_canonical)
                    {
                        self.examples.insert(reference, profile);
                    }
                }
            }
            _ => {
                self.unused.insert((file.into(), resource_type.into()));
            }
        }
        Ok(())
    }

    /// The profiles that examples are of, by `Type/id`, where a guide says so (`exampleCanonical`).
    pub fn examples(&self) -> &BTreeMap<String, String> {
        &self.examples
    }

    /// Whether nothing was given that could be compiled.
    pub fn is_empty(&self) -> bool {
        self.structures.is_empty()
            && self.value_sets.is_empty()
            && self.code_systems.is_empty()
            && self.questionnaires.is_empty()
            && self.search_parameters.is_empty()
    }
}

/// What is wrong with a resource, and with which element that it defines; none where it is not one.
type Fault = (String, Unfit);

impl StructureDefinition {
    fn read(root: Value<'_>) -> Result<Self, Fault> {
        let head = Head::from_json(root).map_err(|source| (String::new(), source))?;
        let elements = |view: &str| -> Result<Vec<ElementDefinition>, Fault> {
            let all = root.get(view).into_iter().flat_map(|view| view.list("element"));
            all.map(ElementDefinition::read).collect()
        };
        let snapshot = elements("snapshot")?;
        let has_snapshot = !snapshot.is_empty();
        Ok(Self {
            url: head.url,
            version: head.version,
            kind: head.kind,
            type_name: head.type_name,
            is_abstract: head.r#abstract,
            is_constraint: head.derivation.as_deref() == Some("constraint"),
            base: head.base_definition,
            context: head.context,
            elements: if has_snapshot { snapshot } else { elements("differential")? },
            has_snapshot,
        })
    }
}

impl ElementDefinition {
    fn read(value: Value<'_>) -> Result<Self, Fault> {
        let fields = Fields::from_json(value).map_err(|source| {
            let name = value.string("id").or_else(|| value.string("path"));
            (name.unwrap_or_default().into_owned(), source)
        })?;
        let mut one = Self { fields, fixed: None, pattern: None, min_value: None, max_value: None };
        for (key, value) in value.members() {
            let key = key.as_str();
            // Behind these stands the name of a type, which the value shows as well.
            for (prefix, place) in [
                ("fixed", &mut one.fixed),
                ("pattern", &mut one.pattern),
                ("minValue", &mut one.min_value),
                ("maxValue", &mut one.max_value),
            ] {
                if key.strip_prefix(prefix).is_some_and(|of| of.starts_with(char::is_uppercase)) {
                    *place = compact(value);
                }
            }
        }
        Ok(one)
    }

    /// What to call it in an error.
    pub(crate) fn name(&self) -> &str {
        if self.fields.id.is_empty() { &self.fields.path } else { &self.fields.id }
    }
}

/// The value without the white space between its parts, so that equal values are equal texts.
fn compact(value: Value<'_>) -> Option<Document> {
    let mut text = String::new();
    let (mut is_string, mut is_escaped) = (false, false);
    for char in value.raw().chars() {
        if is_string || !char.is_ascii_whitespace() {
            text.push(char);
        }
        is_string ^= char == '"' && !is_escaped;
        is_escaped = is_string && char == '\\' && !is_escaped;
    }
    Document::parse(text).ok()
}
