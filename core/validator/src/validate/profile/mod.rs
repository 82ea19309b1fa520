//! What profiles demand of a resource, beyond its type.
//!
//! When the walk closes a resource, and what the type demands of it is known, each profile it is held to is
//! checked: those that the caller names, and those it claims. A profile is data, so that CDex, US Core and an
//! app's own guide are checked by the same few functions: `pass.rs` goes through elements, `value.rs` looks at one
//! value, `slicing.rs` tells slices apart, `target.rs` follows references.
//!
//! Work is a list of [`Job`]s, so that the depth of a resource costs memory, never stack. What only has to be
//! known, as which of two profiles a value keeps, is tried without reporting; that may nest a few levels.
//!
//! Source: R4 Profiling FHIR; ElementDefinition.

use alloc::{borrow::Cow, collections::BTreeMap, vec::Vec};
use core::ops::Range;

use super::{
    Rule,
    path::Trail,
    rules::{contained, profile as rules},
    walk::Walk,
};
use crate::{
    fhir::{outcome::Severity, split_canonical},
    fhirpath::{Element, Model},
    json::{Key, Value},
    pack::{BASE, Demand, DemandType, Kind, MemberRow, Pack, ProfileElement, ProfileRow, Role},
};

mod pass;
mod slicing;
mod target;
#[cfg(test)]
mod tests;
mod value;

/// How deep trying may nest.
const MOST_TRIES: u8 = 12;

/// Most values to remember as told: to look through more would take longer than to look at them again.
const MOST_TOLD: usize = 16;

/// About as many elements as an object has that a profile speaks of.
const USUAL: usize = 16;

/// Jobs that every document has, and those that each of its nodes adds.
const STEPS: (u64, u64) = (20_000, 200);

/// What is known about whether something is so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Yes,
    No,
    Unknown,
}

/// What is known of a value and a profile.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    /// Whether it was held to it, so that no issue is told twice.
    is_held: bool,
    /// Whether it keeps it; a guess while that is being found out.
    verdict: Option<Verdict>,
}

/// What profiles remember while a document is checked.
pub(super) struct Profiles<'a> {
    /// What is known of a value and a profile, by the value and the URL.
    known: BTreeMap<(usize, &'a str), Held>,
    steps: u64,
    /// What the walk has found members to be, by their names: their rows in the pack and one, 0 where it does not
    /// know. Empty until a profile is to be expected.
    members: Vec<u32>,
}

/// An element of the resource, and where it is.
#[derive(Clone, Copy, Debug)]
struct Spot<'a> {
    element: Element<'a>,
    /// What it stands in: an index into [`Pass::surroundings`].
    around: u32,
    /// The way here from the resource that is checked: an index into [`Pass::trails`].
    trail: Option<u32>,
}

/// What many spots stand in.
#[derive(Clone, Copy, Debug)]
struct Surroundings<'a> {
    /// The nearest resource.
    resource: Element<'a>,
    /// The resource that one is contained in, or that one itself.
    root: Element<'a>,
    /// The entry of a Bundle that the resource stands in.
    entry: Option<super::rules::bundle::Entry<'a>>,
}

/// A member of an object that is an element, or stands beside one.
#[derive(Clone, Copy)]
struct Found<'a> {
    key: Key<'a>,
    value: Value<'a>,
    /// Its row in the pack.
    row: &'a MemberRow,
    /// Whether it is a `_name` member.
    is_sibling: bool,
}

/// Those of one object.
struct Members {
    found: Range<usize>,
    /// The bits of their elements, and of those elements that have more than one.
    seen: u64,
    doubled: u64,
    /// The bits of those that have more than what stands beside a value.
    valued: u64,
    /// Of each element the first, counted from the beginning.
    first: [u8; u64::BITS as usize],
}

/// What a profile demands of an element, and that profile.
type Definition<'a> = (Demand<'a>, &'a ProfileRow);

/// An element to be held to what a profile says of it.
#[derive(Clone, Copy)]
struct Job<'a> {
    spot: Spot<'a>,
    demand: Demand<'a>,
    of: &'a ProfileRow,
}

