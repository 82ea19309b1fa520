//! A message is valid R4.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its material has to fail")]

use fhir_solicit::{
    exchange::{MessageDraft, message},
    fhir::{Coding, Instant},
    json::Document,
    pack::Pack,
    validate::{Options, validate},
};

#[test]
fn r86_a_message_is_valid() {
    let draft = MessageDraft {
        id: "7d5ee6e6-0ff5-4d2c-9d0c-5b1e8b0d2f10".into(),
        event: Coding::new("http://payer.example/events", "solicit"),
        source: "https://payer.example/messages".into(),
        destination: Some("https://clinic.example/messages".into()),
    };
    let request = r#"{"resourceType":"CommunicationRequest","id":"1","status":"active","subject":{"reference":"Patient/ann"}}"#;
    let patient = r#"{"resourceType":"Patient","id":"ann","gender":"female"}"#;
    let [request, patient] = [request, patient].map(|text| Document::parse(text).unwrap());
    let now = Instant::from_unix_milliseconds(0);
    let message = message(&draft, "https://payer.example/fhir", &request, &[patient], now).unwrap();
    let report = validate(&message, Pack::exchange(), &Options::default());
    assert!(report.is_valid(), "{:?}", report.issues);
}
