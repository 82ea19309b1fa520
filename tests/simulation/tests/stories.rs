//! Conversations from end to end, told in the words of the guide.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by panicking")]

mod common;

use std::time::Duration;

use common::*;
use fhir_solicit::{
    actor::{Act, Delivery, Effect as Todo, Input, PayloadDraft, Refusal, Update, Variant},
    exchange::FaultKind,
    fhir::Reference,
    json::Document,
    lifecycle::Refused,
    solicitation::State,
};
use fhir_solicit_simulation::{PAYER, PROVIDER, Simulation};
use fhir_solicit_world::{Effect, Fault, Method};

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn without_task_the_request_is_posted_and_a_communication_comes_back() {
    let mut it = asked(Variant::WithoutTask);
    let request = &it.stored(PROVIDER, "CommunicationRequest")[0];
    assert!(request.text().contains("\"code\":\"actionable\""), "R10: tagged");
    assert_eq!(
        text(request, "/recipient/0/reference"),
        format!("{PAYER}/Organization/payer"),
        "meant at home"
    );
    arrive(&mut it);
    it.act("provider", Act::Accept).unwrap();
    it.act("provider", respond("the note")).unwrap();
    it.act("provider", Act::Complete).unwrap();
    assert_eq!(state(&it, "payer"), State::Sent, "nobody has looked yet");
    it.pass(HOUR);
    assert_eq!(state(&it, "payer"), State::Answered);
    let home = it.stored(PAYER, "Communication");
    assert_eq!(home.len(), 1);
    assert_eq!(text(&home[0], "/payload/0/contentString"), "the note");
    assert_eq!(text(&home[0], "/recipient/0/reference"), "Organization/payer", "relative at its own server");
    assert!(it.view("payer").finished && it.view("provider").finished);
    assert_transcript(&it, "without-task");
    it.pass(25 * HOUR);
    assert_eq!(it.party("payer").wake(), None, "nothing left to wait for");
}

#[test]
fn with_task_the_task_is_posted_watched_and_closed() {
    let mut it = asked(Variant::WithTask);
    arrive(&mut it);
    assert_eq!(it.view("provider").request.map(|it| text(&it, "/status")).unwrap(), "active", "R12: fetched");
    it.act("provider", Act::Accept).unwrap();
    it.act("provider", Act::Start).unwrap();
    it.act("provider", Act::Progress { text: "waiting for review".into() }).unwrap();
    it.pass(HOUR);
    let seen = it.view("payer").solicitation.unwrap();
    assert_eq!((seen.state, seen.progress.as_deref()), (State::Working, Some("waiting for review")));
    it.act("provider", Act::Hold { reason: None }).unwrap();
    it.pass(HOUR);
    assert_eq!(state(&it, "payer"), State::Paused);
    it.act("provider", Act::Resume).unwrap();
    it.decide("provider", respond("the note")).unwrap();
    it.act("provider", Act::Complete).unwrap();
    it.pass(HOUR);
    assert_eq!(state(&it, "payer"), State::Answered);
    let task = &it.stored(PROVIDER, "Task")[0].clone();
    assert_eq!(text(task, "/status"), "completed");
    assert_eq!(text(task, "/focus/reference"), format!("{PAYER}/CommunicationRequest/1"));
    let sent = &it.stored(PROVIDER, "Communication")[0];
    let output = format!("Communication/{}", text(sent, "/id"));
    assert_eq!(text(task, "/output/0/valueReference/reference"), output);
    assert_eq!(text(&it.stored(PAYER, "CommunicationRequest")[0], "/status"), "completed", "R29");
    assert!(it.view("payer").finished && it.view("provider").finished);
    assert_transcript(&it, "with-task");
}

#[test]
fn with_task_the_recipient_may_reject_with_a_reason() {
    let mut it = asked(Variant::WithTask);
    arrive(&mut it);
    let no_reason = it.act("provider", Act::Reject { reason: reason("  ") });
    assert_eq!(no_reason, Err(Refusal::ReasonRequired), "R23");
    it.act("provider", Act::Reject { reason: reason("not our patient") }).unwrap();
    it.pass(HOUR);
    let seen = it.view("payer").solicitation.unwrap();
    assert_eq!((seen.state, seen.reason.as_deref()), (State::Declined, Some("not our patient")));
    assert_eq!(it.stored(PROVIDER, "Communication").len(), 0);
    let request = it.stored(PAYER, "CommunicationRequest");
    assert_eq!(text(&request[0], "/status"), "active", "R29: another recipient may answer");
}

