//! One exchange in two tabs, on two machines, across a crash: done once, and told once (R102, R103).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by panicking")]

mod common;

use std::time::Duration;

use common::*;
use fhir_solicit::{
    actor::{Act, Input, ResponderStart, Saved, Seed, Snapshot, Start, Update, Variant},
    json::Document,
    solicitation::State,
};
use fhir_solicit_simulation::{PAYER, PROVIDER, Simulation, starts};
use fhir_solicit_world::{Effect, Fault, Method, Quirk};

const HOUR: Duration = Duration::from_secs(3600);

/// Opens what `name` has saved under another name, as a snapshot that was carried there.
fn open(it: &mut Simulation, name: &str, tab: &str) {
    let saved = Saved { id: name.into(), state: it.party(name).saved().clone() };
    let text = Snapshot { saved: vec![saved], aside: Vec::new() }.to_json();
    let state = Snapshot::restore(&text).unwrap().saved.remove(0).state;
    it.restore(tab, state);
}

/// Performs what these have to do in turns, one request each.
fn in_turns(it: &mut Simulation, names: &[&str]) {
    while names.iter().any(|name| it.party(name).waiting() > 0) {
        for name in names {
            if let Some(input) = it.perform(name, 0) {
                it.give(name, input).unwrap();
            }
        }
    }
}

fn said(it: &Simulation, party: &str) -> Vec<String> {
    let communications = it.view(party).communications;
    communications.iter().map(|one| text(&one.document, "/payload/0/contentString")).collect()
}

fn arrival(update: &Update) -> Option<(Document, Seed)> {
    match update {
        Update::Arrived { resource, seed, .. } => Some((resource.clone(), *seed)),
        _ => None,
    }
}

fn told(it: &Simulation, inbox: &str) -> usize {
    it.party(inbox).updates.iter().filter(|update| matches!(update, Update::Arrived { .. })).count()
}

#[test]
fn r103_two_tabs_that_begin_to_ask_ask_once() {
    for variant in [Variant::WithTask, Variant::WithoutTask] {
        let mut it = Simulation::new();
        ask(&mut it, variant, &one_item());
        open(&mut it, "payer", "second");
        it.skew("second", 86_400_000);
        in_turns(&mut it, &["payer", "second"]);
        let requests = it.stored(PAYER, "CommunicationRequest").len();
        let requests = requests + it.stored(PROVIDER, "CommunicationRequest").len();
        let tasks = it.stored(PROVIDER, "Task").len();
        assert_eq!((requests, tasks), (1, usize::from(variant == Variant::WithTask)), "{:#?}", it.transcript);
        arrive(&mut it);
        for act in [Act::Accept, respond("a note"), Act::Complete] {
            it.act("provider", act).unwrap();
        }
        it.skew("second", 0);
        it.wakes("second").unwrap();
        it.pass(3 * HOUR);
        for tab in ["payer", "second"] {
            assert_eq!(state(&it, tab), State::Answered);
            assert_eq!(said(&it, tab), ["a note"]);
            assert!(it.view(tab).finished, "{tab}");
        }
    }
}

/// Chance was asked in one tab more often than in the other: both still mean the same Task.
#[test]
fn r103_two_tabs_of_which_one_met_faults_ask_once() {
    let mut it = Simulation::new();
    ask(&mut it, Variant::WithTask, &one_item());
    open(&mut it, "payer", "second");
    let failing = Effect::Status { status: 503, retry_after: None, html: false };
    it.server(PAYER).inject(Fault::next(failing).on(Method::Post, "CommunicationRequest"));
    let answer = it.perform("payer", 0).unwrap();
    it.give("payer", answer).unwrap();
    in_turns(&mut it, &["second"]);
    it.pass(3 * HOUR);
    assert_eq!(it.stored(PROVIDER, "Task").len(), 1, "{:#?}", it.transcript);
    assert_eq!(it.stored(PAYER, "CommunicationRequest").len(), 1);
}

#[test]
fn r103_what_two_tabs_say_differs_or_is_one() {
    for (first, second, expected) in [("a", "b", vec!["a", "b"]), ("same", "same", vec!["same"])] {
        for variant in [Variant::WithTask, Variant::WithoutTask] {
            let mut it = asked(variant);
            arrive(&mut it);
            it.act("provider", Act::Accept).unwrap();
            it.pass(HOUR);
            open(&mut it, "provider", "second");
            it.settle();
            if variant == Variant::WithoutTask {
                assert_eq!(it.view("second").status, it.view("provider").status);
            }
            it.decide("provider", respond(first)).unwrap();
            it.decide("second", respond(second)).unwrap();
            in_turns(&mut it, &["provider", "second"]);
            it.act("provider", Act::Complete).unwrap();
            it.pass(3 * HOUR);
            let mut got = said(&it, "payer");
            got.sort();
            assert_eq!(got, expected, "{variant:?}: {:#?}", it.transcript);
        }
    }
}

