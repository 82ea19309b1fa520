//! The laws of the design, held over any course of events.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by panicking")]

mod common;

use std::{collections::BTreeMap, time::Duration};

use common::*;
use fhir_solicit::{
    actor::{
        Act, Delivery, Effect as Todo, InboxStart, Input, Machine, ResponderStart, Seed, Start, Variant,
    },
    exchange::{Headers, HttpResponse, Method as Verb},
    fhir::Instant,
    json::Document,
    lifecycle::{Ask, Guide},
};
use fhir_solicit_simulation::{PAYER, PROVIDER, Simulation, starts};
use fhir_solicit_world::{Effect, Fault, Method};
use proptest::prelude::*;

/// One event in the lives of a payer and a provider.
#[derive(Clone, Debug)]
enum Event {
    Pass(u64),
    Exchange,
    Provider(Act),
    Payer(Act),
    Crash(bool),
    Break(bool, Fault),
    Noise(bool, u32, u16, String),
    Notify(bool),
}

fn acts() -> impl Strategy<Value = Act> {
    prop_oneof![
        Just(Act::Accept),
        Just(Act::Start),
        Just(Act::Hold { reason: None }),
        Just(Act::Resume),
        Just(Act::Progress { text: "in review".into() }),
        Just(respond("the note")),
        Just(Act::Respond { payloads: vec![words("x")], note: None, delivery: Delivery::Communication }),
        Just(Act::Respond { payloads: vec![words("x")], note: None, delivery: Delivery::CommunicationTask }),
        Just(Act::Complete),
        Just(Act::Reject { reason: reason("no") }),
        Just(Act::Fail { reason: reason("cannot") }),
        Just(Act::Retry),
        Just(Act::GiveUp),
        Just(Act::Cancel { reason: reason("withdrawn") }),
        Just(Act::Close),
    ]
}

fn faults() -> impl Strategy<Value = Fault> {
    let status = prop::sample::select(vec![401, 403, 404, 409, 412, 413, 422, 429, 500, 503]);
    let effect = prop_oneof![
        Just(Effect::LoseRequest),
        Just(Effect::LoseResponse),
        Just(Effect::Duplicate),
        Just(Effect::Truncate),
        Just(Effect::Html),
        Just(Effect::HideHeaders),
        status.prop_map(|status| Effect::Status { status, retry_after: None, html: false }),
    ];
    let method = prop::sample::select(vec![Method::Get, Method::Post, Method::Put]);
    (effect, method, 1..4_u32)
        .prop_map(|(effect, method, times)| Fault::always(effect).on(method, "").times(times))
}

