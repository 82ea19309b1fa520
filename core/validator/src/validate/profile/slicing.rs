//! Slices: which item is of which, and what may stand beside them.

use alloc::{format, vec::Vec};

use super::{
    Job, Pass, Spot, Verdict,
    pass::{of, says_something},
    value::is_as_told,
};
use crate::{
    fhir::split_canonical,
    pack::{Discriminator, DiscriminatorKind, ProfileElement, ProfileRow, Slicing, SlicingRules, Strength},
    validate::rules::{alternatives, profile as rules},
};

/// An element of a profile, and the profile it is in.
type Definition<'a> = (&'a ProfileElement, &'a ProfileRow);

/// A step of a discriminator's path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Segment<'p> {
    Name(&'p str),
    Extension(&'p str),
    OfType(&'p str),
    Resolve,
}

impl<'a> Pass<'_, 'a> {
    /// Deals `items` out to the slices of `rule`, and holds each to its own.
    pub(super) fn check_slices(&mut self, job: Job<'a>, rule: &'a ProfileElement, items: &[Spot<'a>]) {
        if rule.slices.is_empty() && rule.slicing.is_none() {
            return;
        }
        let default = default_slicing(rule);
        let slicing = rule.slicing.as_ref().or(default.as_ref());
        let Some(slicing) = slicing.filter(|slicing| !slicing.discriminators.is_empty()) else {
            return self.unsure("slices that nothing tells apart");
        };
        let slices: Vec<&'a ProfileElement> = rule.slices.iter().collect();
        let mut found: Vec<Vec<Spot<'a>>> = slices.iter().map(|_| Vec::new()).collect();
        let mut doubtful: Vec<bool> = slices.iter().map(|_| false).collect();
        let (mut last, mut has_other) = (0, false);
        for &item in items {
            let mut of_slice = None;
            let mut is_doubtful = false;
            for (at, slice) in slices.iter().enumerate() {
                match self.is_of_slice(item, (slice, job.of), &slicing.discriminators) {
                    Verdict::Yes => {
                        of_slice = Some(at);
                        break;
                    }
                    Verdict::Unknown => (is_doubtful, doubtful[at]) = (true, true),
                    Verdict::No => {}
                }
            }
            match of_slice {
                Some(at) => {
                    let is_late = (slicing.ordered && at < last)
                        || (slicing.rules == SlicingRules::OpenAtEnd && has_other);
                    if is_late {
                        self.report(&rules::SLICE, item, |_| {
                            let name = slices[at].slice.as_deref().unwrap_or_default();
                            format!("expected the slice {name} earlier (profile {})", of(job.of))
                        });
                    }
                    last = last.max(at);
                    found[at].push(item);
                }
                None if slicing.rules == SlicingRules::Closed && !is_doubtful => {
                    self.report(&rules::SLICE, item, |_| {
                        let names = slices.iter().filter_map(|slice| slice.slice.as_deref());
                        format!("expected one of the slices {} (profile {})", alternatives(names), of(job.of))
                    });
                }
                None => has_other = true,
            }
        }
        for ((slice, found), is_doubtful) in slices.into_iter().zip(found).zip(doubtful) {
            if is_doubtful && found.len() < slice.min as usize {
                self.unsure("which slice an item is of");
            } else {
                self.check_count(job, slice, &found, slice.slice.as_deref());
            }
            if slice.must_support && found.is_empty() && self.walk.options().must_support {
                let name = crate::validate::path::stem(&slice.name);
                let severity = crate::fhir::outcome::Severity::Information;
                self.report_as(&rules::SUPPORT, severity, job.spot, Some(name), |_| {
                    let slice = slice.slice.as_deref().unwrap_or_default();
                    format!("no slice {slice} given; the profile {} asks to support it", of(job.of))
                });
            }
            if says_something(slice) {
                self.jobs.extend(found.iter().rev().map(|&spot| Job { spot, rule: slice, of: job.of }));
            }
            self.check_slices(job, slice, &found);
        }
    }

    fn is_of_slice(&mut self, item: Spot<'a>, slice: Definition<'a>, all: &[Discriminator]) -> Verdict {
        let mut verdict = Verdict::Yes;
        for discriminator in all {
            if !self.spend() {
                return Verdict::Unknown;
            }
            match self.tells(item, slice, discriminator) {
                Verdict::No => return Verdict::No,
                Verdict::Unknown => verdict = Verdict::Unknown,
                Verdict::Yes => {}
            }
        }
        verdict
    }

    /// Whether `item` is, by this discriminator, what the slice defines.
    fn tells(&mut self, item: Spot<'a>, slice: Definition<'a>, discriminator: &Discriminator) -> Verdict {
        let is_value = matches!(discriminator.kind, DiscriminatorKind::Value | DiscriminatorKind::Pattern);
        if is_value
            && discriminator.path == "url"
            && let Some(url) = extension_url(slice.0)
        {
            let found = item.element.value.and_then(|value| value.string("url"));
            return if found.as_deref() == Some(url) { Verdict::Yes } else { Verdict::No };
        }
        let Some(path) = segments(&discriminator.path) else {
            self.unsure("a discriminator in a form that is not known");
            return Verdict::Unknown;
        };
        let mut spots = alloc::vec![item];
        let mut definitions = alloc::vec![slice];
        for segment in path {
            let is_resolve = segment == Segment::Resolve;
            let count = spots.len();
            spots = spots.into_iter().flat_map(|spot| self.step(spot, segment)).collect();
            if is_resolve && spots.len() < count {
                return Verdict::Unknown;
            }
            definitions = definitions.into_iter().flat_map(|one| self.define(one, segment)).collect();
        }
        let any = |pass: &mut Self, test: &mut dyn FnMut(&mut Self, Spot<'a>, Definition<'a>) -> Verdict| {
            let mut verdict = Verdict::No;
            for &spot in &spots {
                for &definition in &definitions {
                    match test(pass, spot, definition) {
                        Verdict::Yes => return Verdict::Yes,
                        Verdict::Unknown => verdict = Verdict::Unknown,
                        Verdict::No => {}
                    }
                }
            }
            verdict
        };
        if definitions.is_empty() {
            return Verdict::Unknown;
        }
        let is_forbidden = definitions.iter().all(|(rule, _)| rule.max == Some(0));
        match discriminator.kind {
            DiscriminatorKind::Exists => {
                let is_needed = definitions.iter().any(|(rule, _)| rule.min > 0);
                match (is_forbidden, is_needed, spots.is_empty()) {
                    (true, _, true) | (false, true, false) => Verdict::Yes,
                    (false, false, _) => Verdict::Unknown,
                    _ => Verdict::No,
                }
            }
            DiscriminatorKind::Value | DiscriminatorKind::Pattern => {
                if spots.is_empty() {
                    return if is_forbidden { Verdict::Yes } else { Verdict::No };
                }
                any(self, &mut |pass, spot, (rule, of)| match is_as_told(rule, spot.element.value) {
                    // What else is said of the slice does not tell what is in it; it is checked of what is.
                    Some(true) => Verdict::Yes,
                    Some(false) => Verdict::No,
                    None if is_criterion(rule) => pass.try_out(alloc::vec![Job { spot, rule, of }]),
                    None => Verdict::Unknown,
                })
            }
            DiscriminatorKind::Type => any(self, &mut |pass, spot, (rule, _)| match rule
                .types
                .iter()
                .any(|one| pass.is_of_type(spot.element, &one.code))
            {
                _ if rule.types.is_empty() => Verdict::Unknown,
                true => Verdict::Yes,
                false => Verdict::No,
            }),
            DiscriminatorKind::Profile => any(self, &mut |pass, spot, (rule, of)| {
                let profiles: Vec<&'a str> =
                    rule.types.iter().flat_map(|one| &one.profiles).map(|url| &**url).collect();
                if profiles.is_empty() {
                    return if is_criterion(rule) {
                        pass.try_out(alloc::vec![Job { spot, rule, of }])
                    } else {
                        Verdict::Unknown
                    };
                }
                let verdicts: Vec<Verdict> =
                    profiles.into_iter().map(|url| pass.leads_to(spot, url)).collect();
                [Verdict::Yes, Verdict::Unknown]
                    .into_iter()
                    .find(|one| verdicts.contains(one))
                    .unwrap_or(Verdict::No)
            }),
        }
    }

    /// One step from `spot`.
    fn step(&mut self, spot: Spot<'a>, segment: Segment<'_>) -> Vec<Spot<'a>> {
        match segment {
            Segment::Name(name) => {
                let mut found = self.children(spot, name);
                if found.is_empty() {
                    found = self.children(spot, &format!("{name}[x]"));
                }
                found
            }
            Segment::Extension(url) => {
                let mut found = self.children(spot, "extension");
                found.retain(|one| one.element.value.and_then(|it| it.string("url")).as_deref() == Some(url));
                found
            }
            Segment::OfType(name) => {
                if self.is_of_type(spot.element, name) {
                    alloc::vec![spot]
                } else {
                    Vec::new()
                }
            }
            Segment::Resolve => self.resolve(spot).into_iter().collect(),
        }
    }

    /// What the definition says one step on. What it leaves to the profile of its type is looked up there.
    fn define(&mut self, (rule, of): Definition<'a>, segment: Segment<'_>) -> Vec<Definition<'a>> {
        let pack = self.walk.pack;
        let roots = |urls: &mut dyn Iterator<Item = &'a str>| -> Vec<Definition<'a>> {
            urls.filter_map(|url| pack.profile_row(url)).map(|row| (&row.profile.root, row)).collect()
        };
        let named = |rule: &'a ProfileElement, name: &str| {
            let is_it = |one: &&ProfileElement| crate::validate::path::stem(&one.name) == name;
            rule.elements.iter().find(is_it)
        };
        match segment {
            Segment::Name(name) => {
                let mut found: Vec<Definition<'a>> =
                    named(rule, name).map(|one| (one, of)).into_iter().collect();
                if found.is_empty() {
                    let profiles = &mut rule.types.iter().flat_map(|one| &one.profiles).map(|url| &**url);
                    for (root, row) in roots(profiles) {
                        found.extend(named(root, name).map(|one| (one, row)));
                    }
                }
                // Where the element is sliced itself, its slices say what it is.
                let is_sliced = |one: &Definition<'a>| !one.0.slices.is_empty() && !is_criterion(one.0);
                if let [one] = found[..]
                    && is_sliced(&one)
                {
                    found = one.0.slices.iter().map(|slice| (slice, one.1)).collect();
                }
                found
            }
            Segment::Extension(url) => {
                let slices = named(rule, "extension").into_iter().flat_map(|one| &one.slices);
                slices.filter(|slice| extension_url(slice) == Some(url)).map(|slice| (slice, of)).collect()
            }
            Segment::OfType(name) => {
                let of_type = |slice: &&ProfileElement| slice.types.iter().any(|one| one.code == name);
                let slices: Vec<Definition<'a>> =
                    rule.slices.iter().filter(of_type).map(|one| (one, of)).collect();
                if slices.is_empty() { alloc::vec![(rule, of)] } else { slices }
            }
            Segment::Resolve => roots(&mut rule.types.iter().flat_map(|one| &one.targets).map(|url| &**url)),
        }
    }
}

