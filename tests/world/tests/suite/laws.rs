//! What holds for every input.

use std::fmt::Write;

use fhir_solicit::{fhir::Instant, json::Document};
use fhir_solicit_world::{Method, Request};
use proptest::prelude::*;

use crate::World;

/// JSON text as clients write it: numbers in every spelling, escapes, white space, nesting.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|value| value.to_string()),
        "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,9})?([eE][+-]?[0-9]{1,2})?",
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
        Just(r#""\u00e9\/\ud834\udd1e""#.to_owned()),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        let space = "[ \n\t]{0,2}";
        prop_oneof![
            (prop::collection::vec(inner.clone(), 0..5), space)
                .prop_map(|(items, space)| format!("[{space}{}]", items.join(&format!(",{space}")))),
            (prop::collection::btree_map("[a-zA-Z_]{1,6}", inner, 0..5), space).prop_map(
                |(members, space)| {
                    let members: Vec<String> =
                        members.iter().map(|(name, value)| format!("\"{name}\":{space}{value}")).collect();
                    format!("{{{}}}", members.join(&format!("{space},")))
                }
            ),
        ]
    })
}

proptest! {
    /// What is created is read as it was sent, but for `id` and `meta`.
    #[test]
    fn nothing_is_lost(values in prop::collection::btree_map("x[a-z]{1,6}", json(), 0..6), meta in any::<bool>()) {
        let mut text = r#"{"resourceType":"Task""#.to_owned();
        if meta {
            text.push_str(r#", "meta" : {"profile":["urn:p"]}"#);
        }
        for (name, value) in &values {
            write!(text, ",\n\"{name}\": {value}").unwrap();
        }
        text.push('}');
        let sent = Document::parse(text).unwrap();
        let mut world = World::new();
        world.send(&Request::post("Task", &sent));
        let mut found = Document::parse(world.get("Task/1").body.unwrap()).unwrap();
        let versioned = found.root().pointer("/meta/versionId").unwrap().as_str().unwrap().into_owned();
        prop_assert_eq!(versioned, "1");
        found.remove("/id").unwrap();
        if meta {
            found.remove("/meta/versionId").unwrap();
            found.remove("/meta/lastUpdated").unwrap();
        } else {
            found.remove("/meta").unwrap();
        }
        prop_assert_eq!(found.text(), sent.text());
    }

    /// No request brings the server down, and each gets an answer that is JSON or empty.
    #[test]
    fn no_request_is_too_strange(
        method in prop_oneof![Just(Method::Get), Just(Method::Post), Just(Method::Put), Just(Method::Patch), Just(Method::Delete)],
        path in prop_oneof![Just(""), Just("Task"), Just("Task/1"), Just("Task/_search"), Just("_history"), Just("Task/1/_history/1")],
        query in prop_oneof![
            any::<String>(),
            "(_id|status|owner|identifier|_lastUpdated|_sort|_count|_page)(:[a-z]{1,8})?=[a-z0-9|,\\\\:/%.ge-]{0,20}",
        ],
        header in prop_oneof![Just("If-Match"), Just("If-None-Exist"), Just("If-None-Match"), Just("Prefer"), Just("Accept")],
        value in any::<String>(),
        body in prop_oneof![
            any::<String>(),
            json(),
            json().prop_map(|json| format!(r#"{{"resourceType":"Task","id":"1","meta":{json},"owner":{json},"identifier":{json}}}"#)),
            json().prop_map(|json| format!(r#"[{{"op":"add","path":"/x","value":{json}}}]"#)),
            json().prop_map(|json| format!(
                r#"{{"resourceType":"Bundle","type":"transaction","entry":[{{"fullUrl":"urn:1","resource":{json},"request":{{"method":"POST","url":"Task"}}}}]}}"#
            )),
        ],
        at in any::<i64>(),
    ) {
        let mut world = World::with(&[r#"{"resourceType":"Task","id":"1","owner":{"reference":"Organization/1"}}"#]);
        let url = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
        let media_type = if method == Method::Patch { "application/json-patch+json" } else { "application/fhir+json" };
        let request = Request::new(method, &url).with_header(header, &value).with_body(media_type, &body);
        let at = Instant::from_unix_milliseconds(at % 1_000_000_000_000_000);
        let response = world.server.handle(&request, at).response.unwrap();
        prop_assert!((200..600).contains(&response.status) && response.status != 500);
        if let Some(body) = response.body {
            prop_assert!(Document::parse(body).is_ok());
        }
    }

    /// The same past gives the same future.
    #[test]
    fn a_run_can_be_repeated(steps in prop::collection::vec(0..4_u8, 1..20)) {
        let run = || {
            let mut world = World::new();
            let task = crate::document(r#"{"resourceType":"Task","status":"draft"}"#);
            steps.iter().map(|step| {
                world.wait(7);
                match step {
                    0 => world.send(&Request::post("Task", &task)),
                    1 => world.send(&Request::patch("Task/1", r#"[{"op":"add","path":"/x","value":1}]"#)),
                    2 => world.send(&Request::new(Method::Delete, "Task/1")),
                    _ => world.get("_history?_count=3"),
                }
            }).collect::<Vec<_>>()
        };
        prop_assert!(run() == run());
    }
}
