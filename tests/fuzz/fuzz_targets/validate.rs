//! Bytes → Document → report: no panic, no hang, and no more memory than a stated multiple of the input.
#![no_main]

use fhir_solicit::{
    json::Document,
    pack::Pack,
    validate::{Options, validate, validate_bytes},
};
use libfuzzer_sys::fuzz_target;

/// Issues asked for; each may quote a path as long as the input.
const ISSUES: usize = 20;

fuzz_target!(|bytes: &[u8]| {
    let options = Options { max_issues: ISSUES, show_values: true, ..Options::default() };
    let report = validate_bytes(bytes, Pack::exchange(), &options);
    assert!(report.issues.len() <= ISSUES);
    assert!(report.issues.is_sorted_by_key(|issue| issue.position));

    let Ok(document) = Document::parse(bytes) else {
        assert!(!report.is_valid());
        return;
    };
    assert_eq!(document.text().as_bytes(), bytes, "what was read is what was there");
    // A node is 16 bytes of tape and at least one byte of text.
    assert!(document.node_count() <= bytes.len());
    assert_eq!(validate(&document, Pack::exchange(), &options), report);
    for issue in &report.issues {
        assert!(document.root().pointer(&issue.pointer).is_some(), "{} leads nowhere", issue.pointer);
    }
    let outcome = report.to_outcome();
    assert!(validate(&outcome, Pack::exchange(), &options).is_valid());
});
