//! A payer that asks for attachments to a claim about Ann.

use fhir_solicit::{
    actor::{Act, Delivery, PayloadDraft},
    fhir::{CodeableConcept, Identifier},
    json::Document,
    solicitation::{AttachmentDraft, Needed},
};
use fhir_solicit_simulation::PAYER;

use super::words;

pub fn document(text: &str) -> Document {
    Document::parse(text).unwrap()
}

pub fn by_code(code: &str) -> Needed {
    Needed { code: Some(CodeableConcept::code("http://loinc.org", code)), ..Needed::default() }
}

/// A note about Ann, for a claim.
pub fn draft() -> AttachmentDraft {
    let patient = r#"{"resourceType":"Patient","name":[{"family":"Example"}],"birthDate":"1970-01-01","identifier":[
        {"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MB"}]},"value":"1"}]}"#;
    let role = r#"{"resourceType":"PractitionerRole","organization":{"identifier":{"value":"1245319599"}}}"#;
    AttachmentDraft {
        tracking_id: Identifier::new("http://payer.example/tracking", "17"),
        admin_ref_number: None,
        patient: document(patient),
        practitioner_role: document(role),
        payer: Identifier::new("http://payer.example/payers", "9"),
        attach_to: "claim".into(),
        claim: Identifier::new("http://payer.example/claims", "8612"),
        needed: vec![by_code("18842-5")],
        payer_url: format!("{PAYER}/$submit-attachment"),
        service_date: Some("2026-01-02".into()),
        due: Some("2027-01-31".into()),
        signature: false,
        purpose_of_use: Vec::new(),
        multiple_submits: false,
    }
}

pub fn several() -> AttachmentDraft {
    AttachmentDraft {
        multiple_submits: true,
        needed: vec![by_code("18842-5"), by_code("11506-3")],
        ..draft()
    }
}

pub fn item(at: usize, text: &str) -> PayloadDraft {
    PayloadDraft { answers: Some(at), ..words(text) }
}

pub fn attach(payloads: Vec<PayloadDraft>) -> Act {
    Act::Respond { payloads, note: None, delivery: Delivery::Usual }
}
