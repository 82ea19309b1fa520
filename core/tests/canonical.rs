//! Canonical JSON in the published vectors of RFC 8785, which `tests/js/security.test.mjs` holds the same in
//! JavaScript to.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has to fail")]

use std::fs;

use fhir_solicit::{
    exchange::{bytes_to_sign, canonical_json},
    json::Document,
};
use serde_json::Value;

#[test]
fn r99_json_has_the_canonical_form_of_rfc_8785_in_the_published_vectors() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/js/canonical.json");
    let vectors: Vec<Value> = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    assert!(vectors.len() > 20);
    for vector in vectors {
        let input = Document::parse(vector["input"].as_str().unwrap()).unwrap();
        assert_eq!(canonical_json(input.root()), vector["output"].as_str().unwrap(), "{}", vector["name"]);
    }
}

#[test]
fn r99_what_a_server_changes_is_not_signed() {
    let signed = |more: &str| {
        let text = format!(r#"{{"resourceType":"Bundle","type":"searchset","total":1.50{more}}}"#);
        bytes_to_sign(&Document::parse(text).unwrap())
    };
    let plain = signed("");
    assert_eq!(plain, br#"{"resourceType":"Bundle","total":1.5,"type":"searchset"}"#);
    assert_eq!(signed(r#","id":"1","meta":{"versionId":"2"},"signature":{"data":"YQ=="}"#), plain);
    assert_ne!(signed(r#","entry":[{"resource":{"resourceType":"Patient","id":"1"}}]"#), plain);
    let inner = signed(r#","entry":[{"resource":{"resourceType":"Patient","id":"2"}}]"#);
    assert_ne!(
        signed(r#","entry":[{"resource":{"resourceType":"Patient","id":"1"}}]"#),
        inner,
        "ids inside are"
    );
}
