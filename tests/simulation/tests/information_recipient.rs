//! Information goes to whom the request names, who need not be who has asked (R7, R13).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by panicking")]

mod common;

use std::time::Duration;

use common::{informed::*, *};
use fhir_solicit::{
    actor::{Act, Delivery, Input, PayloadDraft, Receipt, Seed, Variant},
    fhir::Reference,
    json::Document,
    lifecycle::TaskStatus,
    solicitation::State,
};
use fhir_solicit_simulation::{PAYER, PROVIDER, Simulation};
use fhir_solicit_world::{Effect, Fault, Method, Quirk};

const HOUR: Duration = Duration::from_secs(3600);
fn answer_by(it: &mut Simulation, payload: PayloadDraft, delivery: Delivery) {
    it.act("provider", Act::Accept).unwrap();
    it.act("provider", Act::Respond { payloads: vec![payload], note: None, delivery }).unwrap();
    it.act("provider", Act::Complete).unwrap();
    it.pass(2 * HOUR);
}

fn receipt(it: &Simulation) -> Receipt {
    it.view("registry").receipt.unwrap()
}

fn said(it: &Simulation, party: &str) -> Vec<String> {
    let communications = it.view(party).communications;
    communications.iter().map(|one| text(&one.document, "/payload/0/contentString")).collect()
}

fn count(it: &Simulation, line: &str) -> usize {
    it.transcript.iter().filter(|one| one.contains(line)).count()
}

#[test]
fn r13_a_task_tells_another_recipient_who_gets_the_communication_when_it_likes() {
    for delivery in [Delivery::Usual, Delivery::CommunicationTask] {
        let mut it = asked_to_tell(Variant::WithTask, &BOTH);
        answer_by(&mut it, words("the report"), delivery);
        let task = it.stored(REGISTRY, "Task").remove(0);
        assert_eq!(text(&task, "/owner/reference"), "Organization/registry");
        assert!(text(&task, "/focus/reference").starts_with(&format!("{PROVIDER}/Communication/")));
        assert!(it.stored(REGISTRY, "Communication").is_empty(), "nothing is pushed to it");
        take_up(&mut it);
        assert_eq!(receipt(&it).status, TaskStatus::Requested);
        assert_eq!(count(&it, "registry → provider: GET Communication"), 0, "nobody has decided");
        it.act("registry", Act::Accept).unwrap();
        assert_eq!(said(&it, "registry"), ["the report"], "{:#?}", it.transcript);
        assert_eq!(
            receipt(&it),
            Receipt {
                status: TaskStatus::Completed,
                solicited: Some(true),
                lacking: Vec::new(),
                fault: None
            }
        );
        assert!(it.view("registry").finished);
        assert_eq!(text(&it.stored(REGISTRY, "Task")[0], "/status"), "completed");
        assert_eq!((state(&it, "payer"), said(&it, "payer")), (State::Answered, vec!["the report".into()]));
    }
}

#[test]
fn r13_without_task_each_gets_the_communication_itself_once() {
    let mut it = asked_to_tell(Variant::WithoutTask, &BOTH);
    answer_by(&mut it, words("the report"), Delivery::Usual);
    let [home, there] = [PAYER, REGISTRY].map(|base| it.stored(base, "Communication"));
    assert_eq!((home.len(), there.len()), (1, 1), "{:#?}", it.transcript);
    assert_eq!(text(&home[0], "/identifier/0/value"), text(&there[0], "/identifier/0/value"));
    assert_eq!(text(&there[0], "/recipient/0/reference"), format!("{PAYER}/Organization/payer"));
    assert_eq!(text(&there[0], "/recipient/1/reference"), "Organization/registry");
    take_up(&mut it);
    it.act("registry", Act::Accept).unwrap();
    assert_eq!((receipt(&it).status, receipt(&it).solicited), (TaskStatus::Completed, Some(true)));
    assert_eq!(state(&it, "payer"), State::Answered);
}

#[test]
fn r7_who_asks_for_another_does_not_get_the_information() {
    for (variant, delivery) in [
        (Variant::WithoutTask, Delivery::Usual),
        (Variant::WithoutTask, Delivery::CommunicationTask),
        (Variant::WithTask, Delivery::Communication),
        (Variant::WithTask, Delivery::CommunicationTask),
    ] {
        let mut it = asked_to_tell(variant, &BOTH[1..]);
        answer_by(&mut it, words("the report"), delivery);
        assert!(it.stored(PAYER, "Communication").is_empty(), "{variant:?} {delivery:?}");
        assert!(it.stored(PAYER, "Task").is_empty(), "{variant:?} {delivery:?}");
        assert_eq!(told(&it).len(), 1, "{variant:?} {delivery:?}: {:#?}", it.transcript);
    }
}

