//! The search parameters of a guide: from the definition to the verdict (R4
//! CapabilityStatement.rest.resource.searchParam.type).
#![allow(clippy::unwrap_used, reason = "a test that cannot read its material has to fail")]

use fhir_solicit_compiler::{Definitions, compile_guide};
use fhir_solicit_validator::{
    pack::Pack,
    validate::{Options, UncheckedKind, validate_bytes},
};

mod common;

const URL: &str = "http://example.org/SearchParameter/patient-colour";

/// What is found in a statement that has the search parameter as a token, and how much is left open.
fn found(pack: &Pack) -> (Vec<String>, usize) {
    let statement = format!(
        r#"{{"resourceType":"CapabilityStatement","status":"draft","date":"2026","kind":"requirements",
            "fhirVersion":"4.0.1","format":["json"],"description":"x","rest":[{{"mode":"server","resource":
            [{{"type":"Patient","searchParam":[{{"name":"colour","definition":"{URL}|2","type":"token"}}]}}]}}]}}"#
    );
    let report = validate_bytes(statement, pack, &Options::default());
    let errors = report.issues.iter().filter(|issue| issue.rule == "search-parameter");
    let open = report.unchecked.iter().filter(|one| one.kind == UncheckedKind::SearchParameter);
    (errors.map(|issue| issue.message.clone()).collect(), open.count())
}

#[test]
fn a_guide_defines_search_parameters() {
    let r4 = Pack::read(&include_bytes!("../../validator/packs/r4.pack")[..]).unwrap();
    assert_eq!(found(&r4), (vec![], 1));
    let mut definitions = Definitions::default();
    let colour = format!(r#"{{"resourceType":"SearchParameter","url":"{URL}","type":"string"}}"#);
    definitions.add("colour", colour.as_bytes()).unwrap();
    // Nobody can be held to this one.
    definitions.add("nameless", br#"{"resourceType":"SearchParameter","type":"token"}"#).unwrap();
    let compiled = compile_guide(&definitions, &common::r4(), "test", "test");
    assert_eq!(compiled.unused["SearchParameter"], ["nameless"]);
    let bytes = compiled.draft.to_bytes().unwrap();
    let guide = Pack::read(bytes.clone()).unwrap();
    assert_eq!(guide.to_draft().to_bytes().unwrap(), bytes);
    let message = "expected string, the type that the definition of the search parameter gives it";
    assert_eq!(found(&r4.join(&guide)), (vec![message.into()], 0));
}
