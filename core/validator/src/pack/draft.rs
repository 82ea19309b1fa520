//! Definitions on their way into a pack.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec::Vec,
};

use super::{
    Pack, Profile,
    format::{Binding, Kind, MAGIC, NONE, Severity, Strength, UNBOUNDED, VERSION, table},
};
use crate::fhirpath::Program;

/// Definitions that can be written as a pack.
///
/// Equal drafts give equal bytes, in whatever order they were put together.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// What the pack is called, such as `exchange`.
    pub id: String,
    /// Where its definitions come from, such as `hl7.fhir.r4.core 4.0.1`.
    pub source: String,
    /// Types and the structures inside them by name: `Task`, `Task.output`, `HumanName`, `uri`.
    pub structures: BTreeMap<String, Structure>,
    /// Value sets by URL. One that a binding names and that is not here is open.
    pub value_sets: BTreeMap<String, ValueSet>,
    /// Profiles by URL.
    pub profiles: BTreeMap<String, Profile>,
    /// The constraints that profiles call by their index.
    pub profile_constraints: Vec<Constraint>,
    /// Questionnaires by URL, as JSON.
    pub questionnaires: BTreeMap<String, String>,
    /// The types of search parameters (value set search-param-type) by URL.
    pub search_parameters: BTreeMap<String, String>,
    /// The life cycle of the guide, as JSON.
    pub lifecycle: Option<String>,
}

/// A type, or a structure inside one.
#[derive(Clone, Debug)]
pub struct Structure {
    /// What it is.
    pub kind: Kind,
    /// Its elements, in the order of the definition.
    pub elements: Vec<Element>,
    /// The constraints on it, wherever it is used.
    pub constraints: Vec<Constraint>,
}

/// An element of a structure.
#[derive(Clone, Debug)]
pub struct Element {
    /// Its name; a choice ends with `[x]`.
    pub name: String,
    /// How many there must be.
    pub min: u32,
    /// How many there may be; `None` for `*`.
    pub max: Option<u32>,
    /// Whether it changes the meaning of what it stands in.
    pub is_modifier: bool,
    /// What it may hold: structures by name.
    pub types: Vec<Type>,
    /// How strongly it is bound to which value set.
    pub binding: Option<(Strength, String)>,
    /// The constraints here beside those of the type.
    pub constraints: Vec<Constraint>,
}

/// A type an element may have.
#[derive(Clone, Debug)]
pub struct Type {
    /// The name of the structure.
    pub name: String,
    /// For references, the resource types they may point at; none means any.
    pub targets: Vec<String>,
}

/// A rule in FHIRPath.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Constraint {
    /// Its key, such as `att-1`.
    pub key: String,
    /// What it means when it fails.
    pub severity: Severity,
    /// The expression that has to be true.
    pub expression: String,
}

/// What is known of a value set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueSet {
    /// These codes, as pairs of code and system.
    Codes(BTreeSet<(String, String)>),
    /// Every media type (BCP 13).
    MediaType,
    /// It takes a terminology server to say.
    Open,
}

/// Why a draft cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DraftError {
    /// An element or a target names a structure that is not in the draft.
    #[error("{element} refers to {structure}, which the pack does not define")]
    Unknown {
        /// The element.
        element: String,
        /// What it refers to.
        structure: String,
    },
    /// A profile cannot be written.
    #[error("the profile {url} cannot be written")]
    Profile {
        /// Its canonical URL.
        url: String,
    },
}

/// The words of each table.
type Tables = [Vec<u32>; table::WIDTHS.len()];

