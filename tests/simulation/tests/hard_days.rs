//! Days on which nothing goes as it should: each story was a defect once.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by panicking")]

mod common;

use std::time::Duration;

use common::*;
use fhir_solicit::{
    actor::{Act, Effect as Todo, InboxStart, Input, Machine, Start, Update, Variant},
    exchange::{Headers, HttpRequest, HttpResponse, Method as Verb},
    fhir::Instant,
    json::Document,
    solicitation::State,
};
use fhir_solicit_simulation::{PAYER, PROVIDER, Simulation, starts};
use fhir_solicit_world::{Effect, Fault, Method, Quirk};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);
fn status(status: u16) -> Effect {
    Effect::Status { status, retry_after: None, html: false }
}

#[test]
fn polling_survives_an_outage() {
    let mut it = asked(Variant::WithTask);
    arrive(&mut it);
    it.server(PROVIDER).inject(Fault::always(status(503)));
    it.pass(3 * HOUR);
    it.server(PROVIDER).clear_faults();
    it.act("provider", Act::Retry).unwrap();
    it.act("provider", Act::Accept).unwrap();
    it.act("provider", respond("x")).unwrap();
    it.act("provider", Act::Complete).unwrap();
    it.pass(7 * DAY);
    assert_eq!(state(&it, "payer"), State::Answered);
}

#[test]
fn r69_a_task_that_is_gone_is_not_asked_for_for_ever_and_can_be_found_again() {
    let mut it = asked(Variant::WithTask);
    arrive(&mut it);
    it.server(PROVIDER).inject(Fault::always(status(403)).on(Method::Get, "Task/"));
    it.pass(DAY);
    assert!(it.view("payer").solicitation.unwrap().lost);
    assert_eq!(it.party("payer").wake(), None);
    it.server(PROVIDER).clear_faults();
    it.act("payer", Act::Look).unwrap();
    assert!(!it.view("payer").solicitation.unwrap().lost && it.party("payer").wake().is_some());
}

#[test]
fn an_inbox_survives_an_outage() {
    let mut it = Simulation::new();
    let start = starts::inbox();
    it.begin("inbox", Start::Inbox(start)).unwrap();
    it.settle();
    it.server(PROVIDER).inject(Fault::always(status(503)));
    it.pass(3 * HOUR);
    it.server(PROVIDER).clear_faults();
    ask(&mut it, Variant::WithTask, &one_item());
    it.pass(7 * DAY);
    assert_eq!(arrivals(&it).len(), 1);
}

#[test]
fn a_create_that_always_fails_backs_off_and_stalls() {
    let mut it = Simulation::new();
    it.server(PROVIDER).inject(Fault::always(status(500)).on(Method::Post, "Task"));
    ask(&mut it, Variant::WithTask, &one_item());
    it.pass(HOUR);
    let posts = it.transcript.iter().filter(|line| line.contains("POST Task")).count();
    assert!(posts <= 8, "{posts} posts in an hour");
}

#[test]
fn r81_an_outage_of_a_night_needs_nobody_to_retry() {
    let mut it = asked(Variant::WithTask);
    arrive(&mut it);
    it.server(PROVIDER).inject(Fault::always(status(503)));
    it.act("provider", Act::Accept).unwrap();
    it.pass(10 * HOUR);
    let told = it.party("provider").updates.iter();
    let stalled = told.filter(|update| matches!(update, Update::Fault { stalled: true, .. })).count();
    assert_eq!(stalled, 1, "who may want to know is told once");
    let tries = it.transcript.iter().filter(|line| line.starts_with("provider") && line.ends_with("503"));
    assert!(tries.count() < 8 + 2 * 14, "an hour lies between two tries, and between two looks");
    it.server(PROVIDER).clear_faults();
    it.pass(2 * HOUR);
    assert_eq!(text(&it.stored(PROVIDER, "Task")[0], "/status"), "accepted");
}

