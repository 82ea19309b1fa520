//! Definitions as FHIR publishes them.

use std::collections::BTreeMap;

use crate::json::{Document, FromJson, ParseError, Unfit, Value};

/// What was given to compile, by canonical URL.
#[derive(Default)]
pub struct Definitions {
    pub(crate) structures: BTreeMap<String, StructureDefinition>,
    pub(crate) value_sets: BTreeMap<String, ValueSet>,
    pub(crate) code_systems: BTreeMap<String, CodeSystem>,
}

/// Why a definition could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DefinitionsError {
    /// The file is not JSON.
    #[error("{file} is not JSON: {source}")]
    Json {
        /// The name it was given by.
        file: String,
        /// What is wrong with it.
        source: ParseError,
    },
    /// The file is JSON, and not the resource that its type promises.
    #[error("{file} is not what a {resource_type} is: {source}")]
    Malformed {
        /// The name it was given by.
        file: String,
        /// What it says it is.
        resource_type: String,
        /// What is wrong with it.
        source: Unfit,
    },
}

#[derive(FromJson)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StructureDefinition {
    pub(crate) url: String,
    pub(crate) kind: String,
    #[serde(rename = "type")]
    pub(crate) type_name: String,
    #[serde(default)]
    pub(crate) r#abstract: bool,
    #[serde(default)]
    pub(crate) derivation: Option<String>,
    #[serde(default)]
    pub(crate) context: Vec<Context>,
    #[serde(default)]
    pub(crate) snapshot: Snapshot,
}

/// Where an extension may stand.
#[derive(FromJson)]
pub(crate) struct Context {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) expression: String,
}

#[derive(Default, FromJson)]
pub(crate) struct Snapshot {
    pub(crate) element: Vec<ElementDefinition>,
}

#[derive(FromJson)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ElementDefinition {
    pub(crate) id: String,
    pub(crate) path: String,
    pub(crate) min: u32,
    pub(crate) max: String,
    pub(crate) base: Option<Base>,
    #[serde(default, rename = "type")]
    pub(crate) types: Vec<Type>,
    pub(crate) content_reference: Option<String>,
    #[serde(default)]
    pub(crate) constraint: Vec<Constraint>,
    pub(crate) binding: Option<Binding>,
    #[serde(default)]
    pub(crate) is_modifier: bool,
    pub(crate) fixed_uri: Option<String>,
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
    pub(crate) target_profile: Vec<String>,
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
    pub(crate) concept: Vec<Concept>,
}

impl Definitions {
    /// Adds the resource in `bytes`, where it is one that is used here; of two with the same URL the later.
    ///
    /// # Errors
    /// [`DefinitionsError`] where it is not JSON, or not what its `resourceType` says.
    pub fn add(&mut self, file: &str, bytes: &[u8]) -> Result<(), DefinitionsError> {
        let document =
            Document::parse(bytes).map_err(|source| DefinitionsError::Json { file: file.into(), source })?;
        let root = document.root();
        let resource_type = root.string("resourceType").unwrap_or_default();
        self.insert(&resource_type, root).map_err(|source| DefinitionsError::Malformed {
            file: file.into(),
            resource_type: resource_type.into(),
            source,
        })
    }

    fn insert(&mut self, resource_type: &str, root: Value<'_>) -> Result<(), Unfit> {
        match resource_type {
            "StructureDefinition" => {
                let one = StructureDefinition::from_json(root)?;
                self.structures.insert(one.url.clone(), one);
            }
            "ValueSet" => {
                let one = ValueSet::from_json(root)?;
                self.value_sets.insert(one.url.clone(), one);
            }
            "CodeSystem" => {
                let one = CodeSystem::from_json(root)?;
                self.code_systems.insert(one.url.clone(), one);
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether nothing was given that could be compiled.
    pub fn is_empty(&self) -> bool {
        self.structures.is_empty() && self.value_sets.is_empty() && self.code_systems.is_empty()
    }
}
