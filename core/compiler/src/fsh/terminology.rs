//! Value sets and code systems.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Declared, FshError, Place, Sources, source::Word};

/// A ValueSet with what it includes and excludes.
pub(super) fn value_set(all: &Sources<'_>, declared: &Declared) -> Result<Value, FshError> {
    let mut resource = head(declared, "ValueSet");
    let mut compose: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for (place, words) in all.rules(&declared.entity)? {
        let (what, words) = match &words[..] {
            [Word::Bare(first), rest @ ..] if first == "exclude" => ("exclude", rest),
            [Word::Bare(first), rest @ ..] if first == "include" => ("include", rest),
            all => ("include", all),
        };
        let mut part = part(all, words, &place)?;
        let parts = compose.entry(what).or_default();
        // Codes of one system make one part.
        let before = parts.last_mut().filter(|before| before["system"] == part["system"]);
        match (before.and_then(codes_of), codes_of(&mut part)) {
            (Some(codes), Some(more)) => codes.append(more),
            _ => parts.push(part),
        }
    }
    resource["compose"] = json!(compose);
    Ok(resource)
}

/// `system#code`, or `codes from` systems and value sets, which have to hold all at once.
fn part(all: &Sources<'_>, words: &[Word], place: &Place) -> Result<Value, FshError> {
    let expected = || place.error("expected `system#code`, or `codes from system S` or `valueset V`");
    let words: Vec<&str> = words.iter().map(Word::bare).filter(|word| !word.is_empty()).collect();
    let ["codes", "from", sources @ ..] = &words[..] else {
        let [code] = &words[..] else { return Err(expected()) };
        let (system, code) = code.split_once('#').ok_or_else(expected)?;
        return Ok(json!({ "system": all.url(system, place)?, "concept": [{ "code": code }] }));
    };
    let mut part = json!({});
    let mut value_sets = Vec::new();
    let mut sources = sources.iter().filter(|word| **word != "and");
    while let Some(kind) = sources.next() {
        let url = all.url(sources.next().ok_or_else(expected)?, place)?;
        match *kind {
            "system" => part["system"] = url.into(),
            "valueset" => value_sets.push(url),
            _ => return Err(expected()),
        }
    }
    if !value_sets.is_empty() {
        part["valueSet"] = value_sets.into();
    }
    Ok(part)
}

fn codes_of(part: &mut Value) -> Option<&mut Vec<Value>> {
    part.get_mut("concept")?.as_array_mut()
}

/// A CodeSystem with all its codes.
pub(super) fn code_system(all: &Sources<'_>, declared: &Declared) -> Result<Value, FshError> {
    let mut resource = head(declared, "CodeSystem");
    let mut concepts = Vec::new();
    for (place, words) in all.rules(&declared.entity)? {
        let code = words.first().and_then(|word| word.bare().strip_prefix('#'));
        concepts.push(json!({ "code": code.ok_or_else(|| place.error("expected `#code`"))? }));
    }
    resource["content"] = "complete".into();
    resource["concept"] = concepts.into();
    Ok(resource)
}

/// What all definitions begin with.
pub(super) fn head(declared: &Declared, resource_type: &str) -> Value {
    json!({
        "resourceType": resource_type,
        "url": declared.url,
        "version": declared.version,
        "name": declared.entity.name,
        "status": "active",
    })
}