/// Whether `rule` says anything that a value could be told by.
fn is_criterion(rule: &ProfileElement) -> bool {
    rule.fixed.is_some()
        || rule.pattern.is_some()
        || rule.binding.as_ref().is_some_and(|binding| binding.strength == Strength::Required)
        || !rule.types.is_empty()
        || !rule.constraints.is_empty()
        || !rule.elements.is_empty()
}

/// The URL of the extension that a slice is for.
fn extension_url(slice: &ProfileElement) -> Option<&str> {
    let profile = slice.types.iter().find(|one| one.code == "Extension").and_then(|one| one.profiles.first());
    if let Some(profile) = profile {
        return Some(split_canonical(profile).0);
    }
    let url = slice.elements.iter().find(|one| one.name == "url")?;
    let text = url.fixed.as_ref().or(url.pattern.as_ref())?.text();
    text.strip_prefix('"')?.strip_suffix('"')
}

/// How slices are told apart where nobody says: extensions by their URL, a choice by its type (R4 Profiling FHIR).
fn default_slicing(rule: &ProfileElement) -> Option<Slicing> {
    let (kind, path) = if rule.name.ends_with("[x]") {
        (DiscriminatorKind::Type, "$this")
    } else if matches!(&*rule.name, "extension" | "modifierExtension") {
        (DiscriminatorKind::Value, "url")
    } else {
        return None;
    };
    let discriminators = alloc::vec![Discriminator { kind, path: path.into() }];
    Some(Slicing { discriminators, rules: SlicingRules::Open, ordered: false })
}

