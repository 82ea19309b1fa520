//! What servers do that a client must live with: the exchange ends as with a server by the book.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by panicking")]

mod common;

use std::{collections::BTreeSet, time::Duration};

use common::*;
use fhir_solicit::{
    actor::{Act, Effect as Todo, Input, Start, Update, Variant},
    exchange::{Headers, HttpResponse},
    json::Document,
    solicitation::State,
};
use fhir_solicit_simulation::{PAYER, PROVIDER, Simulation, starts};
use fhir_solicit_world::{Effect, Fault, Method, Quirk};

const HOUR: Duration = Duration::from_secs(3600);

fn every(it: &mut Simulation, effects: &[Effect]) {
    for base in [PAYER, PROVIDER] {
        for effect in effects {
            it.server(base).inject(Fault::always(effect.clone()));
        }
    }
}

/// The exchange with Task ends as in a world without `effects`.
fn lives_with(effects: &[Effect]) {
    assert_eq!(run_with(|it| every(it, effects)), run_with(|_| {}), "{effects:?}");
}

/// The exchange without Task does, too, and what was answered is in hand once.
fn lives_with_it_without_task(effects: &[Effect]) {
    let mut it = Simulation::new();
    every(&mut it, effects);
    ask(&mut it, Variant::WithoutTask, &one_item());
    it.settle();
    arrive(&mut it);
    it.act("provider", Act::Accept).unwrap();
    it.act("provider", respond("none")).unwrap();
    it.act("provider", Act::Complete).unwrap();
    it.pass(24 * HOUR);
    assert_eq!(it.stored(PAYER, "Communication").len(), 1, "{effects:?}");
    assert_eq!(it.view("payer").communications.len(), 1, "{effects:?}");
    assert_eq!(
        (state(&it, "payer"), state(&it, "provider")),
        (State::Answered, State::Answered),
        "{effects:?}"
    );
}

#[test]
fn every_quirk_alone_changes_nothing() {
    for quirk in Quirk::ALL {
        lives_with(&[Effect::Quirk { quirk }]);
        lives_with_it_without_task(&[Effect::Quirk { quirk }]);
    }
}

#[test]
fn r82_what_a_server_will_do_later_is_not_asked_for_again() {
    let mut it = Simulation::new();
    every(&mut it, &[Effect::Quirk { quirk: Quirk::Accepted }]);
    ask(&mut it, Variant::WithTask, &one_item());
    it.pass(HOUR);
    let posts = it.transcript.iter().filter(|line| line.contains("POST"));
    assert_eq!(posts.count(), 2, "one request, one Task: {:?}", it.transcript);
    assert_eq!(state(&it, "payer"), State::Sent);
}

#[test]
fn r82_a_change_that_a_server_makes_later_is_asked_for_once() {
    let mut it = asked(Variant::WithTask);
    arrive(&mut it);
    let later = Effect::Status { status: 202, retry_after: None, html: false };
    it.server(PROVIDER).inject(Fault::next(later).on(Method::Put, ""));
    it.act("provider", Act::Accept).unwrap();
    it.pass(HOUR);
    let mut task = it.stored(PROVIDER, "Task").remove(0);
    task.set("/status", "accepted").unwrap();
    let now = it.now;
    it.server(PROVIDER).insert(task, now).unwrap();
    it.pass(2 * HOUR);
    let puts = it.transcript.iter().filter(|line| line.contains("PUT"));
    assert_eq!(puts.count(), 1, "{:#?}", it.transcript);
    let seen = it.view("provider").solicitation.unwrap();
    assert_eq!((seen.state, seen.conflict), (State::Accepted, false));
}

/// Seed 4000439: it waited for ever for a version after the one that it had made.
#[test]
fn r82_a_change_that_a_look_sees_before_its_answer_comes_is_made() {
    let mut it = asked(Variant::WithTask);
    arrive(&mut it);
    it.server(PROVIDER).inject(Fault::always(Effect::Quirk { quirk: Quirk::Accepted }));
    it.decide("provider", Act::Look).unwrap();
    it.decide("provider", Act::Progress { text: "in review".into() }).unwrap();
    let before = it.perform("provider", 1).unwrap();
    it.give("provider", before).unwrap();
    let taken = it.perform("provider", 1).unwrap();
    let look = it.perform("provider", 0).unwrap();
    for input in [look, taken] {
        it.give("provider", input).unwrap();
    }
    it.pass(HOUR);
    it.act("provider", Act::Accept).unwrap();
    it.pass(HOUR);
    assert_eq!(state(&it, "payer"), State::Accepted, "{:#?}", it.transcript);
}

