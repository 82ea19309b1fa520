//! Every row of the status tables: under each guide, from each status that a Task may have there, whoever set it,
//! each act of each side, and what comes of it.
//!
//! The table is `snapshots/rows.txt`. Beside it each side's rows are recorded as a tree, in which what is common is
//! told once, for replay in another tongue. `UPDATE_SNAPSHOTS=1` rewrites both.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by panicking")]

mod common;

use std::{fmt::Write, fs, path::Path};

use common::*;
use fhir_solicit::{
    actor::{Act, Delivery, Effect, Input, PayloadDraft, Refusal, Start, Variant},
    fhir::{Instant, Reference},
    json::Document,
    lifecycle::{Guide, Role, Status, TaskStatus, Verdict, transition},
};
use fhir_solicit_simulation::{PROVIDER, Recording, Simulation};
use serde::Serialize;

/// What one side went through, and what it may go through next.
#[derive(Serialize)]
struct Branch {
    input: Input,
    now: Instant,
    #[serde(flatten)]
    outcome: Outcome,
    then: Vec<Branch>,
}

#[derive(Serialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Outcome {
    Effects(Vec<Effect>),
    /// The kind of refusal.
    Refused(&'static str),
}

#[derive(Serialize)]
struct Tree {
    start: Start,
    now: Instant,
    effects: Vec<Effect>,
    then: Vec<Branch>,
}

/// Adds a way through the tree.
fn grow(trees: &mut Vec<Tree>, recording: &Recording, refused: Option<(Act, Instant, &Refusal)>) {
    let Recording { start, now, effects, steps } = recording.clone();
    let text = |start: &Start| serde_json::to_string(start).unwrap();
    let at = trees.iter().position(|tree| text(&tree.start) == text(&start)).unwrap_or_else(|| {
        trees.push(Tree { start, now, effects, then: Vec::new() });
        trees.len() - 1
    });
    let taken = steps.into_iter().map(|step| (step.input, step.now, Outcome::Effects(step.effects)));
    let refused = refused.map(|(act, now, refusal)| (Input::Do(act), now, Outcome::Refused(refusal.kind())));
    let mut branches = &mut trees[at].then;
    for (input, now, outcome) in taken.chain(refused) {
        let same = |it: &Branch| it.input == input && it.now == now && it.outcome == outcome;
        let at = branches.iter().position(same).unwrap_or_else(|| {
            branches.push(Branch { input, now, outcome, then: Vec::new() });
            branches.len() - 1
        });
        branches = &mut branches[at].then;
    }
}

/// Holds `text` to a committed file, which `UPDATE_SNAPSHOTS=1` writes.
fn compare(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(text == expected, "{} is not what the machines do now", path.display());
}

/// Somebody else's software has put the Task there.
fn put(it: &mut Simulation, status: TaskStatus) {
    let mut task = it.stored(PROVIDER, "Task")[0].clone();
    task.set("/status", status.code()).unwrap();
    let now = it.now;
    it.server(PROVIDER).insert(task, now).unwrap();
}

fn task_status(it: &mut Simulation) -> TaskStatus {
    TaskStatus::from_code(&text(&it.stored(PROVIDER, "Task")[0], "/status")).unwrap()
}

/// What each side may do; an answer is given before it is complete.
fn acts(role: Role) -> Vec<Vec<Act>> {
    let reason = reason("as the row says");
    match role {
        Role::Requester => [Act::Look, Act::Cancel { reason }, Act::Close].map(|act| vec![act]).into(),
        Role::Responder => {
            let found = PayloadDraft {
                content_reference: Some(Reference::to("Condition/858")),
                ..PayloadDraft::default()
            };
            let respond = Act::Respond { payloads: vec![found], note: None, delivery: Delivery::Usual };
            let alone = [
                Act::Accept,
                Act::Reject { reason: reason.clone() },
                Act::Start,
                Act::Hold { reason: Some(reason.clone()) },
                Act::Resume,
                Act::Progress { text: "in review".into() },
                respond.clone(),
                Act::Complete,
                Act::Fail { reason },
            ];
            let whole = vec![respond, Act::Complete];
            alone.map(|act| vec![act]).into_iter().chain([whole]).collect()
        }
    }
}

/// The exchange as it stands when a side is about to act: the Task is `from`, and the side knows.
fn scene(guide: &Guide, role: Role, from: TaskStatus) -> (Simulation, &'static str) {
    let mut it = Simulation::new();
    ask_under(guide, &mut it, Variant::WithTask, &one_query());
    it.settle();
    put(&mut it, from);
    match role {
        Role::Requester => {
            it.act("payer", Act::Look).unwrap();
            (it, "payer")
        }
        Role::Responder => {
            let arrived: Document = it.stored(PROVIDER, "Task")[0].clone();
            answer_under(guide, &mut it, arrived);
            it.settle();
            (it, "provider")
        }
    }
}

/// One row: the acts, and what came of them. What the guard of the guide refuses, no machine writes.
fn row(it: &mut Simulation, who: &str, guide: &Guide, acts: &[Act], trees: &mut Vec<Tree>) -> String {
    let role = if who == "payer" { Role::Requester } else { Role::Responder };
    for act in acts {
        let from = task_status(it);
        let outcome = it.act(who, act.clone());
        let refused = outcome.as_ref().err().map(|refusal| (act.clone(), it.now, refusal));
        grow(trees, it.recording(who), refused);
        let to = task_status(it);
        if to != from {
            let verdict = transition(Some(from), to, guide, role);
            assert!(!matches!(verdict, Verdict::Refused(_)), "{guide}: {act:?} led from {from:?} to {to:?}");
        }
        match outcome {
            Ok(()) => {}
            Err(Refusal::Status(why)) => return format!("refused: {why}"),
            Err(refusal) => return format!("refused: {}", refusal.kind()),
        }
    }
    format!("{} ({})", task_status(it).code(), kebab(&state(it, who)))
}

fn kebab(value: &impl Serialize) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}

#[test]
fn every_act_from_every_status_under_every_guide() {
    let mut table = String::from(
        "What comes of an act when the Task is in a status: the status then, and (what this side makes of it).\n",
    );
    for guide in Guide::all() {
        for role in [Role::Requester, Role::Responder] {
            writeln!(table, "\n{guide}, {}", kebab(&role)).unwrap();
            let mut trees = Vec::new();
            for &from in TaskStatus::ALL {
                let (scene, who) = scene(guide, role, from);
                for acts in acts(role) {
                    let come = row(&mut scene.clone(), who, guide, &acts, &mut trees);
                    let names: Vec<String> = acts.iter().map(|act| format!("{act:?}")).collect();
                    writeln!(table, "{:16} {:17} {come}", from.code(), names.join(", ")).unwrap();
                }
            }
            let name = format!("recordings/rows/{guide}.{}.json", kebab(&role));
            compare(&name, &(serde_json::to_string(&trees).unwrap() + "\n"));
        }
    }
    compare("snapshots/rows.txt", &table);
}