#[test]
fn r81_what_fails_for_a_week_is_tried_no_more_until_somebody_says_so() {
    let mut it = asked(Variant::WithTask);
    arrive(&mut it);
    it.server(PROVIDER).inject(Fault::always(status(503)).on(Method::Get, "Task/"));
    it.server(PROVIDER).inject(Fault::always(status(503)).on(Method::Put, "Task/"));
    it.act("provider", Act::Accept).unwrap();
    it.pass(8 * DAY);
    it.server(PROVIDER).clear_faults();
    it.pass(DAY);
    assert_eq!(text(&it.stored(PROVIDER, "Task")[0], "/status"), "requested");
    it.act("provider", Act::Retry).unwrap();
    assert_eq!(text(&it.stored(PROVIDER, "Task")[0], "/status"), "accepted");
}

#[test]
fn created_but_hidden_is_not_created_again() {
    let mut it = Simulation::new();
    ask(&mut it, Variant::WithTask, &one_item());
    let mut machine: Machine = it.party("payer").machine().clone();
    let mut todo: Vec<(u32, HttpRequest)> = it
        .recording("payer")
        .effects
        .iter()
        .filter_map(|e| match e {
            Todo::Send { id, request, .. } => Some((*id, request.clone())),
            _ => None,
        })
        .collect();
    let mut posts = 0;
    for _ in 0..200 {
        let Some((id, request)) = todo.pop() else { break };
        let response = match request.method {
            Verb::Post => {
                posts += 1;
                HttpResponse { status: 201, headers: Headers::default(), body: String::new() }
            }
            _ => HttpResponse {
                status: 200,
                headers: Headers::default(),
                body: r#"{"resourceType":"Bundle","type":"searchset"}"#.into(),
            },
        };
        let step = machine.handle(Input::Received { id, response }, it.now).unwrap();
        machine = step.state;
        todo.extend(step.effects.into_iter().filter_map(|e| match e {
            Todo::Send { id, request, .. } => Some((id, request)),
            _ => None,
        }));
    }
    assert_eq!(posts, 1);
}

#[test]
fn the_lost_answer_to_complete_is_no_conflict() {
    let mut it = asked(Variant::WithTask);
    arrive(&mut it);
    it.act("provider", Act::Accept).unwrap();
    it.act("provider", Act::Start).unwrap();
    it.server(PROVIDER).inject(Fault::next(Effect::LoseResponse).on(Method::Put, "Task/"));
    it.decide("provider", respond("x")).unwrap();
    it.act("provider", Act::Complete).unwrap();
    it.pass(HOUR);
    let seen = it.view("provider").solicitation.unwrap();
    assert_eq!((seen.state, seen.conflict), (State::Answered, false));
}

#[test]
fn the_lost_answer_to_an_output_names_it_once_where_references_come_back_absolute() {
    for lost in [Effect::LoseResponse, Effect::Quirk { quirk: Quirk::Accepted }] {
        let mut it = asked(Variant::WithTask);
        arrive(&mut it);
        it.server(PROVIDER).inject(Fault::always(Effect::Quirk { quirk: Quirk::AbsoluteReferences }));
        it.act("provider", Act::Accept).unwrap();
        it.server(PROVIDER).inject(Fault::always(lost).on(Method::Put, "Task/").times(3));
        it.act("provider", respond("x")).unwrap();
        it.act("provider", Act::Complete).unwrap();
        it.pass(HOUR);
        let task = &it.stored(PROVIDER, "Task")[0];
        assert_eq!((text(task, "/status"), task.root().list("output").count()), ("completed".into(), 1));
        assert_eq!(state(&it, "provider"), State::Answered);
    }
}

#[test]
fn the_lost_answer_to_cancel_still_revokes() {
    let mut it = asked(Variant::WithTask);
    it.server(PROVIDER).inject(Fault::next(Effect::LoseResponse).on(Method::Put, "Task/"));
    it.act("payer", Act::Cancel { reason: reason("withdrawn") }).unwrap();
    it.pass(DAY);
    assert_eq!(text(&it.stored(PROVIDER, "Task")[0], "/status"), "cancelled");
    assert_eq!(text(&it.stored(PAYER, "CommunicationRequest")[0], "/status"), "revoked");
}

