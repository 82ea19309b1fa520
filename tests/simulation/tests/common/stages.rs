//! Exchanges in several stages, as an application may have saved them.

use std::time::Duration;

use fhir_solicit::{
    actor::{
        Act, Delivery, InboxStart, InformationRecipientStart, PayloadDraft, Recipient, RequesterStart,
        ResponderStart, Seed, Start, Variant,
    },
    exchange::Servers,
    fhir::Reference,
    lifecycle::Guide,
};
use fhir_solicit_simulation::{PAYER, PROVIDER, Simulation, starts};
use fhir_solicit_world::{Effect, Fault, Method};

use super::{
    answer_under, arrivals, arrive, ask, ask_under, asked, attachments, one_item, one_query, reason, respond,
    two_items,
};

const MINUTE: Duration = Duration::from_secs(60);
/// Of one who is asked beside the provider.
const LAB: &str = "https://lab.example/fhir";
/// Of one who gets the information beside the payer.
const REGISTRY: &str = "https://registry.example/fhir";

/// Every stage and its name.
pub fn all() -> Vec<(&'static str, Simulation)> {
    vec![
        ("begun", begun()),
        ("asked", asked(Variant::WithTask)),
        ("arrived", arrived()),
        ("deciding", deciding()),
        ("answering", answering()),
        ("stalled", stalled()),
        ("cancelling", cancelling()),
        ("finished", finished()),
        ("without-task", without_task()),
        ("data-request", data_request()),
        ("attachments", attaching()),
        ("recipients", recipients()),
        ("watched", watched()),
        ("informed", informed()),
    ]
}

/// Nothing is sent yet.
fn begun() -> Simulation {
    let mut it = Simulation::new();
    ask(&mut it, Variant::WithTask, &two_items());
    it
}

/// An inbox has told, and nobody has taken it in good hands.
fn arrived() -> Simulation {
    let mut it = asked(Variant::WithTask);
    it.begin("inbox", Start::Inbox(starts::inbox())).unwrap();
    it.settle();
    it
}

/// Much was decided, and nothing of it is at the server.
fn deciding() -> Simulation {
    let mut it = asked(Variant::WithTask);
    arrive(&mut it);
    for act in [Act::Accept, Act::Progress { text: "in review".into() }, respond("a note")] {
        it.decide("provider", act).unwrap();
    }
    it
}

/// One Communication is there, another is to follow.
fn answering() -> Simulation {
    let mut it = deciding();
    it.pass(6 * MINUTE);
    it
}

/// A fault has stopped what was to be done.
fn stalled() -> Simulation {
    let mut it = asked(Variant::WithTask);
    arrive(&mut it);
    let unauthorized = Effect::Status { status: 401, retry_after: None, html: false };
    it.server(PROVIDER).inject(Fault::always(unauthorized));
    it.act("provider", Act::Accept).unwrap();
    it.pass(10 * MINUTE);
    it
}

/// The request is being taken back.
fn cancelling() -> Simulation {
    let mut it = asked(Variant::WithTask);
    arrive(&mut it);
    it.act("provider", Act::Accept).unwrap();
    it.decide("payer", Act::Cancel { reason: reason("paid already") }).unwrap();
    it
}

fn finished() -> Simulation {
    let mut it = answering();
    it.act("provider", Act::Complete).unwrap();
    it.pass(120 * MINUTE);
    it
}

fn without_task() -> Simulation {
    let mut it = asked(Variant::WithoutTask);
    arrive(&mut it);
    it.act("provider", Act::Accept).unwrap();
    it.act("provider", respond("a note")).unwrap();
    it.decide("provider", respond("another note")).unwrap();
    it
}

fn data_request() -> Simulation {
    let guide = Guide::named("cdex-2.1.0").unwrap();
    let mut it = Simulation::new();
    ask_under(&guide, &mut it, Variant::WithTask, &one_query());
    take_up(&mut it, &guide);
    it.act("provider", respond("what was found")).unwrap();
    it.pass(6 * MINUTE);
    it
}