impl Draft {
    /// The bytes of the pack.
    ///
    /// # Errors
    /// [`DraftError`] where a name leads nowhere.
    pub fn to_bytes(&self) -> Result<Vec<u8>, DraftError> {
        let profiles = self.profile_texts()?;
        let value_sets = self.bound_value_sets();
        let programs = self.programs();
        let texts = self.texts(&value_sets, &programs, &profiles);
        let mut tables = Tables::default();
        let mut end = 0;
        for text in &texts {
            end += text.len() as u32;
            tables[table::TEXTS].push(end);
        }
        let text = |text: &str| texts.binary_search_by(|other| other.as_str().cmp(text)).unwrap_or(0) as u32;

        let constraints: BTreeSet<&Constraint> = self.constraints().collect();
        for constraint in &constraints {
            let words = [text(&constraint.key), constraint.severity.to_word(), text(&constraint.expression)];
            tables[table::CONSTRAINTS].extend(words);
            let before = tables[table::NODES].len();
            for (node, of) in programs.get(&constraint.expression).into_iter().flat_map(Program::words) {
                tables[table::NODES].extend([node, of.map_or(NONE, text)]);
            }
            let count = (tables[table::NODES].len() - before) / table::WIDTHS[table::NODES];
            tables[table::CONSTRAINTS].extend([count as u32, 0, 0, 0]);
        }
        let rows: Vec<&Constraint> = constraints.into_iter().collect();
        let constraint_row = |constraint| rows.binary_search(&constraint).unwrap_or(0) as u32;

        for (name, structure) in &self.structures {
            let counts = [structure.elements.len() as u32, structure.constraints.len() as u32];
            tables[table::STRUCTURES].extend([text(name), structure.kind.to_word()]);
            tables[table::STRUCTURES].extend(counts);
            tables[table::STRUCTURE_CONSTRAINTS].extend(structure.constraints.iter().map(constraint_row));
            for element in &structure.elements {
                let (strength, value_set) = match &element.binding {
                    Some((strength, url)) => (
                        strength.to_word(),
                        value_sets.keys().position(|&key| key == url).unwrap_or(0) as u32,
                    ),
                    None => (NONE, NONE),
                };
                tables[table::ELEMENTS].extend([
                    text(&element.name),
                    element.min,
                    element.max.unwrap_or(UNBOUNDED),
                    u32::from(element.is_modifier),
                    strength,
                    value_set,
                    element.types.len() as u32,
                    element.constraints.len() as u32,
                ]);
                tables[table::ELEMENT_CONSTRAINTS].extend(element.constraints.iter().map(constraint_row));
                for choice in &element.types {
                    let row = |target: &str| self.row(&format!("{name}.{}", element.name), target);
                    tables[table::MEMBERS].extend([
                        text(&json_name(element, choice)),
                        row(&choice.name)?,
                        choice.targets.len() as u32,
                    ]);
                    for target in &choice.targets {
                        tables[table::TARGETS].push(row(target)?);
                    }
                }
            }
        }
        for (url, value_set) in &value_sets {
            let (binding, codes) = match value_set {
                ValueSet::Codes(codes) => (Binding::Codes, codes.len()),
                ValueSet::MediaType => (Binding::MediaType, 0),
                ValueSet::Open => (Binding::Open, 0),
            };
            tables[table::VALUE_SETS].extend([text(url), binding.to_word(), codes as u32]);
            if let ValueSet::Codes(codes) = value_set {
                tables[table::CODES]
                    .extend(codes.iter().flat_map(|(code, system)| [text(code), text(system)]));
            }
        }
        tables[table::PROFILES].extend(profiles.iter().map(|profile| text(profile)));
        tables[table::PROFILE_CONSTRAINTS].extend(self.profile_constraints.iter().map(constraint_row));
        tables[table::QUESTIONNAIRES].extend(self.questionnaires.values().map(|one| text(one)));
        let search_parameters = self.search_parameters.iter();
        tables[table::SEARCH_PARAMETERS]
            .extend(search_parameters.flat_map(|(url, of)| [text(url), text(of)]));
        let lifecycle = self.lifecycle.as_deref().map_or(NONE, text);
        let names = [text(&self.id), text(&self.source), lifecycle];
        let text = texts.concat();
        // What constraints say by what is there is found out from the pack, once it can be asked.
        if let Ok(pack) = Pack::read(write(&tables, names, &text)) {
            let rows = tables[table::CONSTRAINTS].chunks_exact_mut(table::WIDTHS[table::CONSTRAINTS]);
            for (row, said) in rows.zip(pack.said()) {
                row[4..].copy_from_slice(&said);
            }
        }
        Ok(write(&tables, names, &text))
    }

