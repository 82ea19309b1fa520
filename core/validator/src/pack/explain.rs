//! What a profile demands, in words a developer can act on.

use alloc::{borrow::ToOwned, format, string::String, vec::Vec};

use serde::Serialize;

use super::{
    Codes, DiscriminatorKind, Pack, ProfileElement, ProfileRow, SlicingRules, Strength, Versioning,
    format::{Binding, UNBOUNDED},
    rows::{ElementRow, StructureRow},
};

/// Up to so many codes all are named.
const FEW_CODES: usize = 24;

/// What a profile demands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The canonical URL of the profile.
    pub profile: String,
    /// Its version, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The type it constrains.
    #[serde(rename = "type")]
    pub of: String,
    /// The profile it derives from, all of whose demands are among these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// Element by element, in the order of the definition.
    pub elements: Vec<ElementExplanation>,
}

/// What is demanded of one element.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ElementExplanation {
    /// Its path with the names of slices, as in an ElementDefinition's id: `Task.input:query.value[x]`.
    pub element: String,
    /// One demand each.
    pub demands: Vec<String>,
}

/// What is known of an element: of its type, and of the profile.
#[derive(Clone, Copy)]
struct Known<'p> {
    /// As the type defines it.
    row: Option<&'p ElementRow>,
    rule: Option<&'p ProfileElement>,
}

impl Pack {
    /// What the profile called `canonical` demands: of all its elements, or of `element` and what is below it.
    ///
    /// `element` is a path as reports and definitions write it, with or without the type in front: `Task.input`,
    /// `input:query`. Every element of the type can be asked for, whether the profile narrows it or not. `None`
    /// where the pack has no such profile; no elements where the type has no such element.
    ///
    /// ```
    /// use fhir_solicit::pack::Pack;
    ///
    /// assert!(Pack::exchange().explain("http://example.org/unknown", None).is_none());
    /// ```
    ///
    /// Source: R4 ElementDefinition.
    pub fn explain(&self, canonical: &str, element: Option<&str>) -> Option<Explanation> {
        let row = self.profile_row(canonical)?;
        let profile = &*row.profile;
        let mut elements = Vec::new();
        let structure = self.structure(&profile.of);
        let root = Known { row: None, rule: Some(&profile.root) };
        self.explain_below(row, root, structure, &profile.of, &mut elements);
        if let Some(element) = element {
            let wanted = plain(element, &profile.of);
            elements.retain(|one| is_at_or_below(&plain(&one.element, &profile.of), &wanted));
            if elements.is_empty() {
                elements.extend(self.explain_of_type(&profile.of, &wanted));
            }
        }
        Some(Explanation {
            profile: profile.url.clone(),
            version: profile.version.clone(),
            of: profile.of.clone(),
            base: profile.base.clone(),
            elements,
        })
    }

    fn explain_below(
        &self,
        of: &ProfileRow,
        known: Known<'_>,
        structure: Option<&StructureRow>,
        path: &str,
        all: &mut Vec<ElementExplanation>,
    ) {
        let demands = self.demands(of, known);
        if !demands.is_empty() {
            all.push(ElementExplanation { element: path.to_owned(), demands });
        }
        let Some(rule) = known.rule else { return };
        for slice in &rule.slices {
            let name = slice.slice.as_deref().unwrap_or_default();
            let path = format!("{}:{name}", path.split_once(':').map_or(path, |_| before_slice(path)));
            self.explain_below(of, Known { rule: Some(slice), ..known }, structure, &path, all);
        }
        for child in &rule.elements {
            let row = structure.and_then(|structure| self.element_called(structure, &child.name));
            let inside = row.and_then(|row| self.only_structure(row));
            let path = format!("{path}.{}", child.name);
            self.explain_below(of, Known { row, rule: Some(child) }, inside, &path, all);
        }
    }

    /// An element that the profile says nothing about, as its type defines it.
    fn explain_of_type(&self, of: &str, wanted: &str) -> Option<ElementExplanation> {
        let mut structure = self.structure(of)?;
        let mut found = None;
        for name in wanted.split('.') {
            let row = self.element_called(structure, name)?;
            found = Some(row);
            structure = self.only_structure(row).unwrap_or(structure);
        }
        let mut demands = alloc::vec![cardinality(found?.min, found?.max)];
        demands.extend(self.type_names(found?));
        demands.extend(
            found
                .and_then(|row| self.binding(row))
                .map(|(strength, codes)| self.codes_in_words(strength, codes.url())),
        );
        Some(ElementExplanation { element: format!("{of}.{wanted}"), demands })
    }

