//! Definitions as HL7 publishes them, read from an unpacked npm package.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, de::DeserializeOwned};

/// What a package defines, by canonical URL.
pub(crate) struct Definitions {
    pub(crate) structures: BTreeMap<String, StructureDefinition>,
    pub(crate) value_sets: BTreeMap<String, ValueSet>,
    pub(crate) code_systems: BTreeMap<String, CodeSystem>,
}

/// Why definitions could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DefinitionsError {
    #[error("no definitions in {0}: run `npm ci`, or name the unpacked package with `--definitions DIR`")]
    Absent(PathBuf),
    #[error("{0}: {1}")]
    Unreadable(PathBuf, io::Error),
    #[error("{0} is not what its name says: {1}")]
    Malformed(PathBuf, serde_json::Error),
}

#[derive(Deserialize)]
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
#[derive(Deserialize)]
pub(crate) struct Context {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) expression: String,
}

#[derive(Default, Deserialize)]
pub(crate) struct Snapshot {
    pub(crate) element: Vec<ElementDefinition>,
}

#[derive(Deserialize)]
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

#[derive(Deserialize)]
pub(crate) struct Base {
    pub(crate) path: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Type {
    pub(crate) code: String,
    #[serde(default)]
    pub(crate) target_profile: Vec<String>,
    #[serde(default)]
    pub(crate) extension: Vec<TypeExtension>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TypeExtension {
    pub(crate) url: String,
    pub(crate) value_url: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Constraint {
    pub(crate) key: String,
    pub(crate) severity: String,
    pub(crate) expression: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Binding {
    pub(crate) strength: String,
    pub(crate) value_set: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct ValueSet {
    url: String,
    pub(crate) compose: Option<Compose>,
}

#[derive(Deserialize)]
pub(crate) struct Compose {
    pub(crate) include: Vec<Include>,
    #[serde(default)]
    pub(crate) exclude: Vec<Include>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Include {
    pub(crate) system: Option<String>,
    #[serde(default)]
    pub(crate) concept: Vec<Concept>,
    #[serde(default)]
    pub(crate) filter: Vec<serde_json::Value>,
    #[serde(default)]
    pub(crate) value_set: Vec<String>,
}

#[derive(Deserialize)]
pub(crate) struct CodeSystem {
    url: String,
    pub(crate) content: String,
    #[serde(default)]
    pub(crate) concept: Vec<Concept>,
}

#[derive(Deserialize)]
pub(crate) struct Concept {
    pub(crate) code: String,
    #[serde(default)]
    pub(crate) concept: Vec<Concept>,
}

impl Definitions {
    /// Reads the StructureDefinitions, ValueSets and CodeSystems in `folder`.
    pub(crate) fn read(folder: &Path) -> Result<Self, DefinitionsError> {
        let mut files: Vec<PathBuf> = fs::read_dir(folder)
            .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
            .map_err(|_| DefinitionsError::Absent(folder.to_owned()))?;
        // In order, so that two definitions of one URL are settled alike everywhere.
        files.sort();
        let mut read =
            Self { structures: BTreeMap::new(), value_sets: BTreeMap::new(), code_systems: BTreeMap::new() };
        for file in files {
            if file.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let name = file.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
            match name.split_once('-').map(|(resource_type, _)| resource_type) {
                Some("StructureDefinition") => {
                    let one: StructureDefinition = parse(&file)?;
                    read.structures.insert(one.url.clone(), one);
                }
                Some("ValueSet") => {
                    let one: ValueSet = parse(&file)?;
                    read.value_sets.insert(one.url.clone(), one);
                }
                Some("CodeSystem") => {
                    let one: CodeSystem = parse(&file)?;
                    read.code_systems.insert(one.url.clone(), one);
                }
                _ => {}
            }
        }
        if read.structures.is_empty() {
            return Err(DefinitionsError::Absent(folder.to_owned()));
        }
        Ok(read)
    }
}

fn parse<T: DeserializeOwned>(file: &Path) -> Result<T, DefinitionsError> {
    let bytes = fs::read(file).map_err(|error| DefinitionsError::Unreadable(file.to_owned(), error))?;
    serde_json::from_slice(&bytes).map_err(|error| DefinitionsError::Malformed(file.to_owned(), error))
}
