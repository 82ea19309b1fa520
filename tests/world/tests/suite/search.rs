//! Search: what matches, in which order, on which page.

use fhir_solicit_world::{Method, Request};

use crate::{World, body, document, ids, next, refusal, text};

const SYSTEM: &str = "urn:s";

/// Three Tasks that differ in everything a search looks at.
fn tasks() -> World {
    World::at(
        "2026-11-22T10:00:00.250Z",
        &[
            r#"{"resourceType":"Task","id":"a","meta":{"tag":[{"system":"urn:t","code":"x"}]},
            "identifier":[{"system":"urn:s","value":"1"},{"system":"urn:other","value":"2"}],
            "status":"requested","owner":{"reference":"Organization/o"},"for":{"reference":"Patient/p"},
            "requester":{"reference":"http://payer.example/fhir/Organization/q"},
            "basedOn":[{"reference":"CommunicationRequest/c/_history/3"}],
            "code":{"coding":[{"system":"urn:c","code":"k"}]},"authoredOn":"2026-11-20"}"#,
            r#"{"resourceType":"Task","id":"b","identifier":[{"system":"urn:s","value":"a,b|c"}],
            "status":"accepted","owner":{"reference":"http://elsewhere.example/fhir/Organization/o"},
            "for":{"reference":"Group/p"},"focus":{"reference":"CommunicationRequest/c"},
            "authoredOn":"2026-11-21T10:00:00Z"}"#,
            r#"{"resourceType":"Task","id":"c","status":"completed",
            "owner":{"identifier":{"system":"urn:npi","value":"7"}},
            "focus":{"reference":"urn:uuid:1"}}"#,
        ],
    )
}

#[test]
fn parameters_match_as_r4_says() {
    let mut world = tasks();
    for (query, expected) in [
        ("", "a b c"),
        ("_id=a", "a"),
        ("_id=c,a", "a c"),
        ("status=requested", "a"),
        ("status=requested,accepted", "a b"),
        ("status=requested&status=accepted", ""),
        ("status:not=requested", "b c"),
        ("status=", "a b c"),
        ("identifier=urn:s|1", "a"),
        ("identifier=urn:s|2", ""),
        ("identifier=2", "a"),
        ("identifier=urn:s|", "a b"),
        ("identifier=|1", ""),
        (r"identifier=urn:s|a\,b\|c", "b"),
        ("identifier:missing=true", "c"),
        ("_tag=urn:t|x", "a"),
        ("_tag=x", "a"),
        ("code=urn:c|k", "a"),
        ("owner=Organization/o", "a"),
        ("owner=o", "a"),
        ("owner=http://payer.example/fhir/Organization/o", "a"),
        ("owner=http://elsewhere.example/fhir/Organization/o", "b"),
        ("owner=Organization/x", ""),
        ("owner:Organization=o", "a"),
        ("owner:Practitioner=o", ""),
        ("owner:identifier=urn:npi|7", "c"),
        ("owner:missing=true", ""),
        ("requester=Organization/q", "a"),
        ("requester=q", "a"),
        ("patient=Patient/p", "a"),
        ("patient=p", "a"),
        ("subject=p", "a b"),
        ("subject=Group/p", "b"),
        ("based-on=CommunicationRequest/c", "a"),
        ("focus=CommunicationRequest/c", "b"),
        ("focus=urn:uuid:1", "c"),
        ("focus=CommunicationRequest/c,urn:uuid:1", "b c"),
        ("authored-on=2026-11-21", "b"),
        ("authored-on=ge2026-11-20&authored-on=lt2026-11-21", "a"),
        ("authored-on=ne2026-11-20", "b"),
        ("authored-on=2026-11-21T10:00:00Z", "b"),
        ("authored-on=sa2026-11-20", "b"),
        ("authored-on=eb2026-11-21", "a"),
        ("_lastUpdated=ge2026-11-22T10:00:00Z", "a b c"),
        ("_lastUpdated=gt2026-11-22T10:00:00.000Z", "a b c"),
        ("_lastUpdated=gt2026-11-22T10:00:00.250Z", ""),
        ("_lastUpdated=gt2026-11-22T10:00:00Z", ""),
        ("_lastUpdated=2026-11-22T10:00:00Z", "a b c"),
        ("_lastUpdated=le2026-11-22T12:00:00.250%2B02:00", "a b c"),
        ("_lastUpdated=lt2026-11-22", ""),
        ("_sort=-_id", "c b a"),
        ("_sort=status", "b c a"),
        ("_sort=-authored-on,_id", "b a c"),
        ("_sort=-_lastUpdated", "c b a"),
    ] {
        assert_eq!(world.ids(&format!("Task?{query}")).join(" "), expected, "{query}");
    }
}

#[test]
fn other_types_and_other_parameters() {
    let mut world = World::with(&[
        r#"{"resourceType":"Communication","id":"c","recipient":[{"reference":"Organization/x"},{"reference":"Organization/o"}],
            "sender":{"reference":"Practitioner/d"},"subject":{"reference":"Patient/p"},"sent":"2026-11-22T09:00:00Z"}"#,
        r#"{"resourceType":"Patient","id":"p","name":[{"family":"Ärger","given":["Ann"]}],"birthDate":"1970-01-31"}"#,
        r#"{"resourceType":"Condition","id":"d","subject":{"reference":"Patient/p"},"code":{"coding":[{"code":"X"}]}}"#,
        r#"{"resourceType":"DocumentReference","id":"r","masterIdentifier":{"system":"urn:s","value":"9"},
            "content":[{"attachment":{"contentType":"application/pdf"}}],"context":{"period":{"start":"2026-01-01"}}}"#,
    ]);
    for (url, found) in [
        ("Communication?recipient=Organization/o", true),
        ("Communication?sender=Practitioner/d&patient=p", true),
        ("Communication?sent=2026-11-22", true),
        ("Patient?family=ÄR", true),
        ("Patient?name=ann", true),
        ("Patient?family:exact=ärger", false),
        ("Patient?family:contains=rg", true),
        ("Patient?birthdate=1970-01", true),
        ("Condition?patient=Patient/p&code=X", true),
        ("Condition?patient=Patient/q", false),
        ("DocumentReference?identifier=urn:s|9&contenttype=application/pdf", true),
        ("DocumentReference?period=gt2026-06", true),
        ("DocumentReference?period=lt2025", false),
    ] {
        assert_eq!(world.ids(url).len(), usize::from(found), "{url}");
    }
}

