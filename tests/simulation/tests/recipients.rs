//! One request to several recipients, each with a server of its own (R10, R19).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by panicking")]

mod common;

use std::{collections::BTreeMap, time::Duration};

use common::*;
use fhir_solicit::{
    actor::{
        Act, AskedRecipient, Delivery, PayloadDraft, Recipient, Refusal, RequesterStart, ResponderStart,
        Seed, Start, Update, Variant,
    },
    exchange::Servers,
    fhir::Reference,
    json::Document,
    lifecycle::Guide,
    solicitation::{ItemState, RecipientState, Solicitation, State},
};
use fhir_solicit_simulation::{PAYER, Simulation, starts};
use fhir_solicit_world::{Effect, Fault, Method};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);
const NAMES: [&str; 3] = ["clinic", "hospital", "lab"];

fn base(name: &str) -> String {
    format!("https://{name}.example/fhir")
}

fn world() -> Simulation {
    let bases = NAMES.map(base);
    Simulation::with_servers(bases.iter().map(String::as_str).chain([PAYER]))
}

fn servers(home: (&str, String), others: &[(&str, String)]) -> Servers {
    let all = [home].into_iter().chain(others.iter().cloned());
    Servers::try_from(all.map(|(key, base)| (key.to_owned(), base)).collect::<BTreeMap<_, _>>()).unwrap()
}

fn recipient(name: &str) -> Recipient {
    let owner = Reference::to(&format!("{}/Organization/{name}", base(name)));
    Recipient { server: name.into(), owner: Some(owner) }
}

fn start(variant: Variant, guide: &str, request: Document, recipients: Vec<Recipient>) -> Start {
    Start::Requester(RequesterStart {
        variant,
        servers: servers(("home", PAYER.into()), &NAMES.map(|name| (name, base(name)))),
        guide: Guide::named(guide).unwrap(),
        recipients,
        ..starts::requester(request)
    })
}

/// The payer asks all of `names`.
fn ask_all(it: &mut Simulation, variant: Variant, request: Document, names: &[&str]) {
    let recipients = names.iter().map(|name| recipient(name)).collect();
    it.begin("payer", start(variant, "cdex-2019", request, recipients)).unwrap();
    it.settle();
}

/// A recipient takes up what has arrived at its server.
fn take_up(it: &mut Simulation, name: &str, resource_type: &str) {
    let arrived = it.stored(&base(name), resource_type).remove(0);
    let start = ResponderStart {
        servers: servers(("home", base(name)), &[("partner", PAYER.into())]),
        seed: Seed::new(name.len() as u128),
        ..starts::responder(arrived)
    };
    it.begin(name, Start::Responder(start)).unwrap();
    it.settle();
}

fn answer_all(it: &mut Simulation, name: &str, delivery: Delivery) {
    it.act(name, Act::Accept).unwrap();
    let payloads = vec![words(&format!("from the {name}"))];
    it.act(name, Act::Respond { payloads, note: None, delivery }).unwrap();
    it.act(name, Act::Complete).unwrap();
}

fn solicitation(it: &Simulation) -> Solicitation {
    it.view("payer").solicitation.unwrap()
}

fn states(it: &Simulation) -> Vec<State> {
    solicitation(it).recipients.iter().map(|one| one.state).collect()
}

fn count(it: &Simulation, line: &str) -> usize {
    it.transcript.iter().filter(|one| one.contains(line)).count()
}