#[test]
fn a_communication_that_was_not_there_yet_is_read_later() {
    let mut it = asked(Variant::WithTask);
    arrive(&mut it);
    it.act("provider", Act::Accept).unwrap();
    it.act("provider", respond("x")).unwrap();
    it.act("provider", Act::Complete).unwrap();
    it.server(PROVIDER).inject(Fault::next(status(404)).on(Method::Get, "Communication/"));
    it.pass(7 * DAY);
    let _ = it.act("payer", Act::Retry);
    let _ = it.act("payer", Act::Look);
    assert_eq!(state(&it, "payer"), State::Answered);
}

#[test]
fn r16_what_comes_while_the_task_is_open_is_not_lost() {
    let mut it = asked(Variant::WithTask);
    arrive(&mut it);
    it.act("provider", Act::Accept).unwrap();
    it.act("provider", respond("pages 1 to 10")).unwrap();
    it.pass(2 * HOUR);
    it.act("provider", respond("pages 11 to 20")).unwrap();
    it.act("provider", Act::Complete).unwrap();
    it.pass(7 * DAY);
    let _ = it.act("payer", Act::Look);
    assert_eq!(it.view("payer").communications.len(), 2);
}

#[test]
fn what_was_posted_home_is_found_beside_an_output() {
    let mut it = asked_for(Variant::WithTask, &two_items());
    arrive(&mut it);
    it.act("provider", Act::Accept).unwrap();
    let now = it.now;
    let id = text(&it.stored(PAYER, "CommunicationRequest")[0], "/id");
    let posted = format!(
        r#"{{"resourceType":"Communication","id":"posted","status":"completed","basedOn":[{{"reference":"CommunicationRequest/{id}"}}],"payload":[{{"contentString":"posted"}}]}}"#
    );
    it.act("provider", respond("by output")).unwrap();
    it.server(PAYER).insert(Document::parse(posted).unwrap(), now).unwrap();
    it.pass(2 * HOUR);
    it.act("provider", Act::Complete).unwrap();
    it.pass(2 * HOUR);
    assert_eq!(it.view("payer").communications.len(), 2);
}

#[test]
fn r14_a_communication_linked_by_identifier_alone_is_found() {
    let mut it = asked(Variant::WithoutTask);
    let request = it.stored(PROVIDER, "CommunicationRequest").remove(0);
    let identifier = request.root().pointer("/identifier/0").unwrap().raw().to_owned();
    let now = it.now;
    let posted = format!(
        r#"{{"resourceType":"Communication","id":"posted","status":"completed","basedOn":[{{"identifier":{identifier}}}],"payload":[{{"contentString":"posted"}}]}}"#
    );
    it.server(PAYER).insert(Document::parse(posted).unwrap(), now).unwrap();
    it.pass(DAY);
    assert_eq!(state(&it, "payer"), State::Answered);
}

#[test]
fn a_rejected_exchange_is_finished() {
    let mut it = asked(Variant::WithTask);
    it.server(PAYER).inject(Fault::always(status(401)).on(Method::Get, "CommunicationRequest/"));
    arrive(&mut it);
    it.act("provider", Act::Reject { reason: reason("cannot read it") }).unwrap();
    it.pass(DAY);
    assert!(it.view("provider").finished);
}

#[test]
fn without_task_a_revoked_request_is_noticed() {
    let mut it = asked(Variant::WithoutTask);
    arrive(&mut it);
    it.act("provider", Act::Accept).unwrap();
    it.act("payer", Act::Cancel { reason: reason("withdrawn") }).unwrap();
    it.pass(7 * DAY);
    let _ = it.act("provider", Act::Look);
    assert_eq!(state(&it, "provider"), State::Cancelled);
}

