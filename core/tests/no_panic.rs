//! Whatever the bytes: a report, quickly, and no panic.

use fhir_solicit::{
    pack::Pack,
    validate::{Options, validate, validate_bytes},
};
use proptest::prelude::*;

const TASK: &str = r##"{"resourceType":"Task","id":"t","meta":{"profile":["http://x",null],"_profile":[null,
{"extension":[{"url":"http://x","valueCode":"a"}]}]},"contained":[{"resourceType":"Organization","id":"o",
"name":"x"}],"status":"requested","intent":"order","authoredOn":"2024-02-29T10:00:00+01:00","_authoredOn":
{"id":"i"},"owner":{"reference":"#o"},"input":[{"type":{"coding":[{"system":"http://s","code":"c"}]},
"valueQuantity":{"value":1.00,"system":"http://u","code":"kg"}},{"type":{"text":"x"},"valueAttachment":{"contentType":"a/b",
"data":"QUJD"}}],"restriction":{"repetitions":1}}"##;

fn check(bytes: Vec<u8>) {
    let options = Options { max_issues: 5, ..Options::default() };
    let report = validate_bytes(bytes, Pack::exchange(), &options);
    assert!(report.issues.len() <= 5);
    assert!(
        report.is_valid() == (report.errors == 0) && report.errors <= report.issues.len() + report.omitted
    );
    // The outcome of any report is valid itself.
    let outcome = validate(&report.to_outcome(), Pack::exchange(), &Options::default());
    assert!(outcome.is_valid(), "{:?}", outcome.issues);
}

#[test]
fn the_seed_is_valid() {
    let report = validate_bytes(TASK, Pack::exchange(), &Options::default());
    assert!(report.is_valid(), "{:?}", report.issues);
}

proptest! {
    #[test]
    fn texts_with_pieces_moved(from in 0..TASK.len(), length in 0usize..60, to in 0..TASK.len()) {
        let piece = &TASK.as_bytes()[from..(from + length).min(TASK.len())];
        let mut bytes = TASK.as_bytes().to_vec();
        bytes.splice(to..to, piece.iter().copied());
        check(bytes);
    }

    #[test]
    fn values_of_another_kind(at in 0usize..40, other in 0usize..8) {
        let other = ["null", "[]", "{}", "\"\"", "1", "[null]", "[[{}]]", "{\"resourceType\":\"Task\",\"id\":\"\\u0000\"}"][other];
        let colon = TASK.match_indices(':').filter(|(at, _)| TASK[at + 1..].starts_with(['"', '[', '{', '1']))
            .map(|(at, _)| at + 1).nth(at);
        if let Some(start) = colon {
            let value = serde_json_value(&TASK[start..]);
            check([&TASK[..start], other, &TASK[start + value..]].concat().into_bytes());
        }
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(bytes);
    }

    #[test]
    fn any_bytes_as_a_pack(mut at in 0usize..4000, byte in any::<u8>(), cut in any::<bool>()) {
        let mut bytes = include_bytes!("../validator/packs/exchange.pack").to_vec();
        at = at.min(bytes.len() - 1);
        bytes[at] = byte;
        if cut {
            bytes.truncate(at);
        }
        if let Ok(pack) = Pack::read(bytes) {
            let _ = validate_bytes(TASK, &pack, &Options::default());
            let _ = pack.lines();
        }
    }
}

/// The length of the JSON value that `text` begins with.
fn serde_json_value(text: &str) -> usize {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<serde_json::Value>();
    values.next().and_then(Result::ok).map_or(0, |_| values.byte_offset())
}

#[test]
fn depth_costs_no_stack() {
    let mut bundle = TASK.to_owned();
    for _ in 0..200 {
        bundle =
            format!(r#"{{"resourceType":"Bundle","type":"collection","entry":[{{"resource":{bundle}}}]}}"#);
    }
    let mut extension = r#"{"url":"http://x","valueCode":"a"}"#.to_owned();
    for _ in 0..1_000 {
        extension = format!(r#"{{"url":"http://x","extension":[{extension}]}}"#);
    }
    let extended = format!(
        r#"{{"resourceType":"Binary","contentType":"a/b","_contentType":{{"extension":[{extension}]}}}}"#
    );
    for (text, valid) in [(bundle, true), (extended, true)] {
        let report = validate_bytes(text, Pack::exchange(), &Options::default());
        assert_eq!(report.is_valid(), valid, "{:?}", report.issues);
    }
}
