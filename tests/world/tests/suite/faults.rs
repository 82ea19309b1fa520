//! Each fault does what it says, to the requests it names, as often as it says.

use std::time::Duration;

use fhir_solicit::json::Document;
use fhir_solicit_world::{Effect, Fault, Method, Request};

use crate::{World, document, refusal, text};

fn task() -> Document {
    document(r#"{"resourceType":"Task","identifier":[{"system":"urn:s","value":"1"}],"status":"requested"}"#)
}

fn status(status: u16) -> Effect {
    Effect::Status { status, retry_after: None, html: false }
}

/// A world with one fault, and how many Tasks it has after one POST, with the response.
fn after(effect: Effect) -> (usize, Option<fhir_solicit_world::Response>) {
    let mut world = World::new();
    world.server.inject(Fault::next(effect));
    let response = world.try_send(&Request::post("Task", &task()));
    let stored = world.server.resources().count();
    assert_eq!(world.send(&Request::post("Task", &task())).status, 201, "the fault is spent");
    (stored, response)
}

#[test]
fn what_is_lost_on_the_way_there_and_back() {
    assert_eq!(after(Effect::LoseRequest), (0, None));
    assert_eq!(after(Effect::LoseResponse), (1, None));
    let (stored, response) = after(Effect::Duplicate);
    assert_eq!((stored, text(&response.unwrap(), "/id").unwrap().as_str()), (2, "2"));
}

#[test]
fn a_status_comes_instead() {
    for (code, issue) in
        [(401, "login"), (409, "conflict"), (429, "throttled"), (500, "transient"), (504, "timeout")]
    {
        let (stored, response) = after(status(code));
        assert_eq!((stored, refusal(&response.unwrap())), (0, (code, issue.to_owned())));
    }
    let effect = Effect::Status { status: 503, retry_after: Some("120".into()), html: true };
    let (stored, response) = after(effect);
    let response = response.unwrap();
    assert_eq!((stored, response.status, response.header("Retry-After")), (0, 503, Some("120")));
    assert_eq!(response.header("Content-Type"), Some("text/html"));
    assert!(response.body.unwrap().starts_with("<!DOCTYPE"));
}

#[test]
fn what_becomes_of_the_response() {
    let (stored, response) = after(Effect::Truncate);
    let response = response.unwrap();
    assert_eq!((stored, response.status), (1, 201));
    assert!(Document::parse(response.body.unwrap()).is_err());

    let (stored, response) = after(Effect::Html);
    let response = response.unwrap();
    assert_eq!((stored, response.status, response.header("Content-Type")), (1, 200, Some("text/html")));

    let (stored, response) = after(Effect::HideHeaders);
    let response = response.unwrap();
    assert_eq!((stored, response.status), (1, 201));
    assert!(["ETag", "Location", "Last-Modified"].iter().all(|name| response.header(name).is_none()));
    assert!(response.header("Date").is_some());

    let mut world = World::new();
    world.server.inject(Fault::next(Effect::Delay { milliseconds: 1500 }));
    let delivery = world.server.handle(&Request::get("Task"), world.now);
    assert_eq!((delivery.delay, delivery.response.unwrap().status), (Duration::from_millis(1500), 200));
}

#[test]
fn conditions_that_a_server_does_not_look_at() {
    let mut world = World::new();
    world.server.inject(Fault::always(Effect::IgnoreIfNoneExist));
    world.server.inject(Fault::always(Effect::IgnoreIfMatch));
    let create = Request::post("Task", &task()).with_header("If-None-Exist", "identifier=urn:s|1");
    assert_eq!([world.send(&create).status, world.send(&create).status], [201, 201]);
    let patch = Request::patch("Task/1", r#"[{"op":"replace","path":"/status","value":"ready"}]"#);
    assert_eq!(world.send(&patch.clone().with_header("if-match", "W/\"9\"")).status, 200);
    world.server.clear_faults();
    assert_eq!(world.send(&patch.with_header("If-Match", "W/\"9\"")).status, 412);
}

#[test]
fn a_fault_hits_what_it_names_as_often_as_it_says() {
    let mut world = World::new();
    world.server.inject(Fault::next(status(503)).on(Method::Get, "Task?status").after(1).times(2));
    let statuses =
        |world: &mut World, url: &str| -> Vec<u16> { (0..5).map(|_| world.get(url).status).collect() };
    assert_eq!(statuses(&mut world, "Patient"), [200; 5]);
    assert_eq!(world.send(&Request::new(Method::Post, "Task/_search?status=x")).status, 200);
    assert_eq!(statuses(&mut world, "Task?status=draft"), [200, 503, 503, 200, 200]);

    let log = world.server.log();
    assert_eq!(log.len(), 11);
    assert_eq!(log.iter().filter(|entry| !entry.faults.is_empty()).count(), 2);
    assert_eq!(log.iter().filter(|entry| entry.status == Some(503)).count(), 2);
}

#[test]
fn several_faults_meet_one_request() {
    let mut world = World::new();
    world.server.inject(Fault::next(Effect::Duplicate));
    world.server.inject(Fault::next(Effect::LoseResponse));
    assert!(world.try_send(&Request::post("Task", &task())).is_none());
    assert_eq!(world.server.resources().count(), 2);
    // A guarded write that a proxy sends twice: done, and yet refused.
    world.server.inject(Fault::next(Effect::Duplicate));
    let patch = Request::patch("Task/1", r#"[{"op":"replace","path":"/status","value":"ready"}]"#);
    assert_eq!(world.send(&patch.with_header("If-Match", "W/\"1\"")).status, 412);
    assert_eq!(world.server.read("Task/1").unwrap().root().string("status").unwrap(), "ready");
}

#[test]
fn the_log_tells_conditions_and_losses() {
    let mut world = World::new();
    world.send(&Request::post("Task", &task()).with_header("If-None-Exist", "identifier=urn:s|1"));
    world.server.inject(Fault::next(Effect::LoseRequest));
    world.try_send(&Request::get("Task/1").with_header("If-None-Match", "W/\"1\""));
    let [create, read] = world.server.log() else { panic!("two requests") };
    assert!(create.if_none_exist && !create.if_match && create.status == Some(201));
    assert!(read.if_none_match && read.status.is_none() && read.faults == [Effect::LoseRequest]);
    world.server.clear_log();
    assert!(world.server.log().is_empty());
}

#[test]
fn faults_are_json() {
    let fault: Fault = serde_json::from_str(
        r#"{"method":"PUT","url":"Task/","times":null,"effect":{"type":"status","status":429,"retryAfter":"3"}}"#,
    )
    .unwrap();
    let effect = Effect::Status { status: 429, retry_after: Some("3".into()), html: false };
    assert_eq!(fault, Fault::always(effect).on(Method::Put, "Task/"));
    for effect in [
        Effect::LoseRequest,
        Effect::LoseResponse,
        Effect::Duplicate,
        Effect::Truncate,
        Effect::Html,
        Effect::Delay { milliseconds: 5 },
        Effect::HideHeaders,
        Effect::IgnoreIfMatch,
        Effect::IgnoreIfNoneExist,
    ] {
        let fault = Fault::next(effect);
        let json = serde_json::to_string(&fault).unwrap();
        assert_eq!(serde_json::from_str::<Fault>(&json).unwrap(), fault, "{json}");
    }
    assert!(serde_json::from_str::<Fault>(r#"{"effect":{"type":"nosuch"}}"#).is_err());
    assert!(serde_json::from_str::<Fault>(r#"{"effekt":{"type":"html"}}"#).is_err());
}
