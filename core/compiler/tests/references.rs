//! Where references may lead, and whether they name a version (R4 ElementDefinition.type): from the definition to
//! the verdict.
#![allow(clippy::unwrap_used, reason = "a test that cannot read its material has to fail")]

use fhir_solicit_compiler::{Compiled, Definitions, compile_guide};
use fhir_solicit_validator::{
    pack::Pack,
    validate::{Options, validate_bytes},
};

mod common;

const URL: &str = "http://example.org/StructureDefinition/organization";

/// A profile on Organization whose endpoint is a reference with this said of it, in both views.
fn compile(said: &str) -> Compiled {
    let endpoint = format!(
        r#"{{"id":"Organization.endpoint","path":"Organization.endpoint","type":[{{"code":"Reference",
            "targetProfile":["http://hl7.org/fhir/StructureDefinition/Endpoint"],{said}}}]}}"#
    );
    let definition = format!(
        r#"{{"resourceType":"StructureDefinition","url":"{URL}","kind":"resource","type":"Organization",
            "derivation":"constraint","baseDefinition":"http://hl7.org/fhir/StructureDefinition/Organization",
            "differential":{{"element":[{{"id":"Organization","path":"Organization"}},{endpoint}]}}}}"#
    );
    let mut definitions = Definitions::default();
    definitions.add("definition", definition.as_bytes()).unwrap();
    compile_guide(&definitions, &common::r4(), "test", "test")
}

/// What is wrong with a Bundle of an organization that refers so, and of the endpoint e.
fn issues(said: &str, reference: &str) -> Vec<String> {
    let compiled = compile(said);
    assert!(compiled.left_out.is_empty(), "{:?}", compiled.left_out);
    let guide = Pack::read(compiled.draft.to_bytes().unwrap()).unwrap();
    let r4 = Pack::read(&include_bytes!("../../validator/packs/r4.pack")[..]).unwrap();
    let endpoint = |id: &str| {
        format!(
            r#"{{"resourceType":"Endpoint","id":"{id}","status":"active","connectionType":{{"code":"hl7-fhir-rest"}},
            "payloadType":[{{"text":"any"}}],"address":"https://a.example/fhir"}}"#
        )
    };
    let bundle = format!(
        r#"{{"resourceType":"Bundle","type":"collection","entry":[
        {{"fullUrl":"https://a.example/Organization/o","resource":{{"resourceType":"Organization","id":"o",
            "meta":{{"profile":["{URL}"]}},"name":"o","contained":[{}],"endpoint":[{{"reference":"{reference}"}}]}}}},
        {{"fullUrl":"https://a.example/Endpoint/e","resource":{}}}]}}"#,
        endpoint("c"),
        endpoint("e"),
    );
    let report = validate_bytes(bundle, &r4.join(&guide), &Options::default());
    let issues = report.issues.iter().filter(|issue| issue.rule.starts_with("profile"));
    issues.map(|issue| format!("{} {}", issue.rule, issue.message)).collect()
}

#[test]
fn aggregation() {
    let bundled = r#""aggregation":["bundled"]"#;
    assert_eq!(issues(bundled, "Endpoint/e"), [""; 0]);
    let of = format!("(profile {URL})");
    assert_eq!(
        issues(bundled, "Endpoint/elsewhere"),
        [format!("profile-aggregation expected a bundled reference, found a referenced one {of}")]
    );
    assert_eq!(
        issues(bundled, "#c"),
        [format!("profile-aggregation expected a bundled reference, found a contained one {of}")]
    );
    let several = r#""aggregation":["contained","bundled"]"#;
    assert_eq!(issues(several, "#c"), [""; 0]);
    assert_eq!(
        issues(several, "https://b.example/Endpoint/e"),
        [format!(
            "profile-aggregation expected a contained or bundled reference, found a referenced one {of}"
        )]
    );
    assert_eq!(issues(r#""aggregation":["referenced"]"#, "Endpoint/elsewhere"), [""; 0]);
}

#[test]
fn versioning() {
    let specific = r#""versioning":"specific""#;
    assert_eq!(issues(specific, "Endpoint/e/_history/1"), [""; 0]);
    let of = format!("(profile {URL})");
    assert_eq!(
        issues(specific, "Endpoint/e"),
        [format!("profile-versioning expected a version in the reference {of}")]
    );
    assert_eq!(
        issues(r#""versioning":"independent""#, "Endpoint/e/_history/1"),
        [format!("profile-versioning expected no version in the reference {of}")]
    );
    assert_eq!(issues(r#""versioning":"either""#, "Endpoint/e/_history/1"), [""; 0]);
}

#[test]
fn codes_that_are_not_known() {
    for (said, expected) in [
        (r#""aggregation":["afar"]"#, "mode of aggregation"),
        (r#""versioning":"sometimes""#, "rule of versioning"),
    ] {
        let left_out = compile(said).left_out.iter().map(ToString::to_string).collect::<String>();
        assert!(left_out.contains("Organization.endpoint") && left_out.contains(expected), "{left_out}");
    }
}

#[test]
fn it_is_explained() {
    let compiled = compile(r#""aggregation":["contained","bundled"],"versioning":"independent""#);
    let pack = Pack::read(compiled.draft.to_bytes().unwrap()).unwrap();
    let r4 = Pack::read(&include_bytes!("../../validator/packs/r4.pack")[..]).unwrap();
    let explained = r4.join(&pack).explain(URL, Some("endpoint")).unwrap();
    let demands = &explained.elements[0].demands;
    assert!(
        demands.contains(&"of type Reference, contained or bundled, without version".to_owned()),
        "{demands:?}"
    );
}
