//! A server describes a search parameter by the type that its definition gives it.

use alloc::{format, string::String};

use super::Rule;
use crate::{
    fhir::split_canonical,
    json::Value,
    validate::{UncheckedKind, walk::Walk},
};

pub(super) const RULE: Rule = Rule::error(
    "search-parameter",
    "invalid",
    "R4 capabilitystatement, CapabilityStatement.rest.resource.searchParam.type",
);

/// Where a search parameter of a resource type stands. Those for all types are not held to it: R4's own statement of
/// what a server can do (`CapabilityStatement/base`) says `token` of three that it defines as `uri`.
const RESOURCE: &str = "CapabilityStatement.rest.resource";

/// Checks the innermost object, a search parameter of a CapabilityStatement.
pub(in crate::validate) fn check<'a>(walk: &mut Walk<'a>, value: Value<'a>) {
    let around = walk.frames().nth(1).map(|around| walk.pack.text(around.structure.name));
    if around != Some(RESOURCE) {
        return;
    }
    let Some(definition) = value.string("definition") else { return };
    let (url, _) = split_canonical(&definition);
    let Some(expected) = walk.pack.search_type(url) else {
        return walk.tally.name(UncheckedKind::SearchParameter, String::from(url));
    };
    if value.string("type").is_some_and(|found| found != expected) {
        walk.report(&RULE, walk.place("type"), |_| {
            format!("expected {expected}, the type that the definition of the search parameter gives it")
        });
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::super::tests::r4_issues;

    #[test]
    fn the_type_is_that_of_the_definition() {
        let statement = |at: &str, definition: &str, of: &str| {
            let parameter =
                format!(r#""searchParam":[{{"name":"x","definition":"{definition}","type":"{of}"}}]"#);
            let rest = match at {
                "rest" => parameter,
                _ => format!(r#""resource":[{{"type":"Patient",{parameter}}}]"#),
            };
            let head = r#""resourceType":"CapabilityStatement","status":"draft","date":"2026","kind":"requirements""#;
            let rest = format!(r#""rest":[{{"mode":"server",{rest}}}]"#);
            r4_issues(&format!(
                r#"{{{head},"fhirVersion":"4.0.1","format":["json"],"description":"x",{rest}}}"#
            ))
        };
        let birthdate = "http://hl7.org/fhir/SearchParameter/individual-birthdate";
        let versioned = format!("{birthdate}|4.0.1");
        for definition in [birthdate, &versioned, "http://example.org/x"] {
            assert_eq!(statement("resource", definition, "date"), []);
        }
        let found = statement("resource", &versioned, "token");
        let [(rule, expression, message)] = &found[..] else { panic!("{found:?}") };
        assert_eq!(rule, "search-parameter");
        assert_eq!(expression, "CapabilityStatement.rest[0].resource[0].searchParam[0].type");
        assert!(message.starts_with("expected date, "), "{message}");
        assert_eq!(statement("rest", birthdate, "token"), []);
    }
}
