//! What the status of one resource means for the others (R29), with each way to ask.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by panicking")]

mod common;

use std::time::Duration;

use common::*;
use fhir_solicit::{
    actor::{Act, Delivery, PayloadDraft, Variant},
    fhir::Reference,
    json::Document,
    lifecycle::Guide,
    solicitation::State,
};
use fhir_solicit_simulation::{PAYER, PROVIDER, Simulation};

const HOUR: Duration = Duration::from_secs(3600);

/// Asked under `guide`, arrived and accepted.
fn accepted(guide: &Guide) -> Simulation {
    let mut it = Simulation::new();
    ask_under(guide, &mut it, Variant::WithTask, &one_query());
    it.settle();
    let arrived = it.stored(PROVIDER, "Task")[0].clone();
    answer_under(guide, &mut it, arrived);
    it.settle();
    it.act("provider", Act::Accept).unwrap();
    it
}

fn respond_to_query(it: &mut Simulation) {
    let now = it.now;
    let found = r#"{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/ann"}}"#;
    it.server(PROVIDER).insert(Document::parse(found).unwrap(), now).unwrap();
    let payload = PayloadDraft {
        content_reference: Some(Reference::to("Condition/1")),
        answers: Some(0),
        ..PayloadDraft::default()
    };
    let act = Act::Respond { payloads: vec![payload], note: None, delivery: Delivery::Usual };
    it.act("provider", act).unwrap();
}

fn statuses(it: &mut Simulation) -> [String; 2] {
    let task = text(&it.stored(PROVIDER, "Task")[0], "/status");
    [text(&it.stored(PAYER, "CommunicationRequest")[0], "/status"), task]
}

#[test]
fn r29_what_is_answered_is_completed_and_not_before() {
    for guide in Guide::all() {
        let mut it = accepted(guide);
        respond_to_query(&mut it);
        it.pass(HOUR);
        assert_eq!(
            statuses(&mut it),
            ["active", "in-progress"],
            "{guide}: the Task is not closed, more may come"
        );
        it.act("provider", Act::Complete).unwrap();
        it.pass(2 * HOUR);
        assert_eq!(statuses(&mut it), ["completed", "completed"], "{guide}");
        assert_eq!(state(&it, "payer"), State::Answered, "{guide}");
    }
}

#[test]
fn r29_a_request_taken_back_cancels_the_task_where_the_guide_has_that() {
    for guide in Guide::all() {
        let mut it = accepted(guide);
        it.act("payer", Act::Cancel { reason: reason("settled") }).unwrap();
        it.pass(HOUR);
        let knows = guide.task.codes.iter().any(|code| code == "cancelled");
        let task = if knows { "cancelled" } else { "accepted" };
        assert_eq!(statuses(&mut it), ["revoked", task], "{guide}");
        assert_eq!(state(&it, "payer"), State::Cancelled, "{guide}");
    }
}

#[test]
fn r29_a_task_rejected_or_failed_leaves_the_request_to_another() {
    for guide in Guide::all() {
        let mut it = accepted(guide);
        it.act("provider", Act::Start).unwrap();
        it.act("provider", Act::Fail { reason: reason("cannot be found") }).unwrap();
        it.pass(HOUR);
        assert_eq!(statuses(&mut it)[1], "failed", "{guide}");
        let solicitation = it.view("payer").solicitation.unwrap();
        assert!(solicitation.state.is_final(), "{guide}");
        // CDex also tells so that nothing was found, which answers the request (R40).
        let answers = solicitation.state == State::AnsweredEmpty;
        assert_eq!(statuses(&mut it)[0], if answers { "completed" } else { "active" }, "{guide}");

        let mut it = Simulation::new();
        ask_under(guide, &mut it, Variant::WithTask, &one_query());
        it.settle();
        let arrived = it.stored(PROVIDER, "Task")[0].clone();
        answer_under(guide, &mut it, arrived);
        it.settle();
        it.act("provider", Act::Reject { reason: reason("not our patient") }).unwrap();
        it.pass(HOUR);
        assert_eq!(statuses(&mut it), ["active", "rejected"], "{guide}");
        assert_eq!(state(&it, "payer"), State::Declined, "{guide}");
    }
}
