//! The 2019 exchange with Task and a CDex 2.1 data request, one in the words of the other.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has to fail")]

mod common;

use std::fs;

use fhir_solicit::{
    fhir::{
        CodeableConcept, CommunicationRequest, Reference, Resource, Task,
        views::{NOTE_TYPE, QUERY_STRING},
    },
    json::{Document, Value},
    lifecycle::Guide,
    solicitation::{Asked, Translation, Untranslatable, ledger, translate},
};
use proptest::prelude::*;
use serde_json::json;

fn guide(name: &str) -> Guide {
    Guide::named(name).unwrap()
}

fn document(text: &str) -> Document {
    Document::parse(text).unwrap()
}

fn text(document: &Document, pointer: &str) -> String {
    let value = document.root().pointer(pointer).and_then(Value::as_str);
    value.unwrap_or_else(|| panic!("nothing at {pointer} in {}", document.text())).into_owned()
}

fn paths(translation: &Translation) -> Vec<&str> {
    translation.lost.iter().map(|lost| &*lost.path).collect()
}

fn request() -> Document {
    document(
        r#"{"resourceType":"CommunicationRequest","id":"7","identifier":[{"system":"urn:r","value":"r7"}],
        "status":"active","category":[{"text":"medical"}],"priority":"urgent",
        "subject":{"reference":"https://payer.example/fhir/Patient/ann"},
        "about":[{"reference":"https://payer.example/fhir/Claim/8612"}],
        "payload":[{"extension":[{
            "url":"http://hl7.org/fhir/us/davinci-cdex/StructureDefinition/cdex-payload-query-string",
            "valueString":"Condition?patient=ann"}],"contentString":"Please send what the query finds."}],
        "occurrencePeriod":{"end":"2027-01-31"},
        "requester":{"reference":"https://payer.example/fhir/Organization/payer"},
        "recipient":[{"reference":"https://payer.example/fhir/Organization/payer"}],
        "sender":{"reference":"https://clinic.example/fhir/Organization/clinic"},
        "reasonCode":[{"text":"to settle the claim"}]}"#,
    )
}

fn task(more: &str) -> Document {
    document(&format!(
        r#"{{"resourceType":"Task","id":"9","identifier":[{{"system":"urn:t","value":"t9"}}],"status":"completed",
        "intent":"order","code":{{"coding":[{{"system":"http://hl7.org/fhir/CodeSystem/task-code","code":"fulfill"}}]}},
        "focus":{{"reference":"https://payer.example/fhir/CommunicationRequest/7"}},
        "for":{{"reference":"https://payer.example/fhir/Patient/ann"}},"authoredOn":"2026-01-01T00:00:00Z",
        "requester":{{"reference":"https://payer.example/fhir/Organization/payer"}},
        "owner":{{"reference":"https://clinic.example/fhir/Organization/clinic"}}{more}}}"#
    ))
}

#[test]
fn d2_what_the_2019_guide_says_in_two_resources_is_one_task() {
    let (cdex_2019, cdex_210) = (guide("cdex-2019"), guide("cdex-2.1.0"));
    let it = translate(&[request(), task("")], &cdex_2019, &cdex_210).unwrap();
    let task = &it.resources[0];
    assert!(task.root().get("focus").is_none(), "R31");
    assert_eq!(text(task, "/basedOn/0/reference"), "https://payer.example/fhir/CommunicationRequest/7");
    assert_eq!(text(task, "/basedOn/0/identifier/value"), "r7");
    assert_eq!(text(task, "/code/coding/0/code"), "data-request-query", "R30");
    assert_eq!(text(task, "/input/0/type/coding/0/code"), "data-query");
    assert_eq!(text(task, "/input/0/valueString"), "Condition?patient=ann");
    assert_eq!(text(task, "/restriction/period/end"), "2027-01-31");
    assert_eq!(text(task, "/reasonReference/reference"), "https://payer.example/fhir/Claim/8612", "R38");
    assert_eq!(text(task, "/reasonCode/text"), "to settle the claim");
    assert_eq!((text(task, "/id"), text(task, "/priority")), ("9".into(), "urgent".into()));
    assert_eq!(paths(&it), ["CommunicationRequest.category"]);

    let hrex = translate(&[request(), self::task("")], &cdex_2019, &guide("hrex-1.1")).unwrap();
    assert_eq!(text(&hrex.resources[0], "/code/coding/0/code"), "data-request");
}