fn attaching() -> Simulation {
    let guide = Guide::named("cdex-2.1.0").unwrap();
    let mut it = Simulation::new();
    let request = attachments::several().build(&guide, it.now).unwrap();
    it.server(PAYER).await_attachments("17", false);
    ask_under(&guide, &mut it, Variant::WithTask, &request);
    take_up(&mut it, &guide);
    for at in [0, 1] {
        it.act("provider", attachments::attach(vec![attachments::item(at, "a note")])).unwrap();
    }
    let first = it.server(PAYER).submissions()[0].clone();
    it.act("payer", Act::Submitted { parameters: first }).unwrap();
    it
}

fn take_up(it: &mut Simulation, guide: &Guide) {
    it.settle();
    it.begin("inbox", Start::Inbox(InboxStart { guide: guide.clone(), ..starts::inbox() })).unwrap();
    it.settle();
    let arrived = arrivals(it)[0].clone();
    answer_under(guide, it, arrived);
    it.settle();
    it.act("provider", Act::Accept).unwrap();
}

/// Two are asked; the server of one cannot be reached.
fn recipients() -> Simulation {
    let mut it = Simulation::with_servers([PAYER, PROVIDER, LAB]);
    it.server(LAB).inject(Fault::always(Effect::LoseRequest).on(Method::Post, "Task"));
    let bases = [("home", PAYER), ("partner", PROVIDER), ("lab", LAB)];
    let bases = bases.map(|(key, base)| (key.to_owned(), base.to_owned()));
    let recipient = |server: &str, owner: &str| Recipient {
        server: server.into(),
        owner: Some(Reference::to(&format!("{owner}/Organization/1"))),
    };
    let start = RequesterStart {
        servers: Servers::try_from(bases.into_iter().collect::<std::collections::BTreeMap<_, _>>()).unwrap(),
        recipients: vec![recipient("partner", PROVIDER), recipient("lab", LAB)],
        ..starts::requester(one_item())
    };
    it.begin("payer", Start::Requester(start)).unwrap();
    it.settle();
    arrive(&mut it);
    it.act("provider", Act::Accept).unwrap();
    it.act("provider", respond("a note")).unwrap();
    it
}

/// A registry gets what the payer has asked for, and not all that it refers to.
fn informed() -> Simulation {
    let mut it = Simulation::with_servers([PAYER, PROVIDER, REGISTRY]);
    let mut request = one_item();
    request.set("/recipient/-", &Reference::to(&format!("{REGISTRY}/Organization/1"))).unwrap();
    ask(&mut it, Variant::WithTask, &request);
    it.settle();
    let known = |bases: &[(&str, &str)]| {
        let bases = bases.iter().map(|(key, base)| ((*key).to_owned(), (*base).to_owned()));
        Servers::try_from(bases.collect::<std::collections::BTreeMap<_, _>>()).unwrap()
    };
    let start = ResponderStart {
        servers: known(&[("home", PROVIDER), ("partner", PAYER), ("registry", REGISTRY)]),
        ..starts::responder(it.stored(PROVIDER, "Task").remove(0))
    };
    it.begin("provider", Start::Responder(start)).unwrap();
    it.settle();
    it.act("provider", Act::Accept).unwrap();
    let content_reference = Some(Reference::to("DocumentReference/none"));
    let payloads =
        vec![super::words("a note"), PayloadDraft { content_reference, ..PayloadDraft::default() }];
    it.act("provider", Act::Respond { payloads, note: None, delivery: Delivery::Usual }).unwrap();
    let start = InformationRecipientStart {
        arrived: it.stored(REGISTRY, "Task").remove(0),
        servers: known(&[("home", REGISTRY), ("provider", PROVIDER)]),
        seed: Seed::new(30),
    };
    it.begin("registry", Start::InformationRecipient(start)).unwrap();
    it.act("registry", Act::Accept).unwrap();
    it
}

/// A subscription tells the payer what happens.
fn watched() -> Simulation {
    let mut it = asked(Variant::WithTask);
    it.server(PROVIDER).offer_subscriptions();
    arrive(&mut it);
    it.begin("watch", Start::Subscriber(starts::subscriber())).unwrap();
    it.settle();
    it.share("watch", &["payer"]);
    it.act("provider", Act::Accept).unwrap();
    it.pass(3 * MINUTE);
    it
}
