//! Slices: which item is of which, and what may stand beside them.

use alloc::{format, vec::Vec};
use core::ops::Range;

use super::{
    Definition, Job, MOST_TOLD, Pass, Spot, Verdict, is_of, is_of_type, pass::of, value::is_as_told,
};
use crate::{
    fhir::split_canonical,
    pack::{
        Called, Demand, Discriminator, DiscriminatorKind, ProfileElement, Slicing, SlicingRules, Strength,
    },
    validate::{
        path::stem,
        rules::{alternatives, profile as rules},
    },
};

/// A step of a discriminator's path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Segment<'p> {
    Name(&'p str),
    Extension(&'p str),
    OfType(&'p str),
    Resolve,
}

/// What slices are told apart by.
struct Sign<'s> {
    kind: DiscriminatorKind,
    /// Whether it is the URL of an extension.
    is_url: bool,
    /// The way to what is compared; `None` where that is not known.
    path: Option<Vec<Segment<'s>>>,
    /// What it has led to from the item that is being dealt out, once that was looked for.
    reached: Reached,
}

#[derive(Clone)]
enum Reached {
    NotLookedFor,
    /// The way passes a reference to what is not at hand.
    Unknown,
    /// Where they are on the stack, until the item is dealt out.
    Spots(Range<usize>),
}

/// Of each item the number of its slice, and of each slice whether an item may be of it; none of that where no item
/// is in doubt.
struct Dealt {
    slices: Vec<Option<usize>>,
    doubtful: Vec<bool>,
}

impl<'s> Sign<'s> {
    fn new(discriminator: &'s Discriminator) -> Self {
        let kind = discriminator.kind;
        let is_value = matches!(kind, DiscriminatorKind::Value | DiscriminatorKind::Pattern);
        let path = segments(&discriminator.path);
        Self { kind, is_url: is_value && discriminator.path == "url", path, reached: Reached::NotLookedFor }
    }
}

impl<'a> Pass<'_, 'a> {
    /// Deals `items` out to the slices of `demand`, and holds each to its own.
    pub(super) fn check_slices(&mut self, job: Job<'a>, demand: Demand<'a>, items: Range<usize>) {
        let rule = demand.said;
        if rule.slices.is_empty() && rule.slicing.is_none() {
            return;
        }
        let default = if rule.slicing.is_none() { default_slicing(rule) } else { None };
        let slicing = rule.slicing.as_ref().or(default.as_ref());
        let Some(slicing) = slicing.filter(|slicing| !slicing.discriminators.is_empty()) else {
            return self.unsure("slices that nothing tells apart");
        };
        let dealt = self.deal(job, demand, slicing, items.clone());
        for (slice, at) in self.walk.pack.slices(demand).zip(0..) {
            let start = self.spots.len();
            for (item, _) in items.clone().zip(&dealt.slices).filter(|(_, of)| **of == Some(at)) {
                self.spots.push(self.spots[item]);
            }
            let found = start..self.spots.len();
            if dealt.doubtful.get(at) == Some(&true) && found.len() < slice.said.min as usize {
                self.unsure("which slice an item is of");
            } else {
                self.check_count(job, slice, found.clone(), slice.said.slice.as_deref());
            }
            if slice.said.must_support && found.is_empty() && self.walk.options().must_support {
                let name = stem(&slice.said.name);
                let severity = crate::fhir::outcome::Severity::Information;
                self.report_as(&rules::SUPPORT, severity, job.spot, Some(name), |_| {
                    let slice = slice.said.slice.as_deref().unwrap_or_default();
                    format!("no slice {slice} given; the profile {} asks to support it", of(job.of))
                });
            }
            self.look_at(found.clone(), slice, job.of);
            self.check_slices(job, slice, found);
            self.spots.truncate(start);
        }
    }

    /// Finds out which of `items` is of which slice of `demand`, and whether it may be there.
    fn deal(&mut self, job: Job<'a>, demand: Demand<'a>, slicing: &Slicing, items: Range<usize>) -> Dealt {
        let rule = demand.said;
        let mut dealt = Dealt { slices: Vec::with_capacity(items.len()), doubtful: Vec::new() };
        if items.is_empty() {
            return dealt;
        }
        let mut signs: Vec<Sign<'_>> = slicing.discriminators.iter().map(Sign::new).collect();
        let (mut last, mut has_other, start) = (0, false, self.spots.len());
        for item in items {
            let item = self.spots[item];
            for sign in &mut signs {
                sign.reached = Reached::NotLookedFor;
            }
            let mut of_slice = None;
            let mut is_doubtful = false;
            for (at, slice) in self.walk.pack.slices(demand).enumerate() {
                match self.is_of_slice(item, (slice, job.of), &mut signs) {
                    Verdict::Yes => {
                        of_slice = Some(at);
                        break;
                    }
                    Verdict::Unknown => {
                        is_doubtful = true;
                        dealt.doubtful.resize(rule.slices.len(), false);
                        dealt.doubtful[at] = true;
                    }
                    Verdict::No => {}
                }
            }
            match of_slice {
                Some(at) => {
                    let is_late = (slicing.ordered && at < last)
                        || (slicing.rules == SlicingRules::OpenAtEnd && has_other);
                    if is_late {
                        self.report(&rules::SLICE, item, |_| {
                            let name = rule.slices[at].slice.as_deref().unwrap_or_default();
                            format!("expected the slice {name} earlier (profile {})", of(job.of))
                        });
                    }
                    last = last.max(at);
                }
                None if slicing.rules == SlicingRules::Closed && !is_doubtful => {
                    self.report(&rules::SLICE, item, |_| {
                        let names = rule.slices.iter().filter_map(|slice| slice.slice.as_deref());
                        format!("expected one of the slices {} (profile {})", alternatives(names), of(job.of))
                    });
                }
                None => has_other = true,
            }
            dealt.slices.push(of_slice);
            self.spots.truncate(start);
        }
        dealt
    }

    fn is_of_slice(&mut self, item: Spot<'a>, slice: Definition<'a>, signs: &mut [Sign<'_>]) -> Verdict {
        let mut verdict = Verdict::Yes;
        for sign in signs {
            if !self.spend() {
                return Verdict::Unknown;
            }
            match self.tells(item, slice, sign) {
                Verdict::No => return Verdict::No,
                Verdict::Unknown => verdict = Verdict::Unknown,
                Verdict::Yes => {}
            }
        }
        verdict
    }

    /// Whether `item` is, by this sign, what the slice defines.
    fn tells(&mut self, item: Spot<'a>, slice: Definition<'a>, sign: &mut Sign<'_>) -> Verdict {
        if sign.is_url
            && let Some(url) = extension_url(slice.0.said)
        {
            let found = item.element.value.and_then(|value| value.string("url"));
            return if found.as_deref() == Some(url) { Verdict::Yes } else { Verdict::No };
        }
        let Some(path) = &sign.path else {
            self.unsure("a discriminator in a form that is not known");
            return Verdict::Unknown;
        };
        if matches!(sign.reached, Reached::NotLookedFor) {
            sign.reached = self.reach(item, path);
        }
        let Reached::Spots(spots) = sign.reached.clone() else { return Verdict::Unknown };
        let start = self.definitions.len();
        let definitions = self.define_along(slice, path);
        let verdict = self.compare(spots, definitions, sign.kind);
        self.definitions.truncate(start);
        verdict
    }

    /// Whether what there is is what there is to be, of some spot and some definition.
    fn compare(
        &mut self,
        spots: Range<usize>,
        definitions: Range<usize>,
        kind: DiscriminatorKind,
    ) -> Verdict {
        let any = |pass: &mut Self, test: &mut dyn FnMut(&mut Self, Spot<'a>, Definition<'a>) -> Verdict| {
            let mut verdict = Verdict::No;
            for spot in spots.clone() {
                for at in definitions.clone() {
                    match test(pass, pass.spots[spot], pass.definitions[at]) {
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
        let all = &self.definitions[definitions.clone()];
        let is_forbidden = all.iter().all(|(demand, _)| demand.said.max == Some(0));
        let is_needed = all.iter().any(|(demand, _)| demand.said.min > 0);
        match kind {
            DiscriminatorKind::Exists => match (is_forbidden, is_needed, spots.is_empty()) {
                (true, _, true) | (false, true, false) => Verdict::Yes,
                (false, false, _) => Verdict::Unknown,
                _ => Verdict::No,
            },
            DiscriminatorKind::Value | DiscriminatorKind::Pattern => {
                if spots.is_empty() {
                    return if is_forbidden { Verdict::Yes } else { Verdict::No };
                }
                any(self, &mut |pass, spot, (demand, of)| match is_as_told(demand.said, spot.element.value) {
                    // What else is said of the slice does not tell what is in it; it is checked of what is.
                    Some(true) => {
                        let id = spot.element.value.map(|value| (demand.said, value.id()));
                        pass.told.extend(id.filter(|_| pass.told.len() < MOST_TOLD));
                        Verdict::Yes
                    }
                    Some(false) => Verdict::No,
                    None if is_criterion(demand.said) => pass.try_out(alloc::vec![Job { spot, demand, of }]),
                    None => Verdict::Unknown,
                })
            }
            DiscriminatorKind::Type => any(self, &mut |pass, spot, (demand, _)| {
                let pack = pass.walk.pack;
                if demand.said.types.is_empty() {
                    return Verdict::Unknown;
                }
                let is_it = pack.types_of(demand).any(|one| is_of(pack, spot.element, one));
                if is_it { Verdict::Yes } else { Verdict::No }
            }),
            DiscriminatorKind::Profile => any(self, &mut |pass, spot, (demand, of)| {
                let pack = pass.walk.pack;
                let profiles: Vec<(&'a str, Called<'a>)> =
                    pack.types_of(demand).flat_map(|one| pack.profiles_of(one)).collect();
                if profiles.is_empty() {
                    return if is_criterion(demand.said) {
                        pass.try_out(alloc::vec![Job { spot, demand, of }])
                    } else {
                        Verdict::Unknown
                    };
                }
                let verdicts: Vec<Verdict> =
                    profiles.into_iter().map(|(url, called)| pass.leads_to(spot, url, called)).collect();
                [Verdict::Yes, Verdict::Unknown]
                    .into_iter()
                    .find(|one| verdicts.contains(one))
                    .unwrap_or(Verdict::No)
            }),
        }
    }

    /// What the path leads to from `item`, which stays on the stack.
    fn reach(&mut self, item: Spot<'a>, path: &[Segment<'_>]) -> Reached {
        let start = self.spots.len();
        self.spots.push(item);
        let mut reached = start..start + 1;
        for &segment in path {
            let next = self.spots.len();
            for at in reached.clone() {
                self.step(self.spots[at], segment);
            }
            if segment == Segment::Resolve && self.spots.len() - next < reached.len() {
                self.spots.truncate(start);
                return Reached::Unknown;
            }
            reached = next..self.spots.len();
        }
        Reached::Spots(reached)
    }

    /// Puts what is one step from `spot` on the stack.
    fn step(&mut self, spot: Spot<'a>, segment: Segment<'_>) {
        match segment {
            Segment::Name(name) => {
                if self.children(spot, name).is_empty() {
                    self.children(spot, &format!("{name}[x]"));
                }
            }
            Segment::Extension(url) => {
                let start = self.spots.len();
                self.children(spot, "extension");
                let is_it = |one: &Spot<'a>| {
                    one.element.value.and_then(|it| it.string("url")).as_deref() == Some(url)
                };
                let kept: Vec<Spot<'a>> = self.spots.drain(start..).filter(is_it).collect();
                self.spots.extend(kept);
            }
            Segment::OfType(name) => {
                if is_of_type(self.walk.pack, spot.element, name) {
                    self.spots.push(spot);
                }
            }
            Segment::Resolve => {
                let found = self.resolve(spot);
                self.spots.extend(found);
            }
        }
    }

    /// Puts what the definition says along the path on the stack, and gives where that of its end is.
    fn define_along(&mut self, slice: Definition<'a>, path: &[Segment<'_>]) -> Range<usize> {
        let start = self.definitions.len();
        self.definitions.push(slice);
        let mut defined = start..start + 1;
        for &segment in path {
            let next = self.definitions.len();
            for at in defined {
                self.define(self.definitions[at], segment);
            }
            defined = next..self.definitions.len();
        }
        defined
    }

    /// Puts what the definition says one step on on the stack. What it leaves to the profile of its type is looked up
    /// there.
    fn define(&mut self, (demand, of): Definition<'a>, segment: Segment<'_>) {
        let pack = self.walk.pack;
        let named = |demand: Demand<'a>, name: &str| {
            pack.demands_inside(demand).find(|one| stem(&one.said.name) == name)
        };
        let root = |(_, called): (&str, Called<'a>)| match called {
            Called::Profile(row) => Some((pack.demand(row), row)),
            _ => None,
        };
        let start = self.definitions.len();
        match segment {
            Segment::Name(name) => {
                if let Some(one) = named(demand, name) {
                    self.definitions.push((one, of));
                } else {
                    let profiles = pack.types_of(demand).flat_map(|one| pack.profiles_of(one));
                    let found = profiles.filter_map(root);
                    let found = found.filter_map(|(root, row)| Some((named(root, name)?, row)));
                    self.definitions.extend(found);
                }
                // Where the element is sliced itself, its slices say what it is.
                if let [(one, of)] = self.definitions[start..]
                    && !one.said.slices.is_empty()
                    && !is_criterion(one.said)
                {
                    self.definitions.truncate(start);
                    self.definitions.extend(pack.slices(one).map(|slice| (slice, of)));
                }
            }
            Segment::Extension(url) => {
                let slices = named(demand, "extension").into_iter().flat_map(|one| pack.slices(one));
                let slices = slices.filter(|slice| extension_url(slice.said) == Some(url));
                self.definitions.extend(slices.map(|slice| (slice, of)));
            }
            Segment::OfType(name) => {
                let of_type = |slice: &Demand<'a>| slice.said.types.iter().any(|one| one.code == name);
                self.definitions.extend(pack.slices(demand).filter(of_type).map(|one| (one, of)));
                if self.definitions.len() == start {
                    self.definitions.push((demand, of));
                }
            }
            Segment::Resolve => {
                let targets = pack.types_of(demand).flat_map(|one| pack.targets_of(one));
                self.definitions.extend(targets.filter_map(root));
            }
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
