//! Bytes → Document → report: no panic, no hang, and no more memory than a stated multiple of the input.
#![no_main]

use std::{alloc::System, sync::LazyLock};

use cap::Cap;
use fhir_solicit::{
    json::Document,
    pack::Pack,
    validate::{Options, validate, validate_bytes},
};
use libfuzzer_sys::fuzz_target;

#[global_allocator]
static HEAP: Cap<System> = Cap::new(System, usize::MAX);

static R4: LazyLock<Pack> = LazyLock::new(|| {
    Pack::read(&include_bytes!("../../../core/validator/packs/r4.pack")[..]).expect("a pack")
});

/// Issues asked for; each may quote a path as long as the input, and its name in escapes.
const ISSUES: usize = 20;

/// Bytes of heap that reading and checking one input may take: for itself, and for each byte of the input.
const HEAP_LIMIT: (usize, usize) = (2 << 20, 1024);

fuzz_target!(|bytes: &[u8]| {
    let packs = [Pack::exchange(), &*R4];
    // Beyond it an allocation fails, which ends the process.
    let limit = HEAP.allocated() + HEAP_LIMIT.0 + HEAP_LIMIT.1 * bytes.len();
    HEAP.set_limit(limit).expect("less is allocated");
    for pack in packs {
        check(bytes, pack);
    }
    HEAP.set_limit(usize::MAX).expect("no limit");
});

fn check(bytes: &[u8], pack: &Pack) {
    let options = Options { max_issues: ISSUES, show_values: true, ..Options::default() };
    let report = validate_bytes(bytes, pack, &options);
    assert!(report.issues.len() <= ISSUES);
    assert!(report.issues.is_sorted_by_key(|issue| issue.position));

    let outcome = report.to_outcome();
    assert!(validate(&outcome, pack, &options).is_valid());

    let Ok(document) = Document::parse(bytes) else {
        assert!(!report.is_valid());
        return;
    };
    assert_eq!(document.text().as_bytes(), bytes, "what was read is what was there");
    // A node is 16 bytes of tape and at least one byte of text.
    assert!(document.node_count() <= bytes.len());
    assert_eq!(validate(&document, pack, &options), report);
    for issue in &report.issues {
        assert!(document.root().pointer(&issue.pointer).is_some(), "{} leads nowhere", issue.pointer);
    }
}
