//! What occurred, and what of it no rule decided.

use alloc::{collections::BTreeMap, format, string::String, vec::Vec};

use super::{
    report::{Unchecked, UncheckedKind},
    rules::invariant::Undecidable,
};
use crate::pack::{Binding, Pack};

/// Most unknown things to name; the rest are counted together.
const MOST_NAMES: usize = 100;

/// How often each structure and each element occurred.
pub(super) struct Tally {
    pub(super) structures: Counts,
    pub(super) elements: Counts,
    /// What is not known, by URL: extensions, profiles, value sets that profiles bind to.
    names: BTreeMap<(UncheckedKind, String), u32>,
}

/// How often each row of a table occurred.
pub(super) struct Counts {
    counts: Vec<u32>,
    /// The rows that occurred at all: few, where a pack has thousands.
    rows: Vec<u32>,
}

impl Counts {
    fn new(rows: usize) -> Self {
        Self { counts: alloc::vec![0; rows], rows: Vec::new() }
    }

    #[inline]
    pub(super) fn count(&mut self, row: u32) {
        let count = &mut self.counts[row as usize];
        if *count == 0 {
            self.rows.push(row);
        }
        *count += 1;
    }

    fn of(&self, row: u32) -> u32 {
        self.counts[row as usize]
    }

    fn iter(&self) -> impl Iterator<Item = (u32, u32)> {
        self.rows.iter().map(|&row| (row, self.of(row)))
    }
}

impl Tally {
    pub(super) fn new(pack: &Pack) -> Self {
        Self {
            structures: Counts::new(pack.structures().len()),
            elements: Counts::new(pack.all_elements().len()),
            names: BTreeMap::new(),
        }
    }

    /// Counts an extension that is not known.
    pub(super) fn extension(&mut self, url: &str) {
        self.name(UncheckedKind::Extension, url);
    }

    /// Counts a profile that is asked for, and not known.
    pub(super) fn unknown_profile(&mut self, url: &str) {
        self.name(UncheckedKind::Profile, url);
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
        let name = if self.names.len() < MOST_NAMES { name } else { "" };
        *self.names.entry((kind, name.into())).or_default() += 1;
    }

    /// What occurred and was not decided, sorted by kind and name.
    pub(super) fn unchecked(self, pack: &Pack, undecided: &BTreeMap<Undecidable<'_>, u32>) -> Vec<Unchecked> {
        let mut counts = self.names;
        let mut add =
            |kind, name: &str, count: u32| *counts.entry((kind, String::from(name))).or_default() += count;
        for (row, count) in self.structures.iter() {
            let row = pack.structure_at(row);
            if row.kind.is_name() {
                add(UncheckedKind::ResourceType, pack.text(row.name), count);
            }
        }
        for (row, count) in self.elements.iter() {
            let row = &pack.all_elements()[row as usize];
            if let Some((_, codes)) = pack.binding(row)
                && codes.kind() == Binding::Open
            {
                add(UncheckedKind::Binding, codes.url(), count);
            }
        }
        // What `htmlChecks()` asks (txt-1, txt-2) is what the rule `narrative` decides.
        for ((key, construct), count) in undecided.iter().filter(|((_, what), _)| *what != "htmlChecks") {
            add(UncheckedKind::Constraint, &format!("{key} ({construct})"), *count);
        }
        counts.into_iter().map(|((kind, name), count)| Unchecked { kind, name, count }).collect()
    }
}
