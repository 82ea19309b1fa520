//! What a profile says of one value: fixed, pattern, binding, length and range.

use alloc::format;
use core::cmp::Ordering;

use super::{Job, Pass, pass::of};
use crate::{
    fhirpath,
    json::{self, Key, Kind as Json, Value},
    pack::{Binding, ProfileElement, Strength},
    validate::rules::{binding, profile as rules},
};

/// Whether `value` is what a fixed value or a pattern says; `None` where neither is given.
pub(super) fn is_as_told(rule: &ProfileElement, value: Option<Value<'_>>) -> Option<bool> {
    let fixed = rule.fixed.as_ref().map(|fixed| value.is_some_and(|value| is_same(fixed.root(), value)));
    let pattern = rule.pattern.as_ref().map(|one| value.is_some_and(|value| is_within(one.root(), value)));
    match (fixed, pattern) {
        (Some(fixed), Some(pattern)) => Some(fixed && pattern),
        (one, other) => one.or(other),
    }
}

impl<'a> Pass<'_, 'a> {
    pub(super) fn check_value(&mut self, job: Job<'a>) {
        let (rule, value, url) = (job.demand.said, job.spot.element.value, of(job.of));
        let is_told = |&(said, id): &(&ProfileElement, usize)| {
            core::ptr::eq(said, rule) && value.is_some_and(|value| value.id() == id)
        };
        let is_told = self.told.iter().any(is_told);
        if let Some(fixed) = &rule.fixed
            && !is_told
            && !value.is_some_and(|value| is_same(fixed.root(), value))
        {
            self.report(&rules::FIXED, job.spot, |walk| {
                format!("expected exactly {} (profile {url}){}", fixed.text(), found(walk, value))
            });
        }
        if let Some(pattern) = &rule.pattern
            && !is_told
            && !value.is_some_and(|value| is_within(pattern.root(), value))
        {
            self.report(&rules::PATTERN, job.spot, |walk| {
                format!("expected at least {} (profile {url}){}", pattern.text(), found(walk, value))
            });
        }
        let Some(value) = value else { return };
        self.check_binding(job, value);
        if let Some(most) = rule.max_length
            && let Some(text) = value.as_str()
        {
            let length = text.chars().count();
            if length > most as usize {
                self.report(&rules::LENGTH, job.spot, |_| {
                    format!("expected at most {most} characters, found {length} (profile {url})")
                });
            }
        }
        if rule.min_value.is_none() && rule.max_value.is_none() {
            return;
        }
        for (limit, beyond, word) in
            [(&rule.min_value, Ordering::Less, "least"), (&rule.max_value, Ordering::Greater, "most")]
        {
            let Some(limit) = limit else { continue };
            match fhirpath::order(value, limit.root()) {
                Some(order) if order == beyond => self.report(&rules::RANGE, job.spot, |walk| {
                    format!("expected at {word} {} (profile {url}){}", limit.text(), walk.found(value))
                }),
                Some(_) => {}
                None => self.unsure("values that cannot be compared with their limit"),
            }
        }
    }

    fn check_binding(&mut self, job: Job<'a>, value: Value<'a>) {
        let Some(bound) = &job.demand.said.binding else { return };
        if bound.strength == Strength::Example {
            return;
        }
        let pack = self.walk.pack;
        let Some(codes) = pack.codes_of(job.demand).filter(|codes| codes.kind() != Binding::Open) else {
            self.is_unsure |= bound.strength == Strength::Required;
            return self.walk.tally.open_binding(&bound.value_set);
        };
        let Some(structure) = pack.structures().get(job.spot.element.of.0 as usize) else { return };
        let rule = match bound.strength {
            Strength::Required => &rules::REQUIRED,
            Strength::Extensible => &rules::EXTENSIBLE,
            Strength::Preferred | Strength::Example => &rules::PREFERRED,
        };
        if binding::is_outside(codes, value, structure, bound.strength == Strength::Required) {
            self.report(rule, job.spot, |walk| {
                let expected = binding::expected(codes, &value.as_str().unwrap_or_default());
                format!("{expected} (profile {}){}", of(job.of), walk.found(value))
            });
        }
    }
}

fn found(walk: &crate::validate::walk::Walk<'_>, value: Option<Value<'_>>) -> alloc::string::String {
    value.map_or_else(alloc::string::String::new, |value| walk.found(value))
}

/// Whether two values are the same, whatever the order of members.
fn is_same(one: Value<'_>, other: Value<'_>) -> bool {
    if let (Some(one), Some(other)) = (one.as_plain_str(), other.as_plain_str()) {
        return json::is_same(one.as_bytes(), other.as_bytes());
    }
    match (one.kind(), other.kind()) {
        (Json::String, Json::String) => one.as_str() == other.as_str(),
        (Json::Object, Json::Object) => {
            one.members().count() == other.members().count()
                && one.members().all(|(key, one)| member(other, key).is_some_and(|it| is_same(one, it)))
        }
        (Json::Array, Json::Array) => {
            one.items().count() == other.items().count()
                && one.items().zip(other.items()).all(|(one, other)| is_same(one, other))
        }
        (Json::Number, Json::Number) => {
            one.raw() == other.raw() || fhirpath::order(one, other) == Some(Ordering::Equal)
        }
        _ => one.raw() == other.raw(),
    }
}

/// Whether `value` has all that `pattern` has; each item of an array in the pattern is in one of the value.
fn is_within(pattern: Value<'_>, value: Value<'_>) -> bool {
    if let (Some(pattern), Some(value)) = (pattern.as_plain_str(), value.as_plain_str()) {
        return json::is_same(pattern.as_bytes(), value.as_bytes());
    }
    match (pattern.kind(), value.kind()) {
        (Json::Object, Json::Object) => {
            // Mostly they stand in the same order, and nothing has to be looked for.
            let mut in_step = Some(value.members());
            pattern.members().all(|(key, part)| {
                let next =
                    in_step.as_mut().and_then(Iterator::next).filter(|(own, _)| is_same_key(*own, key));
                if next.is_none() {
                    in_step = None;
                }
                let own = next.map(|(_, value)| value).or_else(|| member(value, key));
                own.is_some_and(|value| is_within(part, value))
            })
        }
        (Json::Array, Json::Array) => {
            pattern.items().all(|part| value.items().any(|value| is_within(part, value)))
        }
        _ => is_same(pattern, value),
    }
}

/// Whether two names, written without escapes, are the same.
fn is_same_key(one: Key<'_>, other: Key<'_>) -> bool {
    matches!((one.plain_bytes(), other.plain_bytes()), (Some(one), Some(other)) if json::is_same(one, other))
}

/// The member of `object` that is called as one of another.
fn member<'a>(object: Value<'a>, key: Key<'_>) -> Option<Value<'a>> {
    match key.plain_bytes() {
        Some(name) => object.member(name),
        None => object.get(&key.as_str()),
    }
}