/// Seed 5070561: what was read before the change looked as if the Task had been moved back.
#[test]
fn r22_what_was_asked_before_a_change_does_not_undo_it_where_nothing_is_told_of_versions() {
    let mut it = Simulation::new();
    every(&mut it, &[Quirk::Minimal, Quirk::Unversioned].map(|quirk| Effect::Quirk { quirk }));
    ask(&mut it, Variant::WithTask, &one_item());
    it.settle();
    arrive(&mut it);
    it.decide("provider", Act::Look).unwrap();
    let before = it.perform("provider", 0).unwrap();
    it.decide("provider", Act::Reject { reason: reason("not ours") }).unwrap();
    it.settle();
    it.give("provider", before).unwrap();
    it.settle();
    assert_eq!(state(&it, "provider"), State::Declined, "{:#?}", it.transcript);
}

#[test]
fn hazard_1_no_header_is_needed_to_go_on() {
    for more in [None, Some(Quirk::Minimal), Some(Quirk::BareErrors)] {
        let mut effects = vec![Effect::HideHeaders];
        effects.extend(more.map(|quirk| Effect::Quirk { quirk }));
        lives_with(&effects);
        lives_with_it_without_task(&effects);
    }
}

#[test]
fn hazard_2_a_304_without_an_etag_is_no_news_and_the_next_look_asks_for_news_again() {
    let mut it = asked(Variant::WithTask);
    every(&mut it, &[Effect::Quirk { quirk: Quirk::BareNotModified }]);
    it.pass(3 * HOUR);
    let looks = it.server(PROVIDER).log().iter().filter(|one| one.if_none_match);
    let answers: Vec<_> = looks.map(|look| look.status).collect();
    assert!(answers.len() > 5 && answers.iter().all(|status| *status == Some(304)), "{answers:?}");
    assert_eq!(state(&it, "payer"), State::Sent);
}

#[test]
fn hazard_3_created_without_a_word_where_is_found_by_its_identifier() {
    let mut it = Simulation::new();
    every(&mut it, &[Effect::HideHeaders, Effect::Quirk { quirk: Quirk::Minimal }]);
    ask(&mut it, Variant::WithTask, &one_item());
    it.settle();
    assert_eq!(state(&it, "payer"), State::Sent);
    let found = it.transcript.iter().filter(|line| line.contains("GET Task 200")).count();
    assert_eq!(found, 1, "by one search");
}

#[test]
fn hazard_4_what_somebody_else_wrote_stays_whatever_the_refusal_is_called() {
    for effects in [
        vec![],
        vec![Effect::Quirk { quirk: Quirk::Conflict409 }, Effect::Quirk { quirk: Quirk::BareErrors }],
    ] {
        let mut it = asked(Variant::WithTask);
        every(&mut it, &effects);
        arrive(&mut it);
        let mut task = it.stored(PROVIDER, "Task").remove(0);
        task.set("/note/-/text", "called").unwrap();
        let now = it.now;
        it.server(PROVIDER).insert(task, now).unwrap();
        it.act("provider", Act::Accept).unwrap();
        let task = &it.stored(PROVIDER, "Task")[0];
        assert_eq!((text(task, "/status"), text(task, "/note/0/text")), ("accepted".into(), "called".into()));
    }
}

#[test]
fn hazards_5_11_12_14_18_what_a_machine_sends() {
    // R4 names these, and a preflight allows them at every server tried.
    let allowed = ["accept", "content-type", "prefer", "if-match", "if-none-match", "if-none-exist"];
    let mut it = asked(Variant::WithTask);
    arrive(&mut it);
    it.act("provider", Act::Accept).unwrap();
    it.act("provider", respond("none")).unwrap();
    it.act("provider", Act::Complete).unwrap();
    it.pass(HOUR);
    for name in ["payer", "provider", "inbox"] {
        let recording = it.recording(name);
        let effects = recording.effects.iter().chain(recording.steps.iter().flat_map(|step| &step.effects));
        for effect in effects {
            let Todo::Send { request, .. } = effect else { continue };
            assert!(request.headers.iter().all(|(header, _)| allowed.contains(&header)));
            assert!(!request.url.starts_with("metadata"), "asked of nobody, so nobody need have it");
            assert!(!request.url.contains("_summary") && !request.url.contains("_elements"), "hazard 11");
        }
    }
    for base in [PAYER, PROVIDER] {
        for logged in it.server(base).log() {
            let guarded = match logged.method {
                Method::Get => true,
                Method::Post => logged.if_none_exist,
                Method::Put => logged.if_match,
                Method::Patch | Method::Delete => false,
            };
            assert!(guarded, "{} is sent bare", logged.method.name());
        }
    }
}