#[test]
fn retry_after_conflicts_reads_again() {
    let mut it = asked(Variant::WithTask);
    arrive(&mut it);
    it.server(PROVIDER).inject(Fault::always(status(412)).on(Method::Put, "Task/").times(3));
    it.act("provider", Act::Accept).unwrap();
    let now = it.now;
    let mut task = it.stored(PROVIDER, "Task").remove(0);
    task.set("/note/-/text", "somebody else").unwrap();
    it.server(PROVIDER).insert(task, now).unwrap();
    for _ in 0..5 {
        it.act("provider", Act::Retry).unwrap();
    }
    assert_eq!(text(&it.stored(PROVIDER, "Task")[0], "/status"), "accepted");
}

#[test]
fn the_servers_clock_steps_back() {
    let mut it = asked(Variant::WithTask);
    arrive(&mut it);
    it.now = Instant::from_unix_milliseconds(it.now.unix_milliseconds() - 60_000);
    it.act("provider", Act::Accept).unwrap();
    let held = text(&it.stored(PROVIDER, "Task")[0], "/status");
    let view = text(it.view("provider").task.as_ref().unwrap(), "/status");
    assert_eq!((held.as_str(), view.as_str()), ("accepted", "accepted"));
}

#[test]
fn our_clock_was_wrong_for_a_moment() {
    let mut it = Simulation::new();
    let now = it.now;
    it.now = now + DAY * 3650;
    ask(&mut it, Variant::WithoutTask, &one_item());
    it.settle();
    it.now = now;
    arrive(&mut it);
    it.act("provider", Act::Accept).unwrap();
    it.act("provider", respond("x")).unwrap();
    for _ in 0..48 {
        it.now = it.now + HOUR;
        it.give("payer", Input::Woke).unwrap();
        it.settle();
    }
    assert_eq!(state(&it, "payer"), State::Answered);
}

#[test]
fn another_resource_is_not_taken_for_ours() {
    let mut it = asked(Variant::WithTask);
    arrive(&mut it);
    it.act("provider", Act::Look).unwrap_or(());
    let mut machine: Machine = it.party("provider").machine().clone();
    let step = machine.handle(Input::Do(Act::Look), it.now).unwrap();
    machine = step.state;
    let id = step
        .effects
        .iter()
        .find_map(|e| match e {
            Todo::Send { id, .. } => Some(*id),
            _ => None,
        })
        .unwrap();
    let body = r#"{"resourceType":"Task","id":"of-another-patient","meta":{"versionId":"9"},"status":"requested","intent":"order"}"#;
    let response = HttpResponse { status: 200, headers: Headers::default(), body: body.into() };
    machine = machine.handle(Input::Received { id, response }, it.now).unwrap().state;
    let step = machine.handle(Input::Do(Act::Accept), it.now).unwrap();
    let urls: Vec<String> = step
        .effects
        .iter()
        .filter_map(|e| match e {
            Todo::Send { request, .. } => Some(format!("{} {}", request.method, request.url)),
            _ => None,
        })
        .collect();
    assert!(!urls.contains(&"PUT Task/of-another-patient".to_owned()), "{urls:?}");
}

#[test]
fn a_server_that_ignores_the_owner_shows_us_nothing_of_others() {
    let start = InboxStart { owner: Some("Organization/us".into()), ..starts::inbox() };
    let step = Machine::begin(Start::Inbox(start), Instant::from_unix_milliseconds(0)).unwrap();
    let body = r#"{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"Task","id":"1","status":"requested","owner":{"reference":"Organization/them"},"focus":{"reference":"https://x/CommunicationRequest/1"}}}]}"#;
    let response = HttpResponse { status: 200, headers: Headers::default(), body: body.into() };
    let step =
        step.state.handle(Input::Received { id: 1, response }, Instant::from_unix_milliseconds(0)).unwrap();
    assert!(!step.effects.iter().any(|e| matches!(e, Todo::Report { update: Update::Arrived { .. } })));
}