#[test]
fn d2_there_and_back_again_with_the_request_at_hand_is_what_it_was() {
    let (cdex_2019, cdex_210) = (guide("cdex-2019"), guide("cdex-2.1.0"));
    let there = translate(&[task(""), request()], &cdex_2019, &cdex_210).unwrap();
    let back = translate(&[there.resources[0].clone(), request()], &cdex_210, &cdex_2019).unwrap();
    assert_eq!(text(&back.resources[0], "/focus/reference"), text(&task(""), "/focus/reference"));
    assert!(
        back.resources[0].root().get("basedOn").is_none() && back.resources[0].root().get("input").is_none()
    );
    assert_eq!(back.resources[1], request());
    assert!(back.lost.is_empty(), "{:?}", back.lost);
}

#[test]
fn d2_answers_become_outputs_and_outputs_answers() {
    let (cdex_2019, cdex_210) = (guide("cdex-2019"), guide("cdex-2.1.0"));
    let answer = document(
        r##"{"resourceType":"Communication","id":"3","status":"completed","note":[{"text":"n"}],
        "basedOn":[{"reference":"https://payer.example/fhir/CommunicationRequest/7"}],
        "contained":[{"resourceType":"Condition","id":"c"}],
        "payload":[{"contentReference":{"reference":"#c"}},{"contentString":"none else"},
            {"contentAttachment":{"contentType":"application/pdf","url":"https://clinic.example/1.pdf"}}]}"##,
    );
    let named = task(
        r#","output":[{"type":{"text":"Communication"},"valueReference":{"reference":"Communication/3"}}]"#,
    );
    let there = translate(&[named, request(), answer], &cdex_2019, &cdex_210).unwrap();
    let it = &there.resources[0];
    let outputs: Vec<String> =
        Task::read(it).unwrap().outputs().into_iter().map(|output| output.reference.unwrap()).collect();
    assert_eq!(outputs, ["#c", "#document-1", "#document-2"]);
    assert_eq!(text(it, "/output/0/type/coding/0/code"), "data-value", "R39");
    assert_eq!(text(it, "/contained/1/content/0/attachment/data"), "bm9uZSBlbHNl");
    assert_eq!(paths(&there), ["CommunicationRequest.category", "Communication.note"]);

    let back = translate(&[it.clone(), request()], &cdex_210, &cdex_2019).unwrap();
    let task = &back.resources[0];
    assert_eq!(text(task, "/output/0/valueReference/reference"), "#communication");
    let answer = task.root().list("contained").last().unwrap();
    assert_eq!(answer.list("payload").count(), 3);
    assert_eq!(
        answer.pointer("/payload/2/contentAttachment/url").and_then(Value::as_str).unwrap(),
        "https://clinic.example/1.pdf"
    );
    assert_eq!(task.root().list("contained").count(), 2, "the condition and the Communication");
}