#[test]
fn without_task_a_communication_not_done_says_no() {
    let mut it = asked(Variant::WithoutTask);
    arrive(&mut it);
    it.act("provider", Act::Reject { reason: reason("not our patient") }).unwrap();
    it.pass(HOUR);
    let seen = it.view("payer").solicitation.unwrap();
    assert_eq!((seen.state, seen.reason.as_deref()), (State::Declined, Some("not our patient")));
    assert!(it.view("provider").finished);
}

#[test]
fn r13_all_three_forms_of_delivery_lead_to_the_same_state() {
    for (delivery, communications_at) in [
        (Delivery::Usual, PROVIDER),
        (Delivery::Communication, PAYER),
        (Delivery::CommunicationTask, PROVIDER),
    ] {
        let mut it = asked(Variant::WithTask);
        arrive(&mut it);
        it.act("provider", Act::Accept).unwrap();
        it.act("provider", Act::Respond { payloads: vec![words("x")], note: None, delivery }).unwrap();
        it.act("provider", Act::Complete).unwrap();
        it.pass(HOUR);
        assert_eq!(state(&it, "payer"), State::Answered, "{delivery:?}");
        assert_eq!(it.stored(communications_at, "Communication").len(), 1, "{delivery:?}");
        assert_eq!(it.view("payer").communications.len(), 1, "{delivery:?}: found once");
        assert!(it.view("payer").finished && it.view("provider").finished, "{delivery:?}");
    }
    for delivery in [Delivery::Communication, Delivery::CommunicationTask] {
        let mut it = asked(Variant::WithoutTask);
        arrive(&mut it);
        it.act("provider", Act::Accept).unwrap();
        it.act("provider", Act::Respond { payloads: vec![words("x")], note: None, delivery }).unwrap();
        it.pass(HOUR);
        assert_eq!(state(&it, "payer"), State::Answered, "{delivery:?} without Task");
    }
}

#[test]
fn r16_several_communications_may_come_before_the_task_is_closed() {
    let mut it = asked_for(Variant::WithTask, &two_items());
    arrive(&mut it);
    it.act("provider", Act::Accept).unwrap();
    let answer = |item| Act::Respond {
        payloads: vec![PayloadDraft { answers: Some(item), ..words("x") }],
        note: None,
        delivery: Delivery::Usual,
    };
    it.act("provider", answer(1)).unwrap();
    it.pass(HOUR);
    let seen = it.view("payer").solicitation.unwrap();
    assert_eq!(seen.state, State::PartiallyAnswered);
    assert_eq!(seen.ledger.items[0].answered_by.len() + seen.ledger.items[1].answered_by.len(), 1);
    it.act("provider", answer(0)).unwrap();
    it.pass(HOUR);
    assert_eq!(state(&it, "payer"), State::Answered, "R15: nothing missing, though the Task is still open");
    it.act("provider", Act::Complete).unwrap();
    assert!(it.view("provider").finished);
    let missing = it.act("provider", answer(7));
    assert_eq!(missing, Err(Refusal::Status(Refused::Final)));
}

