//! What a fault has stopped is given up, and done otherwise.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by panicking")]

mod common;

use std::time::Duration;

use common::*;
use fhir_solicit::{
    actor::{Act, Delivery, PayloadDraft, Variant},
    fhir::Reference,
    solicitation::State,
};
use fhir_solicit_simulation::{PAYER, PROVIDER, Simulation};
use fhir_solicit_world::{Effect, Fault, Method};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

fn refused(status: u16) -> Effect {
    Effect::Status { status, retry_after: None, html: false }
}

#[test]
fn what_a_server_refuses_can_be_given_up_and_done_otherwise() {
    let mut it = asked(Variant::WithTask);
    arrive(&mut it);
    it.act("provider", Act::Accept).unwrap();
    it.server(PROVIDER).inject(Fault::next(refused(422)).on(Method::Post, "Communication"));
    it.decide("provider", respond("too long")).unwrap();
    it.act("provider", Act::Complete).unwrap();
    assert_eq!(text(&it.stored(PROVIDER, "Task")[0], "/status"), "in-progress", "stopped at the fault");
    it.act("provider", Act::GiveUp).unwrap();
    assert!(it.act("provider", Act::GiveUp).is_err(), "nothing is stopped any more");
    assert!(it.act("provider", Act::Complete).is_err(), "nothing was sent");
    it.act("provider", respond("shorter")).unwrap();
    it.act("provider", Act::Complete).unwrap();
    it.pass(HOUR);
    assert_eq!(state(&it, "payer"), State::Answered);
    assert_eq!(it.view("payer").communications.len(), 1);
}

#[test]
fn a_request_that_the_partner_refuses_can_be_given_up() {
    let mut it = Simulation::new();
    it.server(PROVIDER).inject(Fault::always(refused(403)).on(Method::Post, "Task"));
    ask(&mut it, Variant::WithTask, &one_item());
    it.settle();
    assert_eq!(state(&it, "payer"), State::Sending);
    assert!(
        it.act("payer", Act::Cancel { reason: reason("asked elsewhere") }).is_err(),
        "the fault comes first"
    );
    it.act("payer", Act::GiveUp).unwrap();
    assert_eq!(state(&it, "payer"), State::Cancelled);
    assert_eq!(text(&it.stored(PAYER, "CommunicationRequest")[0], "/status"), "revoked", "nobody was asked");
    assert!(it.view("payer").finished);
}

/// Seed 3270430: it was completed, and who asked went on looking for an answer that nobody had told of.
#[test]
fn r13_what_was_not_announced_is_no_answer() {
    let mut it = asked(Variant::WithoutTask);
    arrive(&mut it);
    it.act("provider", Act::Accept).unwrap();
    it.server(PAYER).inject(Fault::next(refused(422)).on(Method::Post, "Task"));
    it.act(
        "provider",
        Act::Respond { payloads: vec![words("x")], note: None, delivery: Delivery::CommunicationTask },
    )
    .unwrap();
    it.act("provider", Act::GiveUp).unwrap();
    assert!(it.act("provider", Act::Complete).is_err(), "it is at home, and nobody knows");
    it.act("provider", respond("y")).unwrap();
    it.act("provider", Act::Complete).unwrap();
    it.pass(HOUR);
    assert_eq!(state(&it, "payer"), State::Answered);
    assert!(it.view("payer").finished);
}

#[test]
fn a_read_given_up_does_not_block_closing() {
    let mut it = asked(Variant::WithTask);
    arrive(&mut it);
    it.act("provider", Act::Accept).unwrap();
    let payloads =
        vec![PayloadDraft { content_reference: Some(Reference::to("Binary/1")), ..PayloadDraft::default() }];
    it.act("provider", Act::Respond { payloads, note: None, delivery: Delivery::Usual }).unwrap();
    it.act("provider", Act::Complete).unwrap();
    it.server(PROVIDER).inject(Fault::always(refused(401)).on(Method::Get, "Binary/"));
    it.pass(HOUR);
    it.act("payer", Act::GiveUp).unwrap();
    it.act("payer", Act::Close).unwrap();
    it.pass(7 * DAY);
    assert_eq!(state(&it, "payer"), State::Answered);
}