/// The check of one resource.
struct Pass<'w, 'a> {
    walk: &'w mut Walk<'a>,
    jobs: Vec<Job<'a>>,
    trails: Vec<Trail<'a>>,
    surroundings: Vec<Surroundings<'a>>,
    /// Stacks, of which each function takes off what it has put on.
    found: Vec<Found<'a>>,
    spots: Vec<Spot<'a>>,
    definitions: Vec<Definition<'a>>,
    /// Values that were found to be as a definition tells them, by which their slices were known.
    told: Vec<(&'a ProfileElement, usize)>,
    /// How many tries are under way; nothing is reported meanwhile.
    tries: u8,
    /// Of the innermost try whether something was found wrong, and whether something could not be decided.
    has_failed: bool,
    is_unsure: bool,
}

impl Profiles<'_> {
    pub(super) fn new(nodes: usize) -> Self {
        Self { known: BTreeMap::new(), steps: STEPS.0 + STEPS.1 * nodes as u64, members: Vec::new() }
    }

    /// Begins to remember what members are, of which there are as many as `nodes` at most: something may be held to a
    /// profile. What was passed before is looked up again.
    pub(super) fn expect(&mut self, pack: &Pack, nodes: usize) {
        if self.members.is_empty() && !pack.profile_rows().is_empty() {
            self.members.resize(nodes, 0);
        }
    }

    /// Remembers what a member is.
    #[inline]
    pub(super) fn note(&mut self, key: Key<'_>, member: &MemberRow) {
        if let Some(row) = self.members.get_mut(key.id()) {
            *row = member.id + 1;
        }
    }
}

/// Checks the innermost open object, all of whose members were seen, where it is a resource or an extension.
pub(super) fn check<'a>(walk: &mut Walk<'a>) {
    let (pack, Some(frame)) = (walk.pack, walk.frame()) else { return };
    let is_extension = frame.structure.role == Role::Extension || is_definition(frame.structure.kind);
    let named = if frame.member.is_none() { walk.options().profiles.as_slice() } else { &[] };
    let has_meta = frame.seen & frame.structure.meta_bit != 0;
    let may_be_held = match frame.structure.kind {
        Kind::Resource => has_meta || !named.is_empty(),
        _ => is_extension && !pack.profile_rows().is_empty(),
    };
    if !may_be_held {
        return;
    }
    let element = Element::new(frame.value, crate::fhirpath::Type(frame.structure.id));
    let (Some(resource), Some(root)) = (walk.resource(), walk.container()) else { return };
    let around = Surroundings { resource, root, entry: walk.entry() };
    let value = frame.value;
    let mut rows: Vec<&'a ProfileRow> = Vec::new();
    let mut add = |row: &'a ProfileRow| {
        if rows.iter().all(|other| !core::ptr::eq(*other, row)) {
            rows.push(row);
        }
    };
    if is_extension {
        let url = value.string("url");
        url.and_then(|url| pack.profile_row(&url)).into_iter().for_each(&mut add);
    } else {
        let meta = if has_meta { value.get("meta") } else { None };
        let claimed = meta.into_iter().flat_map(|meta| meta.list("profile"));
        let claimed = claimed.filter_map(Value::as_str);
        for url in named.iter().map(|url| Cow::Borrowed(url.as_str())).chain(claimed) {
            match pack.profile_row(&url) {
                Some(row) => add(row),
                None if is_type_itself(walk, element, &url) => {}
                // That another version is known is worth to be told.
                None if pack.profile_row(split_canonical(&url).0).is_some() => {
                    walk.tally.unknown_profile(&url);
                }
                None => walk.tally.unknown_profile(split_canonical(&url).0),
            }
        }
    }
    if rows.is_empty() {
        return;
    }
    let mut pass = Pass {
        walk,
        jobs: Vec::with_capacity(USUAL),
        trails: Vec::with_capacity(2 * USUAL),
        surroundings: Vec::with_capacity(USUAL / 2),
        found: Vec::with_capacity(USUAL),
        spots: Vec::with_capacity(USUAL),
        definitions: Vec::new(),
        told: Vec::new(),
        tries: 0,
        has_failed: false,
        is_unsure: false,
    };
    let spot = pass.moved(Spot { element, around: 0, trail: None }, around);
    for row in rows {
        if is_of_type(pack, element, &row.profile.of) {
            pass.hold(spot, row);
        } else {
            pass.report(&rules::TYPE, spot, |walk| {
                let found = walk.type_name(element);
                alloc::format!(
                    "the profile {} is one of {}, this is a {found}",
                    row.profile.url,
                    row.profile.of
                )
            });
        }
    }
    pass.run();
}

fn is_definition(kind: Kind) -> bool {
    matches!(kind, Kind::Extension | Kind::ModifierExtension)
}