#[test]
fn r10_each_server_gets_its_copy_and_it_is_done_when_both_have_answered() {
    let mut it = world();
    ask_all(&mut it, Variant::WithoutTask, one_item(), &NAMES[..2]);
    let asked: Vec<AskedRecipient> = it.view("payer").recipients;
    let mut identifiers = Vec::new();
    for (name, one) in NAMES.iter().zip(&asked) {
        let copies = it.stored(&base(name), "CommunicationRequest");
        assert_eq!(copies.len(), 1, "{name}");
        assert_eq!(text(&copies[0], "/meta/tag/0/code"), "actionable");
        assert_eq!(text(&copies[0], "/subject/reference"), format!("{PAYER}/Patient/ann"));
        assert_eq!(one.url.clone().unwrap(), format!("CommunicationRequest/{}", text(&copies[0], "/id")));
        assert_eq!(one.version.as_deref(), Some("1"));
        assert!(one.sent.is_some() && one.task.is_none());
        identifiers
            .push((text(&copies[0], "/identifier/0/value"), text(&copies[0], "/groupIdentifier/value")));
    }
    assert_eq!(identifiers[0], identifiers[1], "it is the same request");
    assert_eq!(it.stored(PAYER, "CommunicationRequest").len(), 0);

    for (at, name) in NAMES[..2].iter().enumerate() {
        assert_eq!(solicitation(&it).state, State::Sent, "all of them have to answer");
        take_up(&mut it, name, "CommunicationRequest");
        answer_all(&mut it, name, Delivery::Usual);
        it.pass(2 * HOUR);
        assert_eq!(states(&it)[at], State::Answered);
    }
    assert_eq!(solicitation(&it).state, State::Answered);
    let by: Vec<_> = it.view("payer").communications.iter().map(|one| one.by).collect();
    assert_eq!(by, [Some(0), Some(1)]);
    assert!(it.view("payer").finished);
}

#[test]
fn r10_who_gets_the_information_need_not_be_who_asks() {
    let mut it = world();
    let mut request = one_item();
    request.set("/recipient/0/reference", "https://registry.example/fhir/Organization/registry").unwrap();
    ask_all(&mut it, Variant::WithTask, request, &NAMES[..2]);
    for name in &NAMES[..2] {
        take_up(&mut it, name, "Task");
        answer_all(&mut it, name, Delivery::Usual);
        let sent = it.stored(&base(name), "Communication").remove(0);
        assert!(text(&sent, "/recipient/0/reference").ends_with("Organization/registry"));
        assert_eq!(text(&sent, "/sender/reference"), format!("Organization/{name}"));
    }
    it.pass(2 * HOUR);
    assert_eq!(states(&it), [State::Answered, State::Answered]);
}

#[test]
fn r19_three_recipients_one_rejects() {
    let mut it = world();
    ask_all(&mut it, Variant::WithTask, one_item(), &NAMES);
    let mut groups = Vec::new();
    for name in NAMES {
        let tasks = it.stored(&base(name), "Task");
        assert_eq!(tasks.len(), 1, "{name}");
        assert_eq!(text(&tasks[0], "/owner/reference"), format!("Organization/{name}"));
        let focus = text(&tasks[0], "/focus/reference");
        groups.push((text(&tasks[0], "/groupIdentifier/value"), focus));
        take_up(&mut it, name, "Task");
    }
    assert!(groups.iter().all(|group| *group == groups[0]), "one group, one request: {groups:?}");
    let request = it.stored(PAYER, "CommunicationRequest").remove(0);
    assert_eq!(text(&request, "/groupIdentifier/value"), groups[0].0);
    assert_eq!(solicitation(&it).state, State::Sent);

    it.act("hospital", Act::Reject { reason: reason("not our patient") }).unwrap();
    it.pass(2 * HOUR);
    let seen = solicitation(&it);
    assert_eq!((seen.state, states(&it)), (State::Sent, vec![State::Sent, State::Declined, State::Sent]));
    assert_eq!(seen.recipients[1].reason.as_deref(), Some("not our patient"));
    assert_eq!(seen.reason, None, "it is not the one that the others wait for");
    assert!(seen.why.starts_with("1 of 3 recipients have ended; clinic: "), "{}", seen.why);

    answer_all(&mut it, "clinic", Delivery::Usual);
    it.act("lab", Act::Accept).unwrap();
    it.pass(2 * HOUR);
    assert_eq!((solicitation(&it).state, states(&it)[0]), (State::Accepted, State::Answered));
    assert!(!it.view("payer").finished);

    it.act("lab", respond("from the lab")).unwrap();
    it.act("lab", Act::Complete).unwrap();
    it.pass(2 * HOUR);
    let seen = solicitation(&it);
    assert_eq!(states(&it), [State::Answered, State::Declined, State::Answered]);
    assert_eq!((seen.state, seen.reason.as_deref()), (State::Declined, Some("not our patient")));
    assert!(it.view("payer").finished);
    let request = it.stored(PAYER, "CommunicationRequest").remove(0);
    assert_eq!(text(&request, "/status"), "completed", "somebody has answered it");
}