    fn element_called(&self, structure: &StructureRow, name: &str) -> Option<&ElementRow> {
        let is_it = |row: &&ElementRow| {
            let own = self.text(row.name);
            own == name || own.strip_suffix("[x]") == Some(name)
        };
        self.elements(structure).iter().find(is_it)
    }

    /// The structure of an element that has but one type.
    fn only_structure(&self, row: &ElementRow) -> Option<&StructureRow> {
        match self.members(row) {
            [member] => Some(self.structure_at(member.structure)),
            _ => None,
        }
    }

    fn type_names(&self, row: &ElementRow) -> Option<String> {
        let names =
            self.members(row).iter().map(|member| self.text(self.structure_at(member.structure).name));
        // An element with elements of its own has no type with a name.
        let names: Vec<&str> = names.filter(|name| !name.contains('.')).collect();
        if names.is_empty() { None } else { Some(format!("of type {}", names.join(" or "))) }
    }

    fn demands(&self, of: &ProfileRow, Known { row, rule }: Known<'_>) -> Vec<String> {
        let mut demands = Vec::new();
        let Some(rule) = rule else { return demands };
        if let Some(row) = row {
            let is_slice = rule.slice.is_some();
            let least = if is_slice { rule.min } else { rule.min.max(row.min) };
            demands.push(cardinality(least, rule.max.unwrap_or(row.max)));
        }
        if rule.max == Some(0) {
            return demands;
        }
        if let Some(fixed) = &rule.fixed {
            demands.push(format!("exactly {}", fixed.text()));
        }
        if let Some(pattern) = &rule.pattern {
            demands.push(format!("with at least {}", pattern.text()));
        }
        for one in &rule.types {
            let list = |before: &str, urls: &[String]| match urls {
                [] => String::new(),
                urls => format!("{before}{}", urls.join(" or ")),
            };
            let (keeps, to) = (list(" that keeps ", &one.profiles), list(" to ", &one.targets));
            let places: Vec<&str> = one.aggregation.iter().map(|mode| mode.code()).collect();
            let held = if places.is_empty() { String::new() } else { format!(", {}", places.join(" or ")) };
            let version = match one.versioning {
                None => "",
                Some(Versioning::Independent) => ", without version",
                Some(Versioning::Specific) => ", with version",
            };
            demands.push(format!("of type {}{keeps}{to}{held}{version}", one.code));
        }
        if rule.types.is_empty() && rule.fixed.is_none() && rule.pattern.is_none() && rule.elements.is_empty()
        {
            demands.extend(row.and_then(|row| self.type_names(row)));
        }
        if let Some(binding) = &rule.binding {
            demands.push(self.codes_in_words(binding.strength, &binding.value_set));
        } else if let Some((strength, codes)) = row.and_then(|row| self.binding(row)) {
            demands.push(self.codes_in_words(strength, codes.url()));
        }
        demands.extend(rule.max_length.map(|most| format!("at most {most} characters")));
        demands.extend(rule.min_value.as_ref().map(|limit| format!("at least {}", limit.text())));
        demands.extend(rule.max_value.as_ref().map(|limit| format!("at most {}", limit.text())));
        if let Some(slicing) = &rule.slicing {
            let by: Vec<String> = slicing
                .discriminators
                .iter()
                .map(|one| match one.kind {
                    DiscriminatorKind::Value | DiscriminatorKind::Pattern => {
                        format!("the value of {}", one.path)
                    }
                    DiscriminatorKind::Exists => format!("whether there is {}", one.path),
                    DiscriminatorKind::Type => format!("the type of {}", one.path),
                    DiscriminatorKind::Profile => format!("the profile of {}", one.path),
                })
                .collect();
            let rules = match slicing.rules {
                SlicingRules::Closed => "nothing else is allowed",
                SlicingRules::Open => "others are allowed",
                SlicingRules::OpenAtEnd => "others are allowed after them",
            };
            let order = if slicing.ordered { ", in this order" } else { "" };
            demands.push(format!("slices told apart by {}{order}; {rules}", by.join(" and ")));
        }
        for constraint in rule.constraints.iter().filter_map(|&at| self.profile_constraint(of, at)) {
            let [key, expression] = [constraint.key, constraint.expression].map(|text| self.text(text));
            demands.push(format!("{key}: {expression}"));
        }
        if rule.must_support {
            demands.push("to be supported".into());
        }
        demands
    }

