//! The elements that a profile speaks of: how many there are, and what is said of each.

use alloc::{borrow::Cow, format, vec::Vec};

use super::{BASE, Job, Pass, Spot, Verdict};
use crate::{
    fhir::{outcome::Severity, split_canonical},
    fhirpath::{Context, Element, Model, Type, Undecided},
    json::{Key, Kind as Json, Value},
    pack::{self, Kind, ProfileElement, ProfileRow, ProfileType, StructureRow},
    validate::{
        path::{Trail, stem},
        rules::{alternatives, profile as rules},
    },
};

impl<'a> Pass<'_, 'a> {
    pub(super) fn check(&mut self, job: Job<'a>) {
        self.check_value(job);
        self.check_types(job);
        self.check_constraints(job);
        for child in &job.rule.elements {
            self.check_element(job, child);
        }
    }

    /// Of the element `child` how many there are, what is said of each, and its slices.
    fn check_element(&mut self, job: Job<'a>, child: &'a ProfileElement) {
        let spots = self.children(job.spot, &child.name);
        self.check_count(job, child, &spots, None);
        if child.must_support && spots.is_empty() && self.walk.options().must_support {
            self.report_as(&rules::SUPPORT, Severity::Information, job.spot, Some(stem(&child.name)), |_| {
                format!("not given; the profile {} asks to support it", job.of.profile.url)
            });
        }
        if says_something(child) {
            // The last job is done first, and issues are to come in the order of the document.
            self.jobs.extend(spots.iter().rev().map(|&spot| Job { spot, rule: child, of: job.of }));
        }
        self.check_slices(job, child, &spots);
    }

    /// As many `found` as `rule` asks for; a slice is called by its name.
    pub(super) fn check_count(
        &mut self,
        job: Job<'a>,
        rule: &'a ProfileElement,
        found: &[Spot<'a>],
        slice: Option<&str>,
    ) {
        let (count, url) = (found.len(), &*job.of.profile.url);
        let what = || slice.map_or(Cow::Borrowed(""), |name| format!(" of the slice {name}").into());
        if count < rule.min as usize {
            self.report_as(&rules::CARDINALITY, Severity::Error, job.spot, Some(stem(&rule.name)), |_| {
                format!("expected at least {}{}, found {count} (profile {url})", rule.min, what())
            });
        }
        if let (Some(max), Some(one)) = (rule.max, rule.max.and_then(|max| found.get(max as usize))) {
            self.report(&rules::CARDINALITY, *one, |_| {
                let none = if max == 0 && slice.is_none() { "none" } else { "" };
                match none {
                    "" => format!("expected at most {max}{}, found {count} (profile {url})", what()),
                    _ => format!("expected no such element, found {count} (profile {url})"),
                }
            });
        }
    }

    /// The elements of `spot` called `name`, in their order.
    pub(super) fn children(&mut self, spot: Spot<'a>, name: &str) -> Vec<Spot<'a>> {
        let pack = self.walk.pack;
        let mut found = Vec::new();
        let Some(structure) = pack.structures().get(spot.element.of.0 as usize) else { return found };
        // The elements of a primitive stand in its `_name`.
        let is_primitive = structure.primitive.is_some();
        let Some(object) = (if is_primitive { spot.element.sibling } else { spot.element.value }) else {
            return found;
        };
        let (mut value, mut sibling) = (None, None);
        for (key, one) in object.members() {
            match self.is_called(structure, key, name) {
                Some(false) => _ = value.get_or_insert((key, one)),
                Some(true) => _ = sibling.get_or_insert((key, one)),
                None => {}
            }
        }
        let Some((key, _)) = value.or(sibling) else { return found };
        let json = key.as_str();
        let Some(member) = pack.member(structure, json.strip_prefix('_').unwrap_or(&json)) else {
            return found;
        };
        let of = pack.structure_at(member.structure);
        // Only primitives have something beside them.
        let sibling = sibling.filter(|_| of.primitive.is_some());
        let is_list = pack.element(member).is_list();
        let name = stem(pack.text(pack.element(member).name));
        let Some((key, shape)) = value.or(sibling) else { return found };
        if !is_list || shape.kind() != Json::Array {
            let element =
                Element { value: value.map(|one| one.1), sibling: sibling.map(|one| one.1), of: Type(of.id) };
            found.extend(self.spot(spot, element, key, name, None));
            return found;
        }
        let is_there = |one: &Value<'_>| one.kind() != Json::Null;
        let mut values = value.map(|one| one.1.items());
        let mut siblings = sibling.map(|one| one.1.items());
        for index in 0.. {
            let [value, sibling] =
                [&mut values, &mut siblings].map(|all| all.as_mut().and_then(Iterator::next));
            if value.is_none() && sibling.is_none() {
                break;
            }
            let (value, sibling) = (value.filter(is_there), sibling.filter(is_there));
            if value.is_some() || sibling.is_some() {
                let element = Element { value, sibling, of: Type(of.id) };
                found.extend(self.spot(spot, element, key, name, Some(index)));
            }
        }
        found
    }

    /// Whether the member `key` of a `structure` is the element `name`, and if so whether it is what stands beside
    /// the value.
    fn is_called(&self, structure: &StructureRow, key: Key<'_>, name: &str) -> Option<bool> {
        let text;
        let bytes = if let Some(bytes) = key.plain_bytes() {
            bytes
        } else {
            text = key.as_str();
            text.as_bytes()
        };
        let rest = bytes.strip_prefix(b"_");
        let (bytes, own, pack) = (rest.unwrap_or(bytes), stem(name), self.walk.pack);
        let is_it = if own.len() == name.len() {
            bytes == own.as_bytes()
        } else {
            bytes.starts_with(own.as_bytes())
                && core::str::from_utf8(bytes)
                    .ok()
                    .and_then(|text| pack.member(structure, text))
                    .is_some_and(|member| pack.text(pack.element(member).name) == name)
        };
        is_it.then_some(rest.is_some())
    }

    /// The spot of a child of `around`; `None` for a resource of no known type.
    fn spot(
        &mut self,
        around: Spot<'a>,
        element: Element<'a>,
        key: Key<'a>,
        name: &'a str,
        index: Option<u32>,
    ) -> Option<Spot<'a>> {
        let trail = self.trails.len() as u32;
        let mut spot = Spot { element, trail: Some(trail), ..around };
        if self.walk.pack.is_abstract(element.of) {
            let value = element.value?;
            spot.element.of = self.walk.pack.resource(&value.string("resourceType")?)?;
            spot.resource = spot.element;
            if name != "contained" {
                spot.root = spot.element;
            }
        }
        if self.walk.pack.structure_at(around.element.of.0).role == pack::Role::Bundle
            && let (Some(bundle), Some(entry)) = (around.element.value, element.value)
            && name == "entry"
        {
            spot.entry = Some(crate::validate::rules::bundle::entry(bundle, entry));
        }
        self.trails.push(Trail { parent: around.trail, key, name, index });
        Some(spot)
    }

    /// The type is one that the profile allows, and keeps the profiles on it.
    fn check_types(&mut self, job: Job<'a>) {
        let types = &job.rule.types;
        if types.is_empty() {
            return;
        }
        let fitting: Vec<&'a ProfileType> =
            types.iter().filter(|one| self.is_of_type(job.spot.element, &one.code)).collect();
        if fitting.is_empty() {
            return self.report(&rules::TYPE, job.spot, |walk| {
                let expected = alternatives(types.iter().map(|one| &*one.code));
                let found = walk.type_name(job.spot.element);
                format!("expected {expected}, found {found} (profile {})", job.of.profile.url)
            });
        }
        if fitting.iter().all(|one| !one.targets.is_empty()) {
            self.check_target(job, &fitting);
        }
        self.check_reference(job, &fitting);
        if fitting.iter().all(|one| !one.profiles.is_empty()) {
            let profiles: Vec<&'a str> =
                fitting.iter().flat_map(|one| &one.profiles).map(|url| &**url).collect();
            self.check_profiles(job, &profiles);
        }
    }

    /// The value keeps one of these profiles.
    fn check_profiles(&mut self, job: Job<'a>, profiles: &[&'a str]) {
        if let [only] = profiles
            && !self.is_extension(job.spot)
            && let Some(row) = self.walk.pack.profile_row(only)
            && self.is_of_type(job.spot.element, &row.profile.of)
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
        let url = split_canonical(canonical).0;
        if self.is_extension(spot) {
            if self.is_other_extension(spot, canonical) {
                return Verdict::No;
            }
            // What else is said of an extension is checked wherever it stands.
            return Verdict::Yes;
        }
        let Some(row) = self.walk.pack.profile_row(canonical) else {
            if let Some(name) = url.strip_prefix(BASE)
                && self.walk.pack.structure(name).is_some_and(|row| row.kind != Kind::Extension)
            {
                return if self.is_of_type(spot.element, name) { Verdict::Yes } else { Verdict::No };
            }
            self.is_unsure = true;
            self.walk.tally.unknown_profile(url);
            return Verdict::Unknown;
        };
        if !self.is_of_type(spot.element, &row.profile.of) {
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
            let Spot { element, resource, root, .. } = job.spot;
            let context = Context { element, resource, root, now: None };
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
pub(super) fn says_something(rule: &ProfileElement) -> bool {
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