#[test]
fn r103_two_tabs_that_accept_change_the_task_once() {
    let mut it = asked(Variant::WithTask);
    arrive(&mut it);
    open(&mut it, "provider", "second");
    it.settle();
    for tab in ["provider", "second"] {
        it.decide(tab, Act::Accept).unwrap();
    }
    in_turns(&mut it, &["provider", "second"]);
    let task = it.stored(PROVIDER, "Task").remove(0);
    assert_eq!((text(&task, "/status"), text(&task, "/meta/versionId")), ("accepted".into(), "2".into()));
    for tab in ["provider", "second"] {
        assert!(!it.view(tab).solicitation.unwrap().conflict, "what was meant is so");
    }
}

/// Seed 3388064: neither sees in the Task what it has just written, and each would write it again for ever.
#[test]
fn r80_two_tabs_of_two_minds_come_to_an_end_on_a_server_that_answers_202() {
    let mut it = asked(Variant::WithTask);
    arrive(&mut it);
    it.act("provider", Act::Accept).unwrap();
    open(&mut it, "provider", "second");
    it.settle();
    it.server(PROVIDER).inject(Fault::always(Effect::Quirk { quirk: Quirk::Accepted }));
    it.decide("second", Act::Start).unwrap();
    let looked = it.perform("second", 0).unwrap();
    it.give("second", looked).unwrap();
    it.decide("provider", Act::Start).unwrap();
    in_turns(&mut it, &["provider"]);
    it.now = it.now + Duration::from_secs(2);
    it.wakes("provider").unwrap();
    in_turns(&mut it, &["provider"]);
    it.decide("provider", Act::Hold { reason: None }).unwrap();
    for _ in 0..12 {
        // Tabs in the background wake seldom, and so together.
        it.now = it.now + HOUR;
        for tab in ["provider", "second"] {
            it.wakes(tab).unwrap();
            in_turns(&mut it, &[tab]);
        }
    }
    let writes = it.transcript.iter().filter(|line| line.contains("PUT")).count();
    it.pass(24 * HOUR);
    let after = it.transcript.iter().filter(|line| line.contains("PUT")).count();
    assert_eq!(after, writes, "{:#?}", it.transcript);
    let conflicts = ["provider", "second"].map(|tab| it.view(tab).solicitation.unwrap().conflict);
    assert!(conflicts.contains(&true), "whose change was overwritten is told so");
    assert!(writes < 12, "{writes}");
}

/// Without Task nothing but the copy of the request tells it.
#[test]
fn r103_what_was_taken_back_in_another_tab_is_known_after_a_look_or_a_restart() {
    for restarts in [false, true] {
        let mut it = asked(Variant::WithoutTask);
        open(&mut it, "payer", "second");
        it.settle();
        it.act("payer", Act::Cancel { reason: reason("paid already") }).unwrap();
        assert_eq!(state(&it, "second"), State::Sent);
        if restarts {
            it.crash("second");
            it.pass(2 * HOUR);
        } else {
            it.act("second", Act::Look).unwrap();
        }
        assert_eq!(state(&it, "second"), State::Cancelled);
        assert!(it.view("second").finished);
    }
}

#[test]
fn r103_two_machines_with_one_inbox_tell_of_each_request_once() {
    let mut it = Simulation::new();
    it.begin("inbox", Start::Inbox(starts::inbox())).unwrap();
    it.settle();
    open(&mut it, "inbox", "elsewhere");
    it.skew("elsewhere", -86_400_000);
    it.wakes("elsewhere").unwrap();
    ask(&mut it, Variant::WithTask, &one_item());
    it.pass(3 * HOUR);
    assert_eq!((told(&it, "inbox"), told(&it, "elsewhere")), (1, 1));
    // In good hands at the one, and told again after a crash by the other, which nobody has told so.
    it.act("inbox", Act::Acknowledge { arrived: "Task/1".into() }).unwrap();
    for inbox in ["inbox", "elsewhere"] {
        it.crash(inbox);
    }
    it.pass(3 * HOUR);
    assert_eq!((told(&it, "inbox"), told(&it, "elsewhere")), (1, 2));
}

