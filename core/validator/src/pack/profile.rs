//! What a profile demands beyond the type it constrains.
//!
//! A profile is a tree of the elements it says something about, made from the snapshot of its
//! StructureDefinition: what the type itself demands is left out. Slices hang on the element they
//! are slices of. In a pack each profile is one JSON text in this form.
//!
//! Source: R4 ElementDefinition and Profiling FHIR.

use alloc::{boxed::Box, string::String, vec::Vec};

use serde::Serialize;

use super::{Pack, Strength, names::Span, rows::ConstraintRow};
use crate::{
    fhir::split_canonical,
    json::{Document, FromJson},
    order::sort,
};

/// Where a definition of R4 itself has its URL.
pub(crate) const BASE: &str = "http://hl7.org/fhir/StructureDefinition/";

/// A profile on a resource or data type (R4 StructureDefinition, `derivation` = `constraint`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// Its canonical URL, without version.
    pub url: String,
    /// Its version, where the definition has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The type it constrains, such as `Task`.
    #[serde(rename = "type")]
    pub of: String,
    /// The canonical URL of the profile it derives from; `None` where that is the type itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// The resource or data type itself, called by the name of the type.
    pub root: ProfileElement,
}

/// An element as a profile narrows it (R4 ElementDefinition).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub struct ProfileElement {
    /// Its name; a choice ends with `[x]`.
    pub name: String,
    /// The name of the slice, where it is one; of a slice in a slice `outer/inner`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slice: Option<String>,
    /// How many there must be, where that is more than the type asks; else 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub min: u32,
    /// How many there may be, where that is less than the type allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
    /// The types it may have, where they are fewer or narrower than those of the type; else none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<ProfileType>,
    /// The value it must have, as JSON (`fixed[x]`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed: Option<Document>,
    /// What its value must hold at least, as JSON (`pattern[x]`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<Document>,
    /// The value set it is bound to, where the type does not bind it so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binding: Option<ProfileBinding>,
    /// Most characters of its value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u32>,
    /// The least value it may have, as JSON (`minValue[x]`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_value: Option<Document>,
    /// The greatest value it may have, as JSON (`maxValue[x]`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_value: Option<Document>,
    /// Whether implementations must support it, in the sense of its guide.
    #[serde(default, skip_serializing_if = "is_false")]
    pub must_support: bool,
    /// The constraints on it beside those of its type: indices into
    /// [`Draft::profile_constraints`](super::Draft::profile_constraints).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub constraints: Vec<u32>,
    /// How its slices are told apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slicing: Option<Slicing>,
    /// Its slices, in the order of the definition.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub slices: Vec<Self>,
    /// The elements inside it that the profile narrows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub elements: Vec<Self>,
}

/// A type that a profile lets an element have (R4 ElementDefinition.type).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, FromJson)]
pub struct ProfileType {
    /// The name of the type.
    pub code: String,
    /// Profiles on the type by canonical URL; the value keeps at least one of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub profiles: Vec<String>,
    /// Of a reference what it may lead to: profiles, and types by the URLs of their definitions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<String>,
    /// Where a reference may lead, any of these; none where that is left open.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aggregation: Vec<Aggregation>,
    /// Whether a reference names a version; `None` where that is left open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub versioning: Option<Versioning>,
}

/// Where the target of a reference is (value set resource-aggregation-mode).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "lowercase")]
pub enum Aggregation {
    /// In the resource that refers to it.
    Contained,
    /// On its own; whether it comes along in the same Bundle does not matter.
    Referenced,
    /// In the same Bundle.
    Bundled,
}

impl Aggregation {
    /// Its code in FHIR.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Contained => "contained",
            Self::Referenced => "referenced",
            Self::Bundled => "bundled",
        }
    }
}

/// Whether a reference names a version (value set reference-version-rules).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "lowercase")]
pub enum Versioning {
    /// It does not.
    Independent,
    /// It does.
    Specific,
}

/// A binding that a profile adds or strengthens (R4 ElementDefinition.binding).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
pub struct ProfileBinding {
    /// How strong it is.
    pub strength: Strength,
    /// The value set by URL, without version.
    #[serde(rename = "valueSet")]
    pub value_set: String,
}

/// How the slices of an element are told apart (R4 ElementDefinition.slicing).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
pub struct Slicing {
    /// What tells them apart; all of it has to fit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discriminators: Vec<Discriminator>,
    /// What may stand beside the slices.
    pub rules: SlicingRules,
    /// Whether the slices come in the order of the definition.
    #[serde(default, skip_serializing_if = "is_false")]
    pub ordered: bool,
}

/// One thing that tells slices apart (R4 ElementDefinition.slicing.discriminator).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
pub struct Discriminator {
    /// What is compared.
    #[serde(rename = "type")]
    pub kind: DiscriminatorKind,
    /// Where, as restricted FHIRPath: `$this`, names, `extension(url)`, `resolve()`, `ofType(type)`.
    pub path: String,
}

/// What of an element tells slices apart (value set discriminator-type).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "lowercase")]
pub enum DiscriminatorKind {
    /// Its value.
    Value,
    /// Whether it is there.
    Exists,
    /// Its value, by a pattern; the same as `Value`.
    Pattern,
    /// Its type.
    Type,
    /// The profile it keeps.
    Profile,
}

/// What may stand beside the slices (value set resource-slicing-rules).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub enum SlicingRules {
    /// Nothing.
    Closed,
    /// Anything, anywhere.
    Open,
    /// Anything, after all slices.
    OpenAtEnd,
}