#[test]
fn what_was_given_up_does_not_count() {
    let mut it = asked(Variant::WithTask);
    arrive(&mut it);
    it.act("provider", Act::Accept).unwrap();
    it.server(PROVIDER).inject(Fault::next(refused(422)).on(Method::Post, "Communication"));
    it.act("provider", respond("too long")).unwrap();
    it.act("provider", Act::GiveUp).unwrap();
    it.act("provider", Act::Progress { text: "will send another".into() }).unwrap();
    assert_eq!(it.stored(PROVIDER, "Communication").len(), 0);
    assert_eq!(state(&it, "provider"), State::Working);
}

#[test]
fn announced_is_not_delivered_before_the_answer() {
    let mut it = asked(Variant::WithoutTask);
    arrive(&mut it);
    it.act("provider", Act::Accept).unwrap();
    it.server(PAYER).inject(Fault::always(refused(403)).on(Method::Post, "Task"));
    it.act(
        "provider",
        Act::Respond { payloads: vec![words("x")], note: None, delivery: Delivery::CommunicationTask },
    )
    .unwrap();
    assert_ne!(state(&it, "provider"), State::Answered);
}

#[test]
fn a_task_is_not_completed_without_output() {
    let mut it = asked(Variant::WithTask);
    arrive(&mut it);
    it.act("provider", Act::Accept).unwrap();
    it.server(PROVIDER).inject(Fault::next(refused(422)).on(Method::Post, "Communication"));
    it.act("provider", respond("too long")).unwrap();
    it.act("provider", Act::GiveUp).unwrap();
    it.decide("provider", Act::Progress { text: "x".into() }).unwrap();
    let _ = it.act("provider", Act::Complete);
    it.settle();
    let task = &it.stored(PROVIDER, "Task")[0];
    assert!(text(task, "/status") != "completed" || task.root().get("output").is_some(), "tdr-3");
}

#[test]
fn giving_up_of_a_read_keeps_what_is_queued() {
    let mut it = asked(Variant::WithTask);
    it.server(PAYER).inject(Fault::always(refused(401)).on(Method::Get, "CommunicationRequest/"));
    arrive(&mut it);
    it.server(PROVIDER).inject(Fault::next(refused(503)).on(Method::Put, "Task/"));
    it.decide("provider", Act::Accept).unwrap();
    it.act("provider", Act::Start).unwrap();
    it.act("provider", Act::GiveUp).unwrap();
    it.pass(HOUR);
    assert_eq!(text(&it.stored(PROVIDER, "Task")[0], "/status"), "in-progress");
}

#[test]
fn what_may_have_arrived_is_not_given_up() {
    let mut it = Simulation::new();
    it.server(PROVIDER).inject(Fault::next(Effect::LoseResponse).on(Method::Post, ""));
    it.server(PROVIDER).inject(Fault::always(refused(503)).on(Method::Get, "CommunicationRequest?"));
    ask(&mut it, Variant::WithoutTask, &one_item());
    it.pass(HOUR);
    assert!(it.act("payer", Act::GiveUp).is_err(), "nobody knows yet whether it arrived");
    it.server(PROVIDER).clear_faults();
    it.act("payer", Act::Retry).unwrap();
    println!(
        "w: {:?} {}; provider holds {}",
        state(&it, "payer"),
        it.view("payer").solicitation.unwrap().why,
        text(&it.stored(PROVIDER, "CommunicationRequest")[0], "/status")
    );
    arrive(&mut it);
    it.act("provider", Act::Accept).unwrap();
    it.act("provider", respond("x")).unwrap();
    it.pass(7 * DAY);
    assert_eq!(it.view("payer").communications.len(), 1);
}
