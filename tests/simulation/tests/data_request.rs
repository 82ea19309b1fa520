//! The same conversations under the guides that ask by `Task.input`: the application says the same,
//! the guide is another.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by panicking")]

mod common;

use std::time::Duration;

use common::*;
use fhir_solicit::{
    actor::{
        Act, Attachment, Delivery, PayloadDraft, Refusal, RequesterStart, ResponderStart, Start, Update,
        Variant,
    },
    fhir::Reference,
    json::Document,
    lifecycle::{Guide, Refused, Status, TaskStatus},
    solicitation::State,
};
use fhir_solicit_simulation::{PAYER, PROVIDER, Simulation, starts};

const HOUR: Duration = Duration::from_secs(3600);
const BY_INPUT: [&str; 3] = ["hrex-1.1", "cdex-2.1.0", "cdex-ci"];

fn guide(name: &str) -> Guide {
    Guide::named(name).unwrap()
}

fn start(guide: &Guide, request: &Document, variant: Variant) -> Start {
    Start::Requester(RequesterStart { variant, guide: guide.clone(), ..starts::requester(request.clone()) })
}

/// Asked under `guide`, arrived, and a responder begun.
fn arrived(guide: &Guide, request: &Document) -> Simulation {
    let mut it = Simulation::new();
    ask_under(guide, &mut it, Variant::WithTask, request);
    it.settle();
    arrive_under(guide, &mut it);
    it
}

fn refer(reference: &str) -> Act {
    let payload =
        PayloadDraft { content_reference: Some(Reference::to(reference)), ..PayloadDraft::default() };
    Act::Respond { payloads: vec![payload], note: None, delivery: Delivery::Usual }
}

fn insert(it: &mut Simulation, resource: &str) {
    let now = it.now;
    it.server(PROVIDER).insert(Document::parse(resource).unwrap(), now).unwrap();
}