#[test]
fn r103_two_machines_with_one_inbox_that_answer_alike_answer_once() {
    for variant in [Variant::WithTask, Variant::WithoutTask] {
        let mut it = Simulation::new();
        it.begin("inbox", Start::Inbox(starts::inbox())).unwrap();
        it.settle();
        open(&mut it, "inbox", "inbox elsewhere");
        it.wakes("inbox elsewhere").unwrap();
        ask(&mut it, variant, &one_item());
        it.pass(HOUR);
        let both = [("inbox", "provider"), ("inbox elsewhere", "provider elsewhere")];
        for (inbox, provider) in both {
            let (arrived, seed) = it.party(inbox).updates.iter().find_map(arrival).unwrap();
            let start = ResponderStart { seed, ..starts::responder(arrived) };
            it.begin(provider, Start::Responder(start)).unwrap();
        }
        it.settle();
        let providers = both.map(|(_, provider)| provider);
        for act in [Act::Accept, respond("a note"), Act::Complete] {
            for provider in providers {
                // Where the other has done it meanwhile, there is nothing left to do.
                let _ = it.decide(provider, act.clone());
            }
            in_turns(&mut it, &providers);
        }
        it.pass(3 * HOUR);
        assert_eq!(said(&it, "payer"), ["a note"], "{variant:?}: {:#?}", it.transcript);
        assert_eq!(it.view("payer").solicitation.unwrap().state, State::Answered, "{variant:?}");
    }
}

/// Where an application has got to: what it saved, with what it had booked by then.
struct App {
    snapshot: String,
    booked: Vec<String>,
}

impl App {
    const PARTIES: [&'static str; 3] = ["payer", "inbox", "provider"];

    /// After each step: the snapshot and what follows from it are one transaction.
    fn save(&mut self, it: &Simulation) {
        let parties = Self::PARTIES.iter().filter(|name| it.has(name));
        let saved = parties.map(|name| Saved { id: (*name).into(), state: it.party(name).saved().clone() });
        self.snapshot = Snapshot { saved: saved.collect(), aside: Vec::new() }.to_json();
        self.booked.extend(said(it, "payer").split_off(self.booked.len()));
    }

    /// Everything that was not saved is gone.
    fn crash(&self, it: &mut Simulation) {
        for Saved { id, state } in Snapshot::restore(&self.snapshot).unwrap().saved {
            it.restore(&id, state);
        }
    }
}

/// The whole application is lost, before or after it has saved what came of the request of this number.
fn run(lost_at: usize, is_saved: bool) -> (Vec<String>, [usize; 3], bool) {
    let mut it = Simulation::new();
    ask(&mut it, Variant::WithTask, &one_item());
    it.begin("inbox", Start::Inbox(starts::inbox())).unwrap();
    let mut app = App { snapshot: String::new(), booked: Vec::new() };
    app.save(&it);
    let mut acts = vec![Act::Complete, respond("second"), respond("first"), Act::Accept];
    let mut performed = 0;
    for _ in 0..400 {
        let names = App::PARTIES.into_iter().filter(|name| it.has(name) && it.party(name).waiting() > 0);
        if let Some(name) = names.collect::<Vec<_>>().first() {
            let input = it.perform(name, 0).unwrap();
            performed += 1;
            if performed != lost_at || is_saved {
                it.give(name, input).unwrap();
                app.save(&it);
            }
            if performed == lost_at {
                app.crash(&mut it);
            }
            continue;
        }
        if !it.has("provider") {
            if let Some(arrived) = arrivals(&it).first() {
                answer(&mut it, arrived.clone());
                it.decide("inbox", Act::Acknowledge { arrived: "Task/1".into() }).unwrap();
                app.save(&it);
                continue;
            }
        } else if it.view("provider").request.is_some()
            && let Some(act) = acts.pop()
        {
            if it.decide("provider", act.clone()).is_ok() {
                app.save(&it);
                continue;
            }
            acts.push(act);
        }
        if acts.is_empty() && it.view("payer").finished && it.view("provider").finished {
            break;
        }
        it.now = it.now + HOUR;
        for name in App::PARTIES {
            if it.has(name) {
                it.give(name, Input::Woke).unwrap();
            }
        }
        app.save(&it);
    }
    let held = |it: &mut Simulation, base, kind| it.stored(base, kind).len();
    let counts = [
        held(&mut it, PAYER, "CommunicationRequest"),
        held(&mut it, PROVIDER, "Task"),
        held(&mut it, PROVIDER, "Communication"),
    ];
    (app.booked, counts, performed >= lost_at)
}

#[test]
fn r102_an_application_lost_at_any_point_gets_each_result_once() {
    for is_saved in [false, true] {
        for lost_at in 1.. {
            let (booked, counts, was_lost) = run(lost_at, is_saved);
            assert_eq!(booked, ["first", "second"], "lost at {lost_at}, saved {is_saved}");
            assert_eq!(counts, [1, 1, 2], "lost at {lost_at}, saved {is_saved}");
            if !was_lost || lost_at == 60 {
                assert!(lost_at > 15, "{lost_at} points");
                break;
            }
        }
    }
}

/// Whoever restores is told the state again: it may have been lost with whoever was told first.
#[test]
fn r102_a_state_that_was_told_to_nobody_is_told_again() {
    let mut it = asked(Variant::WithTask);
    it.read_updates("payer");
    it.crash("payer");
    let states = it.read_updates("payer");
    assert!(states.iter().any(|update| matches!(update, Update::State { .. })), "{}", states.len());
}
