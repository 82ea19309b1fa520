//! What an earlier version has saved goes on to its end (R102).
//!
//! `fixtures/snapshot-N.json` is what version N of the states has saved in every stage, and what servers held then.
//! `UPDATE_SNAPSHOTS=1` writes that of the present version where there is none yet; what is there is never changed.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by panicking")]

mod common;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use common::{answer_under, respond, stages};
use fhir_solicit::{
    actor::{Act, InboxStart, Machine, Phase, ResponderStart, Saved, Snapshot, Start, Update},
    fhir::{Instant, Resource},
    json::Document,
    lifecycle::TaskStatus,
    solicitation::State,
};
use fhir_solicit_simulation::{PAYER, PROVIDER, Simulation, starts};
use serde::{Deserialize, Serialize};
use serde_json::{Value, from_str, to_value};

const HOUR: Duration = Duration::from_secs(3600);

/// One stage as it was recorded.
#[derive(Serialize, Deserialize)]
struct Recorded {
    name: String,
    now: Instant,
    /// What each server held: its base URL, and resources as they were written.
    servers: Vec<(String, Vec<String>)>,
    snapshot: Value,
}

fn fixture(version: u32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/snapshot-{version}.json"))
}

/// What an application has saved of this world.
fn saved(it: &Simulation) -> Snapshot {
    let parties = ["inbox", "payer", "provider", "registry", "watch"].into_iter().filter(|name| it.has(name));
    let saved = parties.map(|name| Saved { id: name.into(), state: it.party(name).saved().clone() });
    Snapshot { saved: saved.collect(), aside: Vec::new() }
}

fn recorded(name: &str, it: &Simulation) -> Recorded {
    let held = |base: &String| it.resources(base).map(|(_, held)| held.text().to_owned()).collect();
    let servers = it.bases().into_iter().map(|base| (base.clone(), held(&base))).collect();
    Recorded { name: name.into(), now: it.now, servers, snapshot: from_str(&saved(it).to_json()).unwrap() }
}

/// The servers as they were, and whoever was saved.
fn opened(stage: &Recorded) -> Simulation {
    let mut it = Simulation::with_servers(stage.servers.iter().map(|(base, _)| base.as_str()));
    it.now = stage.now;
    for (base, held) in &stage.servers {
        for text in held {
            let document = Document::parse(text.as_str()).unwrap();
            let resource = Resource::read(&document).unwrap();
            let at = resource.last_updated().unwrap();
            for _ in 0..resource.version_id().unwrap().parse().unwrap() {
                it.server(base).insert(document.clone(), at).unwrap();
            }
        }
    }
    it.server(PAYER).await_attachments("17", false);
    it.server(PROVIDER).offer_subscriptions();
    let snapshot = Snapshot::restore(&stage.snapshot.to_string()).unwrap();
    assert!(snapshot.aside.is_empty(), "{}: everything is understood", stage.name);
    for Saved { id, state } in snapshot.saved {
        it.restore(&id, state);
    }
    it
}

/// What each side does until the exchange has ended.
fn go_on(it: &mut Simulation, mut meanwhile: impl FnMut(&Simulation)) {
    let mut handed_over = 0;
    for _ in 0..40 {
        while it.exchange_one() {
            meanwhile(it);
        }
        it.settle();
        for base in it.bases().into_iter().filter(|base| base != PAYER) {
            take_up(it, &base);
        }
        // What could not be had is done without.
        if it.has("registry") {
            for name in ["registry", "payer"] {
                let _ = it.act(name, Act::Close);
            }
        }
        for name in ["payer", "provider", "inbox", "registry"] {
            if it.has(name) {
                it.act(name, Act::Retry).unwrap();
            }
        }
        if it.has("provider") {
            let view = it.view("provider");
            let answered = !view.communications.is_empty();
            let acts = match view.status {
                Some(TaskStatus::Requested | TaskStatus::Received) => vec![Act::Accept],
                Some(TaskStatus::Accepted | TaskStatus::InProgress) if answered => vec![Act::Complete],
                Some(TaskStatus::Accepted | TaskStatus::InProgress) => vec![respond("a note")],
                _ => vec![],
            };
            for act in acts {
                let _ = it.act("provider", act);
            }
        }
        let submissions = it.server(PAYER).submissions()[handed_over..].to_vec();
        handed_over += submissions.len();
        for parameters in submissions {
            it.act("payer", Act::Submitted { parameters }).unwrap();
        }
        it.pass(2 * HOUR);
    }
}

/// Begins to answer what arrived, where nobody does.
fn take_up(it: &mut Simulation, base: &str) {
    let names = if base == PROVIDER { ["inbox", "provider"] } else { ["second inbox", "second"] };
    let [inbox, responder] = names;
    if it.has(responder) {
        return;
    }
    let guide = it.view("payer").guide;
    if !it.has(inbox) {
        let servers = [("home".to_owned(), base.to_owned()), ("partner".to_owned(), PAYER.to_owned())];
        let servers = servers.into_iter().collect::<BTreeMap<_, _>>().try_into().unwrap();
        let start = InboxStart { guide: guide.clone(), servers, ..starts::inbox() };
        it.begin(inbox, Start::Inbox(start)).unwrap();
        it.settle();
    }
    let arrived = it.party(inbox).updates.iter().find_map(|update| match update {
        Update::Arrived { resource, .. } => Some(resource.clone()),
        _ => None,
    });
    match arrived {
        Some(arrived) if responder == "provider" => answer_under(&guide, it, arrived),
        Some(arrived) => {
            let start =
                ResponderStart { servers: it.view(inbox).servers, guide, ..starts::responder(arrived) };
            it.begin(responder, Start::Responder(start)).unwrap();
            it.settle();
            for act in [Act::Accept, respond("a note"), Act::Complete] {
                it.act(responder, act).unwrap();
            }
        }
        None => {}
    }
}

