//! The people and papers of the stories.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by panicking")]
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part")]

pub mod attachments;
pub mod informed;
pub mod stages;

use std::{collections::BTreeMap, fs, path::Path};

use fhir_solicit::{
    actor::{
        Act, Delivery, InboxStart, PayloadDraft, RequestDraft, RequesterStart, ResponderStart, Start, Update,
        Variant,
    },
    fhir::{CodeableConcept, Reference},
    json::{Document, Value},
    lifecycle::Guide,
    solicitation::{Asked, State},
};
use fhir_solicit_simulation::{PAYER, PROVIDER, Simulation, starts};

/// What a payer asks a clinic about Ann's claim.
pub fn one_item() -> Document {
    draft(vec![Asked::Text("Please send the accident report.".into())])
}

/// A query alone.
pub fn one_query() -> Document {
    draft(vec![Asked::Query("Condition?patient=ann".into())])
}

/// A query and a type of note.
pub fn two_items() -> Document {
    draft(vec![
        Asked::Query("Condition?patient=ann".into()),
        Asked::NoteType(CodeableConcept::code("http://loinc.org", "18842-5")),
    ])
}

fn draft(ask: Vec<Asked>) -> Document {
    let draft = RequestDraft {
        subject: Reference::to("Patient/ann"),
        ask,
        information_sender: Reference::to(&format!("{PROVIDER}/Organization/clinic")),
        information_recipients: vec![Reference::to("Organization/payer")],
        requester: Some(Reference::to("Organization/payer")),
        due: Some("2027-01-31".into()),
        ..RequestDraft::default()
    };
    draft.build().unwrap()
}

/// The payer has asked for one thing, and its server has what it must have.
pub fn asked(variant: Variant) -> Simulation {
    asked_for(variant, &one_item())
}

pub fn asked_for(variant: Variant, request: &Document) -> Simulation {
    let mut it = Simulation::new();
    ask(&mut it, variant, request);
    it.settle();
    it
}

pub fn ask(it: &mut Simulation, variant: Variant, request: &Document) {
    ask_under(&Guide::default(), it, variant, request);
}

pub fn ask_under(guide: &Guide, it: &mut Simulation, variant: Variant, request: &Document) {
    let start = RequesterStart { variant, guide: guide.clone(), ..starts::requester(request.clone()) };
    it.begin("payer", Start::Requester(start)).unwrap();
}

/// The provider's inbox finds what arrived, and a responder begins with it.
pub fn arrive(it: &mut Simulation) {
    arrive_under(&Guide::default(), it);
}

pub fn arrive_under(guide: &Guide, it: &mut Simulation) {
    let start = InboxStart { guide: guide.clone(), ..starts::inbox() };
    it.begin("inbox", Start::Inbox(start)).unwrap();
    it.settle();
    let arrived = arrivals(it);
    assert_eq!(arrived.len(), 1, "one request has arrived");
    answer_under(guide, it, arrived[0].clone());
    it.settle();
}

pub fn arrivals(it: &Simulation) -> Vec<Document> {
    let updates = it.party("inbox").updates.iter();
    let arrived = updates.filter_map(|update| match update {
        Update::Arrived { resource, .. } => Some(resource.clone()),
        _ => None,
    });
    arrived.collect()
}

pub fn answer(it: &mut Simulation, arrived: Document) {
    answer_under(&Guide::default(), it, arrived);
}

pub fn answer_under(guide: &Guide, it: &mut Simulation, arrived: Document) {
    let start = ResponderStart { guide: guide.clone(), ..starts::responder(arrived) };
    it.begin("provider", Start::Responder(start)).unwrap();
}

pub fn words(text: &str) -> PayloadDraft {
    PayloadDraft { content_string: Some(text.into()), ..PayloadDraft::default() }
}

pub fn respond(text: &str) -> Act {
    Act::Respond { payloads: vec![words(text)], note: None, delivery: Delivery::Usual }
}

pub fn reason(text: &str) -> CodeableConcept {
    CodeableConcept::text(text)
}

pub fn state(it: &Simulation, party: &str) -> State {
    it.view(party).solicitation.unwrap().state
}

pub fn text(document: &Document, pointer: &str) -> String {
    let value = document.root().pointer(pointer).and_then(Value::as_str);
    value.unwrap_or_else(|| panic!("nothing at {pointer}")).into_owned()
}

/// What counts in the end: the states, and how many of what each server holds in which status.
#[derive(Debug, PartialEq, Eq)]
pub struct End {
    states: [State; 2],
    finished: [bool; 2],
    held: BTreeMap<String, usize>,
    said: Vec<String>,
}

fn end(it: &mut Simulation) -> End {
    let mut held = BTreeMap::new();
    for base in [PAYER, PROVIDER] {
        for (key, document) in it.server(base).resources() {
            let kind = key.split('/').next().unwrap_or_default();
            let status = text(document, "/status");
            *held.entry(format!("{base} {kind} {status}")).or_default() += 1;
        }
    }
    let said = it
        .view("payer")
        .communications
        .iter()
        .map(|it| text(&it.document, "/payload/0/contentString"))
        .collect();
    End {
        states: [state(it, "payer"), state(it, "provider")],
        finished: [it.view("payer").finished, it.view("provider").finished],
        held,
        said,
    }
}

/// Lets time pass, and the provider act as soon as it can, until both have come to an end.
fn play(it: &mut Simulation, mut meanwhile: impl FnMut(&mut Simulation)) -> End {
    let mut acts = vec![Act::Complete, respond("the note"), Act::Accept];
    for _ in 0..200 {
        while it.exchange_one() {
            meanwhile(it);
        }
        if !it.has("provider") {
            if let Some(arrived) = arrivals(it).first() {
                answer(it, arrived.clone());
            }
        } else if it.view("provider").request.is_some()
            && let Some(act) = acts.pop()
        {
            if it.decide("provider", act.clone()).is_ok() {
                continue;
            }
            acts.push(act);
        }
        it.pass(std::time::Duration::from_secs(600));
        if acts.is_empty() && it.view("payer").finished && it.view("provider").finished {
            break;
        }
    }
    end(it)
}

fn begin(it: &mut Simulation) {
    ask(it, Variant::WithTask, &one_item());
    let start = starts::inbox();
    it.begin("inbox", Start::Inbox(start)).unwrap();
}

/// The whole exchange with Task, in a world prepared by `prepare`.
pub fn run_with(prepare: impl FnOnce(&mut Simulation)) -> End {
    let mut it = Simulation::new();
    prepare(&mut it);
    begin(&mut it);
    play(&mut it, |_| {})
}

/// The same, with `party` losing its memory after so many exchanges.
pub fn run_crashing(exchanges: usize, party: &str) -> End {
    let mut it = Simulation::new();
    begin(&mut it);
    let mut count = 0;
    play(&mut it, |it| {
        count += 1;
        if count == exchanges && it.has(party) {
            it.crash(party);
        }
    })
}

/// Compares what was exchanged with the committed transcript; `UPDATE_SNAPSHOTS=1` rewrites it.
pub fn assert_transcript(it: &Simulation, name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots").join(format!("{name}.txt"));
    let found = it.transcript.join("\n") + "\n";
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &found).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, expected, "the exchange differs from {}", path.display());
}
