//! Value sets to lists of codes, as far as the definitions alone allow.

use std::collections::BTreeSet;

use fhir_solicit_validator::pack::{self, Draft, Strength};

use crate::{
    definitions::{Concept, Definitions, Include},
    profile::without_version,
};

/// The system of media types, whose members are told by their grammar.
const MEDIA_TYPES: &str = "urn:ietf:bcp:13";

/// How many value sets may include one another, so that a circle ends.
const DEPTH: usize = 8;

type Codes = BTreeSet<(String, String)>;

/// Most codes of a value set that is only advice. LOINC's types of document, 6,401 of them, would
/// triple the pack of the exchange.
const MOST_ADVISED: usize = 1_000;

/// What is known of the value set at `url`, by the definitions or else by the base, where it is bound so
/// strongly; open where neither says.
pub(crate) fn expand(
    definitions: &Definitions,
    base: &Draft,
    url: &str,
    strength: Strength,
) -> pack::ValueSet {
    if is_media_types(definitions, url) {
        return pack::ValueSet::MediaType;
    }
    let expanded = match codes(definitions, base, url, DEPTH) {
        Some(codes) => pack::ValueSet::Codes(codes),
        None => base.value_sets.get(url).cloned().unwrap_or(pack::ValueSet::Open),
    };
    match &expanded {
        pack::ValueSet::Codes(codes) if strength != Strength::Required && codes.len() > MOST_ADVISED => {
            pack::ValueSet::Open
        }
        _ => expanded,
    }
}

fn is_media_types(definitions: &Definitions, url: &str) -> bool {
    let compose = definitions.value_sets.get(url).and_then(|value_set| value_set.compose.as_ref());
    compose.is_some_and(|compose| {
        matches!(&compose.include[..], [one] if one.system.as_deref() == Some(MEDIA_TYPES)
            && one.concept.is_empty() && one.filter.is_empty())
    })
}

fn codes(definitions: &Definitions, base: &Draft, url: &str, depth: usize) -> Option<Codes> {
    let url = without_version(url);
    let Some(value_set) = definitions.value_sets.get(url) else {
        return match base.value_sets.get(url)? {
            pack::ValueSet::Codes(codes) => Some(codes.clone()),
            pack::ValueSet::MediaType | pack::ValueSet::Open => None,
        };
    };
    let compose = value_set.compose.as_ref()?;
    let depth = depth.checked_sub(1)?;
    let mut all = Codes::new();
    for include in &compose.include {
        all.extend(included(definitions, base, include, depth)?);
    }
    for exclude in &compose.exclude {
        for code in included(definitions, base, exclude, depth)? {
            all.remove(&code);
        }
    }
    Some(all)
}

/// What one include means: what its system and all its value sets have in common.
fn included(definitions: &Definitions, base: &Draft, include: &Include, depth: usize) -> Option<Codes> {
    if !include.filter.is_empty() {
        return None;
    }
    let mut parts = Vec::new();
    if let Some(system) = &include.system {
        let mut own = Codes::new();
        if include.concept.is_empty() {
            let code_system = definitions.code_systems.get(system)?;
            if code_system.content != "complete" {
                return None;
            }
            collect(&code_system.concept, system, &mut own);
        } else {
            collect(&include.concept, system, &mut own);
        }
        parts.push(own);
    }
    for url in &include.value_set {
        parts.push(codes(definitions, base, url, depth)?);
    }
    parts.into_iter().reduce(|common, part| common.intersection(&part).cloned().collect())
}

fn collect(concepts: &[Concept], system: &str, all: &mut Codes) {
    for concept in concepts {
        all.insert((concept.code.clone(), system.into()));
        collect(&concept.concept, system, all);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Document;

    /// The value sets with these `compose`s, by URL, and one code system.
    fn definitions(value_sets: &str) -> Definitions {
        let mut definitions = Definitions::default();
        let code_system = r#"{"resourceType": "CodeSystem", "url": "http://cs", "content": "complete",
            "concept": [{"code": "a", "concept": [{"code": "b"}]}, {"code": "c"}]}"#;
        definitions.add("cs", code_system.as_bytes()).unwrap();
        let value_sets = Document::parse(value_sets).unwrap();
        for (url, compose) in value_sets.root().members() {
            let (url, compose) = (url.as_str(), compose.raw());
            let one = format!(r#"{{"resourceType": "ValueSet", "url": "{url}", "compose": {compose}}}"#);
            definitions.add(&url, one.as_bytes()).unwrap();
        }
        definitions
    }

    #[test]
    fn expands_what_the_definitions_say_and_nothing_else() {
        let definitions = definitions(
            r#"{
            "all": {"include": [{"system": "http://cs"}]},
            "listed": {"include": [{"system": "http://other", "concept": [{"code": "x"}]}]},
            "without": {"include": [{"valueSet": ["all"]}], "exclude": [{"system": "http://cs", "concept": [{"code": "b"}]}]},
            "common": {"include": [{"system": "http://cs", "concept": [{"code": "a"}, {"code": "z"}], "valueSet": ["all|4.0.1"]}]},
            "filtered": {"include": [{"system": "http://cs", "filter": [{"property": "concept"}]}]},
            "foreign": {"include": [{"system": "http://absent"}]},
            "circle": {"include": [{"valueSet": ["circle"]}]},
            "media": {"include": [{"system": "urn:ietf:bcp:13"}]}
            }"#,
        );
        let codes = |url: &str| match expand(&definitions, &Draft::default(), url, Strength::Required) {
            pack::ValueSet::Codes(codes) => {
                codes.into_iter().map(|(code, _)| code).collect::<Vec<_>>().join(" ")
            }
            other => format!("{other:?}"),
        };
        for (url, expected) in [
            ("all", "a b c"),
            ("listed", "x"),
            ("without", "a c"),
            ("common", "a"),
            ("filtered", "Open"),
            ("foreign", "Open"),
            ("circle", "Open"),
            ("absent", "Open"),
            ("media", "MediaType"),
        ] {
            assert_eq!(codes(url), expected, "{url}");
        }
    }
}