    fn codes_in_words(&self, strength: Strength, url: &str) -> String {
        let how = match strength {
            Strength::Required => "a code from",
            Strength::Extensible => "a code from, unless none fits,",
            Strength::Preferred => "preferably a code from",
            Strength::Example => "for example a code from",
        };
        let codes = self.codes(url).filter(|codes| codes.kind() == Binding::Codes).map(Codes::codes);
        match codes {
            Some(codes) if codes.len() <= FEW_CODES => {
                format!("{how} {url}: {}", codes.collect::<Vec<_>>().join(", "))
            }
            _ => format!("{how} {url}"),
        }
    }
}

fn cardinality(min: u32, max: u32) -> String {
    match (min, max) {
        (_, 0) => "not allowed".into(),
        (0, 1) => "optional".into(),
        (1, 1) => "required".into(),
        (0, UNBOUNDED) => "optional, any number".into(),
        (1, UNBOUNDED) => "required, one or more".into(),
        (min, UNBOUNDED) => format!("required, {min} or more"),
        (0, max) => format!("optional, at most {max}"),
        (min, max) => format!("required, {min} to {max}"),
    }
}

/// A path without the type in front, and without the mark of a choice.
fn plain(path: &str, of: &str) -> String {
    let path = path.strip_prefix(of).and_then(|rest| rest.strip_prefix('.')).unwrap_or(path);
    path.replace("[x]", "")
}

fn is_at_or_below(path: &str, wanted: &str) -> bool {
    path.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', ':']))
}

/// The path of the element that `path` is a slice of: a slice in a slice has the name of both.
fn before_slice(path: &str) -> &str {
    let last = path.rfind('.').unwrap_or_default();
    path[last..].find(':').map_or(path, |at| &path[..last + at])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        json::{Document, FromJson},
        pack::{Draft, Profile},
    };

    #[test]
    fn demands_in_words() {
        let json = r#"{"url":"http://p","type":"Task","root":{"name":"Task","elements":[
            {"name":"intent","fixed":"\"order\""},
            {"name":"focus","max":0},
            {"name":"input","min":1,"slicing":{"discriminators":[{"type":"pattern","path":"type"}],"rules":"open"},
             "slices":[{"name":"input","slice":"q","min":1,"max":1,"elements":[
                {"name":"value[x]","types":[{"code":"string"}],"mustSupport":true}]}]}]}}"#;
        let mut draft = Draft { id: "t".into(), ..Draft::default() };
        let profile = Profile::from_json(Document::parse(json).unwrap().root()).unwrap();
        draft.profiles.insert("http://p".into(), profile);
        let pack = Pack::exchange().join(&Pack::read(draft.to_bytes().unwrap()).unwrap());
        let lines = |element: Option<&str>| {
            let explained = pack.explain("http://p", element).unwrap();
            let line = |one: &ElementExplanation| format!("{}: {}", one.element, one.demands.join("; "));
            explained.elements.iter().map(line).collect::<Vec<_>>()
        };
        let intent = "Task.intent: required; exactly \"order\"; a code from \
            http://hl7.org/fhir/ValueSet/task-intent: filler-order, instance-order, option, order, original-order, \
            plan, proposal, reflex-order, unknown";
        let value = "Task.input:q.value[x]: required; of type string; to be supported";
        assert_eq!(
            lines(None),
            [
                intent,
                "Task.focus: not allowed",
                "Task.input: required, one or more; slices told apart by the value of type; others are allowed",
                "Task.input:q: required",
                value,
            ]
        );
        assert_eq!(lines(Some("input:q.value")), [value]);
        assert_eq!(lines(Some("Task.owner")), ["Task.owner: optional; of type Reference"]);
        assert_eq!(lines(Some("nothing")), [] as [&str; 0]);
    }
}