#[test]
fn r19_one_is_unreachable_and_one_is_slow_and_neither_keeps_the_others() {
    let mut it = world();
    it.server(&base("hospital")).inject(Fault::always(Effect::LoseRequest));
    ask_all(&mut it, Variant::WithTask, one_item(), &NAMES);
    take_up(&mut it, "clinic", "Task");
    take_up(&mut it, "lab", "Task");
    answer_all(&mut it, "clinic", Delivery::Usual);
    it.act("lab", Act::Accept).unwrap();
    it.pass(3 * HOUR);
    assert_eq!(states(&it), [State::Answered, State::Sending, State::Accepted]);
    assert_eq!(solicitation(&it).state, State::Sending, "furthest behind");

    it.server(&base("hospital")).clear_faults();
    it.act("payer", Act::Retry).unwrap();
    assert_eq!(states(&it)[1], State::Sent);
    assert_eq!(it.stored(&base("hospital"), "Task").len(), 1);
    take_up(&mut it, "hospital", "Task");
    answer_all(&mut it, "hospital", Delivery::Communication);
    it.pass(10 * DAY);
    assert_eq!(states(&it), [State::Answered, State::Answered, State::Accepted]);
    let polled = count(&it, "payer → clinic: GET Task");
    assert!(polled <= 3 + 23, "who has answered is left alone after a day: {polled}");

    it.act("lab", respond("from the lab")).unwrap();
    it.act("lab", Act::Complete).unwrap();
    it.pass(2 * HOUR);
    assert_eq!(solicitation(&it).state, State::Answered);
    assert!(it.view("payer").finished);
}

#[test]
fn r19_one_who_cannot_be_reached_is_given_up_without_the_others() {
    let mut it = world();
    let refused = Effect::Status { status: 403, retry_after: None, html: false };
    it.server(&base("hospital")).inject(Fault::always(refused).on(Method::Post, "Task"));
    ask_all(&mut it, Variant::WithTask, one_item(), &NAMES[..2]);
    let told =
        it.party("payer").updates.iter().any(|update| matches!(update, Update::Fault { stalled: true, .. }));
    assert!(told);
    it.act("payer", Act::GiveUp).unwrap();
    assert_eq!(states(&it), [State::Sent, State::Cancelled]);
    take_up(&mut it, "clinic", "Task");
    answer_all(&mut it, "clinic", Delivery::Usual);
    it.pass(2 * HOUR);
    assert_eq!(solicitation(&it).state, State::Answered, "who was never asked does not count");
    assert!(it.view("payer").finished);
}

#[test]
fn r19_whatever_crashes_when_nothing_is_lost_or_doubled() {
    for crash in 0..24 {
        let mut it = world();
        let recipients = NAMES.map(recipient).to_vec();
        it.begin("payer", start(Variant::WithTask, "cdex-2019", one_item(), recipients)).unwrap();
        let mut exchanges = 0;
        let settle = |it: &mut Simulation, exchanges: &mut usize| {
            while it.exchange_one() {
                *exchanges += 1;
                if *exchanges == crash {
                    it.crash("payer");
                }
            }
        };
        settle(&mut it, &mut exchanges);
        for name in NAMES {
            take_up(&mut it, name, "Task");
            answer_all(&mut it, name, Delivery::Usual);
        }
        for _ in 0..4 {
            it.now = it.now + Duration::from_secs(4000);
            it.give("payer", fhir_solicit::actor::Input::Woke).unwrap();
            settle(&mut it, &mut exchanges);
        }
        assert!(exchanges >= 13, "{exchanges}");
        assert_eq!((solicitation(&it).state, it.view("payer").finished), (State::Answered, true), "{crash}");
        assert_eq!(it.view("payer").communications.len(), 3, "{crash}");
        for name in NAMES {
            assert_eq!(it.stored(&base(name), "Task").len(), 1, "{crash}");
        }
    }
}