#[test]
fn the_next_page_may_have_any_form() {
    let start = starts::inbox();
    for next in ["Task/?_page_token=2", "Task/_search?page=2"] {
        let step = Machine::begin(Start::Inbox(start.clone()), Instant::from_unix_milliseconds(0)).unwrap();
        let body = format!(
            r#"{{"resourceType":"Bundle","type":"searchset","link":[{{"relation":"next","url":"{PROVIDER}/{next}"}}],"entry":[{{"resource":{{"resourceType":"Task","id":"1","status":"requested","focus":{{"reference":"https://x/CommunicationRequest/1"}}}}}}]}}"#
        );
        let response = HttpResponse { status: 200, headers: Headers::default(), body };
        let step = step
            .state
            .handle(Input::Received { id: 1, response }, Instant::from_unix_milliseconds(0))
            .unwrap();
        let id = step
            .effects
            .iter()
            .find_map(|e| match e {
                Todo::Send { id, .. } => Some(*id),
                _ => None,
            })
            .unwrap();
        let body = r#"{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"Task","id":"2","status":"requested","focus":{"reference":"https://x/CommunicationRequest/1"}}}]}"#;
        let response = HttpResponse { status: 200, headers: Headers::default(), body: body.into() };
        let step =
            step.state.handle(Input::Received { id, response }, Instant::from_unix_milliseconds(0)).unwrap();
        assert!(
            step.effects.iter().any(|e| matches!(e, Todo::Report { update: Update::Arrived { .. } })),
            "{next}"
        );
    }
}

