//! Create, read, update, patch, delete, history, metadata and their refusals.

use fhir_solicit::json::Document;
use fhir_solicit_world::{Method, Request};

use crate::{BASE, World, body, document, refusal, text};

const TASK: &str =
    r#"{"resourceType":"Task","identifier":[{"system":"urn:s","value":"a,1"}],"status":"requested"}"#;

#[test]
fn a_create_says_where_and_which_version() {
    let mut world = World::new();
    let created = world.send(&Request::post("Task", &document(TASK)));
    assert_eq!(created.status, 201);
    assert_eq!(created.header("location"), Some("http://payer.example/fhir/Task/1/_history/1"));
    assert_eq!(created.header("etag"), Some("W/\"1\""));
    assert_eq!(created.header("last-modified"), Some("Sun, 22 Nov 2026 10:00:00 GMT"));
    assert_eq!(created.header("date"), Some("Sun, 22 Nov 2026 10:00:00 GMT"));
    assert_eq!(created.header("content-type"), Some("application/fhir+json; charset=utf-8"));
    assert_eq!(text(&created, "/meta/versionId").unwrap(), "1");
    assert_eq!(text(&created, "/meta/lastUpdated").unwrap(), "2026-11-22T10:00:00.000Z");
    assert_eq!(body(&created), *world.server.read("Task/1").unwrap());
}

#[test]
fn prefer_decides_what_comes_back() {
    for (prefer, expected) in [
        ("return=minimal", None),
        ("handling=strict, return=minimal", None),
        ("return=representation", Some("Task")),
        ("return=OperationOutcome", Some("OperationOutcome")),
    ] {
        let mut world = World::new();
        let response = world.send(&Request::post("Task", &document(TASK)).with_header("Prefer", prefer));
        let found = response.body.is_some().then(|| text(&response, "/resourceType").unwrap());
        assert_eq!(found.as_deref(), expected, "{prefer}");
        assert_eq!(response.status, 201);
    }
}

#[test]
fn a_conditional_create_looks_before_it_stores() {
    let mut world = World::new();
    let request =
        Request::post("Task", &document(TASK)).with_header("If-None-Exist", r"identifier=urn:s|a\,1");
    assert_eq!(world.send(&request).status, 201);
    let again = world.send(&request);
    assert_eq!((again.status, text(&again, "/id").unwrap().as_str()), (200, "1"));
    assert_eq!((again.header("Location"), again.header("ETag")), (None, Some("W/\"1\"")));
    assert_eq!(world.server.resources().count(), 1);
    world.send(&Request::post("Task", &document(TASK)));
    assert_eq!(refusal(&world.send(&request)), (412, "multiple-matches".into()));
    for unclear in ["nosuch=1", "", "_count=1"] {
        let unclear = Request::post("Task", &document(TASK)).with_header("If-None-Exist", unclear);
        assert_eq!(world.send(&unclear).status, 400);
    }
    assert_eq!(world.server.resources().count(), 2);
}

