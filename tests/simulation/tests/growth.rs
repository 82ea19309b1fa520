//! Nothing that is saved grows for ever (R102).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by panicking")]

mod common;

use std::{collections::BTreeMap, time::Duration};

use common::*;
use fhir_solicit::{
    actor::{Act, Machine, Phase, Start, Update, Variant},
    fhir::Resource,
    json::Document,
};
use fhir_solicit_simulation::{PAYER, PROVIDER, Simulation, starts};
use fhir_solicit_world::{Effect, Fault, Method, Quirk, Request};
use proptest::prelude::*;
use serde_json::{Value, to_value};

const HOUR: Duration = Duration::from_secs(3600);

/// What happens on a provider's server, and to its inbox.
#[derive(Clone, Debug)]
enum Event {
    Arrives,
    /// The one of this number is changed, and stays open.
    Touched(usize),
    /// The one of this number ends.
    Ends(usize, &'static str),
    Passes(u64),
    Crashes,
}

fn events() -> impl Strategy<Value = Event> {
    let ends = prop::sample::select(vec!["completed", "rejected", "cancelled", "failed", "entered-in-error"]);
    prop_oneof![
        4 => Just(Event::Arrives),
        2 => any::<usize>().prop_map(Event::Touched),
        4 => (any::<usize>(), ends).prop_map(|(which, status)| Event::Ends(which, status)),
        4 => (0..10_000_u64).prop_map(Event::Passes),
        1 => Just(Event::Crashes),
    ]
}

fn task(id: usize, status: &str, note: usize) -> Document {
    let text = format!(
        r#"{{"resourceType":"Task","id":"t{id}","status":"{status}","intent":"order","note":[{{"text":"{note}"}}],
        "code":{{"coding":[{{"system":"http://hl7.org/fhir/CodeSystem/task-code","code":"fulfill"}}]}},
        "focus":{{"reference":"{PAYER}/CommunicationRequest/{id}"}}}}"#
    );
    Document::parse(text).unwrap()
}

fn inbox(it: &Simulation) -> Value {
    to_value(it.party("inbox").machine()).unwrap()
}

fn remembered(it: &Simulation) -> usize {
    inbox(it)["tasks"]["seen"].as_array().unwrap().len()
}

/// How often each was told of.
fn told(updates: Vec<Update>) -> BTreeMap<String, usize> {
    let mut told = BTreeMap::new();
    for update in updates {
        if let Update::Arrived { resource, .. } = update {
            let id = Resource::read(&resource).unwrap().id().unwrap().into_owned();
            *told.entry(id).or_default() += 1;
        }
    }
    told
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn r102_an_inbox_tells_each_once_and_remembers_what_is_open(
        events in prop::collection::vec(events(), 1..80),
        quirk in prop::sample::select(vec![
            None, Some(Quirk::IgnoreParameters), Some(Quirk::OffsetPages), Some(Quirk::SparseBundles),
        ]),
    ) {
        let mut it = Simulation::new();
        if let Some(quirk) = quirk {
            it.server(PROVIDER).inject(Fault::always(Effect::Quirk { quirk }));
        }
        it.begin("inbox", Start::Inbox(starts::inbox())).unwrap();
        it.settle();
        // Whether it is open, by number.
        let mut tasks: Vec<bool> = Vec::new();
        let mut all: BTreeMap<String, usize> = BTreeMap::new();
        for (note, event) in events.into_iter().enumerate() {
            let now = it.now;
            match event {
                Event::Arrives => {
                    it.server(PROVIDER).insert(task(tasks.len(), "requested", note), now).unwrap();
                    tasks.push(true);
                    // Every one is looked at before it ends.
                    it.pass(2 * HOUR);
                }
                Event::Touched(_) | Event::Ends(..) if tasks.is_empty() => {}
                Event::Touched(which) => {
                    let which = which % tasks.len();
                    if tasks[which] {
                        it.server(PROVIDER).insert(task(which, "received", note), now).unwrap();
                    }
                }
                Event::Ends(which, status) => {
                    let which = which % tasks.len();
                    if std::mem::replace(&mut tasks[which], false) {
                        it.server(PROVIDER).insert(task(which, status, note), now).unwrap();
                    }
                }
                Event::Passes(seconds) => it.pass(Duration::from_secs(seconds)),
                Event::Crashes => {
                    // What arrived is in good hands.
                    for id in all.keys() {
                        let arrived = format!("Task/{id}");
                        it.decide("inbox", Act::Acknowledge { arrived }).unwrap();
                    }
                    it.crash("inbox");
                    it.settle();
                }
            }
            for (id, times) in told(it.read_updates("inbox")) {
                *all.entry(id).or_default() += times;
            }
            prop_assert!(all.values().all(|times| *times == 1), "told once: {all:?}");
        }
        it.pass(3 * HOUR);
        prop_assert_eq!(all.len(), tasks.len(), "none is lost");
        let open = tasks.iter().filter(|is_open| **is_open).count();
        prop_assert_eq!(remembered(&it), open);
        prop_assert_eq!(inbox(&it)["tasks"]["ended"].as_array().unwrap().len(), 0);
    }
}

