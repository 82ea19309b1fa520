//! The elements that a profile speaks of: how many there are, and what is said of each.

use alloc::{borrow::Cow, format, vec::Vec};
use core::ops::Range;

use super::{Found, Job, Pass, Spot, Surroundings, Verdict, is_of_type};
use crate::{
    fhir::{outcome::Severity, split_canonical},
    fhirpath::{Context, Element, Model, Type, Undecided},
    json::{Key, Kind as Json, Value},
    pack::{self, Called, ProfileElement, ProfileRow},
    validate::{
        path::{Trail, stem},
        rules::{alternatives, bundle, profile as rules},
    },
};

impl<'a> Pass<'_, 'a> {
    pub(super) fn check(&mut self, job: Job<'a>) {
        self.check_value(job);
        self.check_types(job);
        self.check_constraints(job);
        if !job.rule.elements.is_empty() {
            let found = self.members(job.spot);
            for child in &job.rule.elements {
                self.check_element(job, child, found.clone());
            }
            self.found.truncate(found.start);
        }
    }

    /// Of the element `child` how many there are among what was `found`, what is said of each, and its slices.
    fn check_element(&mut self, job: Job<'a>, child: &'a ProfileElement, found: Range<usize>) {
        let spots = self.pick(job.spot, &child.name, found);
        self.check_count(job, child, spots.clone(), None);
        if child.must_support && spots.is_empty() && self.walk.options().must_support {
            self.report_as(&rules::SUPPORT, Severity::Information, job.spot, Some(stem(&child.name)), |_| {
                format!("not given; the profile {} asks to support it", job.of.profile.url)
            });
        }
        self.look_at(spots.clone(), child, job.of);
        self.check_slices(job, child, spots.clone());
        self.spots.truncate(spots.start);
    }

    /// Puts what `rule` says of each of these spots on the list of what is to be looked at.
    pub(super) fn look_at(&mut self, spots: Range<usize>, rule: &'a ProfileElement, of: &'a ProfileRow) {
        if says_something(rule) {
            // The last job is done first, and issues are to come in the order of the document.
            self.jobs.extend(self.spots[spots].iter().rev().map(|&spot| Job { spot, rule, of }));
        }
    }

    /// As many `found` as `rule` asks for; a slice is called by its name.
    pub(super) fn check_count(
        &mut self,
        job: Job<'a>,
        rule: &'a ProfileElement,
        found: Range<usize>,
        slice: Option<&str>,
    ) {
        let (count, url) = (found.len(), &*job.of.profile.url);
        let beyond = rule.max.filter(|&max| count > max as usize);
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
        let found = self.members(spot);
        let spots = self.pick(spot, name, found.clone());
        self.found.truncate(found.start);
        spots
    }

    /// Puts the members of `spot` on the stack that are elements. They are looked up once, for all that a profile
    /// says of them.
    fn members(&mut self, spot: Spot<'a>) -> Range<usize> {
        let (pack, start) = (self.walk.pack, self.found.len());
        let Some(structure) = pack.structures().get(spot.element.of.0 as usize) else { return start..start };
        // The elements of a primitive stand in its `_name`.
        let is_primitive = structure.primitive.is_some();
        let object = if is_primitive { spot.element.sibling } else { spot.element.value };
        for (key, value) in object.into_iter().flat_map(Value::members) {
            let escaped;
            let json = if let Some(json) = key.plain_bytes() {
                json
            } else {
                escaped = key.as_str();
                escaped.as_bytes()
            };
            let (name, is_sibling) = json.strip_prefix(b"_").map_or((json, false), |name| (name, true));
            let Some(row) = pack.member_of_bytes(structure, name) else { continue };
            let [name, element] = [row.name, pack.element(row).name].map(|text| pack.text(text));
            self.found.push(Found { key, value, row, name, element, is_sibling });
        }
        start..self.found.len()
    }

    /// Puts those that are called `name`, of what was `found` in `spot`, on the stack.
    fn pick(&mut self, spot: Spot<'a>, name: &str, found: Range<usize>) -> Range<usize> {
        let (pack, start) = (self.walk.pack, self.spots.len());
        let is_choice = name.ends_with("[x]");
        let (mut value, mut sibling) = (None, None);
        for one in &self.found[found] {
            if name == if is_choice { one.element } else { one.name } {
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

    /// The type is one that the profile allows, and keeps the profiles on it.
    fn check_types(&mut self, job: Job<'a>) {
        let types = &job.rule.types;
        if types.is_empty() {
            return;
        }
        let (pack, element) = (self.walk.pack, job.spot.element);
        let fitting = types.iter().filter(move |one| is_of_type(pack, element, &one.code));
        let (mut has_targets, mut has_profiles, mut count) = (true, true, 0);
        for one in fitting.clone() {
            has_targets &= !one.targets.is_empty();
            has_profiles &= !one.profiles.is_empty();
            count += 1;
        }
        if count == 0 {
            return self.report(&rules::TYPE, job.spot, |walk| {
                let expected = alternatives(types.iter().map(|one| &*one.code));
                let found = walk.type_name(job.spot.element);
                format!("expected {expected}, found {found} (profile {})", job.of.profile.url)
            });
        }
        if has_targets {
            self.check_target(job, fitting.clone());
        }
        if fitting.clone().any(|one| !one.aggregation.is_empty() || one.versioning.is_some()) {
            self.check_reference(job, fitting.clone());
        }
        if has_profiles {
            let profiles: Vec<&'a str> = fitting.flat_map(|one| &one.profiles).map(|url| &**url).collect();
            self.check_profiles(job, &profiles);
        }
    }

    /// The value keeps one of these profiles.
    fn check_profiles(&mut self, job: Job<'a>, profiles: &[&'a str]) {
        if let [only] = profiles
            && !self.is_extension(job.spot)
            && let Some(row) = self.walk.pack.profile_row(only)
            && is_of_type(self.walk.pack, job.spot.element, &row.profile.of)
        {
            // With one to keep, what is wrong is told where it is.
            return self.hold(job.spot, row);
        }
        let verdicts = profiles.iter().map(|url| self.keeps(job.spot, url)).collect::<Vec<_>>();
        if verdicts.iter().all(|verdict| *verdict == Verdict::No) {
            self.report(&rules::TYPE, job.spot, |_| {
                let expected = alternatives(profiles.iter().copied());
                format!("expected what keeps the profile {expected} (profile {})", job.of.profile.url)
            });
        }
    }

    /// Holds `spot` to a profile, once.
    pub(super) fn hold(&mut self, spot: Spot<'a>, row: &'a ProfileRow) {
        let is_first = match spot.element.value {
            Some(value) if self.tries == 0 => self.walk.profiles.held.insert((value.id(), &row.profile.url)),
            _ => true,
        };
        if is_first {
            self.jobs.push(Job { spot, rule: &row.profile.root, of: row });
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

    /// Whether `spot` keeps the profile with this URL.
    pub(super) fn keeps(&mut self, spot: Spot<'a>, canonical: &'a str) -> Verdict {
        if self.is_extension(spot) {
            if self.is_other_extension(spot, canonical) {
                return Verdict::No;
            }
            // What else is said of an extension is checked wherever it stands.
            return Verdict::Yes;
        }
        let pack = self.walk.pack;
        let row = match pack.called(canonical) {
            Called::Profile(row) => row,
            Called::Type(name) if is_of_type(pack, spot.element, name) => return Verdict::Yes,
            Called::Type(_) => return Verdict::No,
            Called::Unknown(url) => return self.unknown(url),
        };
        if !is_of_type(self.walk.pack, spot.element, &row.profile.of) {
            return Verdict::No;
        }
        let key = spot.element.value.map(|value| (value.id(), &*row.profile.url));
        if let Some(known) = key.and_then(|key| self.walk.profiles.known.get(&key)) {
            return *known;
        }
        // Where a profile leads back to itself, it is kept if nothing else is wrong.
        self.remember(key, Verdict::Yes);
        let verdict = self.try_out(alloc::vec![Job { spot, rule: &row.profile.root, of: row }]);
        self.remember(key, verdict);
        verdict
    }

    fn remember(&mut self, key: Option<(usize, &'a str)>, verdict: Verdict) {
        if let Some(key) = key {
            self.walk.profiles.known.insert(key, verdict);
        }
    }

    fn check_constraints(&mut self, job: Job<'a>) {
        let pack = self.walk.pack;
        for constraint in job.rule.constraints.iter().filter_map(|&row| pack.profile_constraint(job.of, row))
        {
            let Surroundings { resource, root, .. } = self.around(job.spot);
            let context = Context { element: job.spot.element, resource, root, now: None };
            match self.walk.invariants.test(pack.code(constraint), context) {
                Ok(Some(false)) => {
                    let severity = match constraint.severity {
                        pack::Severity::Error => Severity::Error,
                        pack::Severity::Warning => Severity::Warning,
                        pack::Severity::Information => Severity::Information,
                    };
                    self.report_as(&rules::INVARIANT, severity, job.spot, None, |walk| {
                        let [key, expression] =
                            [constraint.key, constraint.expression].map(|text| walk.pack.text(text));
                        let url = &job.of.profile.url;
                        format!("constraint {key} does not hold here: expected {expression} (profile {url})")
                    });
                }
                Ok(_) => {}
                Err(Undecided(construct)) => {
                    self.is_unsure = true;
                    self.walk.undecided(pack.text(constraint.key), construct);
                }
            }
        }
    }
}

/// Whether `rule` says anything of each element, beside how many there are.
fn says_something(rule: &ProfileElement) -> bool {
    !rule.types.is_empty()
        || rule.fixed.is_some()
        || rule.pattern.is_some()
        || rule.binding.is_some()
        || rule.max_length.is_some()
        || rule.min_value.is_some()
        || rule.max_value.is_some()
        || !rule.constraints.is_empty()
        || !rule.elements.is_empty()
}

/// The profile's own URL, for messages.
pub(super) fn of(row: &ProfileRow) -> &str {
    &row.profile.url
}