#[test]
fn reads_tell_gone_from_never_there() {
    let mut world = World::with(&[r#"{"resourceType":"Task","id":"t","status":"draft"}"#]);
    let read = world.get("Task/t");
    assert_eq!((read.status, read.header("ETag")), (200, Some("W/\"1\"")));
    for tag in ["W/\"1\"", "\"1\"", "W/\"7\", W/\"1\"", "*"] {
        let again = world.send(&Request::get("Task/t").with_header("If-None-Match", tag));
        assert_eq!((again.status, again.body.as_deref(), again.header("ETag")), (304, None, Some("W/\"1\"")));
    }
    assert_eq!(world.send(&Request::get("Task/t").with_header("If-None-Match", "W/\"2\"")).status, 200);
    assert_eq!(refusal(&world.get("Task/x")), (404, "not-found".into()));
    let absolute = format!("{BASE}/Task/t");
    assert_eq!(world.get(&absolute).status, 200, "an absolute URL of this server");

    assert_eq!(world.send(&Request::new(Method::Delete, "Task/t")).status, 204);
    assert_eq!(refusal(&world.get("Task/t")), (410, "deleted".into()));
    assert_eq!(world.send(&Request::get("Task/t").with_header("If-None-Match", "*")).status, 410);
    assert_eq!(world.send(&Request::new(Method::Delete, "Task/t")).status, 204);
    assert_eq!(world.send(&Request::new(Method::Delete, "Task/x")).status, 404);
    assert_eq!(world.get("Task/t/_history/1").status, 200);
    assert_eq!(world.get("Task/t/_history/2").status, 410);
    assert_eq!(world.get("Task/t/_history/3").status, 404);
    assert!(world.ids("Task").is_empty());
}

#[test]
fn if_match_guards_every_write() {
    let task = document(r#"{"resourceType":"Task","id":"t","status":"draft"}"#);
    let patch = r#"[{"op":"replace","path":"/status","value":"ready"}]"#;
    let writes = [
        Request::put("Task/t", &task),
        Request::patch("Task/t", patch),
        Request::new(Method::Delete, "Task/t"),
    ];
    for write in writes {
        for (tag, goes) in
            [("W/\"1\"", true), ("\"1\"", true), ("*", true), ("W/\"2\", W/\"1\"", true), ("W/\"2\"", false)]
        {
            let mut world = World::with(&[task.text()]);
            let response = world.send(&write.clone().with_header("If-Match", tag));
            if goes {
                assert!(response.status < 300, "{write:?} {tag}");
            } else {
                assert_eq!(refusal(&response), (412, "conflict".into()), "{write:?} {tag}");
                assert_eq!(world.server.read("Task/t").unwrap().root().string("status").unwrap(), "draft");
            }
        }
        let mut world = World::with(&[task.text()]);
        assert_eq!(world.send(&write.with_header("If-Match", "1")).status, 400, "unquoted");
    }
}

#[test]
fn an_update_creates_replaces_and_revives() {
    let mut world = World::new();
    let task = document(r#"{"resourceType":"Task","id":"t","status":"draft"}"#);
    let guarded = Request::put("Task/t", &task).with_header("If-Match", "W/\"1\"");
    assert_eq!(world.send(&guarded).status, 412, "nothing is there to match");
    let created = world.send(&Request::put("Task/t", &task));
    assert_eq!((created.status, created.header("Location").is_some()), (201, true));
    let replaced = world.send(&Request::put("Task/t", &task));
    assert_eq!((replaced.status, replaced.header("ETag")), (200, Some("W/\"2\"")));
    let only_new = Request::put("Task/t", &task).with_header("If-None-Match", "*");
    assert_eq!(world.send(&only_new).status, 412);
    world.send(&Request::new(Method::Delete, "Task/t"));
    assert_eq!(world.send(&Request::put("Task/t", &task)).header("ETag"), Some("W/\"4\""));
    assert_eq!(world.get("Task/t").status, 200);
    assert_eq!(world.send(&Request::put("Task/u", &task)).status, 400, "id of another");
    assert_eq!(world.send(&Request::put("Task/1", &document(TASK))).status, 400, "no id");
}

#[test]
fn json_patch_is_all_or_nothing() {
    let task =
        r#"{"resourceType":"Task","id":"t","status":"draft","note":[{"text":"1"},{"text":"2"}],"x":1.00}"#;
    for (patch, expected) in [
        (r#"[{"op":"replace","path":"/status","value":"ready"}]"#, Ok(("/status", "ready"))),
        (r#"[{"op":"add","path":"/note/1","value":{"text":"new"}}]"#, Ok(("/note/1/text", "new"))),
        (r#"[{"op":"add","path":"/note/1","value":{"text":"new"}}]"#, Ok(("/note/2/text", "2"))),
        (r#"[{"op":"add","path":"/note/-","value":{"text":"3"}}]"#, Ok(("/note/2/text", "3"))),
        (r#"[{"op":"add","path":"/owner","value":{"display":"A"}}]"#, Ok(("/owner/display", "A"))),
        (r#"[{"op":"remove","path":"/note/0"}]"#, Ok(("/note/0/text", "2"))),
        (r#"[{"op":"test","path":"/x","value":1.0},{"op":"remove","path":"/note"}]"#, Ok(("/x", "1.00"))),
        (
            r#"[{"op":"test","path":"/note","value":[{"text":"\u0031"},{"text":"2"}]}]"#,
            Ok(("/status", "draft")),
        ),
        (r#"[{"op":"test","path":"/note/0","value":{}}]"#, Err((422, "processing"))),
        (r#"[{"op":"test","path":"/note/0","value":{"text":"1","x":1}}]"#, Err((422, "processing"))),
        (r#"[{"op":"test","path":"/note","value":[{"text":"1"}]}]"#, Err((422, "processing"))),
        (r#"[{"op":"test","path":"/x","value":"1.00"}]"#, Err((422, "processing"))),
        (r#"[{"op":"test","path":"/owner","value":null}]"#, Err((422, "processing"))),
        (
            r#"[{"op":"remove","path":"/note"},{"op":"test","path":"/status","value":"ready"}]"#,
            Err((422, "processing")),
        ),
        (r#"[{"op":"replace","path":"/owner","value":1}]"#, Err((422, "processing"))),
        (r#"[{"op":"remove","path":"/note/2"}]"#, Err((422, "processing"))),
        (r#"[{"op":"add","path":"/note/3","value":1}]"#, Err((422, "processing"))),
        (r#"[{"op":"add","path":"/owner/display","value":"A"}]"#, Err((422, "processing"))),
        (r#"[{"op":"replace","path":"/id","value":"u"}]"#, Err((422, "processing"))),
        (r#"[{"op":"increase","path":"/x"}]"#, Err((400, "invalid"))),
        (r#"{"op":"remove","path":"/x"}"#, Err((400, "invalid"))),
        ("[", Err((400, "structure"))),
    ] {
        let mut world = World::with(&[task]);
        let response = world.send(&Request::patch("Task/t", patch));
        match expected {
            Ok((pointer, value)) => {
                assert_eq!(response.status, 200, "{patch}");
                assert_eq!(text(&response, pointer).as_deref(), Some(value), "{patch}");
                assert_eq!(text(&response, "/meta/versionId").unwrap(), "2");
            }
            Err((status, code)) => {
                assert_eq!(refusal(&response), (status, code.to_owned()), "{patch}");
                assert_eq!(text(&world.get("Task/t"), "/meta/versionId").unwrap(), "1", "{patch}");
            }
        }
    }
}

#[test]
fn what_makes_no_sense_is_refused_with_an_outcome() {
    let task = document(TASK);
    let post =
        |url: &str, body: &str| Request::new(Method::Post, url).with_body("application/fhir+json", body);
    let cases = [
        (post("Task", "{\"resourceType\":\n \"Task\",}"), 400, "structure"),
        (post("Task", "<html>"), 400, "structure"),
        (post("Task", "[]"), 400, "structure"),
        (post("Task", r#"{"status":"draft"}"#), 400, "structure"),
        (post("Task", r#"{"resourceType":"Task","meta":1}"#), 400, "structure"),
        (post("Task", r#"{"resourceType":"Task","id":"a","id":"b"}"#), 400, "structure"),
        (post("Communication", TASK), 400, "invalid"),
        (Request::new(Method::Post, "Task"), 400, "invalid"),
        (post("Tusk", TASK), 404, "not-found"),
        (Request::get("Task/a_b"), 404, "not-found"),
        (Request::get("Task/a/b"), 404, "not-found"),
        (post("$process-message", TASK), 404, "not-supported"),
        (Request::new(Method::Post, "Task").with_body("text/plain", TASK), 415, "not-supported"),
        (
            Request::new(Method::Patch, "Task/1").with_body("application/fhir+json", "[]"),
            415,
            "not-supported",
        ),
        (Request::get("Task").with_header("Accept", "application/fhir+xml"), 406, "not-supported"),
        (Request::get("Task?_format=xml"), 406, "not-supported"),
        (Request::new(Method::Delete, "Task"), 405, "not-supported"),
        (Request::put("Task", &task), 405, "not-supported"),
        (post("Task/1", TASK), 405, "not-supported"),
        (Request::get(""), 405, "not-supported"),
    ];
    for (request, status, code) in cases {
        let mut world = World::new();
        let response = world.send(&request);
        assert_eq!(refusal(&response), (status, code.to_owned()), "{request:?}");
        assert_eq!(status == 405, response.header("Allow").is_some());
        assert_eq!(world.server.resources().count(), 0);
    }
    let place = World::new().send(&post("Task", "{\"resourceType\":\n \"Task\",}"));
    assert!(text(&place, "/issue/0/diagnostics").unwrap().contains("line 2, column 9"), "{:?}", place.body);
}

#[test]
fn history_is_newest_first_and_knows_since() {
    let mut world = World::new();
    world.send(&Request::post("Task", &document(TASK)));
    world.wait(1000);
    world.send(&Request::put("Task/1", &document(r#"{"resourceType":"Task","id":"1"}"#)));
    world.wait(1000);
    world.send(&Request::put("Patient/p", &document(r#"{"resourceType":"Patient","id":"p"}"#)));
    world.wait(1000);
    world.send(&Request::new(Method::Delete, "Task/1"));

    let history = world.get("Task/1/_history");
    assert_eq!(text(&history, "/type").unwrap(), "history");
    assert_eq!(text(&history, "/total").unwrap(), "3");
    assert_eq!(text(&history, "/entry/0/request/method").unwrap(), "DELETE");
    assert_eq!(text(&history, "/entry/0/resource"), None);
    assert_eq!(text(&history, "/entry/1/response/etag").unwrap(), "W/\"2\"");
    assert_eq!(text(&history, "/entry/2/request/method").unwrap(), "POST");
    assert_eq!(text(&history, "/entry/2/resource/status").unwrap(), "requested");
    assert_eq!(text(&history, "/entry/2/fullUrl").unwrap(), "http://payer.example/fhir/Task/1");
    for (url, total) in [
        ("Task/_history", "3"),
        ("_history", "4"),
        ("_history?_since=2026-11-22T10:00:01Z", "3"),
        ("_history?_since=2026-11-22T10:00:03.001Z", "0"),
        ("Communication/_history", "0"),
    ] {
        assert_eq!(text(&world.get(url), "/total").unwrap(), total, "{url}");
    }
    assert_eq!(world.get("Task/9/_history").status, 404);
    assert_eq!(world.get("_history?_since=yesterday").status, 400);

    let mut seen = 0;
    let mut page = world.get("_history?_count=3");
    loop {
        seen += body(&page).root().list("entry").count();
        let Some(url) = crate::next(&page) else { break };
        page = world.get(&url);
    }
    assert_eq!(seen, 4);
}

#[test]
fn metadata_says_what_is_true() {
    let mut world = World::new();
    let response = world.get("metadata");
    let statement = body(&response);
    let mut resources = statement.root().pointer("/rest/0/resource").unwrap().items();
    assert_eq!(statement.root().string("fhirVersion").unwrap(), "4.0.1");
    let task = resources.find(|resource| resource.string("type").as_deref() == Some("Task")).unwrap();
    assert_eq!(task.get("conditionalCreate").unwrap().as_bool(), Some(true));
    assert_eq!(task.string("versioning").unwrap(), "versioned-update");
    for parameter in task.list("searchParam") {
        let name = parameter.string("name").unwrap();
        let strict = Request::get(&format!("Task?{name}=2026")).with_header("Prefer", "handling=strict");
        assert_eq!(world.send(&strict).status, 200, "{name}");
    }
}

#[test]
fn a_token_is_asked_for_where_one_is_required() {
    let mut world = World::new();
    world.server.require_token("secret");
    let missing = world.get("Task");
    assert_eq!(refusal(&missing), (401, "login".into()));
    assert_eq!(missing.header("WWW-Authenticate"), Some("Bearer"));
    let wrong = world.send(&Request::get("Task").with_header("authorization", "Bearer wrong"));
    assert_eq!(wrong.header("WWW-Authenticate"), Some("Bearer error=\"invalid_token\""));
    assert_eq!(world.send(&Request::get("Task").with_header("Authorization", "Bearer secret")).status, 200);
    assert_eq!(world.get("metadata").status, 200);
}

#[test]
fn seeds_are_resources_or_bundles_of_them() {
    let mut world = World::new();
    let now = world.now;
    for seed in [
        r#"{"resourceType":"Patient","id":"p"}"#,
        r#"{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Task","id":"t"}}]}"#,
        r#"{"resourceType":"Bundle","type":"transaction","entry":[{"resource":{"resourceType":"Task","id":"u"},
            "request":{"method":"PUT","url":"Task/u"}}]}"#,
    ] {
        world.server.seed(document(seed), now).unwrap();
    }
    let keys: Vec<&str> = world.server.resources().map(|(key, _)| key).collect();
    assert_eq!(keys, ["Patient/p", "Task/t", "Task/u"]);
    assert!(world.server.insert(document(r#"{"resourceType":"Tusk"}"#), now).is_err());
    assert!(world.server.insert(document(r#"{"resourceType":"Task","id":"a/b"}"#), now).is_err());
}

#[test]
fn depth_costs_no_stack() {
    let deep = format!("{}1{}", "[".repeat(9_000), "]".repeat(9_000));
    let task = document(&format!(r#"{{"resourceType":"Task","id":"t","x":{deep}}}"#));
    let mut world = World::new();
    assert_eq!(world.send(&Request::put("Task/t", &task)).status, 201);
    assert_eq!(world.ids("Task?owner=x&status=y").len(), 0);
    assert_eq!(text(&world.get("Task/_history"), "/total").unwrap(), "1");
    let patch =
        format!(r#"[{{"op":"add","path":"/y","value":{deep}}},{{"op":"test","path":"/y","value":{deep}}}]"#);
    assert_eq!(world.send(&Request::patch("Task/t", &patch)).status, 200);
    let entry = format!(r#"{{"request":{{"method":"PUT","url":"Task/t"}},"resource":{}}}"#, task.text());
    let bundle = format!(r#"{{"resourceType":"Bundle","type":"transaction","entry":[{entry}]}}"#);
    assert_eq!(world.send(&Request::post("", &document(&bundle))).status, 200);
}

/// A submission with these parameters beside what is always the same.
fn submission(more: &str) -> Document {
    let same = r#"{"name":"TrackingId","valueIdentifier":{"value":"17"}},{"name":"MemberId","valueIdentifier":{"value":"1"}},
        {"name":"Attachment","part":[{"name":"Content","resource":{"resourceType":"Binary","contentType":"text/plain"}}]}"#;
    document(&format!(r#"{{"resourceType":"Parameters","parameter":[{same},{more}]}}"#))
}

#[test]
fn attachments_are_submitted_to_a_payer() {
    let claim =
        r#"{"name":"AttachTo","valueCode":"claim"},{"name":"ServiceDate","valueDateTime":"2026-01-02"}"#;
    let by = r#"{"name":"ProviderId","valueIdentifier":{"value":"9"}}"#;
    let whole = submission(&format!("{claim},{by}"));
    let mut world = World::new();
    let post = |world: &mut World, it: &Document| {
        let response = world.send(&Request::post("$submit-attachment", it));
        (response.status, response.body.unwrap_or_default())
    };
    let (status, said) = post(&mut world, &whole);
    assert!(status == 200 && said.contains("information"), "nobody waits for it: {said}");
    world.server.await_attachments("17", false);
    assert_eq!(post(&mut world, &whole), (200, String::new()));
    assert_eq!(post(&mut world, &whole), (200, String::new()), "it has nothing to know the same by");
    assert_eq!(world.server.submissions().len(), 3);
    for wrong in [
        claim.to_owned(),
        by.to_owned(),
        format!(r#"{{"name":"AttachTo","valueCode":"claim"}},{by}"#),
        format!(r#"{claim},{by},{{"name":"Other"}}"#),
        format!("{claim},{by},{by}"),
    ] {
        let (status, said) = post(&mut world, &submission(&wrong));
        assert!(status == 400 && said.contains("OperationOutcome"), "{wrong}: {said}");
    }
    world.server.await_attachments("17", true);
    assert_eq!(post(&mut world, &whole).0, 400, "it has to be signed");
    world.server.limit_submissions(100);
    assert_eq!(post(&mut world, &whole).0, 413);
    assert_eq!(world.server.submissions().len(), 3, "what is refused is not kept");
    assert_eq!(world.send(&Request::get("$submit-attachment")).status, 405);
}