/// Three weeks of requests, some a day.
#[test]
fn r102_the_state_of_an_inbox_is_as_long_after_three_weeks_as_after_one() {
    let mut it = Simulation::new();
    it.forget();
    it.begin("inbox", Start::Inbox(starts::inbox())).unwrap();
    let mut lengths = Vec::new();
    for id in 0..126 {
        let now = it.now;
        it.server(PROVIDER).insert(task(id, "requested", 0), now).unwrap();
        it.pass(2 * HOUR);
        let now = it.now;
        it.server(PROVIDER).insert(task(id, "completed", 0), now).unwrap();
        it.pass(2 * HOUR);
        lengths.push(inbox(&it).to_string().len());
    }
    assert_eq!(told(it.read_updates("inbox")).len(), 126);
    let [first, last] = [lengths[42], lengths[125]];
    assert!(last.abs_diff(first) < 20, "{first} and then {last} bytes");
}

#[test]
fn r74_a_subscription_that_is_forgotten_every_day_leaves_nothing_behind() {
    let mut it = asked(Variant::WithTask);
    it.server(PROVIDER).offer_subscriptions();
    it.begin("watch", Start::Subscriber(starts::subscriber())).unwrap();
    for day in 0..10 {
        it.pass(2 * HOUR);
        assert_eq!(it.watching("watch").phase, Phase::Active, "day {day}");
        let key = |(key, _): (&str, &Document)| key.starts_with("Subscription/").then(|| key.to_owned());
        let keys: Vec<String> = it.server(PROVIDER).resources().filter_map(key).collect();
        assert_eq!(keys.len(), 1);
        let request = Request::new(Method::Delete, &keys[0]);
        let now = it.now;
        it.server(PROVIDER).handle(&request, now);
        it.pass(22 * HOUR);
    }
    let state = to_value(it.party("watch").machine()).unwrap();
    assert_eq!(state["desk"]["records"].as_array().unwrap().len(), 1);
}

/// Whoever may write to the home server can name the request as often as it likes.
#[test]
fn r15_a_flood_of_communications_is_taken_up_to_a_thousand() {
    let mut it = asked(Variant::WithTask);
    arrive(&mut it);
    it.act("provider", Act::Accept).unwrap();
    // What comes later stands before what came first, so that no look sees the same.
    for (wave, id) in ["c", "b", "a"].into_iter().flat_map(|wave| (0..400).map(move |id| (wave, id))) {
        let flood = format!(
            r#"{{"resourceType":"Communication","id":"{wave}-{id}","status":"completed","basedOn":[{{"reference":
            "CommunicationRequest/1"}}],"payload":[{{"contentString":"{id}"}}]}}"#
        );
        let now = it.now;
        it.server(PAYER).insert(Document::parse(flood).unwrap(), now).unwrap();
        if id == 399 {
            it.pass(2 * HOUR);
        }
    }
    let Machine::Requester(machine) = it.party("payer").machine() else { panic!("a payer asks") };
    assert_eq!(machine.communications().len(), 1000);
    let notices = it.party("payer").updates.iter().filter(|it| matches!(it, Update::Notice { .. })).count();
    assert_eq!(notices, 1, "told once");
}
