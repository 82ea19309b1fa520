//! The elements that a profile speaks of: how many there are, and what is said of each.

use alloc::{borrow::Cow, format, vec::Vec};
use core::ops::Range;

use super::{Found, Job, Members, Pass, Spot, Surroundings, Verdict, is_of, is_of_type};
use crate::{
    fhir::{outcome::Severity, split_canonical},
    fhirpath::{Context, Element, Model, Type, Undecided},
    json::{Key, Kind as Json, Value},
    pack::{self, Called, Demand, DemandType, MemberRow, Place, ProfileRow, StructureRow},
    validate::{
        path::{Trail, stem},
        rules::{alternatives, bundle, profile as rules},
    },
};

impl<'a> Pass<'_, 'a> {
    pub(super) fn check(&mut self, job: Job<'a>) {
        if job.demand.says_of_value() {
            self.check_value(job);
        }
        self.check_types(job);
        self.check_constraints(job);
        if job.demand.says_of_elements() || self.tells_support(job.demand) {
            self.check_elements(job);
        }
    }

    /// Whether what is to be supported is looked for inside of what `demand` speaks of.
    fn tells_support(&self, demand: Demand<'a>) -> bool {
        self.walk.options().must_support && !demand.said.elements.is_empty()
    }

    fn check_elements(&mut self, job: Job<'a>) {
        let pack = self.walk.pack;
        let Some(structure) = pack.structures().get(job.spot.element.of.0 as usize) else { return };
        let (members, is_usual) = (self.members(job.spot, structure), job.demand.is_in(structure));
        let tells_support = self.walk.options().must_support;
        for child in pack.demands_inside(job.demand) {
            let is_there = || is_usual && child.place().bit & members.valued != 0;
            let is_met = !child.says_something() || (child.says_presence_only() && is_there());
            if is_met && !tells_support {
                continue;
            }
            let other;
            let place = if is_usual {
                child.place()
            } else {
                other = pack.place(structure, &child.said.name);
                &other
            };
            if place.bit & members.seen != 0 || child.says_of_nothing() || tells_support {
                self.check_element(job, child, place, &members);
            }
        }
        self.found.truncate(members.found.start);
    }

    /// Of the element `child` how many there are, what is said of each, and its slices.
    fn check_element(&mut self, job: Job<'a>, child: Demand<'a>, place: &Place, members: &Members) {
        let spots = self.pick(job.spot, place, members);
        self.check_count(job, child, spots.clone(), None);
        if child.said.must_support && spots.is_empty() && self.walk.options().must_support {
            let missing = Some(stem(&child.said.name));
            self.report_as(&rules::SUPPORT, Severity::Information, job.spot, missing, |_| {
                format!("not given; the profile {} asks to support it", of(job.of))
            });
        }
        self.look_at(spots.clone(), child, job.of);
        self.check_slices(job, child, spots.clone());
        self.spots.truncate(spots.start);
    }

    /// Puts what `demand` says of each of these spots on the list of what is to be looked at.
    pub(super) fn look_at(&mut self, spots: Range<usize>, demand: Demand<'a>, of: &'a ProfileRow) {
        if demand.says_of_each() || self.tells_support(demand) {
            // The last job is done first, and issues are to come in the order of the document.
            self.jobs.extend(self.spots[spots].iter().rev().map(|&spot| Job { spot, demand, of }));
        }
    }

    /// As many `found` as `demand` asks for; a slice is called by its name.
    pub(super) fn check_count(
        &mut self,
        job: Job<'a>,
        demand: Demand<'a>,
        found: Range<usize>,
        slice: Option<&str>,
    ) {
        let (rule, count, url) = (demand.said, found.len(), of(job.of));
        let beyond = rule.max.filter(|&max| count > max as usize);
        if count >= rule.min as usize && beyond.is_none() {
            return;
        }
        let what = || slice.map_or(Cow::Borrowed(""), |name| format!(" of the slice {name}").into());
        if count < rule.min as usize {
            self.report_as(&rules::CARDINALITY, Severity::Error, job.spot, Some(stem(&rule.name)), |_| {
                format!("expected at least {}{}, found {count} (profile {url})", rule.min, what())
            });
        }
        if let Some(max) = beyond {
            self.report(&rules::CARDINALITY, self.spots[found.start + max as usize], |_| {
                let none = if max == 0 && slice.is_none() { "none" } else { "" };
                match none {
                    "" => format!("expected at most {max}{}, found {count} (profile {url})", what()),
                    _ => format!("expected no such element, found {count} (profile {url})"),
                }
            });
        }
    }

    /// Puts the elements of `spot` called `name` on the stack, in their order.
    pub(super) fn children(&mut self, spot: Spot<'a>, name: &str) -> Range<usize> {
        let (pack, start) = (self.walk.pack, self.spots.len());
        let Some(structure) = pack.structures().get(spot.element.of.0 as usize) else { return start..start };
        let members = self.members(spot, structure);
        let spots = self.pick(spot, &pack.place(structure, name), &members);
        self.found.truncate(members.found.start);
        spots
    }

    /// Puts the members of `spot`, a `structure`, on the stack that are elements. They are looked up once, for all
    /// that a profile says of them.
    fn members(&mut self, spot: Spot<'a>, structure: &StructureRow) -> Members {
        let start = self.found.len();
        let (mut seen, mut doubled, mut valued, mut first) = (0, 0, 0, [0; u64::BITS as usize]);
        // The elements of a primitive stand in its `_name`.
        let is_primitive = structure.primitive.is_some();
        let object = if is_primitive { spot.element.sibling } else { spot.element.value };
        for (key, value) in object.into_iter().flat_map(Value::members) {
            let Some((row, is_sibling)) = self.row_of(key, structure) else { continue };
            let bit = row.shape.bit;
            let at = u8::try_from(self.found.len() - start);
            doubled |= if at.is_ok() { seen & bit } else { bit };
            seen |= bit;
            valued |= if is_sibling { 0 } else { bit };
            if doubled & bit == 0 {
                first[bit.trailing_zeros() as usize % first.len()] = at.unwrap_or_default();
            }
            self.found.push(Found { key, value, row, is_sibling });
        }
        Members { found: start..self.found.len(), seen, doubled, valued, first }
    }

    /// What the member called `key` of a `structure` is, and whether it stands beside the value of a primitive.
    fn row_of(&self, key: Key<'a>, structure: &StructureRow) -> Option<(&'a MemberRow, bool)> {
        let pack = self.walk.pack;
        let known = self.walk.profiles.members.get(key.id()).and_then(|row| row.checked_sub(1));
        if let Some(row) = known.map(|row| pack.member_at(row))
            // What the walk held to the definition of an extension is an extension here.
            && structure.elements.contains(&row.element)
        {
            return Some((row, false));
        }
        let name = key.as_str();
        let (name, is_sibling) = name.strip_prefix('_').map_or((&*name, false), |name| (name, true));
        Some((pack.member(structure, name)?, is_sibling))
    }

    /// Puts those of `members`, which are in `spot`, on the stack that are at `place`.
    fn pick(&mut self, spot: Spot<'a>, place: &Place, members: &Members) -> Range<usize> {
        let (pack, start) = (self.walk.pack, self.spots.len());
        if place.bit & members.seen == 0 {
            return start..start;
        }
        let (mut value, mut sibling) = (None, None);
        let Range { start: from, end } = members.found;
        let first =
            from + usize::from(members.first[place.bit.trailing_zeros() as usize % members.first.len()]);
        let to = if place.bit & members.doubled == 0 { first + 1 } else { end };
        for one in &self.found[first..to] {
            if place.members.contains(&one.row.id) {
                let first = if one.is_sibling { &mut sibling } else { &mut value };
                first.get_or_insert((one.key, one.value, one.row));
            }
        }
        let Some((_, _, row)) = value.or(sibling) else { return start..start };
        let (of, element) = (pack.structure_at(row.structure), pack.element(row));
        let (is_list, name) = (element.is_list(), stem(pack.text(element.name)));
        // Only primitives have something beside them.
        let sibling = sibling.filter(|_| of.primitive.is_some());
        let Some((key, shape, _)) = value.or(sibling) else { return start..start };
        let [value, sibling] = [value, sibling].map(|one| one.map(|(_, value, _)| value));
        if !is_list || shape.kind() != Json::Array {
            self.push_spot(spot, Element { value, sibling, of: Type(of.id) }, key, name, None);
            return start..self.spots.len();
        }
        let is_there = |one: &Value<'_>| one.kind() != Json::Null;
        let (mut values, mut siblings) = (value.map(Value::items), sibling.map(Value::items));
        for index in 0.. {
            let [value, sibling] =
                [&mut values, &mut siblings].map(|all| all.as_mut().and_then(Iterator::next));
            if value.is_none() && sibling.is_none() {
                break;
            }
            let (value, sibling) = (value.filter(is_there), sibling.filter(is_there));
            if value.is_some() || sibling.is_some() {
                self.push_spot(spot, Element { value, sibling, of: Type(of.id) }, key, name, Some(index));
            }
        }
        start..self.spots.len()
    }

    /// Puts a child of `around` on the stack, if it is no resource of an unknown type.
    fn push_spot(
        &mut self,
        around: Spot<'a>,
        element: Element<'a>,
        key: Key<'a>,
        name: &'a str,
        index: Option<u32>,
    ) {
        let (pack, trail) = (self.walk.pack, self.trails.len() as u32);
        let mut spot = Spot { element, trail: Some(trail), ..around };
        if pack.is_abstract(element.of) {
            let named = element.value.and_then(|value| value.string("resourceType"));
            let Some(of) = named.and_then(|name| pack.resource(&name)) else { return };
            let resource = Element { of, ..element };
            let outer = self.around(around);
            let root = if name == "contained" { outer.root } else { resource };
            spot = self.moved(Spot { element: resource, ..spot }, Surroundings { resource, root, ..outer });
        }
        if name == "entry"
            && pack.structure_at(around.element.of.0).role == pack::Role::Bundle
            && let (Some(bundle), Some(value)) = (around.element.value, element.value)
        {
            let entry = Some(bundle::entry(bundle, value));
            spot = self.moved(spot, Surroundings { entry, ..self.around(spot) });
        }
        self.trails.push(Trail { parent: around.trail, key, name, index });
        self.spots.push(spot);
    }

    /// The types that the profile allows of which the value at hand is.
    pub(super) fn fitting(&self, job: Job<'a>) -> impl Iterator<Item = DemandType<'a>> + use<'a> {
        let (pack, element) = (self.walk.pack, job.spot.element);
        pack.types_of(job.demand).filter(move |one| is_of(pack, element, *one))
    }

    /// The type is one that the profile allows, and keeps the profiles on it.
    fn check_types(&mut self, job: Job<'a>) {
        let (types, pack) = (&job.demand.said.types, self.walk.pack);
        if types.is_empty() {
            return;
        }
        let (mut has_targets, mut has_profiles, mut says_where, mut count) = (true, true, false, 0);
        for one in self.fitting(job) {
            has_targets &= !one.said.targets.is_empty();
            has_profiles &= !one.said.profiles.is_empty();
            says_where |= !one.said.aggregation.is_empty() || one.said.versioning.is_some();
            count += 1;
        }
        if count == 0 {
            return self.report(&rules::TYPE, job.spot, |walk| {
                let expected = alternatives(types.iter().map(|one| &*one.code));
                let found = walk.type_name(job.spot.element);
                format!("expected {expected}, found {found} (profile {})", of(job.of))
            });
        }
        if has_targets {
            self.check_target(job);
        }
        if says_where {
            self.check_reference(job);
        }
        if has_profiles {
            let profiles: Vec<(&'a str, Called<'a>)> =
                self.fitting(job).flat_map(|one| pack.profiles_of(one)).collect();
            self.check_profiles(job, &profiles);
        }
    }

    /// The value keeps one of these profiles.
    fn check_profiles(&mut self, job: Job<'a>, profiles: &[(&'a str, Called<'a>)]) {
        if let [(_, Called::Profile(row))] = profiles
            && !self.is_extension(job.spot)
            && is_of_type(self.walk.pack, job.spot.element, &row.profile.of)
        {
            // With one to keep, what is wrong is told where it is.
            return self.hold(job.spot, row);
        }
        let verdicts =
            profiles.iter().map(|&(url, called)| self.keeps(job.spot, url, called)).collect::<Vec<_>>();
        if verdicts.iter().all(|verdict| *verdict == Verdict::No) {
            self.report(&rules::TYPE, job.spot, |_| {
                let expected = alternatives(profiles.iter().map(|(url, _)| *url));
                format!("expected what keeps the profile {expected} (profile {})", of(job.of))
            });
        }
    }

    /// Holds `spot` to a profile, once.
    pub(super) fn hold(&mut self, spot: Spot<'a>, row: &'a ProfileRow) {
        let is_first = match spot.element.value {
            Some(value) if self.tries == 0 => {
                let known = self.walk.profiles.known.entry((value.id(), &row.profile.url)).or_default();
                !core::mem::replace(&mut known.is_held, true)
            }
            _ => true,
        };
        if is_first {
            self.jobs.push(Job { spot, demand: self.walk.pack.demand(row), of: row });
        }
    }

    /// Whether `spot` is an extension called otherwise than by `canonical`.
    fn is_other_extension(&self, spot: Spot<'a>, canonical: &str) -> bool {
        self.is_extension(spot)
            && spot.element.value.and_then(|value| value.string("url")).as_deref()
                != Some(split_canonical(canonical).0)
    }

    pub(super) fn is_extension(&self, spot: Spot<'a>) -> bool {
        let structure = self.walk.pack.structures().get(spot.element.of.0 as usize);
        structure.is_some_and(|row| row.role == pack::Role::Extension || super::is_definition(row.kind))
    }

    /// Whether `spot` keeps the profile with this URL, which is what that calls.
    pub(super) fn keeps(&mut self, spot: Spot<'a>, canonical: &str, called: Called<'a>) -> Verdict {
        if self.is_extension(spot) {
            if self.is_other_extension(spot, canonical) {
                return Verdict::No;
            }
            // What else is said of an extension is checked wherever it stands.
            return Verdict::Yes;
        }
        let pack = self.walk.pack;
        let row = match called {
            Called::Profile(row) => row,
            Called::Type(name) if is_of_type(pack, spot.element, name) => return Verdict::Yes,
            Called::Type(_) => return Verdict::No,
            Called::Unknown(url) => return self.unknown(url),
        };
        if !is_of_type(pack, spot.element, &row.profile.of) {
            return Verdict::No;
        }
        let key = spot.element.value.map(|value| (value.id(), &*row.profile.url));
        if let Some(known) = key.and_then(|key| self.walk.profiles.known.get(&key)?.verdict) {
            return known;
        }
        // Where a profile leads back to itself, it is kept if nothing else is wrong.
        self.remember(key, Verdict::Yes);
        let verdict = self.try_out(alloc::vec![Job { spot, demand: pack.demand(row), of: row }]);
        self.remember(key, verdict);
        verdict
    }

    fn remember(&mut self, key: Option<(usize, &'a str)>, verdict: Verdict) {
        if let Some(key) = key {
            self.walk.profiles.known.entry(key).or_default().verdict = Some(verdict);
        }
    }

    fn check_constraints(&mut self, job: Job<'a>) {
        let pack = self.walk.pack;
        for constraint in
            job.demand.said.constraints.iter().filter_map(|&row| pack.profile_constraint(job.of, row))
        {
            let Surroundings { resource, root, .. } = self.around(job.spot);
            let context = Context { element: job.spot.element, resource, root, now: None };
            match self.walk.invariants.breach(pack.code(constraint), context) {
                Ok(None) => {}
                Ok(Some(breach)) => {
                    self.report_as(&rules::INVARIANT, constraint.severity.into(), job.spot, None, |walk| {
                        let [key, expression] =
                            [constraint.key, constraint.expression].map(|text| walk.pack.text(text));
                        let url = of(job.of);
                        format!("constraint {key} {breach}: expected {expression} (profile {url})")
                    });
                }
                Err(Undecided(construct)) => {
                    self.is_unsure = true;
                    self.walk.undecided(pack.text(constraint.key), construct);
                }
            }
        }
    }
}

/// The profile's own URL, for messages.
pub(super) fn of(row: &ProfileRow) -> &str {
    &row.profile.url
}
