//! What may come after the end (R67).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by panicking")]

mod common;

use std::time::Duration;

use common::*;
use fhir_solicit::{
    actor::{Act, Grace, RequesterStart, Start, Update, Variant},
    json::Document,
};
use fhir_solicit_simulation::{PAYER, PROVIDER, Simulation, starts};

const HOUR: Duration = Duration::from_secs(3600);

/// A request that was answered and completed a moment ago.
fn answered() -> Simulation {
    let mut it = asked(Variant::WithTask);
    arrive(&mut it);
    it.act("provider", Act::Accept).unwrap();
    it.act("provider", respond("the report")).unwrap();
    it.act("provider", Act::Complete).unwrap();
    it.act("payer", Act::Look).unwrap();
    it
}

#[test]
fn r67_the_end_is_told_at_once_and_looked_at_every_hour_for_a_day() {
    let mut it = answered();
    for party in ["payer", "provider"] {
        let view = it.view(party);
        assert!(view.finished, "{party}");
        let left = view.watched_until.unwrap().since(it.now);
        assert!((23 * HOUR..=24 * HOUR).contains(&left), "{party}");
    }
    it.server(PROVIDER).clear_log();
    for _ in 0..26 {
        it.pass(HOUR);
        assert!(it.view("payer").finished && it.view("provider").finished);
    }
    let looks = it.server(PROVIDER).log().iter().filter(|one| one.url.starts_with("Task/")).count();
    assert!((2 * 21..=2 * 23).contains(&looks), "{looks}");
    for party in ["payer", "provider"] {
        assert_eq!((it.party(party).wake(), it.view(party).watched_until), (None, None), "{party}");
    }
}

#[test]
fn r67_a_document_that_comes_late_is_in_hand() {
    let mut it = answered();
    it.pass(3 * HOUR);
    let (now, request) = (it.now, text(&it.stored(PAYER, "CommunicationRequest")[0], "/id"));
    let late = format!(
        r#"{{"resourceType":"Communication","id":"late","status":"completed","basedOn":[{{"reference":"CommunicationRequest/{request}"}}],"payload":[{{"contentString":"one page more"}}]}}"#
    );
    it.server(PAYER).insert(Document::parse(late).unwrap(), now).unwrap();
    it.pass(2 * HOUR);
    let view = it.view("payer");
    assert!(view.finished && view.communications.len() == 2);
}

#[test]
fn r67_a_task_that_is_opened_again_is_told_and_not_written_to() {
    let mut it = answered();
    let mut task = it.stored(PROVIDER, "Task").remove(0);
    task.set("/status", "in-progress").unwrap();
    let now = it.now + HOUR;
    it.server(PROVIDER).insert(task, now).unwrap();
    it.pass(3 * HOUR);
    for party in ["payer", "provider"] {
        assert!(it.view(party).solicitation.unwrap().recipients[0].reopened, "{party}");
        let told = it.party(party).updates.iter();
        let told = told.filter(|news| matches!(news, Update::Notice { text } if text.contains("moved back")));
        assert_eq!(told.count(), 1, "{party}");
    }
    assert!(it.act("provider", Act::Complete).is_err());
    assert!(it.act("payer", Act::Cancel { reason: reason("too late") }).is_err());
    let mut task = it.stored(PROVIDER, "Task").remove(0);
    assert_eq!(text(&task, "/status"), "in-progress");
    task.set("/status", "completed").unwrap();
    let now = it.now;
    it.server(PROVIDER).insert(task, now).unwrap();
    it.pass(3 * HOUR);
    let view = it.view("payer");
    assert!(view.finished && !view.solicitation.unwrap().recipients[0].reopened);
}

#[test]
fn r67_untracked_cancelled_or_without_grace_it_is_looked_at_no_longer() {
    let mut it = answered();
    for party in ["payer", "provider"] {
        it.act(party, Act::Untrack).unwrap();
        assert!(it.act(party, Act::Untrack).is_err(), "{party}");
        assert_eq!(it.view(party).watched_until, None, "{party}");
    }
    let mut it = asked(Variant::WithTask);
    arrive(&mut it);
    assert!(it.act("payer", Act::Untrack).is_err(), "it is open");
    it.act("payer", Act::Cancel { reason: reason("withdrawn") }).unwrap();
    it.pass(2 * HOUR);
    assert_eq!((it.party("payer").wake(), it.party("provider").wake()), (None, None));
    let mut it = Simulation::new();
    let start = RequesterStart { grace: Grace::NONE, ..starts::requester(one_item()) };
    it.begin("payer", Start::Requester(start)).unwrap();
    it.settle();
    arrive(&mut it);
    it.act("provider", Act::Reject { reason: reason("not ours") }).unwrap();
    it.pass(2 * HOUR);
    assert!(it.view("payer").finished && it.party("payer").wake().is_none());
}