#[test]
fn a_form_is_a_search_too() {
    let mut world = tasks();
    let form = |media_type, body: &str| {
        Request::new(Method::Post, "Task/_search?_id=a,b").with_body(media_type, body)
    };
    let found =
        world.send(&form("application/x-www-form-urlencoded", "identifier=urn%3As%7C1&status=requested"));
    assert_eq!(ids(&found), ["a"]);
    assert_eq!(world.send(&form("application/json", "{}")).status, 415);
    assert_eq!(world.ids("Task?_id=a").len(), 1);
}

#[test]
fn what_is_unknown_is_said_or_refused() {
    let mut world = tasks();
    let lenient = world.get("Task?nosuch=1&_id=a&recipient=x");
    assert_eq!((lenient.status, ids(&lenient)), (200, vec!["a".to_owned()]));
    assert_eq!(text(&lenient, "/total").unwrap(), "1", "the outcome does not count");
    assert_eq!(text(&lenient, "/entry/1/search/mode").unwrap(), "outcome");
    assert!(text(&lenient, "/entry/1/resource/issue/0/diagnostics").unwrap().ends_with("nosuch, recipient"));
    assert_eq!(text(&lenient, "/link/0/url").unwrap(), "http://payer.example/fhir/Task?_id=a");
    let strict = world.send(&Request::get("Task?nosuch=1").with_header("Prefer", "handling=strict"));
    assert_eq!(refusal(&strict), (400, "not-supported".into()));
    for broken in [
        "_lastUpdated=yesterday",
        "_lastUpdated=ge2026-11-22T10:00:00+00:00",
        "_count=x",
        "_page=x",
        "_page=zzzz.0",
        "_sort=nosuch",
        "status:exact=x",
        "owner:nosuch=x",
    ] {
        assert_eq!(world.get(&format!("Task?{broken}")).status, 400, "{broken}");
    }
}

#[test]
fn pages_are_complete_and_stable_while_others_write() {
    let mut world = World::new();
    let task = document(&format!(
        r#"{{"resourceType":"Task","identifier":[{{"system":"{SYSTEM}","value":"1"}}],"status":"requested"}}"#
    ));
    for _ in 0..45 {
        world.send(&Request::post("Task", &task));
        world.wait(1);
    }
    for (query, sizes) in [
        ("_sort=_lastUpdated", vec![20, 20, 5]),
        ("_sort=-_lastUpdated&_count=10&identifier=urn:s%7C1", vec![10, 10, 10, 10, 5]),
        ("_count=45", vec![45]),
        ("_count=0", vec![0]),
    ] {
        let mut page = world.get(&format!("Task?{query}"));
        let (mut seen, mut pages) = (Vec::new(), Vec::new());
        let total = text(&page, "/total").unwrap();
        loop {
            let here = ids(&page);
            pages.push(here.len());
            seen.extend(here);
            let Some(url) = next(&page) else { break };
            assert_eq!(url.matches("_page=").count(), 1, "{url}");
            // Meanwhile one comes, one goes and one changes.
            world.wait(1);
            world.send(&Request::post("Task", &task));
            world.send(&Request::new(Method::Delete, &format!("Task/{}", seen[0])));
            world.send(&Request::patch("Task/30", r#"[{"op":"add","path":"/status","value":"accepted"}]"#));
            page = world.get(&url);
            assert_eq!(text(&page, "/total").unwrap(), total);
        }
        assert_eq!(pages, sizes, "{query}");
        let mut distinct = seen.clone();
        distinct.sort();
        distinct.dedup();
        assert_eq!(distinct.len(), seen.len(), "{query}: nothing twice");
        // Back to 45 for the next query.
        let extra = world.server.resources().count() - 45;
        let victims: Vec<String> =
            world.server.resources().map(|(key, _)| key.to_owned()).take(extra).collect();
        for victim in victims {
            world.send(&Request::new(Method::Delete, &victim));
        }
    }
}

#[test]
fn a_searchset_has_what_clients_look_for() {
    let mut world = tasks();
    let response = world.get("Task?_id=a&_format=json");
    let bundle = body(&response);
    let root = bundle.root();
    assert_eq!(root.string("type").unwrap(), "searchset");
    assert_eq!(root.get("total").unwrap().as_number(), Some("1"));
    assert_eq!(root.pointer("/meta/lastUpdated").unwrap().as_str().unwrap(), "2026-11-22T10:00:00.250Z");
    assert_eq!(
        root.pointer("/entry/0/fullUrl").unwrap().as_str().unwrap(),
        "http://payer.example/fhir/Task/a"
    );
    assert_eq!(root.pointer("/entry/0/search/mode").unwrap().as_str().unwrap(), "match");
    assert!(body(&world.get("Task?_id=x")).root().get("entry").is_none(), "no empty arrays");
}
