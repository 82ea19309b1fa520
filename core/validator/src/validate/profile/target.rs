//! What references lead to.

use alloc::{format, vec::Vec};

use super::{Job, Pass, Spot, Surroundings, Verdict, is_of_type, pass::of};
use crate::{
    fhir::{Target, split_canonical},
    fhirpath::{Element, Model},
    pack::{
        Aggregation::{self, Bundled, Contained, Referenced},
        BASE, Called, Kind, ProfileType, Versioning,
    },
    validate::rules::{alternatives, bundle, profile as rules},
};

impl<'a> Pass<'_, 'a> {
    /// A reference leads to one of the targets that the profile allows, as far as it can be followed.
    pub(super) fn check_target(&mut self, job: Job<'a>) {
        if !self.fitting(job).any(|one| one.said.code == "Reference") {
            return;
        }
        let Some(target) = self.resolve(job.spot) else { return };
        let pack = self.walk.pack;
        let mut leads_nowhere = true;
        for one in self.fitting(job) {
            for (url, called) in pack.targets_of(one) {
                leads_nowhere &= self.leads_to(target, url, called) == Verdict::No;
            }
        }
        if leads_nowhere {
            let types = self.fitting(job);
            self.report(&rules::TARGET, job.spot, |walk| {
                let targets = types.flat_map(|one| pack.targets_of(one));
                let expected = alternatives(targets.map(|(url, _)| url.strip_prefix(BASE).unwrap_or(url)));
                let found = walk.type_name(target.element);
                format!("expected a reference to {expected}, found one to {found} (profile {})", of(job.of))
            });
        }
    }

    /// A reference leads where the profile has it: inside, beside or out of the resource; and names a version or
    /// none.
    pub(super) fn check_reference(&mut self, job: Job<'a>) {
        let Some(value) = job.spot.element.value else { return };
        let Some(text) = value.as_str().or_else(|| value.string("reference")) else { return };
        let target = Target::parse(&text);
        let types: Vec<&ProfileType> = self.fitting(job).map(|one| one.said).collect();
        if types.iter().all(|one| !one.aggregation.is_empty()) {
            let found = self.aggregation(job.spot, target);
            let allowed = types.iter().flat_map(|one| &one.aggregation).copied();
            let fits = |mode| mode == found || (mode, found) == (Referenced, Bundled);
            if !allowed.clone().any(fits) {
                if self.around(job.spot).entry.is_none()
                    && found == Referenced
                    && allowed.clone().any(|mode| mode == Bundled)
                {
                    return self.unsure("whether a reference leads into its Bundle, which was not given");
                }
                self.report(&rules::AGGREGATION, job.spot, |_| {
                    let (expected, found) = (alternatives(allowed.map(Aggregation::code)), found.code());
                    format!("expected a {expected} reference, found a {found} one (profile {})", of(job.of))
                });
            }
        }
        // What comes along with the resource has no other version.
        let is_along = matches!(target, Target::Contained(_) | Target::Urn(_));
        if let Some(Some(versioning)) = types.first().map(|one| one.versioning)
            && types.iter().all(|one| one.versioning == Some(versioning))
            && !is_along
        {
            let is_versioned = split_canonical(&text).1.is_some()
                || matches!(target, Target::Literal(literal) if literal.version.is_some());
            if is_versioned != (versioning == Versioning::Specific) {
                self.report(&rules::VERSIONING, job.spot, |_| {
                    let expected = if is_versioned { "no version" } else { "a version" };
                    format!("expected {expected} in the reference (profile {})", of(job.of))
                });
            }
        }
    }

    /// Where `target` is, seen from `spot`.
    fn aggregation(&mut self, spot: Spot<'a>, target: Target<'_>) -> Aggregation {
        let bundled = match target {
            Target::Contained(_) => return Contained,
            Target::Literal(literal) => bundle::find_literal(self.walk, self.around(spot).entry, literal),
            Target::Urn(urn) => bundle::find_urn(self.walk, self.around(spot).entry, urn),
            Target::Other(_) => None,
        };
        if bundled.is_some() { Bundled } else { Referenced }
    }

    /// Whether `target`, of which perhaps only the type is known, is what `canonical` calls.
    pub(super) fn leads_to(&mut self, target: Spot<'a>, canonical: &str, called: Called<'a>) -> Verdict {
        let pack = self.walk.pack;
        match called {
            Called::Profile(row) if !is_of_type(pack, target.element, &row.profile.of) => Verdict::No,
            // What is not at hand is of the right type, and more cannot be known.
            Called::Profile(_) if target.element.value.is_none() => Verdict::Unknown,
            Called::Profile(_) => self.keeps(target, canonical, called),
            Called::Type(name) if is_of_type(pack, target.element, name) => Verdict::Yes,
            Called::Type(_) => Verdict::No,
            Called::Unknown(url) => self.unknown(url),
        }
    }

    /// Notes that a profile is not known.
    pub(super) fn unknown(&mut self, url: &'a str) -> Verdict {
        self.is_unsure = true;
        self.walk.tally.unknown_mentioned(url);
        Verdict::Unknown
    }

    /// What the reference at `spot` leads to: a resource at hand, else what is known of its type.
    pub(super) fn resolve(&mut self, spot: Spot<'a>) -> Option<Spot<'a>> {
        let pack = self.walk.pack;
        let value = spot.element.value?;
        // A canonical or uri is the text itself.
        let text = value.as_str().or_else(|| value.string("reference"));
        let resource = |name: &str| {
            let row = pack
                .structure(name)
                .filter(|row| matches!(row.kind, Kind::Resource | Kind::NamedResource))?;
            Some(Element { value: None, sibling: None, of: crate::fhirpath::Type(row.id) })
        };
        let declared = || value.string("type").and_then(|name| resource(&name));
        let (found, named) = match text.as_deref().map(Target::parse) {
            Some(Target::Contained("")) => {
                let (around, element) = (self.around(spot), self.around(spot).root);
                return Some(
                    self.moved(Spot { element, ..spot }, Surroundings { resource: element, ..around }),
                );
            }
            Some(Target::Contained(id)) => {
                let found = self.contained(spot, id)?;
                let element = Element::new(found, pack.resource(&found.string("resourceType")?)?);
                let around = Surroundings { resource: element, ..self.around(spot) };
                return Some(self.moved(Spot { element, ..spot }, around));
            }
            Some(Target::Literal(literal)) => (
                bundle::find_literal(self.walk, self.around(spot).entry, literal),
                resource(literal.resource_type),
            ),
            Some(Target::Urn(urn)) => (bundle::find_urn(self.walk, self.around(spot).entry, urn), None),
            Some(Target::Other(text)) => (None, text.split_once('?').and_then(|(name, _)| resource(name))),
            None => (None, None),
        };
        if let Some((entry, found)) = found {
            let element = Element::new(found, pack.resource(&found.string("resourceType")?)?);
            let around = Surroundings { resource: element, root: element, entry: Some(entry) };
            return Some(self.moved(Spot { element, ..spot }, around));
        }
        let element = named.or_else(declared)?;
        let around = Surroundings { resource: element, root: element, ..self.around(spot) };
        Some(self.moved(Spot { element, ..spot }, around))
    }
}