#[test]
fn who_is_described_at_the_providers_server_is_told_at_its_own() {
    let described = format!("{PROVIDER}/Organization/payer");
    let mut it = asked_to_tell(Variant::WithoutTask, &[&described]);
    answer_by(&mut it, words("the report"), Delivery::Usual);
    assert_eq!(it.stored(PAYER, "Communication").len(), 1);
    assert!(it.stored(PROVIDER, "Communication").is_empty());
}

#[test]
fn r14_what_nobody_has_asked_for_is_recognised() {
    let mut it = asked_to_tell(Variant::WithoutTask, &BOTH);
    for (based_on, solicited) in [
        ("", false),
        (r#""basedOn":[{"reference":"ServiceRequest/1"}],"#, false),
        (r#""basedOn":[{"reference":"https://payer.example/fhir/CommunicationRequest/1"}],"#, true),
        (r#""basedOn":[{"identifier":{"value":"1"}}],"#, true),
    ] {
        // What its category says does not count: the guide's own example has it wrong (T9).
        let category = r#""category":[{"coding":[{"code":"UnsolicitedAttachment"}]}]"#;
        let communication = Document::parse(format!(
            r#"{{"resourceType":"Communication","id":"1","status":"completed",{based_on}{category}}}"#
        ));
        begin(&mut it, communication.unwrap(), Seed::new(1));
        assert_eq!(receipt(&it).solicited, Some(solicited), "{based_on}");
    }
}

#[test]
fn r62_information_is_told_once_and_after_a_restart_until_it_is_in_good_hands() {
    let mut it = asked_to_tell(Variant::WithoutTask, &BOTH);
    answer_by(&mut it, words("the report"), Delivery::Usual);
    it.pass(5 * HOUR);
    assert_eq!(told(&it).len(), 1);
    it.crash("registry-inbox");
    assert_eq!(told(&it).len(), 2, "nobody has acknowledged it");
    let key = format!("Communication/{}", text(&told(&it)[0].0, "/id"));
    it.act("registry-inbox", Act::Acknowledge { arrived: key }).unwrap();
    it.crash("registry-inbox");
    it.pass(5 * HOUR);
    assert_eq!(told(&it).len(), 2);
}

/// Such a server gives the whole table, and what is in it was told long ago.
#[test]
fn r62_information_is_told_once_by_a_server_that_ignores_what_a_search_asks_for() {
    let mut it = asked_to_tell(Variant::WithoutTask, &BOTH);
    it.server(REGISTRY).inject(Fault::always(Effect::Quirk { quirk: Quirk::IgnoreParameters }));
    answer_by(&mut it, words("the report"), Delivery::Usual);
    it.pass(24 * HOUR);
    assert_eq!(told(&it).len(), 1, "{:#?}", it.transcript);
}

#[test]
fn what_is_not_wanted_is_not_fetched() {
    let mut it = asked_to_tell(Variant::WithTask, &BOTH);
    answer_by(&mut it, words("the report"), Delivery::Usual);
    take_up(&mut it);
    it.act("registry", Act::Reject { reason: reason("not our patient") }).unwrap();
    assert_eq!(text(&it.stored(REGISTRY, "Task")[0], "/status"), "rejected");
    assert_eq!(count(&it, "registry → provider"), 0);
    assert!(it.view("registry").finished);
    assert!(it.act("registry", Act::Accept).is_err(), "it is decided");
}

#[test]
fn r115_what_it_refers_to_is_fetched_or_somebody_decides() {
    let refers = || PayloadDraft {
        content_reference: Some(Reference::to("DocumentReference/1")),
        ..PayloadDraft::default()
    };
    for there in [true, false] {
        let mut it = asked_to_tell(Variant::WithTask, &BOTH);
        if there {
            let now = it.now;
            let document = r#"{"resourceType":"DocumentReference","id":"1","status":"current"}"#;
            it.server(PROVIDER).insert(Document::parse(document).unwrap(), now).unwrap();
        }
        answer_by(&mut it, refers(), Delivery::Usual);
        take_up(&mut it);
        it.act("registry", Act::Accept).unwrap();
        if !there {
            assert_eq!(receipt(&it).status, TaskStatus::Accepted);
            let [lacking] = &receipt(&it).lacking[..] else { panic!("{:?}", receipt(&it)) };
            it.act("registry", Act::Waive { reference: lacking.clone() }).unwrap();
        }
        assert_eq!(receipt(&it).status, TaskStatus::Completed);
    }
}

#[test]
fn a_flood_of_references_is_read_a_few_at_a_time() {
    let mut it = asked_to_tell(Variant::WithTask, &BOTH);
    let payloads: Vec<String> =
        (0..500).map(|at| format!(r#"{{"contentReference":{{"reference":"Binary/{at}"}}}}"#)).collect();
    let communication = format!(
        r#"{{"resourceType":"Communication","id":"1","status":"completed","payload":[{}]}}"#,
        payloads.join(",")
    );
    begin(&mut it, Document::parse(communication).unwrap(), Seed::new(1));
    it.decide("registry", Act::Accept).unwrap();
    assert!(it.party("registry").waiting() <= 8);
    it.settle();
    assert_eq!(receipt(&it).lacking.len(), 500, "each was asked for");
    let asked = count(&it, "Binary/");
    it.act("registry", Act::Retry).unwrap();
    assert_eq!(count(&it, "Binary/") - asked, 500, "and each again");
    it.act("registry", Act::Close).unwrap();
    assert!(it.view("registry").finished);
    assert!(it.act("registry", Act::Close).is_err(), "it has ended");
}

#[test]
fn what_cannot_be_had_can_be_tried_again_or_failed() {
    for fails in [true, false] {
        let mut it = asked_to_tell(Variant::WithTask, &BOTH);
        answer_by(&mut it, words("the report"), Delivery::Usual);
        take_up(&mut it);
        let gone = Effect::Status { status: 404, retry_after: None, html: false };
        it.server(PROVIDER).inject(Fault::next(gone).on(Method::Get, "Communication/"));
        it.act("registry", Act::Accept).unwrap();
        assert!(receipt(&it).fault.is_some() && !it.view("registry").finished);
        assert!(it.act("registry", Act::Close).is_err(), "there is nothing in hand");
        let expected = if fails {
            it.act("registry", Act::Fail { reason: reason("it is not there") }).unwrap();
            TaskStatus::Failed
        } else {
            it.act("registry", Act::Retry).unwrap();
            TaskStatus::Completed
        };
        assert_eq!(receipt(&it).status, expected);
        assert!(it.view("registry").finished);
    }
}

#[test]
fn a_modifier_extension_makes_a_person_read_it() {
    let mut it = asked_to_tell(Variant::WithTask, &BOTH);
    let communication = r#"{"resourceType":"Communication","id":"1","status":"completed",
        "modifierExtension":[{"url":"https://x.example","valueBoolean":true}]}"#;
    begin(&mut it, Document::parse(communication).unwrap(), Seed::new(1));
    it.act("registry", Act::Accept).unwrap();
    assert!(!it.view("registry").finished);
    it.act("registry", Act::Close).unwrap();
    assert!(it.view("registry").finished);
}

#[test]
fn what_was_taken_back_meanwhile_is_not_written_to() {
    let mut it = asked_to_tell(Variant::WithTask, &BOTH);
    answer_by(&mut it, words("the report"), Delivery::Usual);
    take_up(&mut it);
    let mut task = it.stored(REGISTRY, "Task").remove(0);
    task.set("/status", "cancelled").unwrap();
    let now = it.now;
    it.server(REGISTRY).insert(task, now).unwrap();
    it.act("registry", Act::Accept).unwrap();
    assert_eq!(text(&it.stored(REGISTRY, "Task")[0], "/status"), "cancelled");
    assert_eq!(count(&it, "registry → provider"), 0, "nor fetched");
    assert!(it.view("registry").finished);
    assert_eq!(receipt(&it).status, TaskStatus::Cancelled);
}

/// Whoever crashes, and after whichever exchange: each gets it once, and everything ends.
#[test]
fn r102_whatever_crashes_each_recipient_gets_it_once() {
    for variant in [Variant::WithTask, Variant::WithoutTask] {
        for party in ["provider", "registry"] {
            for crash in 0..16 {
                let mut it = asked_to_tell(variant, &BOTH);
                let mut exchanges = 0;
                let mut settle = |it: &mut Simulation| {
                    while it.exchange_one() {
                        exchanges += 1;
                        if exchanges == crash && it.has(party) {
                            it.crash(party);
                        }
                    }
                };
                it.decide("provider", Act::Accept).unwrap();
                it.decide("provider", respond("the report")).unwrap();
                it.decide("provider", Act::Complete).unwrap();
                settle(&mut it);
                it.pass(2 * HOUR);
                take_up(&mut it);
                it.decide("registry", Act::Accept).unwrap();
                settle(&mut it);
                it.give("registry", Input::Woke).unwrap();
                settle(&mut it);
                let why = format!("{variant:?} {party} {crash}: {:#?}", it.transcript);
                assert_eq!(receipt(&it).status, TaskStatus::Completed, "{why}");
                assert_eq!(state(&it, "payer"), State::Answered, "{why}");
                let kept = if variant == Variant::WithTask { "Task" } else { "Communication" };
                assert_eq!(it.stored(REGISTRY, kept).len(), 1, "{why}");
            }
        }
    }
}