#[test]
fn a_flood_of_outputs_is_read_a_few_at_a_time() {
    let mut it = asked(Variant::WithTask);
    arrive(&mut it);
    let now = it.now;
    let mut task = it.stored(PROVIDER, "Task").remove(0);
    let output = |n| {
        format!(r#"{{"type":{{"text":"x"}},"valueReference":{{"reference":"{PAYER}/Communication/{n}"}}}}"#)
    };
    let outputs: Vec<String> = (0..100).map(output).collect();
    task.set_raw("/output", &format!("[{}]", outputs.join(","))).unwrap();
    it.server(PROVIDER).insert(task, now).unwrap();
    it.give("payer", Input::Do(Act::Look)).unwrap();
    it.exchange_one();
    let asked_for = it.recording("payer").steps.last().unwrap().effects.iter();
    let reads = asked_for.filter(
        |effect| matches!(effect, Todo::Send { request, .. } if request.url.starts_with("Communication/")),
    );
    assert_eq!(reads.count(), 8);
    it.pass(HOUR);
    assert!(it.view("payer").solicitation.is_some());
}

#[test]
fn an_output_that_leads_elsewhere_is_told_once() {
    let mut it = asked(Variant::WithTask);
    arrive(&mut it);
    it.act("provider", Act::Accept).unwrap();
    it.act("provider", Act::Start).unwrap();
    let now = it.now;
    let mut task = it.stored(PROVIDER, "Task").remove(0);
    task.set_raw("/output", r#"[{"type":{"text":"x"},"valueReference":{"reference":"https://elsewhere.example/Communication/1"}}]"#).unwrap();
    task.set("/status", "completed").unwrap();
    it.server(PROVIDER).insert(task, now).unwrap();
    it.pass(2 * DAY);
    let n = it.party("payer").updates.iter().filter(|u| matches!(u, Update::Notice { .. })).count();
    println!("notices {n}; {:?} {}", state(&it, "payer"), it.view("payer").solicitation.unwrap().why);
    assert!(n <= 1);
}

#[test]
fn restored_after_a_create_at_a_server_that_would_do_it_twice() {
    let mut it = Simulation::new();
    for base in [PAYER, PROVIDER] {
        it.server(base).inject(Fault::always(Effect::IgnoreIfNoneExist));
    }
    ask(&mut it, Variant::WithTask, &one_item());
    for _ in 0..4 {
        // Performed, and gone before the answer came.
        let _ = it.perform("payer", 0);
        it.crash("payer");
        it.pass(Duration::from_secs(5));
    }
    assert_eq!(it.stored(PAYER, "CommunicationRequest").len(), 1);
    assert_eq!(it.stored(PROVIDER, "Task").len(), 1);
}

#[test]
fn the_lost_answer_to_a_change_at_a_server_without_versions_does_not_undo_what_came_after() {
    for quirk in [Effect::Quirk { quirk: Quirk::Unversioned }, Effect::IgnoreIfMatch] {
        let mut it = asked(Variant::WithTask);
        arrive(&mut it);
        it.server(PROVIDER).inject(Fault::always(quirk));
        it.server(PROVIDER).inject(Fault::next(Effect::LoseResponse).on(Method::Put, "Task/"));
        it.act("provider", Act::Accept).unwrap();
        let mut task = it.stored(PROVIDER, "Task").remove(0);
        assert_eq!(text(&task, "/status"), "accepted");
        task.set("/status", "cancelled").unwrap();
        let now = it.now;
        it.server(PROVIDER).insert(task, now).unwrap();
        it.pass(HOUR);
        assert_eq!(text(&it.stored(PROVIDER, "Task")[0], "/status"), "cancelled");
        assert_eq!(state(&it, "provider"), State::Cancelled);
    }
}

#[test]
fn an_answer_that_comes_twice_answers_one_request() {
    let mut it = Simulation::new();
    it.server(PAYER).inject(Fault::always(Effect::IgnoreIfNoneExist));
    ask(&mut it, Variant::WithTask, &one_item());
    it.crash("payer");
    let found = it.perform("payer", 0).unwrap();
    it.give("payer", found.clone()).unwrap();
    let created = it.perform("payer", 0).unwrap();
    it.give("payer", found).unwrap();
    it.give("payer", created).unwrap();
    it.pass(HOUR);
    assert_eq!(it.stored(PAYER, "CommunicationRequest").len(), 1);
}

#[test]
fn r22_the_late_answer_to_a_change_does_not_undo_what_a_look_has_seen_since() {
    let mut it = asked(Variant::WithTask);
    arrive(&mut it);
    it.server(PROVIDER).inject(Fault::next(Effect::LoseRequest).on(Method::Get, "Task/"));
    let look = it.party("provider").wake().unwrap();
    it.run_on("provider", look);
    it.wakes("provider").unwrap();
    it.settle();
    // The look is to be repeated when the user accepts.
    it.decide("provider", Act::Accept).unwrap();
    let seen = it.perform("provider", 0).unwrap();
    it.give("provider", seen).unwrap();
    let accepted = it.perform("provider", 0).unwrap();
    it.pass(Duration::from_millis(1));
    it.act("payer", Act::Cancel { reason: reason("claim withdrawn") }).unwrap();
    it.pass(HOUR);
    assert_eq!(state(&it, "provider"), State::Cancelled);
    it.give("provider", accepted).unwrap();
    assert_eq!(state(&it, "provider"), State::Cancelled);
    assert!(it.view("provider").finished);
}

#[test]
fn r80_what_was_cancelled_stays_so_where_a_server_does_not_heed_if_match() {
    for act in [Act::Accept, Act::Reject { reason: reason("not ours") }] {
        let mut it = asked(Variant::WithTask);
        arrive(&mut it);
        it.server(PROVIDER).inject(Fault::always(Effect::IgnoreIfMatch));
        it.act("payer", Act::Cancel { reason: reason("claim withdrawn") }).unwrap();
        it.act("provider", act).unwrap();
        assert_eq!(text(&it.stored(PROVIDER, "Task")[0], "/status"), "cancelled");
        assert_eq!(state(&it, "provider"), State::Cancelled);
        assert!(it.view("provider").solicitation.unwrap().conflict);
    }
}