fn events() -> impl Strategy<Value = Event> {
    let noise = prop::sample::select(vec!["", "{", "<html>", "[]", r#"{"resourceType":"Task"}"#, "null"]);
    prop_oneof![
        4 => (0..7200_u64).prop_map(Event::Pass),
        4 => Just(Event::Exchange),
        6 => acts().prop_map(Event::Provider),
        1 => acts().prop_map(Event::Payer),
        1 => any::<bool>().prop_map(Event::Crash),
        2 => (any::<bool>(), faults()).prop_map(|(payer, fault)| Event::Break(payer, fault)),
        1 => (any::<bool>(), 0..9_u32, 0..600_u16, noise)
            .prop_map(|(payer, id, status, body)| Event::Noise(payer, id, status, body.to_owned())),
        1 => any::<bool>().prop_map(Event::Notify),
    ]
}

const FINAL: [&str; 4] = ["rejected", "cancelled", "completed", "failed"];

/// The statuses that are final at a server; they must stay.
fn final_tasks(it: &mut Simulation) -> BTreeMap<String, String> {
    let tasks = it.stored(PROVIDER, "Task");
    let statuses = tasks.iter().map(|task| (text(task, "/id"), text(task, "/status")));
    statuses.filter(|(_, status)| FINAL.contains(&status.as_str())).collect()
}

fn name(payer: bool) -> &'static str {
    if payer { "payer" } else { "provider" }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_laws_hold_over_any_course_of_events(
        with_task in any::<bool>(),
        guide in prop::sample::select(Guide::all().to_vec()),
        events in prop::collection::vec(events(), 1..60),
    ) {
        let by_task_only = matches!(guide.ask, Ask::Input { .. });
        let variant = if with_task || by_task_only { Variant::WithTask } else { Variant::WithoutTask };
        let mut it = Simulation::new();
        ask_under(&guide, &mut it, variant, &one_item());
        let start = InboxStart { guide: guide.clone(), ..starts::inbox() };
        it.begin("inbox", Start::Inbox(start)).unwrap();
        let mut ended = BTreeMap::new();
        for event in events {
            if !it.has("provider") && let Some(arrived) = arrivals(&it).first() {
                let arrived = arrived.clone();
                answer_under(&guide, &mut it, arrived);
            }
            let before = serde_json::to_string(it.party("payer").machine()).unwrap();
            match event {
                Event::Pass(seconds) => it.pass(Duration::from_secs(seconds)),
                Event::Exchange => { it.exchange_one(); }
                Event::Payer(act) => {
                    if it.decide("payer", act).is_err() {
                        let after = serde_json::to_string(it.party("payer").machine()).unwrap();
                        prop_assert_eq!(after, before, "refusal leaves no trace");
                    }
                }
                Event::Break(payer, fault) => it.server(if payer { PAYER } else { PROVIDER }).inject(fault),
                _ if !it.has("provider") => {}
                Event::Provider(act) => { let _ = it.decide("provider", act); }
                Event::Crash(payer) => it.crash(name(payer)),
                Event::Noise(payer, id, status, body) => {
                    let response = HttpResponse { status, headers: Headers::default(), body };
                    it.give(name(payer), Input::Received { id, response }).unwrap();
                }
                Event::Notify(payer) => it.give(name(payer), Input::Notified { about: None }).unwrap(),
            }
            // Save is invisible: what a store gives back is what was put in.
            for party in ["payer", "inbox"] {
                let saved = serde_json::to_string(it.party(party).machine()).unwrap();
                let restored: Machine = serde_json::from_str(&saved).unwrap();
                prop_assert!(&restored == it.party(party).machine());
            }
            // Terminal is terminal.
            let now_final = final_tasks(&mut it);
            for (id, status) in &ended {
                prop_assert_eq!(now_final.get(id), Some(status));
            }
            ended = now_final;
            // Nothing is written that the guide has no code for.
            for task in it.stored(PROVIDER, "Task") {
                prop_assert!(guide.task.codes.contains(&text(&task, "/status")));
            }
            // Sending twice is sending once.
            let requests = it.stored(PAYER, "CommunicationRequest").len() + it.stored(PROVIDER, "CommunicationRequest").len();
            prop_assert!(requests <= 1, "one request");
            prop_assert!(it.stored(PROVIDER, "Task").len() <= 1, "one Task");
        }
        // Nothing is stuck: with calm servers and somebody to retry, all that was begun is done.
        it.server(PAYER).clear_faults();
        it.server(PROVIDER).clear_faults();
        for party in ["payer", "inbox", "provider"] {
            if it.has(party) {
                it.act(party, Act::Retry).unwrap();
            }
        }
        it.pass(Duration::from_secs(7200));
        if !it.view("payer").finished {
            prop_assert!(it.party("payer").wake().is_some(), "an open request has something to wait for");
        }
    }

    #[test]
    fn monotone_patience_no_schedule_asks_earlier_than_its_floor(
        jumps in prop::collection::vec(-100_000_i64..100_000, 1..40),
    ) {
        // Only the clock moves, in both directions; the machine looks no sooner than a minute
        // after its last look, as long as the clock runs forward.
        let mut it = asked(Variant::WithTask);
        let mut last: Option<i64> = None;
        for jump in jumps {
            // How long it was since the last look, nobody can say once the clock went back.
            last = last.filter(|_| jump >= 0);
            let now = it.now.unix_milliseconds() + jump * 1000;
            it.now = Instant::from_unix_milliseconds(now);
            let before = it.recording("payer").steps.len();
            it.give("payer", Input::Woke).unwrap();
            let looks = it.recording("payer").steps[before..]
                .iter()
                .flat_map(|step| &step.effects)
                .filter(|effect| matches!(effect, Todo::Send { request, .. } if request.method == Verb::Get))
                .count();
            prop_assert!(looks <= 1);
            if looks == 1 {
                if let Some(last) = last {
                    prop_assert!(now - last >= 60_000, "{} ms", now - last);
                }
                last = Some(now);
            }
            it.settle();
        }
    }

    #[test]
    fn no_bytes_make_a_machine_panic(text in "\\PC{0,200}") {
        if let Ok(document) = Document::parse(text.as_str()) {
            let mut it = Simulation::new();
            let start = ResponderStart { seed: Seed::new(9), ..starts::responder(document) };
            prop_assert!(it.begin("provider", Start::Responder(start)).is_err());
        }
    }
}