#[test]
fn r30_a_data_request_is_asked_answered_and_closed() {
    for name in BY_INPUT {
        let mut it = arrived(&guide(name), &one_query());
        let task = it.stored(PROVIDER, "Task")[0].clone();
        assert!(task.root().get("focus").is_none(), "R31 {name}");
        assert_eq!(
            text(&task, "/basedOn/0/reference"),
            format!("{PAYER}/CommunicationRequest/1"),
            "R31 {name}"
        );
        assert_eq!(text(&task, "/input/0/valueString"), "Condition?patient=ann", "R33 {name}");
        for mandatory in ["for", "authoredOn", "requester", "owner"] {
            assert!(task.root().get(mandatory).is_some(), "R32 {name}: {mandatory}");
        }
        let request = it.view("provider").request.unwrap();
        assert_eq!(text(&request, "/payload/0/extension/0/valueString"), "Condition?patient=ann");

        insert(&mut it, r#"{"resourceType":"Condition","id":"858","subject":{"reference":"Patient/ann"}}"#);
        it.act("provider", Act::Accept).unwrap();
        it.act("provider", refer("Condition/858")).unwrap();
        it.act("provider", Act::Complete).unwrap();
        let task = it.stored(PROVIDER, "Task")[0].clone();
        assert_eq!(text(&task, "/output/0/type/coding/0/code"), "data-value", "R39 {name}");
        assert_eq!(text(&task, "/output/0/valueReference/reference"), "Condition/858", "{name}");
        it.pass(HOUR);
        assert_eq!(
            (state(&it, "payer"), state(&it, "provider")),
            (State::Answered, State::Answered),
            "{name}"
        );
        let view = it.view("payer");
        assert_eq!(
            text(view.communications[0].contents[0].document.as_ref().unwrap(), "/id"),
            "858",
            "R42 {name}"
        );
        assert!(view.finished && it.view("provider").finished, "{name}");
        assert_eq!(text(&it.stored(PAYER, "CommunicationRequest")[0], "/status"), "completed", "R29 {name}");
        assert_eq!(it.stored(PROVIDER, "Communication").len() + it.stored(PAYER, "Communication").len(), 0);
    }
}

#[test]
fn r34_words_are_asked_as_a_code_with_text_and_answered_with_a_document() {
    let mut it = arrived(&guide("cdex-2.1.0"), &one_item());
    let task = it.stored(PROVIDER, "Task")[0].clone();
    assert_eq!(text(&task, "/code/coding/0/code"), "data-request-code");
    assert_eq!(text(&task, "/input/0/valueCodeableConcept/text"), "Please send the accident report.");
    it.act("provider", Act::Accept).unwrap();
    let attachment = Attachment {
        content_type: Some("application/pdf".into()),
        url: Some("https://x.example".into()),
        ..Attachment::default()
    };
    let payloads = vec![
        words("no report"),
        PayloadDraft { answers: Some(0), content_attachment: Some(attachment), ..PayloadDraft::default() },
    ];
    let respond = Act::Respond { payloads, note: Some("a letter instead".into()), delivery: Delivery::Usual };
    it.decide("provider", respond).unwrap();
    it.act("provider", Act::Complete).unwrap();
    it.pass(HOUR);
    assert_eq!(state(&it, "payer"), State::Answered);
    assert_eq!(it.stored(PROVIDER, "DocumentReference").len(), 2);
    let task = it.stored(PROVIDER, "Task")[0].clone();
    assert_eq!(
        (text(&task, "/note/0/text"), task.root().list("output").count()),
        ("a letter instead".into(), 2)
    );
    let contents = it.view("payer").communications;
    let found = contents.iter().filter_map(|one| one.contents[0].document.clone());
    let found: Vec<String> = found.map(|it| text(&it, "/content/0/attachment/contentType")).collect();
    assert_eq!(found, ["text/plain", "application/pdf"]);
}

#[test]
fn r39_preliminary_and_contained_outputs_are_taken_in_once() {
    let mut it = arrived(&guide("cdex-2.1.0"), &one_query());
    it.act("provider", Act::Accept).unwrap();
    insert(&mut it, r#"{"resourceType":"Condition","id":"1"}"#);
    it.act("provider", refer("Condition/1")).unwrap();
    it.pass(HOUR);
    assert_eq!(it.view("payer").communications.len(), 1, "before completion");
    it.pass(HOUR);
    assert_eq!(it.view("payer").communications.len(), 1, "once");
    let mut task = it.stored(PROVIDER, "Task")[0].clone();
    task.set_raw("/contained/-", r#"{"resourceType":"Condition","id":"results"}"#).unwrap();
    let output = text(&task, "/output/0/type/coding/0/system");
    task.set_raw("/output/-", &format!(r##"{{"type":{{"coding":[{{"system":"{output}","code":"data-value"}}]}},"valueReference":{{"reference":"#results"}}}}"##)).unwrap();
    task.set("/status", "completed").unwrap();
    let now = it.now;
    it.server(PROVIDER).insert(task, now).unwrap();
    it.pass(2 * HOUR);
    let view = it.view("payer");
    assert_eq!(view.communications.len(), 2);
    assert_eq!(text(view.communications[1].contents[0].document.as_ref().unwrap(), "/id"), "results");
    assert!(view.finished);
}

#[test]
fn r40_nothing_found_is_one_state_however_the_guide_tells_it() {
    for (name, request, fails) in [
        ("cdex-2.1.0", one_query(), State::AnsweredEmpty),
        ("cdex-2.1.0", one_item(), State::AnsweredEmpty),
        ("hrex-1.1", one_item(), State::AnsweredEmpty),
        ("hrex-1.1", one_query(), State::Failed),
    ] {
        let mut it = arrived(&guide(name), &request);
        it.act("provider", Act::Accept).unwrap();
        it.act("provider", Act::Start).unwrap();
        it.act("provider", Act::Fail { reason: reason("no such data") }).unwrap();
        it.pass(HOUR);
        let seen = it.view("payer").solicitation.unwrap();
        assert_eq!(
            (seen.state, seen.reason.as_deref()),
            (fails, Some("no such data")),
            "{name}: the raw cause"
        );
        assert!(it.view("payer").finished, "{name}");
    }
    for name in BY_INPUT {
        let mut it = arrived(&guide(name), &one_query());
        insert(&mut it, r#"{"resourceType":"Bundle","id":"none","type":"searchset","total":0}"#);
        it.act("provider", Act::Accept).unwrap();
        it.act("provider", refer("Bundle/none")).unwrap();
        it.act("provider", Act::Complete).unwrap();
        it.pass(HOUR);
        assert_eq!(state(&it, "payer"), State::AnsweredEmpty, "{name}");
        assert!(it.view("payer").finished, "{name}");
    }
}

#[test]
fn r24_a_data_request_is_not_completed_without_output() {
    for name in BY_INPUT {
        let mut it = arrived(&guide(name), &one_query());
        it.act("provider", Act::Accept).unwrap();
        it.act("provider", Act::Start).unwrap();
        assert!(matches!(it.act("provider", Act::Complete), Err(Refusal::NotNow(_))), "{name}");
    }
}

#[test]
fn r29_d6_a_task_that_cannot_be_cancelled_is_given_up_and_said_so() {
    for name in BY_INPUT {
        let mut it = arrived(&guide(name), &one_query());
        it.act("payer", Act::Cancel { reason: reason("settled") }).unwrap();
        assert_eq!(state(&it, "payer"), State::Cancelled, "{name}");
        assert_eq!(text(&it.stored(PAYER, "CommunicationRequest")[0], "/status"), "revoked", "{name}");
        assert_eq!(
            text(&it.stored(PROVIDER, "Task")[0], "/status"),
            "requested",
            "no invalid status: {name}"
        );
        let told =
            it.party("payer").updates.iter().any(
                |update| matches!(update, Update::Notice { text } if text.contains("tell the other side")),
            );
        assert!(told && it.view("payer").finished, "{name}");
        it.pass(2 * HOUR);
        assert_eq!(it.party("payer").wake(), None, "{name}: nobody looks any more");
    }
}

#[test]
fn r33_one_task_asks_for_one_thing_and_only_by_task() {
    for name in BY_INPUT {
        let guide = guide(name);
        let mut it = Simulation::new();
        let two = it.begin("payer", start(&guide, &two_items(), Variant::WithTask));
        assert!(matches!(two, Err(Refusal::Draft(_))), "{name}");
        let without = it.begin("payer", start(&guide, &one_query(), Variant::WithoutTask));
        assert_eq!(without, Err(Refusal::Guide(name.into())));
        assert!(it.stored(PAYER, "CommunicationRequest").is_empty(), "nothing was done");
    }
}

#[test]
fn a_crash_between_any_two_steps_changes_nothing() {
    for crash in 0..40 {
        let mut it = Simulation::new();
        let guide = guide("cdex-2.1.0");
        it.begin("payer", start(&guide, &one_item(), Variant::WithTask)).unwrap();
        let mut steps = 0;
        let mut settle = |it: &mut Simulation| {
            while it.exchange_one() {
                steps += 1;
                if steps == crash {
                    for party in ["payer", "provider"] {
                        if it.has(party) {
                            it.crash(party);
                        }
                    }
                }
            }
        };
        settle(&mut it);
        let arrived = it.stored(PROVIDER, "Task")[0].clone();
        let responder = ResponderStart { guide, ..starts::responder(arrived) };
        it.begin("provider", Start::Responder(responder)).unwrap();
        for act in [Act::Accept, respond("here"), Act::Complete] {
            it.decide("provider", act).unwrap();
            settle(&mut it);
        }
        it.pass(3 * HOUR);
        assert_eq!(state(&it, "payer"), State::Answered, "crash after {crash}");
        for (base, kind) in
            [(PAYER, "CommunicationRequest"), (PROVIDER, "Task"), (PROVIDER, "DocumentReference")]
        {
            assert_eq!(it.stored(base, kind).len(), 1, "crash after {crash}: {kind}");
        }
        assert_eq!(it.stored(PROVIDER, "Task")[0].root().list("output").count(), 1, "crash after {crash}");
    }
}

/// Every status from every other, as the responder's acts reach it, under each guide: what the table
/// refuses, the machine refuses.
#[test]
fn r20_the_machines_obey_the_table_of_their_guide() {
    let acts = [
        (TaskStatus::Accepted, Act::Accept),
        (TaskStatus::Rejected, Act::Reject { reason: reason("x") }),
        (TaskStatus::InProgress, Act::Start),
        (TaskStatus::OnHold, Act::Hold { reason: None }),
        (TaskStatus::Failed, Act::Fail { reason: reason("x") }),
    ];
    for guide in Guide::all() {
        for status in
            TaskStatus::ALL.iter().filter(|it| guide.task.codes.iter().any(|code| code == it.code()))
        {
            let mut arrived =
                Document::parse(format!(r#"{{"resourceType":"Task","id":"1","status":"{status}"}}"#))
                    .unwrap();
            arrived.set("/statusReason/text", "x").unwrap();
            for (to, act) in &acts {
                let mut it = Simulation::new();
                let now = it.now;
                it.server(PROVIDER).insert(arrived.clone(), now).unwrap();
                let start = ResponderStart {
                    guide: guide.clone(),
                    ..starts::responder(it.stored(PROVIDER, "Task")[0].clone())
                };
                it.begin("provider", Start::Responder(start)).unwrap();
                it.settle();
                let step = guide.task.steps.iter().any(|step| {
                    step.is(Some(status.code()), to.code())
                        && step.by == fhir_solicit::lifecycle::Role::Responder
                });
                let allowed = !status.is_final() && (step || status == to);
                let done = it.act("provider", act.clone());
                assert_eq!(done.is_ok(), allowed, "{guide}: {status} to {to}: {done:?}");
                let now = text(&it.stored(PROVIDER, "Task")[0], "/status");
                assert_eq!(now, if allowed { to.code() } else { status.code() }, "{guide}");
                if status.is_final() {
                    assert_eq!(done, Err(Refusal::Status(Refused::Final)), "{guide}: {status}");
                }
            }
        }
    }
}
