//! Batch and transaction.

use fhir_solicit_world::{Effect, Fault, Request, Response};

use crate::{World, body, document, refusal, text};

fn send(world: &mut World, kind: &str, entries: &[&str]) -> Response {
    let bundle = format!(r#"{{"resourceType":"Bundle","type":"{kind}","entry":[{}]}}"#, entries.join(","));
    world.send(&Request::post("", &document(&bundle)))
}

fn statuses(response: &Response) -> Vec<String> {
    let bundle = body(response);
    let status = |entry: fhir_solicit::json::Value<'_>| {
        entry.pointer("/response/status").unwrap().as_str().unwrap().into_owned()
    };
    bundle.root().list("entry").map(status).collect()
}

const REQUEST: &str = r#"{"fullUrl":"urn:uuid:1","request":{"method":"POST","url":"CommunicationRequest","ifNoneExist":"identifier=urn:ietf:rfc:3986|urn:uuid:1"},
    "resource":{"resourceType":"CommunicationRequest","status":"active","subject":{"reference":"urn:uuid:2"},
    "identifier":[{"system":"urn:ietf:rfc:3986","value":"urn:uuid:1"}]}}"#;
const PATIENT: &str = r#"{"fullUrl":"urn:uuid:2","request":{"method":"POST","url":"Patient"},
    "resource":{"resourceType":"Patient","active":true}}"#;
const TASK: &str = r#"{"fullUrl":"urn:uuid:3","request":{"method":"PUT","url":"Task/t"},
    "resource":{"resourceType":"Task","id":"t","status":"requested","focus":{"reference":"urn:uuid:1"},
    "owner":{"reference":"Organization?identifier=urn:npi|7"}}}"#;
const OWNER: &str =
    r#"{"resourceType":"Organization","id":"o","identifier":[{"system":"urn:npi","value":"7"}]}"#;

#[test]
fn a_transaction_links_its_entries_whatever_their_order() {
    let mut world = World::with(&[OWNER]);
    let response = send(&mut world, "transaction", &[TASK, REQUEST, PATIENT]);
    assert_eq!((response.status, text(&response, "/type").unwrap().as_str()), (200, "transaction-response"));
    assert_eq!(statuses(&response), ["201", "201", "201"]);
    assert_eq!(
        text(&response, "/entry/1/response/location").unwrap(),
        "http://payer.example/fhir/CommunicationRequest/1/_history/1"
    );
    assert_eq!(text(&response, "/entry/1/response/etag").unwrap(), "W/\"1\"");
    assert_eq!(text(&response, "/entry/1/response/lastModified").unwrap(), "2026-11-22T10:00:00.000Z");
    assert_eq!(text(&response, "/entry/1/resource"), None);
    let at = |key: &str, pointer: &str| {
        world.server.read(key).unwrap().root().pointer(pointer).unwrap().as_str().unwrap().into_owned()
    };
    assert_eq!(at("Task/t", "/focus/reference"), "CommunicationRequest/1");
    assert_eq!(at("Task/t", "/owner/reference"), "Organization/o");
    assert_eq!(at("CommunicationRequest/1", "/subject/reference"), "Patient/2");
    assert_eq!(at("CommunicationRequest/1", "/identifier/0/value"), "urn:uuid:1", "no link");

    let again = send(&mut world, "transaction", &[REQUEST, TASK, PATIENT]);
    assert_eq!(statuses(&again), ["200", "200", "201"]);
    let focus = world.server.read("Task/t").unwrap().root().pointer("/focus/reference").unwrap();
    assert_eq!(focus.as_str().unwrap(), "CommunicationRequest/1", "linked to what exists");
}

#[test]
fn two_entries_with_one_condition_are_one_resource() {
    let mut world = World::new();
    let twin = REQUEST.replacen("urn:uuid:1", "urn:uuid:9", 1);
    let task = r#"{"request":{"method":"POST","url":"Task"},"resource":{"resourceType":"Task",
        "basedOn":[{"reference":"urn:uuid:9"},{"reference":"urn:uuid:1"}]}}"#;
    let response = send(&mut world, "transaction", &[REQUEST, &twin, task, PATIENT]);
    assert_eq!(statuses(&response), ["201", "200", "201", "201"], "{:?}", response.body);
    let task = world.server.resources().find(|(key, _)| key.starts_with("Task/")).unwrap().1;
    for index in 0..2 {
        let reference = task.root().get("basedOn").unwrap().item(index).unwrap().string("reference").unwrap();
        assert_eq!(reference, "CommunicationRequest/1");
    }
}