#[test]
fn r115_what_a_communication_refers_to_is_fetched_before_it_counts() {
    let mut it = asked(Variant::WithTask);
    let now = it.now;
    let document = r#"{"resourceType":"DocumentReference","id":"note","status":"current","content":[]}"#;
    it.server(PROVIDER).insert(Document::parse(document).unwrap(), now).unwrap();
    arrive(&mut it);
    it.act("provider", Act::Accept).unwrap();
    let refer = |reference: &str| PayloadDraft {
        content_reference: Some(Reference::to(reference)),
        ..PayloadDraft::default()
    };
    let payloads = vec![
        refer("DocumentReference/note"),
        refer("https://elsewhere.example/Binary/1"),
        refer("Binary/gone"),
    ];
    it.act("provider", Act::Respond { payloads, note: None, delivery: Delivery::Communication }).unwrap();
    it.act("provider", Act::Complete).unwrap();
    it.pass(HOUR);
    assert_eq!(state(&it, "payer"), State::PartiallyAnswered);
    let contents = it.view("payer").communications.remove(0).contents;
    assert_eq!(text(contents[0].document.as_ref().unwrap(), "/id"), "note");
    assert!(contents[1].unlocated.is_some(), "R97: never asked for");
    assert_eq!(contents[2].fault.as_ref().unwrap().kind, FaultKind::NotFound);
    assert!(!it.transcript.iter().any(|line| line.contains("elsewhere")));
    let waive = |reference: &str| Act::Waive { reference: reference.into() };
    assert!(it.act("payer", waive("Binary/never-named")).is_err());
    it.act("payer", waive(&contents[2].reference)).unwrap();
    assert_eq!(state(&it, "payer"), State::PartiallyAnswered, "one is still open");
    it.act("payer", Act::Fetched { reference: "https://elsewhere.example/Binary/1".into() }).unwrap();
    assert_eq!(state(&it, "payer"), State::Answered, "in hand, or done without");
    assert!(it.view("payer").finished);
}

#[test]
fn r115_what_was_not_there_at_first_is_fetched_with_a_later_look() {
    let mut it = asked(Variant::WithTask);
    arrive(&mut it);
    it.act("provider", Act::Accept).unwrap();
    let reference = PayloadDraft {
        content_reference: Some(Reference::to("DocumentReference/late")),
        ..PayloadDraft::default()
    };
    it.act("provider", Act::Respond { payloads: vec![reference], note: None, delivery: Delivery::Usual })
        .unwrap();
    it.act("provider", Act::Complete).unwrap();
    it.pass(2 * HOUR);
    assert_eq!(state(&it, "payer"), State::PartiallyAnswered);
    let now = it.now;
    let document = r#"{"resourceType":"DocumentReference","id":"late","status":"current","content":[]}"#;
    it.server(PROVIDER).insert(Document::parse(document).unwrap(), now).unwrap();
    it.pass(2 * HOUR);
    assert_eq!(state(&it, "payer"), State::Answered);
    assert!(it.view("payer").finished);
}

#[test]
fn the_requester_may_take_the_request_back() {
    let mut it = asked(Variant::WithTask);
    arrive(&mut it);
    it.act("provider", Act::Accept).unwrap();
    it.act("payer", Act::Cancel { reason: reason("claim withdrawn") }).unwrap();
    assert_eq!(text(&it.stored(PROVIDER, "Task")[0], "/status"), "cancelled");
    assert_eq!(text(&it.stored(PAYER, "CommunicationRequest")[0], "/status"), "revoked", "R29");
    assert_eq!(state(&it, "payer"), State::Cancelled);
    it.act("provider", respond("too late")).unwrap();
    assert_eq!(text(&it.stored(PROVIDER, "Task")[0], "/status"), "cancelled", "terminal is terminal");
    assert_eq!(state(&it, "provider"), State::Cancelled);
    assert!(it.party("provider").updates.iter().any(|update| matches!(update, Update::Notice { .. })));
    let again = it.act("provider", Act::Complete);
    assert!(again.is_err());
}

#[test]
fn what_the_status_does_not_allow_is_refused_and_leaves_no_trace() {
    let mut it = asked(Variant::WithTask);
    arrive(&mut it);
    let before = serde_json::to_string(it.party("provider").machine()).unwrap();
    for act in [
        Act::Start,
        Act::Resume,
        Act::Hold { reason: None },
        Act::Complete,
        Act::Fail { reason: reason("x") },
        respond("not accepted yet"),
        Act::Cancel { reason: reason("not mine") },
        Act::Close,
    ] {
        assert!(it.act("provider", act.clone()).is_err(), "{act:?}");
    }
    assert!(it.act("payer", Act::Accept).is_err());
    assert_eq!(serde_json::to_string(it.party("provider").machine()).unwrap(), before);
    it.act("provider", Act::Accept).unwrap();
    let empty =
        Act::Respond { payloads: vec![PayloadDraft::default()], note: None, delivery: Delivery::Usual };
    assert_eq!(it.act("provider", empty), Err(Refusal::PayloadRequired));
    it.act("provider", Act::Fail { reason: reason("the archive burned down") }).unwrap_err();
    it.act("provider", Act::Start).unwrap();
    it.act("provider", Act::Fail { reason: reason("the archive burned down") }).unwrap();
    it.pass(HOUR);
    assert_eq!(state(&it, "payer"), State::Failed);
}

