//! A payer's request for attachments to a claim.

#![allow(dead_code, unreachable_pub, reason = "each test binary compiles this for itself and uses a part")]
#![allow(clippy::unwrap_used, reason = "a test that cannot read its material has to fail")]

use fhir_solicit::{
    fhir::{CodeableConcept, Identifier, Instant},
    json::Document,
    lifecycle::Guide,
    solicitation::{Attached, AttachmentDraft, Needed},
};
use serde_json::{Value, json};

pub const NOW: Instant = Instant::from_unix_milliseconds(1_800_000_000_000);

pub fn guide(name: &str) -> Guide {
    Guide::named(name).unwrap()
}

pub fn document(value: &Value) -> Document {
    Document::parse(value.to_string()).unwrap()
}

pub fn patient() -> Value {
    json!({
        "resourceType": "Patient",
        "identifier": [{
            "type": { "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MB" }] },
            "system": "http://payer.example/members",
            "value": "1",
        }],
        "name": [{ "family": "Example", "given": ["Ann"] }],
        "birthDate": "1970-01-01",
    })
}

pub fn draft() -> AttachmentDraft {
    let npi =
        |value: &str| json!({ "identifier": { "system": "http://hl7.org/fhir/sid/us-npi", "value": value } });
    AttachmentDraft {
        tracking_id: Identifier::new("http://payer.example/tracking", "17"),
        admin_ref_number: None,
        patient: document(&patient()),
        practitioner_role: document(&json!({
            "resourceType": "PractitionerRole",
            "practitioner": npi("1234567893"),
            "organization": npi("1245319599"),
        })),
        payer: Identifier::new("http://payer.example/payers", "9"),
        attach_to: "claim".into(),
        claim: Identifier::new("http://payer.example/claims", "8612"),
        needed: vec![note(vec![1, 12])],
        payer_url: "https://payer.example/cdex/$submit-attachment".into(),
        service_date: Some("2026-01-02".into()),
        due: Some("2026-02-01".into()),
        signature: false,
        purpose_of_use: Vec::new(),
        multiple_submits: false,
    }
}

pub fn note(lines: Vec<u32>) -> Needed {
    Needed { code: Some(CodeableConcept::code("http://loinc.org", "18842-5")), questionnaire: None, lines }
}

pub fn questionnaire() -> Needed {
    let questionnaire = Some("http://payer.example/Questionnaire/1".into());
    Needed { questionnaire, ..Needed::default() }
}

pub fn binary(text: &str, answers: Option<usize>) -> Attached {
    let content = document(&json!({ "resourceType": "Binary", "contentType": "text/plain", "data": text }));
    Attached { content, answers }
}
