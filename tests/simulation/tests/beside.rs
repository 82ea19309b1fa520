//! What a data request says beside what it asks for: purpose of use, work queue, signature.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by panicking")]

mod common;

use std::time::Duration;

use common::*;
use fhir_solicit::{
    actor::{Act, Delivery, PayloadDraft, Refusal, RequestDraft, RequesterStart, Start, Variant},
    fhir::{Coding, Reference},
    json::Document,
    lifecycle::Guide,
    solicitation::{Asked, State},
};
use fhir_solicit_simulation::{PAYER, PROVIDER, Simulation, starts};

const CDEX: &str = "http://hl7.org/fhir/us/davinci-cdex/CodeSystem/cdex-temp";
const ACT_REASON: &str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
const HOUR: Duration = Duration::from_secs(3600);

fn draft() -> RequestDraft {
    RequestDraft {
        subject: Reference::to("Patient/ann"),
        ask: vec![Asked::Query("Condition?patient=ann".into())],
        information_sender: Reference::to(&format!("{PROVIDER}/Organization/clinic")),
        information_recipients: vec![Reference::to("Organization/payer")],
        requester: Some(Reference::to("Organization/payer")),
        ..RequestDraft::default()
    }
}

fn begin(guide: &str, draft: &RequestDraft) -> Result<Simulation, Refusal> {
    let mut it = Simulation::new();
    let start = RequesterStart { guide: Guide::named(guide).unwrap(), ..starts::requester(draft.build()?) };
    it.begin("payer", Start::Requester(start))?;
    it.settle();
    Ok(it)
}

/// The Task that a draft becomes, and the request that the other side reads in it.
fn sent(guide: &str, draft: &RequestDraft) -> Result<(Document, Document), Refusal> {
    let mut it = begin(guide, draft)?;
    let task = it.stored(PROVIDER, "Task")[0].clone();
    answer_under(&Guide::named(guide).unwrap(), &mut it, task.clone());
    it.settle();
    Ok((task, it.view("provider").request.unwrap()))
}

#[test]
fn r35_signature_and_purpose_of_use_are_inputs_of_their_own() {
    for guide in ["cdex-2.1.0", "cdex-ci"] {
        let purpose_of_use = vec![Coding::new(ACT_REASON, "COVERAGE")];
        let (task, request) =
            sent(guide, &RequestDraft { purpose_of_use, signature: true, ..draft() }).unwrap();
        let inputs: Vec<String> =
            (0..3).map(|at| text(&task, &format!("/input/{at}/type/coding/0/code"))).collect();
        assert_eq!(inputs, ["data-query", "signature-flag", "purpose-of-use"], "{guide}");
        assert_eq!(task.root().pointer("/input/1/valueBoolean").unwrap().raw(), "true");
        assert_eq!(text(&task, "/input/2/valueCodeableConcept/coding/0/code"), "COVERAGE");
        assert_eq!(text(&request, "/meta/security/0/code"), "COVERAGE", "the other side reads it");
        assert_eq!(text(&request, "/meta/tag/0/code"), "signature-flag");
    }
    let (task, request) = sent("cdex-2.1.0", &draft()).unwrap();
    assert_eq!(task.root().list("input").count(), 1, "nothing that was not said");
    assert!(task.root().get("meta").is_none_or(|meta| meta.get("tag").is_none()));
    assert!(request.root().get("meta").is_none());
}

#[test]
fn r35_a_signature_that_the_guide_cannot_demand_is_refused() {
    let signed = RequestDraft { signature: true, ..draft() };
    assert!(matches!(begin("hrex-1.1", &signed), Err(Refusal::Draft(_))));
    assert!(begin("cdex-2019", &signed).is_ok(), "there the request itself is fetched, tag and all");
}