fn identifiers_are_unique(it: &Simulation, stage: &str) {
    for base in it.bases() {
        let mut known = BTreeSet::new();
        for (key, held) in it.resources(&base) {
            let identifier = Resource::read(held).unwrap().identifiers().last().and_then(|it| it.token());
            let kind = key.split('/').next().unwrap();
            let is_new = identifier.is_none_or(|it| known.insert(format!("{kind} {it}")));
            assert!(is_new, "{stage}: {base} has a {kind} twice");
        }
    }
}

#[test]
fn r102_what_any_version_has_saved_goes_on_to_its_end() {
    let present = fixture(Snapshot::VERSION);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() && !present.exists() {
        let all: Vec<_> = stages::all().iter().map(|(name, it)| recorded(name, it)).collect();
        fs::write(&present, serde_json::to_string_pretty(&all).unwrap() + "\n").unwrap();
    }
    for version in 1..=Snapshot::VERSION {
        let text = fs::read_to_string(fixture(version)).unwrap_or_else(|_| {
            panic!("no fixture of version {version}: UPDATE_SNAPSHOTS=1 cargo test --test saved writes it")
        });
        let recorded: Vec<Recorded> = from_str(&text).unwrap();
        assert_eq!(recorded.len(), if version < 4 { 13 } else { 14 });
        for stage in recorded {
            let name = &stage.name;
            let mut it = opened(&stage);
            go_on(&mut it, |_| {});
            let view = it.view("payer");
            let (state, arrived) = match name.as_str() {
                "cancelling" => (State::Cancelled, 0),
                "without-task" | "attachments" | "recipients" => (State::Answered, 2),
                _ => (State::Answered, 1),
            };
            let solicitation = view.solicitation.unwrap();
            assert_eq!(solicitation.state, state, "{name} of version {version}: {:#?}", it.transcript);
            assert!(view.finished, "{name} of version {version} ends");
            assert_eq!(view.communications.len(), arrived, "{name} of version {version}");
            identifiers_are_unique(&it, name);
            if it.has("registry") {
                assert!(it.view("registry").finished, "{name} of version {version}");
            }
            if it.has("watch") {
                assert_eq!(it.watching("watch").phase, Phase::Active, "{name} of version {version}");
            }
        }
    }
}

/// Members whose keys are an application's or a server's.
const MAPS: [&str; 3] = ["servers", "waiting", "headers"];
/// Members whose values tell how to read what stands beside them.
const TAGS: [&str; 5] = ["purpose", "phase", "read", "step", "cadence"];

/// Adds every place of `value` and what is there.
fn note(shape: &mut BTreeSet<String>, place: &str, value: &Value) {
    let key = place.rsplit('/').next().unwrap_or_default();
    let kind = match value {
        Value::Null => return,
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(tag) if TAGS.contains(&key) => tag,
        Value::String(_) => "string",
        Value::Array(items) => {
            for item in items {
                note(shape, &format!("{place}/*"), item);
            }
            "list"
        }
        Value::Object(members) => {
            for (name, member) in members {
                let name = if MAPS.contains(&key) { "*" } else { name };
                note(shape, &format!("{place}/{name}"), member);
            }
            return;
        }
    };
    shape.insert(format!("{place} {kind}"));
}

#[test]
fn r102_states_of_another_shape_are_of_another_version() {
    let mut shape = BTreeSet::new();
    let mut see = |machine: &Machine| {
        let state = to_value(machine).unwrap();
        let place = state["actor"].as_str().unwrap().to_owned();
        note(&mut shape, &place, &state);
    };
    for (_, mut it) in stages::all() {
        let mut look = |it: &Simulation| saved(it).saved.iter().for_each(|saved| see(&saved.state));
        look(&it);
        go_on(&mut it, look);
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots/shape-of-states.txt");
    let text = shape.into_iter().collect::<Vec<_>>().join("\n") + "\n";
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(&path, &text).unwrap();
    }
    let known = fs::read_to_string(&path).unwrap_or_default();
    let known: BTreeSet<&str> = known.lines().collect();
    let unknown: Vec<&str> = text.lines().filter(|line| !known.contains(line)).collect();
    assert!(
        unknown.is_empty(),
        "states have another shape than those of version {} that were saved:\n{}\nRaise VERSION in \
         core/src/actor/snapshot/migration.rs and add a step that brings older states to this shape, then run \
         UPDATE_SNAPSHOTS=1 cargo test -p fhir-solicit-simulation --test saved",
        Snapshot::VERSION,
        unknown.join("\n")
    );
}