#[test]
fn a_request_that_cannot_be_fetched_can_still_be_rejected() {
    for (status, kind) in [(401, FaultKind::Unauthorized), (404, FaultKind::NotFound), (410, FaultKind::Gone)]
    {
        let mut it = asked(Variant::WithTask);
        let fault = Fault::always(Effect::Status { status, retry_after: None, html: false });
        it.server(PAYER).inject(fault.on(Method::Get, "CommunicationRequest/"));
        arrive(&mut it);
        let faults = it.party("provider").updates.iter().filter_map(|update| match update {
            Update::Fault { fault, .. } => Some(fault.kind),
            _ => None,
        });
        assert_eq!(faults.collect::<Vec<_>>(), [kind]);
        assert!(it.act("provider", Act::Accept).is_ok(), "a person may know more");
        assert!(matches!(it.act("provider", respond("x")), Err(Refusal::NotNow(_))));
        it.server(PAYER).clear_faults();
        it.act("provider", Act::Retry).unwrap();
        it.act("provider", respond("x")).unwrap();
        it.act("provider", Act::Complete).unwrap();
        it.pass(HOUR);
        assert_eq!(state(&it, "payer"), State::Answered, "{status}");
    }
}

#[test]
fn a_lost_or_doubled_message_changes_nothing_in_the_end() {
    let calm = run_with(|_| {});
    for base in [PAYER, PROVIDER] {
        for (method, url) in [
            (Method::Post, "CommunicationRequest"),
            (Method::Post, "Task"),
            (Method::Post, "Communication"),
            (Method::Put, "Task/"),
            (Method::Put, "CommunicationRequest/"),
            (Method::Get, "Task/"),
            (Method::Get, "Communication/"),
            (Method::Get, "CommunicationRequest/"),
        ] {
            let unavailable = Effect::Status { status: 503, retry_after: Some("7".into()), html: true };
            for effect in [
                Effect::LoseRequest,
                Effect::LoseResponse,
                Effect::Duplicate,
                Effect::Truncate,
                Effect::Html,
                Effect::HideHeaders,
                unavailable,
            ] {
                let fault = Fault::always(effect.clone()).on(method, url).times(2);
                let end = run_with(|it| it.server(base).inject(fault.clone()));
                assert_eq!(end, calm, "{effect:?} at {method:?} {url} of {base}");
            }
        }
    }
}

#[test]
fn servers_that_ignore_conditions_are_not_made_to_hold_two() {
    for base in [PAYER, PROVIDER] {
        let end = run_with(|it| {
            it.server(base).inject(Fault::always(Effect::IgnoreIfNoneExist));
            it.server(base).inject(Fault::next(Effect::LoseResponse).on(Method::Post, ""));
        });
        assert_eq!(end, run_with(|_| {}), "{base}");
    }
}

#[test]
fn what_was_saved_goes_on_as_if_nothing_had_happened() {
    let calm = run_with(|_| {});
    for step in 0..60 {
        for party in ["payer", "provider"] {
            let end = run_crashing(step, party);
            assert_eq!(end, calm, "{party} crashed after {step} exchanges");
        }
    }
}

#[test]
fn r80_a_change_in_between_is_kept() {
    let mut it = asked(Variant::WithTask);
    arrive(&mut it);
    let now = it.now;
    let mut task = it.stored(PROVIDER, "Task").remove(0);
    task.set("/note/-/text", "written by somebody else").unwrap();
    it.server(PROVIDER).insert(task, now).unwrap();
    it.act("provider", Act::Accept).unwrap();
    let task = &it.stored(PROVIDER, "Task")[0];
    assert_eq!(text(task, "/status"), "accepted");
    assert_eq!(text(task, "/note/0/text"), "written by somebody else");
}