#[test]
fn d2_what_cannot_be_said_is_refused_or_listed() {
    let (cdex_2019, cdex_210) = (guide("cdex-2019"), guide("cdex-2.1.0"));
    let of = |resources: &[Document]| translate(resources, &cdex_2019, &cdex_210);
    assert_eq!(of(&[]).unwrap_err(), Untranslatable::NoTask);
    assert_eq!(of(&[task("")]).unwrap_err(), Untranslatable::NoRequest);
    assert_eq!(translate(&[], &cdex_210, &guide("cdex-ci")).unwrap_err(), Untranslatable::Alike);
    let payload = |payload: &str| {
        let mut request = request();
        request.set_raw("/payload", payload).unwrap();
        request
    };
    let attached = payload(r#"[{"contentAttachment":{"url":"https://x.example"}}]"#);
    assert_eq!(of(&[task(""), attached]).unwrap_err(), Untranslatable::NothingAsked);
    let two = payload(r#"[{"contentString":"one"},{"contentString":"two"}]"#);
    let it = of(&[task(""), two]).unwrap();
    assert_eq!(paths(&it)[0], "CommunicationRequest.payload[1]", "cdex-9: one thing is asked for");
    assert_eq!(text(&it.resources[0], "/input/0/valueCodeableConcept/text"), "one", "R34");
    assert!(!format!("{it:?}").contains("two"), "no values");
}

/// What both guides can say of a request.
fn said(resources: &[Document], task: &Document) -> (Vec<Asked>, [Option<Reference>; 3], Option<String>) {
    let contained = task.root().list("contained").filter_map(|it| Document::parse(it.raw()).ok());
    let request =
        resources.iter().cloned().chain(contained).find(|it| CommunicationRequest::read(it).is_some());
    let request = request.unwrap();
    let view = CommunicationRequest::read(&request).unwrap();
    let asked = ledger(view, &[]).items.into_iter().map(|item| item.asked).collect();
    let due = request.root().pointer("/occurrencePeriod/end").and_then(Value::as_str);
    (asked, [view.subject(), view.requester(), view.sender()], due.map(Into::into))
}

/// A payload that asks by query, by type of note or in words.
fn payload() -> impl Strategy<Value = String> {
    let asks_by = |url: &str, value: serde_json::Value| {
        let mut extension = value;
        extension["url"] = json!(url);
        json!({"extension": [extension]}).to_string()
    };
    prop_oneof![
        "[A-Z][a-z]{2,8}\\?patient=[a-z0-9]{1,6}"
            .prop_map(move |query| asks_by(QUERY_STRING, json!({"valueString": query}))),
        ("[0-9]{5}-[0-9]", proptest::option::of("[a-z\"\\\\é]{1,8}")).prop_map(move |(code, text)| {
            let concept = CodeableConcept { text, ..CodeableConcept::code("http://loinc.org", &code) };
            asks_by(NOTE_TYPE, json!({"valueCodeableConcept": concept}))
        }),
        "[ -~é]{1,20}".prop_map(|text| json!({"contentString": text}).to_string()),
    ]
}

proptest! {
    #[test]
    fn d2_nothing_that_both_can_say_is_lost(payload in payload(), due in "20[2-9][0-9]-0[1-9]-1[0-9]", to_hrex: bool) {
        let mut request = request();
        request.set_raw("/payload", &format!("[{payload}]")).unwrap();
        request.set("/occurrencePeriod/end", &due).unwrap();
        let (from, to) = (guide("cdex-2019"), guide(if to_hrex { "hrex-1.1" } else { "cdex-2.1.0" }));
        let before = said(&[request.clone()], &task(""));
        let there = translate(&[task(""), request], &from, &to).unwrap();
        prop_assert_eq!(paths(&there), ["CommunicationRequest.category"]);
        let back = translate(&there.resources, &to, &from).unwrap();
        prop_assert!(said(&back.resources, &back.resources[0]) == before);
        let again = translate(&back.resources, &from, &to).unwrap();
        prop_assert_eq!(&again.resources[0].root().get("input").unwrap().raw(),
            &there.resources[0].root().get("input").unwrap().raw());
    }

    #[test]
    fn d2_no_resource_makes_it_panic(task in "[ -~]{0,80}", index in 0_usize..5) {
        let broken = document(&json!({"resourceType": "Task", "focus": {"reference": task},
            "input": [{"type": {"coding": [task]}}], "contained": [task], "output": task}).to_string());
        for to in Guide::all() {
            let _ = translate(&[broken.clone(), request()], &Guide::all()[index], to);
        }
    }
}

/// Every data request among the examples of CDex 2.1.0 and HRex, there and back.
#[test]
fn d2_the_examples_of_the_guides_survive() {
    let packages = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/packages");
    let mut seen = 0;
    for (package, name) in
        [("hl7.fhir.us.davinci-cdex#2.1.0", "cdex-2.1.0"), ("hl7.fhir.us.davinci-hrex#1.1.0", "hrex-1.1")]
    {
        let Ok(files) = fs::read_dir(packages.join(package).join("package/example")) else {
            println!("skipped: no examples of {name} in ../shared/packages");
            continue;
        };
        let (from, to) = (guide(name), guide("cdex-2019"));
        for path in files.map(|file| file.unwrap().path()) {
            let file = path.file_name().unwrap().to_string_lossy().into_owned();
            let example = document(&fs::read_to_string(&path).unwrap());
            let Some(task) = Task::read(&example).filter(|task| from.ask.is_in(*task)) else { continue };
            let there = match translate(std::slice::from_ref(&example), &from, &to) {
                Ok(there) => there,
                Err(error) => {
                    assert!(task.value().raw().contains("valueCanonical"), "{file}: {error}");
                    continue;
                }
            };
            seen += 1;
            let back =
                translate(&there.resources, &to, &from).unwrap_or_else(|error| panic!("{file}: {error}"));
            let now = back.resources[0].root();
            for (key, value) in example.root().members().filter(|(key, _)| !key.is("meta")) {
                let now =
                    now.get(&key.as_str()).unwrap_or_else(|| panic!("{file}: {} is lost", key.as_str()));
                let (now, then): (serde_json::Value, serde_json::Value) =
                    (serde_json::from_str(now.raw()).unwrap(), serde_json::from_str(value.raw()).unwrap());
                assert_eq!(now, then, "{file}: {}", key.as_str());
            }
            assert!(Resource::read(&back.resources[0]).is_some());
        }
    }
    if seen > 0 {
        assert!(seen >= 20, "only {seen} examples");
    }
}