#[test]
fn hazard_15_why_a_server_refuses_is_told_wherever_it_says_it() {
    let issue = |said: &str| {
        format!(
            r#"{{"resourceType":"OperationOutcome","issue":[{{"severity":"error","code":"invalid",{said}}}]}}"#
        )
    };
    for said in [r#""details":{"text":"no such code"}"#, r#""diagnostics":"no such code""#] {
        let mut it = Simulation::new();
        ask(&mut it, Variant::WithTask, &one_item());
        let response = HttpResponse { status: 422, headers: Headers::default(), body: issue(said) };
        it.give("payer", Input::Received { id: 1, response }).unwrap();
        let told = it.party("payer").updates.iter().any(|update| {
            let Update::Fault { fault, stalled: true, .. } = update else { return false };
            let issue = &fault.issues[0];
            issue.details.as_deref().or(issue.diagnostics.as_deref()) == Some("no such code")
        });
        assert!(told, "{said}");
    }
}

fn inbox() -> Start {
    Start::Inbox(starts::inbox())
}

fn task(it: &mut Simulation, id: usize) {
    let task = format!(
        r#"{{"resourceType":"Task","id":"{id:04}","status":"requested","intent":"order","focus":{{"reference":"{PAYER}/CommunicationRequest/1"}}}}"#
    );
    let now = it.now;
    it.server(PROVIDER).insert(Document::parse(task).unwrap(), now).unwrap();
}

fn told(it: &Simulation) -> Vec<String> {
    let updates = it.party("inbox").updates.iter();
    updates
        .filter_map(|update| match update {
            Update::Arrived { resource, .. } => Some(text(resource, "/id")),
            _ => None,
        })
        .collect()
}

#[test]
fn hazard_9_pages_that_shift_while_they_are_read_lose_nothing_and_double_nothing() {
    for quirk in [None, Some(Quirk::OffsetPages)] {
        let mut it = Simulation::new();
        if let Some(quirk) = quirk {
            every(&mut it, &[Effect::Quirk { quirk }]);
        }
        (0..170).for_each(|id| task(&mut it, 1000 + id));
        it.begin("inbox", inbox()).unwrap();
        let mut more = 0..30;
        while it.exchange_one() {
            if let Some(id) = more.next() {
                // Of the same instant, and sorted before what was read.
                task(&mut it, id);
            }
        }
        more.for_each(|id| task(&mut it, id));
        it.pass(3 * HOUR);
        let told = told(&it);
        assert_eq!((told.len(), told.iter().collect::<BTreeSet<_>>().len()), (200, 200), "{quirk:?}");
    }
}

#[test]
fn hazard_9_a_next_page_for_ever_comes_to_an_end() {
    let mut it = Simulation::new();
    every(&mut it, &[Effect::Quirk { quirk: Quirk::NextForever }]);
    (0..60).for_each(|id| task(&mut it, id));
    it.begin("inbox", inbox()).unwrap();
    it.settle();
    assert_eq!(told(&it).len(), 50, "the first page, again and again");
    assert!(it.server(PROVIDER).log().len() <= 4, "R63: a page that leads to itself is asked for once");
}

#[test]
fn hazard_7_a_whole_table_is_not_taken_for_the_answer() {
    let mut it = Simulation::new();
    every(&mut it, &[Effect::Quirk { quirk: Quirk::IgnoreParameters }]);
    task(&mut it, 1);
    let now = it.now;
    for other in [
        r#"{"resourceType":"Task","id":"done","status":"completed","intent":"order"}"#,
        r#"{"resourceType":"CommunicationRequest","id":"stored","status":"active"}"#,
    ] {
        it.server(PROVIDER).insert(Document::parse(other).unwrap(), now).unwrap();
    }
    let stray = r#"{"resourceType":"Communication","id":"stray","status":"completed","payload":[{"contentString":"of somebody else"}]}"#;
    it.server(PAYER).insert(Document::parse(stray).unwrap(), now).unwrap();
    it.begin("inbox", inbox()).unwrap();
    it.settle();
    assert_eq!(told(&it), ["0001"]);
    ask(&mut it, Variant::WithoutTask, &one_item());
    it.pass(24 * HOUR);
    assert_eq!(it.view("payer").communications.len(), 0);
}
