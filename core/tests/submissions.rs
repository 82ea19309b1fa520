//! What a payer makes of what is submitted (R54, R56, R58): what breaks the operation's own rules or those of the
//! request is answered with what is wrong, and the rest is counted as every other answer is.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its material has to fail")]

mod common;

use common::payer::{NOW, binary, document, draft, guide, note, questionnaire};
use fhir_solicit::{
    fhir::{
        CodeableConcept,
        views::{Communication, CommunicationRequest},
    },
    json::Document,
    solicitation::{
        Attached, AttachmentDraft, Given, ItemState, Needed, ReceivedSubmission, SubmissionError,
        attachment_request, attachments_asked_in, held_outcome, ledger,
    },
};
use serde_json::{Value, json};

const GUIDE: &str = "cdex-2.1.0";

fn asked(change: impl FnOnce(&mut AttachmentDraft)) -> Document {
    let mut draft = draft();
    change(&mut draft);
    draft.build(&guide(GUIDE), NOW).unwrap()
}

/// What the provider posts in answer to `task`.
fn posted(task: &Document, attached: &[Attached], last: bool) -> Value {
    let submission = attachment_request(task, &guide(GUIDE)).unwrap().submissions(attached, last, None);
    serde_json::from_str(submission.unwrap()[0].parameters.text()).unwrap()
}

fn received(parameters: &Value) -> Result<ReceivedSubmission, SubmissionError> {
    ReceivedSubmission::read(&document(parameters), &guide(GUIDE))
}

/// What is wrong with a submission to which this was done.
fn wrong(change: impl FnOnce(&mut Vec<Value>)) -> (&'static str, &'static str) {
    let mut parameters = posted(&asked(|_| {}), &[binary("aGk=", Some(0))], true);
    change(parameters["parameter"].as_array_mut().unwrap());
    let error = received(&parameters).err().unwrap();
    let outcome = error.to_outcome();
    let report = fhir_solicit::validate::validate(
        &outcome,
        fhir_solicit::pack::Pack::exchange(),
        &fhir_solicit::validate::Options::default(),
    );
    assert!(report.is_valid(), "{}", outcome.text());
    (error.code, error.parameter)
}

fn without(name: &'static str) -> impl FnOnce(&mut Vec<Value>) {
    move |all| all.retain(|it| it["name"] != name)
}

fn with(name: &'static str, member: &'static str, value: Value) -> impl FnOnce(&mut Vec<Value>) {
    move |all| all.iter_mut().find(|it| it["name"] == name).unwrap()[member] = value
}

#[test]
fn r54_what_is_posted_is_read() {
    let task = asked(|_| {});
    let read = received(&posted(&task, &[binary("aGk=", Some(0)), binary("Ynll", None)], true)).unwrap();
    assert_eq!(read.tracking_id.value.as_deref(), Some("17"));
    assert_eq!((read.attach_to.as_str(), read.last), ("claim", true));
    assert_eq!(read.attachments.len(), 2);
    assert_eq!(read.attachments[0].lines, [1, 12]);
    assert!(read.attachments[0].code.is_some() && read.attachments[1].code.is_none());
    assert!(read.answers(&task, &guide(GUIDE)));
    assert!(read.check(&task, &guide(GUIDE)).is_ok());
}