#[test]
fn a_refused_transaction_leaves_no_trace() {
    let stale = r#"{"request":{"method":"PUT","url":"Task/t","ifMatch":"W/\"9\""},"resource":{"resourceType":"Task","id":"t"}}"#;
    let nobody = TASK.replace("urn:npi|7", "urn:npi|8");
    let fails: [(&[&str], u16, &str); 7] = [
        (&[PATIENT, stale], 412, "entry[1]"),
        (&[PATIENT, REQUEST, &nobody], 412, "entry[2]"),
        (&[TASK, PATIENT, TASK], 400, "entry[2]"),
        (&[PATIENT, r#"{"request":{"method":"GET","url":"Task/x"}}"#], 404, "entry[1]"),
        (
            &[PATIENT, r#"{"request":{"method":"POST","url":"Task"},"resource":{"resourceType":"Patient"}}"#],
            400,
            "entry[1]",
        ),
        (&[PATIENT, r#"{"resource":{"resourceType":"Patient"}}"#], 400, "entry[1]"),
        (
            &[PATIENT, r#"{"request":{"method":"POST","url":""},"resource":{"resourceType":"Bundle"}}"#],
            400,
            "entry[1]",
        ),
    ];
    for (entries, status, place) in fails {
        let mut world = World::with(&[OWNER]);
        let before = world.server.clone();
        let response = send(&mut world, "transaction", entries);
        assert_eq!(refusal(&response).0, status, "{entries:?}: {:?}", response.body);
        assert!(text(&response, "/issue/0/diagnostics").unwrap().contains(place));
        assert!(world.server.resources().eq(before.resources()), "{entries:?}");
        // Not even an id was used up, nor a history begun.
        assert_eq!(text(&world.get("_history"), "/total").unwrap(), "1");
        let created = world.send(&Request::post("Patient", &document(r#"{"resourceType":"Patient"}"#)));
        assert_eq!(text(&created, "/id").unwrap(), "1");
    }
}

#[test]
fn a_transaction_deletes_first_and_reads_last() {
    let mut world = World::with(&[r#"{"resourceType":"Task","id":"old","status":"draft"}"#]);
    let entries = [
        r#"{"request":{"method":"GET","url":"Task?status=draft,ready"}}"#,
        r#"{"request":{"method":"POST","url":"Task"},"resource":{"resourceType":"Task","status":"ready"}}"#,
        r#"{"request":{"method":"DELETE","url":"http://payer.example/fhir/Task/old"}}"#,
    ];
    let response = send(&mut world, "transaction", &entries);
    assert_eq!(statuses(&response), ["200", "201", "204"]);
    assert_eq!(text(&response, "/entry/0/resource/total").unwrap(), "1");
    assert_eq!(text(&response, "/entry/0/resource/entry/0/resource/status").unwrap(), "ready");
}

#[test]
fn a_batch_carries_out_each_entry_for_itself() {
    let mut world = World::new();
    let entries = [
        PATIENT,
        r#"{"request":{"method":"GET","url":"Task/x"}}"#,
        r#"{"request":{"method":"GET","url":"Patient/1"}}"#,
        r#"{"request":{"method":"GET","url":"Patient/1","ifNoneMatch":"W/\"1\""}}"#,
    ];
    let response = send(&mut world, "batch", &entries);
    assert_eq!(text(&response, "/type").unwrap(), "batch-response");
    assert_eq!(statuses(&response), ["201", "404", "200", "304"]);
    assert_eq!(text(&response, "/entry/1/response/outcome/issue/0/code").unwrap(), "not-found");
    assert_eq!(text(&response, "/entry/2/resource/id").unwrap(), "1");

    let bundle = document(&format!(r#"{{"resourceType":"Bundle","type":"batch","entry":[{PATIENT}]}}"#));
    let whole = world.send(&Request::post("", &bundle).with_header("Prefer", "return=representation"));
    assert_eq!(text(&whole, "/entry/0/resource/id").unwrap(), "2");
    assert_eq!(send(&mut world, "searchset", &[]).status, 400);
}

#[test]
fn a_server_that_ignores_if_none_exist_does_so_in_a_transaction() {
    let mut world = World::new();
    world.server.inject(Fault::always(Effect::IgnoreIfNoneExist));
    for _ in 0..2 {
        assert_eq!(statuses(&send(&mut world, "transaction", &[REQUEST, PATIENT])), ["201", "201"]);
    }
    assert_eq!(world.server.resources().count(), 4);
}