/// A profile in a pack.
#[derive(Clone, Debug)]
pub(crate) struct ProfileRow {
    pub(crate) profile: alloc::sync::Arc<Profile>,
    /// Where its constraints begin.
    pub(super) constraints: u32,
    /// The row of what it says of the whole, among [`Demands`](super::demands::Demands).
    pub(super) demand: u32,
}

/// What a canonical URL calls.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Called<'p> {
    Profile(&'p ProfileRow),
    /// A type of R4, by its name.
    Type(&'p str),
    /// Nothing that the pack knows; the URL without its version.
    Unknown(&'p str),
}

/// The canonical URLs in profiles, and what they call.
#[derive(Debug, Default)]
pub(super) struct Canonicals {
    rows: Vec<(Box<str>, Call)>,
    names: Span,
    /// The URLs, without versions, of those that call nothing.
    unknown: Vec<Box<str>>,
}

/// As [`Called`], by rows of the pack.
#[derive(Clone, Copy, Debug)]
pub(super) enum Call {
    Profile(usize),
    Type(u32),
    /// Where the URL ends and its version begins, and its number among those that are not known.
    Unknown {
        url: Option<usize>,
        end: usize,
    },
}

impl ProfileElement {
    /// Calls `visit` for this element and all below it, slices included.
    pub fn for_each<'e>(&'e self, visit: &mut impl FnMut(&'e Self)) {
        visit(self);
        for one in self.slices.iter().chain(&self.elements) {
            one.for_each(visit);
        }
    }
}

impl Pack {
    /// The profiles it holds, sorted by URL.
    pub fn profiles(&self) -> impl Iterator<Item = &Profile> {
        self.profiles.iter().map(|row| &*row.profile)
    }

    /// The profile with this canonical URL, which may name a version after a `|`.
    pub fn profile(&self, canonical: &str) -> Option<&Profile> {
        self.profile_row(canonical).map(|row| &*row.profile)
    }

    pub(crate) fn profile_row(&self, canonical: &str) -> Option<&ProfileRow> {
        match self.call(canonical) {
            Call::Profile(row) => Some(&self.profiles[row]),
            _ => None,
        }
    }

    /// What `call` is, which `canonical` gave.
    pub(super) fn called_by<'p>(&'p self, call: Call, canonical: &'p str) -> Called<'p> {
        match call {
            Call::Profile(row) => Called::Profile(&self.profiles[row]),
            Call::Type(row) => Called::Type(self.text(self.structure_at(row).name)),
            Call::Unknown { url: Some(url), .. } => Called::Unknown(&self.canonicals.unknown[url]),
            Call::Unknown { end, .. } => Called::Unknown(&canonical[..end]),
        }
    }

    pub(super) fn call(&self, canonical: &str) -> Call {
        let url_of = |row: u32| self.canonicals.rows[row as usize].0.as_bytes();
        let known = self.slots.find(self.canonicals.names, canonical.as_bytes(), url_of);
        known.map_or_else(|| self.find_call(canonical), |row| self.canonicals.rows[row as usize].1)
    }

    fn find_call(&self, canonical: &str) -> Call {
        let (url, version) = split_canonical(canonical);
        let first = self.profiles.partition_point(|row| *row.profile.url < *url);
        let mut same = (first..).zip(&self.profiles[first..]).take_while(|(_, row)| row.profile.url == url);
        let found = same.find(|(_, row)| version.is_none() || row.profile.version.as_deref() == version);
        match (found, url.strip_prefix(BASE).and_then(|name| self.structure(name))) {
            (Some((row, _)), _) => Call::Profile(row),
            (None, Some(structure)) => Call::Type(structure.id),
            (None, None) => Call::Unknown { url: None, end: url.len() },
        }
    }

    /// Finds out what the canonical URLs call that profiles are known and mentioned by.
    pub(super) fn index_canonicals(&mut self) {
        let mut urls: Vec<&str> = Vec::new();
        for row in &self.profiles {
            urls.push(&row.profile.url);
            row.profile.root.for_each(&mut |element| {
                let all = element.types.iter().flat_map(|one| one.profiles.iter().chain(&one.targets));
                urls.extend(all.map(|url| &**url));
            });
        }
        sort(&mut urls, Ord::cmp);
        urls.dedup();
        let (mut rows, mut unknown) = (Vec::<(Box<str>, Call)>::new(), Vec::<Box<str>>::new());
        for canonical in urls {
            let mut call = self.find_call(canonical);
            if let Call::Unknown { url, end } = &mut call {
                if unknown.last().is_none_or(|last| **last != canonical[..*end]) {
                    unknown.push(canonical[..*end].into());
                }
                *url = Some(unknown.len() - 1);
            }
            rows.push((canonical.into(), call));
        }
        let names = rows.iter().zip(0..).map(|((url, _), row)| (url.as_bytes(), row));
        let names = self.slots.add(rows.len(), names);
        self.canonicals = Canonicals { rows, names, unknown };
    }

    pub(crate) fn profile_rows(&self) -> &[ProfileRow] {
        &self.profiles
    }

    /// The constraint that an element of the profile calls by `index`.
    pub(crate) fn profile_constraint(&self, of: &ProfileRow, index: u32) -> Option<&ConstraintRow> {
        let row = self.profile_constraints.get((of.constraints + index) as usize)?;
        self.constraints.get(*row as usize)
    }

    /// The life cycle of the pack's guide, as JSON; `None` where the pack has no say in it.
    pub fn lifecycle(&self) -> Option<&str> {
        self.lifecycle.map(|text| self.text(text))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(value: &u32) -> bool {
    *value == 0
}