/// Whether `url` calls the type of the resource itself, which it was held to already.
fn is_type_itself(walk: &Walk<'_>, element: Element<'_>, url: &str) -> bool {
    let name = split_canonical(url).0.strip_prefix(BASE);
    name.is_some_and(|name| walk.pack.is(element.of, name))
}

impl<'a> Pass<'_, 'a> {
    /// Does the jobs there are, and those they give.
    fn run(&mut self) {
        while let Some(job) = self.jobs.pop() {
            if self.tries > 0 && self.has_failed {
                return self.jobs.clear();
            }
            if !self.spend() {
                return self.jobs.clear();
            }
            self.check(job);
        }
    }

    /// Takes a step from those that are left.
    fn spend(&mut self) -> bool {
        let left = self.walk.profiles.steps.checked_sub(1);
        self.walk.profiles.steps = left.unwrap_or_default();
        if left.is_none() {
            self.unsure("more steps than a document of this size may take");
        }
        left.is_some()
    }

    /// Whether all jobs in `open` find nothing wrong, without reporting.
    fn try_out(&mut self, open: Vec<Job<'a>>) -> Verdict {
        if self.tries == MOST_TRIES {
            self.unsure("profiles that depend on one another more deeply than is looked into");
            return Verdict::Unknown;
        }
        self.tries += 1;
        let jobs = core::mem::replace(&mut self.jobs, open);
        let before = (core::mem::take(&mut self.has_failed), core::mem::take(&mut self.is_unsure));
        self.run();
        let verdict = match (self.has_failed, self.is_unsure) {
            (true, _) => Verdict::No,
            (false, true) => Verdict::Unknown,
            (false, false) => Verdict::Yes,
        };
        self.jobs = jobs;
        (self.has_failed, self.is_unsure) = before;
        self.tries -= 1;
        verdict
    }

    /// Notes that something could not be decided.
    fn unsure(&mut self, what: &'static str) {
        self.is_unsure = true;
        self.walk.tally.undecided_profile(what);
    }

    /// Notes that `rule` is broken at `spot`, or that a try has failed.
    fn report(
        &mut self,
        rule: &'static Rule,
        spot: Spot<'a>,
        message: impl FnOnce(&Walk<'a>) -> alloc::string::String,
    ) {
        self.report_as(rule, rule.severity, spot, None, message);
    }

    fn report_as(
        &mut self,
        rule: &'static Rule,
        severity: Severity,
        spot: Spot<'a>,
        missing: Option<&'a str>,
        message: impl FnOnce(&Walk<'a>) -> alloc::string::String,
    ) {
        if self.tries > 0 {
            self.has_failed |= matches!(severity, Severity::Error | Severity::Fatal);
            return;
        }
        let at = spot.element.value.or(spot.element.sibling).or(self.around(spot).resource.value);
        let offset = at.map_or(0, Value::offset);
        self.walk.report_inside(rule, severity, (&self.trails, spot.trail, missing), offset, message);
    }

    fn around(&self, spot: Spot<'a>) -> Surroundings<'a> {
        self.surroundings[spot.around as usize]
    }

    /// The same spot in other surroundings.
    fn moved(&mut self, spot: Spot<'a>, around: Surroundings<'a>) -> Spot<'a> {
        self.surroundings.push(around);
        Spot { around: self.surroundings.len() as u32 - 1, ..spot }
    }

    /// The resource that is contained in the root of `spot` under `id`.
    fn contained(&mut self, spot: Spot<'a>, id: &str) -> Option<Value<'a>> {
        contained::find_in(self.walk, self.around(spot).root.value?, id)
    }
}

/// Whether `element` is of a type that a profile allows, as [`is_of_type`] has it.
fn is_of(pack: &Pack, element: Element<'_>, one: DemandType<'_>) -> bool {
    one.is_structure(element.of.0) || is_of_any(pack, element, &one.said.code)
}

/// Whether `name` is the type of `element`, or what all resources are. A `code` is a string to FHIRPath, and
/// another type to a profile.
fn is_of_type(pack: &Pack, element: Element<'_>, name: &str) -> bool {
    super::walk::type_name(pack, element) == name || is_of_any(pack, element, name)
}

fn is_of_any(pack: &Pack, element: Element<'_>, name: &str) -> bool {
    matches!(name, "Resource" | "DomainResource") && pack.is(element.of, name)
}