/// The steps of a path in the restricted FHIRPath of discriminators; `None` for anything else.
fn segments(path: &str) -> Option<Vec<Segment<'_>>> {
    let mut found = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        // The argument of a function may have dots in it.
        let end = match (rest.find('('), rest.find('.')) {
            (Some(open), Some(dot)) if open < dot => rest.find(')')? + 1,
            (Some(_), None) => rest.len(),
            (_, dot) => dot.unwrap_or(rest.len()),
        };
        let (segment, after) = rest.split_at(end);
        rest = after.strip_prefix('.').unwrap_or(after);
        found.extend(match segment.split_once('(') {
            None if segment == "$this" => None,
            None => Some(Segment::Name(segment)),
            Some((name, argument)) => {
                let argument = argument.strip_suffix(')')?.trim_matches(['\'', '"']);
                Some(match name {
                    "resolve" => Segment::Resolve,
                    "extension" => Segment::Extension(argument),
                    "ofType" | "as" => Segment::OfType(argument),
                    _ => return None,
                })
            }
        });
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_discriminators() {
        use Segment::{Extension, Name, OfType, Resolve};
        assert_eq!(segments("$this"), Some(alloc::vec![]));
        assert_eq!(segments("$this.code"), Some(alloc::vec![Name("code")]));
        assert_eq!(segments("item.resolve().code"), Some(alloc::vec![Name("item"), Resolve, Name("code")]));
        assert_eq!(
            segments("extension('http://a.b/c').value.ofType(Coding)"),
            Some(alloc::vec![Extension("http://a.b/c"), Name("value"), OfType("Coding")])
        );
        assert_eq!(segments("where(a.b)"), None);
    }
}
