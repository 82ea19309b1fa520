//! What occurred, and what of it no rule decided.

use alloc::{
    borrow::{Cow, ToOwned},
    format,
    vec::Vec,
};

use super::{report::UncheckedKind, rules::invariant::Undecidable};
use crate::{
    order::Map,
    pack::{ElementRow, Pack, StructureRow},
};

/// Most unknown things of a kind to name; the rest are counted together.
const MOST_NAMES: usize = 100;

/// How often names of each kind occurred.
type Names<'a> = Map<UncheckedKind, Map<Cow<'a, str>, u32>>;

/// What was not decided, and how often it occurred: an [`Unchecked`](super::Unchecked) whose name is somebody else's
/// mostly.
pub(super) type Count<'a> = (UncheckedKind, Cow<'a, str>, u32);

/// How often what cannot be decided occurred. What can be is not counted: it is nearly everything.
#[derive(Default)]
pub(super) struct Tally<'a> {
    /// Types of resources and bound elements, by their rows in the pack.
    rows: Map<(UncheckedKind, u32), u32>,
    /// What is not known, by URL: extensions, profiles, value sets that profiles bind to.
    names: Names<'a>,
    /// Profiles that are not known, by where the pack has their URLs: one guide asks for the same few many times.
    profiles: Vec<(&'a str, u32)>,
}

impl<'a> Tally<'a> {
    /// Counts a resource that the pack knows by the name of its type only.
    pub(super) fn resource(&mut self, structure: &StructureRow) {
        self.row(UncheckedKind::ResourceType, structure.id);
    }

    /// Counts an element that is bound to a value set whose codes are not known.
    pub(super) fn open_element(&mut self, element: &ElementRow) {
        self.row(UncheckedKind::Binding, element.id);
    }

    fn row(&mut self, kind: UncheckedKind, row: u32) {
        *self.rows.entry((kind, row), u32::default) += 1;
    }

    /// Counts an extension that is not known.
    pub(super) fn extension(&mut self, url: &str) {
        self.name(UncheckedKind::Extension, url.to_owned());
    }

    /// Counts a profile that is asked for, and not known.
    pub(super) fn unknown_profile(&mut self, url: &str) {
        self.name(UncheckedKind::Profile, url.to_owned());
    }

    /// The same for one that another profile mentions.
    pub(super) fn unknown_mentioned(&mut self, url: &'a str) {
        let known = self.profiles.iter().position(|(known, _)| core::ptr::eq(*known, url));
        match known {
            Some(at) => self.profiles[at].1 += 1,
            None if self.profiles.len() < MOST_NAMES => self.profiles.push((url, 1)),
            None => self.name(UncheckedKind::Profile, url),
        }
    }

    /// Counts something that a profile demands, and that could not be decided.
    pub(super) fn undecided_profile(&mut self, what: &'static str) {
        self.name(UncheckedKind::Profile, what);
    }

    /// Counts a code that a profile binds to a value set whose codes are not known.
    pub(super) fn open_binding(&mut self, url: &'a str) {
        self.name(UncheckedKind::Binding, url);
    }

    /// Counts something that is not known, by its name.
    pub(super) fn name(&mut self, kind: UncheckedKind, name: impl Into<Cow<'a, str>>) {
        self.times(kind, name.into(), 1);
    }

    fn times(&mut self, kind: UncheckedKind, name: Cow<'a, str>, times: u32) {
        let names = self.names.entry(kind, Map::default);
        let is_room = names.len() < MOST_NAMES || names.contains(&name);
        *names.entry(if is_room { name } else { Cow::Borrowed("") }, u32::default) += times;
    }

    /// What occurred and was not decided, sorted by kind and name.
    pub(super) fn unchecked(
        mut self,
        pack: &'a Pack,
        undecided: &Map<Undecidable<'_>, u32>,
    ) -> Vec<Count<'a>> {
        for (url, count) in core::mem::take(&mut self.profiles) {
            self.times(UncheckedKind::Profile, Cow::Borrowed(url), count);
        }
        let mut counts = self.names;
        let mut add = |kind, name: Cow<'a, str>, count: u32| {
            *counts.entry(kind, Map::default).entry(name, u32::default) += count;
        };
        for ((kind, row), count) in self.rows {
            let name = match kind {
                UncheckedKind::ResourceType => Some(pack.text(pack.structure_at(row).name)),
                _ => pack.binding(&pack.all_elements()[row as usize]).map(|(_, codes)| codes.url()),
            };
            add(kind, Cow::Borrowed(name.unwrap_or_default()), count);
        }
        // What `htmlChecks()` asks (txt-1, txt-2) is what the rule `narrative` decides.
        for ((key, construct), count) in undecided.iter().filter(|((_, what), _)| *what != "htmlChecks") {
            add(UncheckedKind::Constraint, format!("{key} ({construct})").into(), *count);
        }
        let of_kind = |(kind, names): (_, Map<Cow<'a, str>, u32>)| {
            names.into_iter().map(move |(name, count)| (kind, name, count))
        };
        counts.into_iter().flat_map(of_kind).collect()
    }
}