    /// The value sets that elements are bound to, in the order of their URLs.
    fn bound_value_sets(&self) -> BTreeMap<&String, &ValueSet> {
        let mut urls: BTreeSet<&String> =
            self.elements().filter_map(|element| element.binding.as_ref()).map(|(_, url)| url).collect();
        for profile in self.profiles.values() {
            profile.root.for_each(&mut |element| {
                urls.extend(element.binding.as_ref().map(|binding| &binding.value_set));
            });
        }
        urls.into_iter().map(|url| (url, self.value_sets.get(url).unwrap_or(&ValueSet::Open))).collect()
    }

    /// The profiles as JSON, in the order of their URLs.
    fn profile_texts(&self) -> Result<Vec<String>, DraftError> {
        let text = |profile: &Profile| {
            serde_json::to_string(profile).map_err(|_| DraftError::Profile { url: profile.url.clone() })
        };
        self.profiles.values().map(text).collect()
    }

    fn elements(&self) -> impl Iterator<Item = &Element> {
        self.structures.values().flat_map(|structure| &structure.elements)
    }

    fn constraints(&self) -> impl Iterator<Item = &Constraint> {
        let structures = self.structures.values().flat_map(|structure| &structure.constraints);
        let elements = self.elements().flat_map(|element| &element.constraints);
        structures.chain(elements).chain(&self.profile_constraints)
    }

    /// The expressions, compiled. One that cannot be is undecided wherever it applies.
    fn programs(&self) -> BTreeMap<&String, Program> {
        let expressions = self.constraints().map(|constraint| &constraint.expression);
        expressions
            .map(|text| (text, Program::compile(text).unwrap_or_else(|_| Program::malformed())))
            .collect()
    }

    /// Every text once, sorted.
    fn texts(
        &self,
        value_sets: &BTreeMap<&String, &ValueSet>,
        programs: &BTreeMap<&String, Program>,
        profiles: &[String],
    ) -> Vec<String> {
        let mut texts: BTreeSet<String> = [self.id.clone(), self.source.clone()].into();
        texts.extend(self.structures.keys().cloned());
        for element in self.elements() {
            texts.insert(element.name.clone());
            texts.extend(element.types.iter().map(|choice| json_name(element, choice)));
        }
        texts.extend(self.constraints().flat_map(|one| [one.key.clone(), one.expression.clone()]));
        texts.extend(programs.values().flat_map(Program::words).filter_map(|(_, text)| text.map(Into::into)));
        for (url, value_set) in value_sets {
            texts.insert((*url).clone());
            if let ValueSet::Codes(codes) = value_set {
                texts.extend(codes.iter().flat_map(|(code, system)| [code.clone(), system.clone()]));
            }
        }
        texts.extend(self.search_parameters.iter().flat_map(|(url, of)| [url.clone(), of.clone()]));
        texts.extend(profiles.iter().chain(self.questionnaires.values()).chain(&self.lifecycle).cloned());
        texts.into_iter().collect()
    }

    fn row(&self, element: &str, structure: &str) -> Result<u32, DraftError> {
        let row = self.structures.keys().position(|name| name == structure);
        row.map(|row| row as u32).ok_or_else(|| DraftError::Unknown {
            element: element.to_string(),
            structure: structure.to_string(),
        })
    }
}

/// The name of the member in JSON: of a choice, the name of the type takes the place of `[x]`.
fn json_name(element: &Element, choice: &Type) -> String {
    let Some(stem) = element.name.strip_suffix("[x]") else { return element.name.clone() };
    let (first, rest) = choice.name.split_at(1);
    format!("{stem}{}{rest}", first.to_ascii_uppercase())
}

fn write(tables: &Tables, names: [u32; 3], text: &str) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    let counts = tables.iter().zip(table::WIDTHS).map(|(words, width)| (words.len() / width) as u32);
    let words = [VERSION].into_iter().chain(names).chain(counts);
    let words = words.chain(tables.iter().flatten().copied()).chain([text.len() as u32]);
    bytes.extend(words.flat_map(u32::to_le_bytes));
    bytes.extend_from_slice(text.as_bytes());
    bytes
}
