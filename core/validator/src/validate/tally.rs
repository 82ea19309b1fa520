//! What occurred, and what of it no rule decided.

use alloc::{borrow::ToOwned, format, string::String, vec::Vec};

use super::{
    report::{Unchecked, UncheckedKind},
    rules::invariant::Undecidable,
};
use crate::{
    order::Map,
    pack::{ElementRow, Pack, StructureRow},
};

/// Most unknown things of a kind to name; the rest are counted together.
const MOST_NAMES: usize = 100;

/// How often what cannot be decided occurred. What can be is not counted: it is nearly everything.
#[derive(Default)]
pub(super) struct Tally<'a> {
    /// Types of resources and bound elements, by their rows in the pack.
    rows: Map<(UncheckedKind, u32), u32>,
    /// What is not known, by URL: extensions, profiles, value sets that profiles bind to.
    names: Map<UncheckedKind, Map<String, u32>>,
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
        self.name(UncheckedKind::Extension, url);
    }

    /// Counts a profile that is asked for, and not known.
    pub(super) fn unknown_profile(&mut self, url: &str) {
        self.name(UncheckedKind::Profile, url);
    }

    /// The same for one that another profile mentions.
    pub(super) fn unknown_mentioned(&mut self, url: &'a str) {
        let known = self.profiles.iter().position(|(known, _)| core::ptr::eq(*known, url));
        match known {
            Some(at) => self.profiles[at].1 += 1,
            None if self.profiles.len() < MOST_NAMES => self.profiles.push((url, 1)),
            None => self.unknown_profile(url),
        }
    }

    /// Counts something that a profile demands, and that could not be decided.
    pub(super) fn undecided_profile(&mut self, what: &str) {
        self.name(UncheckedKind::Profile, what);
    }

    /// Counts a code that a profile binds to a value set whose codes are not known.
    pub(super) fn open_binding(&mut self, url: &str) {
        self.name(UncheckedKind::Binding, url);
    }

    /// Counts something that is not known, by its name.
    pub(super) fn name(&mut self, kind: UncheckedKind, name: &str) {
        self.names(kind, name, 1);
    }

    fn names(&mut self, kind: UncheckedKind, name: &str, times: u32) {
        let names = self.names.entry(kind, Map::default);
        let is_room = names.len() < MOST_NAMES;
        let name = if is_room || names.contains(name) { name } else { "" };
        *names.entry(name.to_owned(), u32::default) += times;
    }

    /// What occurred and was not decided, sorted by kind and name.
    pub(super) fn unchecked(mut self, pack: &Pack, undecided: &Map<Undecidable<'_>, u32>) -> Vec<Unchecked> {
        for (url, count) in core::mem::take(&mut self.profiles) {
            self.names(UncheckedKind::Profile, url, count);
        }
        let mut counts = self.names;
        let mut add = |kind, name: &str, count: u32| {
            *counts.entry(kind, Map::default).entry(name.to_owned(), u32::default) += count;
        };
        for ((kind, row), count) in self.rows {
            let name = match kind {
                UncheckedKind::ResourceType => Some(pack.text(pack.structure_at(row).name)),
                _ => pack.binding(&pack.all_elements()[row as usize]).map(|(_, codes)| codes.url()),
            };
            add(kind, name.unwrap_or_default(), count);
        }
        // What `htmlChecks()` asks (txt-1, txt-2) is what the rule `narrative` decides.
        for ((key, construct), count) in undecided.iter().filter(|((_, what), _)| *what != "htmlChecks") {
            add(UncheckedKind::Constraint, &format!("{key} ({construct})"), *count);
        }
        let of_kind = |(kind, names): (_, Map<String, u32>)| {
            names.into_iter().map(move |(name, count)| Unchecked { kind, name, count })
        };
        counts.into_iter().flat_map(of_kind).collect()
    }
}