#[test]
fn r19_taken_back_wherever_it_is_open_also_where_it_arrives_later() {
    let mut it = world();
    let lost = Fault::always(Effect::LoseResponse).on(Method::Post, "Task").times(1);
    it.server(&base("lab")).inject(lost);
    ask_all(&mut it, Variant::WithTask, one_item(), &NAMES);
    it.act("payer", Act::Cancel { reason: reason("settled otherwise") }).unwrap();
    let status = |it: &mut Simulation, name: &str| text(&it.stored(&base(name), "Task")[0], "/status");
    assert_eq!([status(&mut it, "clinic"), status(&mut it, "hospital")], ["cancelled", "cancelled"]);
    assert_eq!(status(&mut it, "lab"), "requested", "nobody knows yet whether it is there");
    it.pass(HOUR);
    assert_eq!(status(&mut it, "lab"), "cancelled");
    assert_eq!(solicitation(&it).state, State::Cancelled);
    assert_eq!(text(&it.stored(PAYER, "CommunicationRequest")[0], "/status"), "revoked");
    assert!(it.view("payer").finished);
}

#[test]
fn r19_what_was_answered_stays_when_the_rest_is_taken_back() {
    for variant in [Variant::WithTask, Variant::WithoutTask] {
        let mut it = world();
        ask_all(&mut it, variant, one_item(), &NAMES[..2]);
        let arrives = if variant == Variant::WithTask { "Task" } else { "CommunicationRequest" };
        take_up(&mut it, "clinic", arrives);
        answer_all(&mut it, "clinic", Delivery::Usual);
        it.pass(2 * HOUR);
        it.act("payer", Act::Cancel { reason: reason("one answer is enough") }).unwrap();
        it.pass(2 * HOUR);
        assert_eq!(it.view("payer").communications.len(), 1);
        assert!(it.view("payer").finished, "{variant:?}");
        if variant == Variant::WithTask {
            assert_eq!(states(&it), [State::Answered, State::Cancelled]);
            assert_eq!(solicitation(&it).state, State::Answered);
            let request = it.stored(PAYER, "CommunicationRequest").remove(0);
            assert_eq!(text(&request, "/status"), "completed");
        }
    }
}

#[test]
fn r15_the_ledger_says_who_gave_what() {
    let mut it = world();
    ask_all(&mut it, Variant::WithTask, two_items(), &NAMES[..2]);
    for (item, name) in [(1, "clinic"), (0, "hospital")] {
        take_up(&mut it, name, "Task");
        it.act(name, Act::Accept).unwrap();
        let payloads = vec![PayloadDraft { answers: Some(item), ..words(name) }];
        // Posted to the payer, where the sender alone tells whose it is.
        it.act(name, Act::Respond { payloads, note: None, delivery: Delivery::Communication }).unwrap();
        it.act(name, Act::Complete).unwrap();
    }
    it.pass(2 * HOUR);
    let ledger = solicitation(&it).ledger;
    let found: Vec<_> = ledger.items.iter().map(|item| (item.state, item.recipients.clone())).collect();
    assert_eq!(found, [(ItemState::Received, vec![1]), (ItemState::Received, vec![0])]);
    assert_eq!(states(&it), [State::Answered, State::Answered], "each has said that this was all");
}

#[test]
fn r19_a_task_that_is_gone_is_lost_at_its_recipient_alone() {
    let mut it = world();
    ask_all(&mut it, Variant::WithTask, one_item(), &NAMES[..2]);
    let gone = Effect::Status { status: 410, retry_after: None, html: false };
    it.server(&base("hospital")).inject(Fault::always(gone).on(Method::Get, "Task/"));
    it.pass(5 * HOUR);
    let lost: Vec<bool> = solicitation(&it).recipients.iter().map(|one: &RecipientState| one.lost).collect();
    assert_eq!(lost, [false, true]);
    assert!(solicitation(&it).lost);
    assert_eq!(count(&it, "payer → hospital: GET Task"), 1);
    assert!(count(&it, "payer → clinic: GET Task") > 8);
}