#[test]
fn r54_what_the_operation_does_not_allow_is_named() {
    for name in ["TrackingId", "AttachTo", "MemberId", "ServiceDate", "Attachment"] {
        assert_eq!(wrong(without(name)), ("required", name));
    }
    let nobody = |all: &mut Vec<Value>| {
        all.retain(|it| it["name"] != "OrganizationId" && it["name"] != "ProviderId");
    };
    assert_eq!(wrong(nobody), ("required", "OrganizationId"));
    assert_eq!(wrong(with("AttachTo", "valueCode", json!("invoice"))), ("code-invalid", "AttachTo"));
    assert_eq!(wrong(with("ServiceDate", "valueDateTime", json!("2026-01"))), ("value", "ServiceDate"));
    assert_eq!(wrong(with("Final", "valueBoolean", json!("yes"))), ("value", "Final"));
    assert_eq!(wrong(with("TrackingId", "valueIdentifier", json!({}))), ("required", "TrackingId"));
    assert_eq!(wrong(|all| all.push(json!({ "name": "Other" }))), ("not-supported", ""), "slicing is closed");
    let number = json!({ "name": "AdminRefNumber", "valueIdentifier": { "value": "5" } });
    assert_eq!(wrong(|all| all.push(number)), ("not-supported", ""), "R2");
    assert_eq!(wrong(|all| all.push(all[0].clone())), ("structure", "TrackingId"));
    let part = |part: Value| with("Attachment", "part", part);
    assert_eq!(wrong(part(json!([]))), ("required", "Attachment"));
    assert_eq!(wrong(part(json!([{ "name": "Content", "valueString": "x" }]))), ("required", "Attachment"));
    assert_eq!(wrong(part(json!([{ "name": "Note" }]))), ("not-supported", "Attachment"));
    assert!(ReceivedSubmission::read(&document(&json!({ "resourceType": "Task" })), &guide(GUIDE)).is_err());
    assert!(received(&json!({ "resourceType": "Parameters" })).is_err());
    let preauthorization = asked(|it| (it.attach_to, it.service_date) = ("preauthorization".into(), None));
    assert!(received(&posted(&preauthorization, &[binary("aGk=", None)], true)).is_ok());
}

#[test]
fn r54_an_omitted_final_is_a_final_one() {
    let task = asked(|it| it.multiple_submits = true);
    let mut parameters = posted(&task, &[binary("aGk=", None)], false);
    assert!(!received(&parameters).unwrap().last);
    without("Final")(parameters["parameter"].as_array_mut().unwrap());
    assert!(received(&parameters).unwrap().last);
}