#[test]
fn an_expired_token_stalls_until_somebody_has_signed_in() {
    let mut it = asked(Variant::WithTask);
    arrive(&mut it);
    it.server(PROVIDER).inject(Fault::always(Effect::Status { status: 401, retry_after: None, html: false }));
    it.pass(HOUR * 5);
    let count = |it: &Simulation| it.transcript.iter().filter(|line| line.ends_with("401")).count();
    let asked = count(&it);
    assert!(asked <= 4, "R69: a 401 is not asked again and again, {asked}");
    it.server(PROVIDER).clear_faults();
    it.act("provider", Act::Retry).unwrap();
    it.act("provider", Act::Accept).unwrap();
    it.act("payer", Act::Retry).unwrap();
    assert_eq!(state(&it, "payer"), State::Accepted);
}

#[test]
fn r4_a_modifier_extension_stops_what_goes_by_itself() {
    let mut it = asked(Variant::WithTask);
    arrive(&mut it);
    it.act("provider", Act::Accept).unwrap();
    it.act("provider", respond("the note")).unwrap();
    let now = it.now;
    let mut sent = it.stored(PROVIDER, "Communication").remove(0);
    sent.set_raw("/payload/0/modifierExtension", r#"[{"url":"urn:not","valueBoolean":true}]"#).unwrap();
    it.server(PROVIDER).insert(sent, now).unwrap();
    it.act("provider", Act::Complete).unwrap();
    it.pass(HOUR);
    let told = |it: &Simulation| {
        let told = |update: &Update| matches!(update, Update::Notice { text } if text.contains("modifier"));
        it.party("payer").updates.iter().any(told)
    };
    assert!(told(&it) && !it.view("payer").finished);
    assert_eq!(text(&it.stored(PAYER, "CommunicationRequest")[0], "/status"), "active");
    it.act("payer", Act::Close).unwrap();
    assert_eq!(text(&it.stored(PAYER, "CommunicationRequest")[0], "/status"), "completed");
}

#[test]
fn r7_a_request_whose_roles_look_inverted_is_sent_with_a_word() {
    for (sender, told) in [("Organization/payer", true), ("Organization/clinic", false)] {
        let mut request = one_item();
        request.set("/sender/reference", sender).unwrap();
        request.set("/recipient/0/reference", "Organization/clinic").unwrap();
        let mut it = Simulation::new();
        ask(&mut it, Variant::WithTask, &request);
        let notices =
            it.party("payer").updates.iter().filter(|update| matches!(update, Update::Notice { .. }));
        assert_eq!(notices.count(), usize::from(told), "{sender}");
    }
}

#[test]
fn what_arrived_is_told_again_after_a_crash_until_it_is_acknowledged() {
    let mut it = asked(Variant::WithTask);
    arrive(&mut it);
    it.crash("inbox");
    it.settle();
    assert_eq!(arrivals(&it).len(), 2, "told again: nobody had begun to answer, as far as is known");
    let task = format!("Task/{}", text(&arrivals(&it)[0], "/id"));
    it.act("inbox", Act::Acknowledge { arrived: task }).unwrap();
    it.crash("inbox");
    it.pass(HOUR);
    assert_eq!(arrivals(&it).len(), 2);
}

#[test]
fn nothing_is_saved_where_nothing_changed() {
    let mut it = asked(Variant::WithTask);
    it.give("payer", Input::Woke).unwrap();
    let last = it.recording("payer").steps.last().unwrap();
    assert!(!last.effects.contains(&Todo::Save));
    it.pass(HOUR);
    let looked = it.recording("payer").steps.last().unwrap();
    assert!(looked.effects.contains(&Todo::Save));
}

#[test]
fn an_answer_nobody_waits_for_is_ignored() {
    let mut it = asked(Variant::WithTask);
    let before = serde_json::to_string(it.party("payer").machine()).unwrap();
    for id in [0, 1, 2, 99] {
        it.give("payer", Input::Failed { id }).unwrap();
    }
    assert_eq!(serde_json::to_string(it.party("payer").machine()).unwrap(), before);
}
