//! How what a Task returns is fetched: promptly (R42), one by one (T7), by GET (T14).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by panicking")]

mod common;

use std::time::Duration;

use common::*;
use fhir_solicit::{
    actor::{Act, Delivery, PayloadDraft, Variant},
    exchange::FaultKind,
    fhir::{Instant, Reference},
    json::Document,
    lifecycle::Guide,
    solicitation::State,
};
use fhir_solicit_simulation::{PROVIDER, Simulation};
use fhir_solicit_world::{Effect, Fault, Method, Request};

const HOUR: Duration = Duration::from_secs(3600);
const OUTPUTS: [&str; 2] = ["Condition/1", "Condition/2"];

fn guide() -> Guide {
    Guide::named("cdex-2.1.0").unwrap()
}

/// A data request that the provider has completed with two outputs; the payer has not looked since it sent it.
fn completed(request: &Document) -> Simulation {
    let mut it = Simulation::new();
    ask_under(&guide(), &mut it, Variant::WithTask, request);
    it.settle();
    let now = it.now;
    for output in OUTPUTS {
        let id = output.split('/').next_back().unwrap();
        let resource =
            format!(r#"{{"resourceType":"Condition","id":"{id}","subject":{{"reference":"Patient/ann"}}}}"#);
        it.server(PROVIDER).insert(Document::parse(resource).unwrap(), now).unwrap();
    }
    let arrived = it.stored(PROVIDER, "Task")[0].clone();
    answer_under(&guide(), &mut it, arrived);
    it.settle();
    let refer =
        |to: &str| PayloadDraft { content_reference: Some(Reference::to(to)), ..PayloadDraft::default() };
    let payloads = OUTPUTS.map(refer).into();
    for act in [Act::Accept, Act::Respond { payloads, note: None, delivery: Delivery::Usual }, Act::Complete]
    {
        it.act("provider", act).unwrap();
    }
    it.server(PROVIDER).clear_log();
    it
}

fn signed() -> Document {
    let mut request = one_query();
    let tag =
        r#"{"system":"http://hl7.org/fhir/us/davinci-cdex/CodeSystem/cdex-temp","code":"signature-flag"}"#;
    request.set_raw("/meta/tag/-", tag).unwrap();
    request
}

fn delete(it: &mut Simulation, key: &str) {
    let now = it.now;
    let response = it.server(PROVIDER).handle(&Request::new(Method::Delete, key), now).response.unwrap();
    assert!(response.status < 300);
}

/// The ids of what the payer has in hand of the outputs.
fn in_hand(it: &Simulation) -> Vec<String> {
    let view = it.view("payer");
    let contents = view.communications.iter().flat_map(|one| &one.contents);
    contents.filter_map(|one| one.document.as_ref()).map(|it| text(it, "/id")).collect()
}

/// What the payer asked of the partner's server: method, URL, and when.
fn asked_of_partner(it: &mut Simulation) -> Vec<(Method, String, Instant)> {
    let log = it.server(PROVIDER).log().iter();
    log.filter(|one| one.method != Method::Delete).map(|it| (it.method, it.url.clone(), it.at)).collect()
}

#[test]
fn r42_outputs_are_fetched_at_the_look_that_finds_them_and_kept() {
    let mut it = completed(&one_query());
    it.pass(HOUR);
    let asked = asked_of_partner(&mut it);
    let at = |wanted: &str| asked.iter().find(|(_, url, _)| url == wanted).map(|(.., at)| *at);
    let found = at("Task/1").unwrap();
    assert_eq!(OUTPUTS.map(at), [Some(found); 2], "no later than the Task itself");
    // How long the source has them is its own affair.
    for output in OUTPUTS {
        delete(&mut it, output);
    }
    it.crash("payer");
    it.pass(24 * HOUR);
    assert_eq!(in_hand(&it), ["1", "2"]);
    assert_eq!(state(&it, "payer"), State::Answered);
}

#[test]
fn r42_what_can_no_longer_be_had_is_marked_and_not_asked_for_again() {
    let gone = Fault::always(Effect::Status { status: 404, retry_after: None, html: false });
    for (kind, fault) in
        [(FaultKind::Gone, None), (FaultKind::NotFound, Some(gone.on(Method::Get, "Condition/1")))]
    {
        let mut it = completed(&one_query());
        match fault {
            Some(fault) => it.server(PROVIDER).inject(fault),
            None => delete(&mut it, "Condition/1"),
        }
        it.pass(HOUR);
        assert_eq!(in_hand(&it), ["2"], "{kind:?}: what is there is had all the same");
        let view = it.view("payer");
        let marks: Vec<_> = view.communications.iter().flat_map(|one| &one.contents).collect();
        let marked = marks.iter().find(|one| one.reference == "Condition/1").unwrap();
        assert_eq!(marked.fault.as_ref().map(|fault| fault.kind), Some(kind));
        assert!(view.finished, "{kind:?}");
        it.pass(72 * HOUR);
        let asked = asked_of_partner(&mut it);
        assert_eq!(asked.iter().filter(|(_, url, _)| url == "Condition/1").count(), 1, "{kind:?}");
    }
}

/// HRex lets a requester search with `_include=Task:output`, which R4 does not define: a server of R4 refuses it or
/// gives the Task alone, and whoever counts on it has nothing.
#[test]
fn t07_outputs_are_fetched_from_a_server_that_includes_none() {
    let mut it = completed(&one_query());
    let now = it.now;
    let trap = Request::get("Task?_id=1&_include=Task:output");
    let lenient = it.server(PROVIDER).handle(&trap.clone(), now).response.unwrap();
    let body = Document::parse(lenient.body.unwrap()).unwrap();
    let types: Vec<_> = body
        .root()
        .list("entry")
        .map(|it| it.get("resource").unwrap().string("resourceType").unwrap())
        .collect();
    assert_eq!(types, ["Task", "OperationOutcome"], "the trap");
    let strict = trap.with_header("Prefer", "handling=strict");
    assert_eq!(it.server(PROVIDER).handle(&strict, now).response.unwrap().status, 400, "the trap");
    it.server(PROVIDER).clear_log();
    it.pass(HOUR);
    assert_eq!(in_hand(&it), ["1", "2"]);
    for (_, url, _) in asked_of_partner(&mut it) {
        assert!(!url.contains("_include"), "{url}");
    }
}

/// A scenario of the guide shows POST where something is fetched: at an instance that is no interaction of R4, at a
/// type it creates another resource.
#[test]
fn t14_outputs_are_fetched_by_get() {
    for (request, by) in [(one_query(), "Condition/1"), (signed(), "Condition?_id=1")] {
        let mut it = completed(&request);
        let now = it.now;
        let body = it.stored(PROVIDER, "Condition")[0].clone();
        let at_instance = it.server(PROVIDER).handle(&Request::post("Condition/1", &body), now);
        assert_eq!(at_instance.response.unwrap().status, 405, "the trap");
        let at_type = it.server(PROVIDER).handle(&Request::post("Condition?_id=1", &body), now);
        assert_eq!(at_type.response.unwrap().status, 201, "the trap");
        assert_eq!(it.stored(PROVIDER, "Condition").len(), 3, "the trap");
        it.server(PROVIDER).clear_log();
        it.pass(HOUR);
        assert_eq!(it.stored(PROVIDER, "Condition").len(), 3, "{by}: nothing was created");
        let asked = asked_of_partner(&mut it);
        assert!(asked.iter().any(|(_, url, _)| url == by), "{by}: {asked:?}");
        assert!(asked.iter().all(|(method, ..)| *method == Method::Get), "{by}: {asked:?}");
        assert_eq!(it.view("payer").communications.len(), 2, "{by}");
        assert!(it.view("payer").finished, "{by}");
    }
}