#[test]
fn r56_r58_a_submission_is_held_to_its_request() {
    let (guide, one) = (guide(GUIDE), [binary("aGk=", None)]);
    let several = asked(|it| it.multiple_submits = true);
    let early = received(&posted(&several, &one, false)).unwrap();
    assert!(early.check(&several, &guide).is_ok());
    assert_eq!(early.check(&asked(|_| {}), &guide).unwrap_err().parameter, "Final", "R56");
    let other = asked(|it| it.tracking_id.value = Some("18".into()));
    assert!(!early.answers(&other, &guide));
    assert_eq!(early.check(&other, &guide).unwrap_err().parameter, "TrackingId");
    let of_bob = asked(|it| it.patient.set("/identifier/0/value", "2").unwrap());
    let of_ann = received(&posted(&asked(|_| {}), &one, true)).unwrap();
    assert_eq!(of_ann.check(&of_bob, &guide).unwrap_err().parameter, "MemberId");
    // CONF-025.
    let signed = asked(|it| it.signature = true);
    let unsigned = received(&posted(&signed, &one, true)).unwrap();
    assert_eq!(unsigned.check(&signed, &guide).unwrap_err().code, "security");
    let bundle = json!({ "resourceType": "Bundle", "type": "document", "signature": { "data": "aGk=" } });
    let form = json!({ "resourceType": "QuestionnaireResponse", "status": "completed",
        "extension": [{ "url": "http://x", "valueSignature": { "data": "aGk=" } }] });
    for content in [&bundle, &form, &json!({ "resourceType": "Bundle", "entry": [{ "resource": form }] })] {
        let mut parameters = posted(&signed, &one, true);
        let attachment =
            parameters["parameter"].as_array_mut().unwrap().iter_mut().find(|it| it["name"] == "Attachment");
        attachment.unwrap()["part"][0]["resource"] = content.clone();
        assert!(received(&parameters).unwrap().check(&signed, &guide).is_ok(), "{content}");
    }
    let held = held_outcome();
    assert_eq!(held.root().pointer("/issue/0/severity").unwrap().raw(), r#""information""#, "CONF-021");
}

/// What is answered of what `needed` asks for, by items, when this is submitted.
fn answered(needed: Vec<Needed>, attached: &[Attached]) -> (Vec<bool>, usize) {
    let task = asked(|it| it.needed = needed);
    let request = attachments_asked_in(&task, &guide(GUIDE)).unwrap();
    let read = received(&posted(&task, attached, true)).unwrap();
    let answer = read.communication(&task, &guide(GUIDE), NOW).unwrap();
    let communication = Communication::read(&answer).unwrap();
    let given = Given { communication, by: None, lacking: Vec::new() };
    let ledger = ledger(CommunicationRequest::read(&request).unwrap(), &[given]);
    let states = ledger.items.iter().map(|item| item.state == ItemState::Received).collect();
    (states, ledger.unexpected.len())
}

#[test]
fn r15_r49_each_thing_that_was_needed_is_accounted_for() {
    let code = |code: &str, lines: Vec<u32>| Needed {
        code: Some(CodeableConcept::code("http://loinc.org", code)),
        lines,
        ..Needed::default()
    };
    let words = Needed { code: Some(CodeableConcept::text("the x-ray")), ..Needed::default() };
    let at = |at| binary("aGk=", Some(at));
    assert_eq!(answered(vec![note(vec![1])], &[at(0)]), (vec![true], 0));
    assert_eq!(answered(vec![note(vec![1])], &[binary("aGk=", None)]), (vec![true], 0), "the only one");
    let two = || vec![code("18842-5", vec![]), code("11506-3", vec![])];
    assert_eq!(answered(two(), &[at(1)]), (vec![false, true], 0));
    assert_eq!(answered(two(), &[at(1), at(0)]), (vec![true, true], 0));
    assert_eq!(answered(two(), &[binary("aGk=", None)]), (vec![false, false], 1), "nobody asked for it");
    // The same document for two lines of the claim is asked for twice.
    let by_line = || vec![code("18842-5", vec![1]), code("18842-5", vec![2])];
    assert_eq!(answered(by_line(), &[at(0)]), (vec![true, false], 0));
    assert_eq!(answered(by_line(), &[at(1)]), (vec![false, true], 0));
    assert_eq!(
        answered(vec![words.clone(), note(vec![])], &[at(0)]),
        (vec![true, false], 0),
        "in words alone"
    );
    assert_eq!(answered(vec![words, note(vec![])], &[at(1)]), (vec![false, true], 0));
    let form = |url: &str| Attached {
        content: document(&json!({ "resourceType": "QuestionnaireResponse", "status": "completed",
            "questionnaire": url })),
        answers: None,
    };
    let other = Needed {
        questionnaire: Some("http://payer.example/Questionnaire/2|1.0".into()),
        ..Needed::default()
    };
    let forms = || vec![questionnaire(), other.clone()];
    assert_eq!(answered(forms(), &[form("http://payer.example/Questionnaire/2")]), (vec![false, true], 0));
    assert_eq!(answered(forms(), &[form("http://payer.example/Questionnaire/1|3")]), (vec![true, false], 0));
    assert_eq!(answered(vec![questionnaire()], &[form("http://other.example/x")]), (vec![false], 1));
}

#[test]
fn r44_a_request_for_attachments_reads_as_any_other() {
    let task = asked(|it| it.needed = vec![note(vec![1]), questionnaire()][..1].to_vec());
    let request = attachments_asked_in(&task, &guide(GUIDE)).unwrap();
    let text = |pointer: &str| request.root().pointer(pointer).map(|it| it.raw().to_owned());
    assert_eq!(text("/subject/identifier/value").unwrap(), r#""1""#, "by the member number");
    assert_eq!(text("/subject/reference"), None, "what is contained is nothing outside");
    assert_eq!(text("/sender/identifier/value").unwrap(), r#""1245319599""#);
    assert_eq!(text("/requester/identifier/value").unwrap(), r#""9""#);
    assert_eq!(text("/occurrencePeriod/end").unwrap(), r#""2026-02-01""#, "R51");
    assert_eq!(text("/about/0/identifier/value").unwrap(), r#""8612""#);
    assert_eq!(text("/payload/0/contentString").unwrap(), r#""18842-5""#);
}
