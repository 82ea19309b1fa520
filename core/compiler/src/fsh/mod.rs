//! Definitions written in FHIR Shorthand, as the JSON that packages have.
//!
//! The subset that the profiles in `core/profiles` need: aliases, rule sets with parameters, invariants, value
//! sets, code systems, extensions and profiles, with rules of every kind but mappings and instances. A profile
//! comes out as a StructureDefinition with a differential; what it means is found out where those of packages are.
//!
//! Source: HL7 FHIR Shorthand 3.0.
//!
//! ```text
//! Profile: DataRequest
//! Parent: Task
//! Id: data-request
//! * status 1..1 MS
//! * input contains query 0..1 MS
//! * input[query]
//!   * type = $temp#data-query
//!   * value[x] only string
//! ```

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use fhir_solicit_validator::pack::{Draft, Kind};
use serde_json::Value;

use crate::{BASE, Definitions, Error};

mod profile;
mod source;
mod terminology;
mod value;

use source::Entity;

/// What can be declared.
const KINDS: &[&str] = &["Profile", "Extension", "ValueSet", "CodeSystem", "Invariant", "RuleSet", "Alias"];

/// A guide in Shorthand.
#[derive(Clone, Debug, Default)]
pub struct Guide {
    /// Where the URLs of its definitions begin, such as `http://hl7.org/fhir/us/davinci-cdex`.
    pub canonical: String,
    /// The version that its definitions get.
    pub version: String,
    /// The names of its files, and what is in them.
    pub files: Vec<(String, String)>,
}

/// What cannot be understood, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}")]
pub struct FshError {
    /// File and line.
    place: Place,
    /// What is wrong.
    message: String,
}

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    file: Arc<str>,
    line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

impl Place {
    fn error(&self, message: impl Into<String>) -> FshError {
        FshError { place: self.clone(), message: message.into() }
    }
}

/// The definitions of each guide, as resources; a guide may use what those before it declare. The types in `base`
/// say what values are, which Shorthand leaves to its reader.
///
/// # Errors
/// [`FshError`] at the first line that cannot be understood.
pub(crate) fn definitions(guides: &[Guide], base: &Draft) -> Result<Vec<Vec<Value>>, FshError> {
    let mut all = Sources { base, aliases: BTreeMap::new(), entities: BTreeMap::new() };
    for (index, guide) in guides.iter().enumerate() {
        for (file, text) in &guide.files {
            for entity in source::read(file, text, index)? {
                all.declare(entity, guide)?;
            }
        }
    }
    let mut found = vec![Vec::new(); guides.len()];
    for declared in all.entities.values() {
        let definition = match declared.entity.kind {
            "Profile" | "Extension" => profile::definition(&all, declared)?,
            "ValueSet" => terminology::value_set(&all, declared)?,
            "CodeSystem" => terminology::code_system(&all, declared)?,
            _ => continue,
        };
        if let Some(found) = found.get_mut(declared.entity.guide) {
            found.push(definition);
        }
    }
    Ok(found)
}

impl Definitions {
    /// Adds what `guides` define in Shorthand, and says by URL what the last of them does; those before it are what
    /// it builds on. The types are those of `base`.
    ///
    /// # Errors
    /// [`Error::Shorthand`] at the first line that cannot be understood; else as [`Definitions::add`].
    pub fn add_shorthand(&mut self, guides: &[Guide], base: &Draft) -> Result<BTreeSet<String>, Error> {
        let mut own = BTreeSet::new();
        for all in definitions(guides, base)? {
            own.clear();
            for one in all {
                let url = one["url"].as_str().unwrap_or_default().to_owned();
                self.add(&url, one.to_string().as_bytes())?;
                own.insert(url);
            }
        }
        Ok(own)
    }
}

/// All that was declared.
struct Sources<'b> {
    base: &'b Draft,
    aliases: BTreeMap<String, String>,
    entities: BTreeMap<String, Declared>,
}

/// An entity with what its guide gives it.
struct Declared {
    entity: Entity,
    url: String,
    version: String,
}

impl Sources<'_> {
    fn declare(&mut self, entity: Entity, guide: &Guide) -> Result<(), FshError> {
        let place = entity.place.clone();
        if entity.kind == "Alias" {
            let (name, url) =
                entity.name.split_once('=').ok_or_else(|| place.error("expected `name = url`"))?;
            self.aliases.insert(name.trim().into(), url.trim().into());
            return Ok(());
        }
        let folder =
            if matches!(entity.kind, "Profile" | "Extension") { "StructureDefinition" } else { entity.kind };
        let id = entity.field("Id").unwrap_or(&entity.name);
        let url = format!("{}/{folder}/{id}", guide.canonical);
        let name = entity.name.clone();
        let declared = Declared { entity, url, version: guide.version.clone() };
        match self.entities.insert(name.clone(), declared) {
            Some(before) => {
                Err(place.error(format!("{name} is declared at {} already", before.entity.place)))
            }
            None => Ok(()),
        }
    }

    /// The invariant or rule set called `name`.
    fn find(&self, kind: &str, name: &str, place: &Place) -> Result<&Entity, FshError> {
        let found = self.entities.get(name).map(|declared| &declared.entity);
        found
            .filter(|entity| entity.kind == kind)
            .ok_or_else(|| place.error(format!("no {kind} is called {name}")))
    }

    /// The URL that `word` stands for: an alias, a name that was declared, a URL, or a core definition.
    fn url(&self, word: &str, place: &Place) -> Result<String, FshError> {
        let (name, version) =
            word.split_once('|').map_or((word, None), |(name, version)| (name, Some(version)));
        let url = if let Some(declared) = self.entities.get(name) {
            declared.url.clone()
        } else if let Some(url) = self.aliases.get(name) {
            url.clone()
        } else if name.starts_with('$') {
            return Err(place.error(format!("no alias is called {name}")));
        } else if name.contains(':') {
            name.into()
        } else {
            format!("{BASE}{name}")
        };
        Ok(version.map_or_else(|| url.clone(), |version| format!("{url}|{version}")))
    }

    /// The `kind` of the definition of a core type.
    fn kind(&self, name: &str) -> &'static str {
        match self.base.structures.get(name).map(|structure| structure.kind) {
            Some(Kind::Resource | Kind::AbstractResource | Kind::NamedResource) => "resource",
            Some(Kind::Primitive) => "primitive-type",
            _ => "complex-type",
        }
    }

    /// The core type that the definition called `word` constrains in the end.
    fn base_type(&self, word: &str, place: &Place) -> Result<String, FshError> {
        let mut name = word;
        // More than any chain has; a circle ends.
        for _ in 0..64 {
            let (bare, _) = name.split_once('|').unwrap_or((name, ""));
            match self.entities.get(bare).map(|declared| &declared.entity) {
                Some(entity) if entity.kind == "Extension" => return Ok("Extension".into()),
                Some(entity) => {
                    name = entity.field("Parent").ok_or_else(|| entity.place.error("has no Parent"))?;
                }
                None => {
                    let core = bare.strip_prefix(BASE).unwrap_or(bare);
                    let is_core = self.base.structures.contains_key(core);
                    return is_core
                        .then(|| core.into())
                        .ok_or_else(|| place.error(format!("{core} is not known")));
                }
            }
        }
        Err(place.error(format!("the parents of {word} lead back to it")))
    }
}

#[cfg(test)]
mod tests;