#[test]
fn r36_a_wide_purpose_needs_a_second_code() {
    let purposes = |codes: &[(&str, &str)]| {
        let purpose_of_use = codes.iter().map(|(system, code)| Coding::new(system, code)).collect();
        sent("cdex-2.1.0", &RequestDraft { purpose_of_use, ..draft() })
    };
    for wide in ["payment-noe", "operations-noe", "treatment-noe"] {
        assert!(matches!(purposes(&[(CDEX, wide)]), Err(Refusal::Draft(_))), "{wide}");
        let (task, _) = purposes(&[(CDEX, wide), (ACT_REASON, "COVAUTH")]).unwrap();
        let codings = task.root().pointer("/input/1/valueCodeableConcept/coding").unwrap();
        assert_eq!(codings.items().count(), 2, "{wide}");
    }
    assert!(purposes(&[(CDEX, "social-risk")]).is_ok());
    assert!(purposes(&[(ACT_REASON, "PATRQT")]).is_ok(), "the binding is extensible");
    let confidential = [("http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "R")];
    let (task, _) = purposes(&confidential).unwrap();
    assert_eq!(text(&task, "/meta/security/0/code"), "R", "a label that is no purpose stays a label");
    assert_eq!(task.root().list("input").count(), 1);
}

#[test]
fn r37_the_work_queue_is_a_tag_of_the_task() {
    let queue =
        |code| sent("cdex-2.1.0", &RequestDraft { work_queue: Some(Coding::new(CDEX, code)), ..draft() });
    let (task, request) = queue("claims-processing").unwrap();
    for resource in [&task, &request] {
        assert_eq!(text(resource, "/meta/tag/0/system"), CDEX);
        assert_eq!(text(resource, "/meta/tag/0/code"), "claims-processing");
    }
    assert!(matches!(queue("coffee"), Err(Refusal::Draft(_))), "the binding is required");
}

#[test]
fn r41_what_has_to_be_signed_is_fetched_by_search() {
    for signature in [true, false] {
        for gone in [true, false] {
            let mut it = begin("cdex-2.1.0", &RequestDraft { signature, ..draft() }).unwrap();
            let task = it.stored(PROVIDER, "Task")[0].clone();
            answer_under(&Guide::named("cdex-2.1.0").unwrap(), &mut it, task);
            if !gone {
                let condition = r#"{"resourceType":"Condition","id":"858"}"#;
                let now = it.now;
                it.server(PROVIDER).insert(Document::parse(condition).unwrap(), now).unwrap();
            }
            it.act("provider", Act::Accept).unwrap();
            let content_reference = Some(Reference::to("Condition/858"));
            let payloads = vec![PayloadDraft { content_reference, ..PayloadDraft::default() }];
            it.act("provider", Act::Respond { payloads, note: None, delivery: Delivery::Usual }).unwrap();
            it.act("provider", Act::Complete).unwrap();
            it.pass(HOUR);
            let content = it.view("payer").communications[0].contents[0].clone();
            let asked = if signature { "GET Condition 200" } else { "GET Condition/858" };
            assert!(it.transcript.iter().any(|line| line.contains(asked)), "{signature} {gone}");
            let read = it.transcript.iter().any(|line| line.contains("GET Condition/858"));
            assert_eq!(read, !signature, "{gone}");
            assert_eq!(content.fault.is_some(), gone, "{signature}");
            if let Some(document) = content.document {
                let pointer = if signature { "/entry/0/resource/id" } else { "/id" };
                assert_eq!(text(&document, pointer), "858", "{signature}");
            }
            let expected = if gone { State::PartiallyAnswered } else { State::Answered };
            assert_eq!(state(&it, "payer"), expected, "{signature} {gone}");
        }
    }
}

#[test]
fn r41_without_task_the_tag_of_the_request_demands_a_signature() {
    for signature in [true, false] {
        let mut it = Simulation::new();
        let request = RequestDraft { signature, ..draft() }.build().unwrap();
        let start = RequesterStart { variant: Variant::WithoutTask, ..starts::requester(request) };
        it.begin("payer", Start::Requester(start)).unwrap();
        it.settle();
        let id = text(&it.stored(PROVIDER, "CommunicationRequest")[0], "/id");
        let communication = format!(
            r#"{{"resourceType":"Communication","id":"c","status":"completed",
                "basedOn":[{{"reference":"{PROVIDER}/CommunicationRequest/{id}"}}],
                "payload":[{{"contentReference":{{"reference":"Condition/858"}}}}]}}"#
        );
        let now = it.now;
        for resource in [r#"{"resourceType":"Condition","id":"858"}"#, &communication] {
            it.server(PAYER).insert(Document::parse(resource).unwrap(), now).unwrap();
        }
        it.pass(HOUR);
        let asked = if signature { "GET Condition 200" } else { "GET Condition/858" };
        assert!(it.transcript.iter().any(|line| line.contains(asked)), "{signature}");
        let content = &it.view("payer").communications[0].contents[0];
        let pointer = if signature { "/entry/0/resource/id" } else { "/id" };
        assert_eq!(text(content.document.as_ref().unwrap(), pointer), "858", "{signature}");
    }
}