#[test]
fn r30_a_data_request_goes_to_several_in_one_group() {
    let mut it = world();
    let recipients = vec![recipient("clinic"), recipient("hospital")];
    it.begin("payer", start(Variant::WithTask, "cdex-2.1.0", one_query(), recipients)).unwrap();
    it.settle();
    let group =
        |it: &mut Simulation, name: &str| text(&it.stored(&base(name), "Task")[0], "/groupIdentifier/value");
    assert_eq!(group(&mut it, "clinic"), group(&mut it, "hospital"));
}

#[test]
fn nobody_is_asked_twice() {
    let same = |variant, recipients| {
        world().begin("payer", start(variant, "cdex-2019", one_item(), recipients)).map_err(|it| it.kind())
    };
    let other = Recipient { owner: Some(Reference::to("Organization/other")), ..recipient("clinic") };
    let twice = vec![recipient("clinic"), recipient("clinic")];
    assert_eq!(same(Variant::WithTask, twice.clone()), Err("draft"));
    assert_eq!(same(Variant::WithoutTask, vec![recipient("clinic"), other.clone()]), Err("draft"));
    assert_eq!(same(Variant::WithTask, vec![recipient("clinic"), other]), Ok(()));
    let unknown = vec![Recipient { server: "nowhere".into(), owner: None }];
    let refused = world().begin("payer", start(Variant::WithTask, "cdex-2019", one_item(), unknown));
    assert_eq!(refused, Err(Refusal::MissingServer("nowhere".into())));
}

/// A change that was given up may have been made: without Task nothing else would tell.
#[test]
fn r10_whether_a_copy_was_taken_back_is_found_out_where_that_was_given_up() {
    let mut it = world();
    ask_all(&mut it, Variant::WithoutTask, one_item(), &NAMES[..1]);
    let gone = Effect::Status { status: 410, retry_after: None, html: false };
    it.server(&base("clinic")).inject(Fault::next(Effect::LoseResponse).on(Method::Put, ""));
    it.server(&base("clinic")).inject(Fault::next(gone).on(Method::Get, "CommunicationRequest/"));
    it.act("payer", Act::Cancel { reason: reason("settled") }).unwrap();
    it.pass(2 * HOUR);
    assert_eq!(text(&it.stored(&base("clinic"), "CommunicationRequest")[0], "/status"), "revoked");
    let _ = it.act("payer", Act::GiveUp);
    it.pass(2 * HOUR);
    assert_eq!(solicitation(&it).state, State::Cancelled);
    assert!(it.view("payer").finished);
}

/// All copies name one sender, so that an answer whose copy is not yet known here tells nothing of who gave it.
#[test]
fn r10_an_answer_that_comes_before_its_copy_is_known_counts_for_nobody_else() {
    let mut it = world();
    let mut request = one_item();
    request.set("/sender/reference", &format!("{}/Organization/clinic", base("clinic"))).unwrap();
    let down = Effect::Status { status: 503, retry_after: None, html: false };
    it.server(&base("hospital"))
        .inject(Fault::next(Effect::LoseResponse).on(Method::Post, "CommunicationRequest"));
    it.server(&base("hospital")).inject(Fault::always(down).on(Method::Get, "CommunicationRequest"));
    ask_all(&mut it, Variant::WithoutTask, request, &NAMES[..2]);
    take_up(&mut it, "hospital", "CommunicationRequest");
    answer_all(&mut it, "hospital", Delivery::Usual);
    it.pass(2 * HOUR);
    assert_eq!(it.view("payer").communications.len(), 1);
    assert_ne!(states(&it)[0], State::Answered, "the clinic has said nothing");

    it.server(&base("hospital")).clear_faults();
    it.act("payer", Act::Retry).unwrap();
    it.pass(2 * HOUR);
    assert_eq!(states(&it), [State::Sent, State::Answered]);
    take_up(&mut it, "clinic", "CommunicationRequest");
    answer_all(&mut it, "clinic", Delivery::Usual);
    it.pass(2 * HOUR);
    let by: Vec<_> = it.view("payer").communications.iter().map(|one| one.by).collect();
    assert_eq!(by, [Some(1), Some(0)]);
    assert!(it.view("payer").finished);
}
