//! Contents, followed on servers that are a table of answers (R87 to R91, R97).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by panicking")]

use std::{
    collections::{BTreeMap, VecDeque},
    fmt::Write as _,
};

use fhir_solicit::{
    exchange::{
        FaultKind, Headers, HttpResponse, Servers, Unlocated,
        content::{
            ContentEffect, ContentInput, Finding, Limits, Measured, Resolved, Resolver, Sniffed, Unfetched,
            Withheld,
        },
    },
    fhir::base64,
    json::{Document, FromJson},
};

const PDF: &[u8] = b"%PDF-1.7 one page";

/// A server's answers by URL, and what a driver has done.
#[derive(Default)]
struct World {
    answers: BTreeMap<&'static str, (u16, &'static str, Vec<u8>)>,
    limits: Limits,
    /// What was asked for, in order.
    asked: Vec<String>,
    given: Vec<(Resolved, Option<Vec<u8>>)>,
    withheld: Vec<(Option<String>, Withheld)>,
}

impl World {
    fn has(mut self, url: &'static str, content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        self.answers.insert(url, (200, content_type, body.into()));
        self
    }

    fn fails(mut self, url: &'static str, status: u16) -> Self {
        self.answers.insert(url, (status, "text/html", b"<html>".to_vec()));
        self
    }

    /// Performs what the resolver wants, restoring its state from text at every step.
    fn resolve(mut self, resource: &str) -> Self {
        let servers: Servers = serde_json::from_str(
            r#"{"home":"https://home.example/fhir","partner":"https://partner.example/fhir"}"#,
        )
        .unwrap();
        let (mut resolver, effects) =
            Resolver::begin(&Document::parse(resource).unwrap(), "partner", servers, self.limits);
        let mut effects = VecDeque::from(effects);
        let mut kept: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
        while let Some(effect) = effects.pop_front() {
            let Some(input) = self.perform(effect, &mut kept) else { continue };
            let saved = serde_json::to_string(&resolver).unwrap();
            resolver = Resolver::from_json(Document::parse(saved).unwrap().root()).unwrap();
            let (next, more) = resolver.handle(input);
            resolver = next;
            effects.extend(more);
        }
        assert!(resolver.is_done());
        self
    }

    fn perform(&mut self, effect: ContentEffect, kept: &mut BTreeMap<u32, Vec<u8>>) -> Option<ContentInput> {
        match effect {
            ContentEffect::Fetch { id, request, .. } => {
                let (status, _, body) = self.answer(&format!("{} {}", request.server, request.url));
                let body = String::from_utf8(body).unwrap();
                Some(ContentInput::Received {
                    id,
                    response: HttpResponse { status, headers: Headers::default(), body },
                })
            }
            ContentEffect::Load { id, request, most, .. } => {
                assert!(request.headers.get("accept").unwrap().contains("*/*"), "R90: its own type first");
                let (status, served, body) = self.answer(&format!("{} {}", request.server, request.url));
                Some(loaded(id, status, served, body, most, kept))
            }
            ContentEffect::LoadElsewhere { id, url, most, .. } => {
                let (status, served, body) = self.answer(&url);
                Some(loaded(id, status, served, body, most, kept))
            }
            ContentEffect::Decode { id, data, most, .. } => Some(match base64::decode(&data) {
                None => ContentInput::Failed { id, why: Unfetched::NotBase64 },
                Some(bytes) if bytes.len() as u64 > most => {
                    ContentInput::Failed { id, why: Unfetched::TooLarge }
                }
                Some(bytes) => {
                    let measured = Measured::of(&bytes, None);
                    kept.insert(id, bytes);
                    ContentInput::Bytes { id, measured }
                }
            }),
            ContentEffect::Unwrap { id } => {
                let body = String::from_utf8(kept.remove(&id).unwrap()).unwrap();
                let response = HttpResponse { status: 200, headers: Headers::default(), body };
                Some(ContentInput::Received { id, response })
            }
            ContentEffect::Give { id, content } => {
                self.given.push((content, id.map(|id| kept.remove(&id).unwrap())));
                None
            }
            ContentEffect::Withhold { via, reason, .. } => {
                self.withheld.push((via, reason));
                None
            }
        }
    }

    fn answer(&mut self, url: &str) -> (u16, &'static str, Vec<u8>) {
        self.asked.push(url.to_owned());
        self.answers.get(url).cloned().unwrap_or((404, "", Vec::new()))
    }

    /// The bytes that were given, with how they were come upon.
    fn bytes(&self) -> Vec<(String, &[u8])> {
        let bytes =
            self.given.iter().filter_map(|(it, bytes)| Some((it.trail.join(" > "), bytes.as_deref()?)));
        bytes.collect()
    }

    fn why(&self, via: &str) -> &Withheld {
        let found = self.withheld.iter().find(|(it, _)| it.as_deref() == Some(via));
        &found.unwrap_or_else(|| panic!("{via} is not withheld")).1
    }
}

fn loaded(
    id: u32,
    status: u16,
    served: &str,
    body: Vec<u8>,
    most: u64,
    kept: &mut BTreeMap<u32, Vec<u8>>,
) -> ContentInput {
    if status != 200 {
        let response = HttpResponse { status, headers: Headers::default(), body: String::new() };
        return ContentInput::Received { id, response };
    }
    if body.len() as u64 > most {
        return ContentInput::Failed { id, why: Unfetched::TooLarge };
    }
    let measured = Measured::of(&body, Some(served));
    kept.insert(id, body);
    ContentInput::Bytes { id, measured }
}

fn communication(payloads: &str) -> String {
    format!(r#"{{"resourceType":"Communication","payload":[{payloads}]}}"#)
}

fn refers(reference: &str) -> String {
    format!(r#"{{"contentReference":{{"reference":"{reference}"}}}}"#)
}

const FHIR: &str = "application/fhir+json";

#[test]
fn r87_every_form_of_content_is_resolved() {
    let data = base64::encode(PDF);
    let document = format!(
        r#"{{"resourceType":"DocumentReference","id":"d","content":[
        {{"attachment":{{"contentType":"application/pdf","url":"Binary/b","title":"Report"}}}},
        {{"attachment":{{"contentType":"application/pdf","data":"{data}"}}}}]}}"#
    );
    let answers = r#"{"resourceType":"QuestionnaireResponse","id":"q","item":[{"linkId":"1","item":[{"linkId":"2","answer":[
        {"valueAttachment":{"contentType":"application/pdf","url":"/fhir/Binary/c"}}]}]}]}"#;
    let world = World::default()
        .has("partner DocumentReference/d", FHIR, document)
        .has("partner Binary/b", "application/pdf", PDF)
        .has("partner QuestionnaireResponse/q", FHIR, answers)
        .has("partner Binary/c", "application/pdf", PDF)
        .has("partner Condition/e", FHIR, r#"{"resourceType":"Condition","id":"e"}"#)
        .has("home Binary/f", "application/pdf", PDF)
        .resolve(&communication(&format!(
            r#"{{"contentString":"See the report."}},{},{},{},{},{{"contentAttachment":{{"contentType":"text/plain","data":"YWJj"}}}}"#,
            refers("DocumentReference/d"),
            refers("https://partner.example/fhir/QuestionnaireResponse/q"),
            refers("Condition/e"),
            refers("https://home.example/fhir/Binary/f"),
        )));
    assert_eq!(world.given[0].0.text.as_deref(), Some("See the report."));
    let mut bytes = world.bytes();
    bytes.sort();
    assert_eq!(
        bytes,
        [
            ("Communication.payload[1].contentReference > DocumentReference.content[0].attachment".into(), PDF),
            ("Communication.payload[1].contentReference > DocumentReference.content[1].attachment".into(), PDF),
            (
                "Communication.payload[2].contentReference > QuestionnaireResponse.item[0].item[0].answer[0].valueAttachment".into(),
                PDF
            ),
            ("Communication.payload[4].contentReference".into(), PDF),
            ("Communication.payload[5].contentAttachment".into(), &b"abc"[..]),
        ]
    );
    let resources = world.given.iter().filter_map(|(it, _)| it.resource.as_ref()).count();
    assert_eq!(resources, 3, "DocumentReference, QuestionnaireResponse and Condition");
    assert!(world.withheld.is_empty());
    assert!(world.given.iter().all(|(it, _)| it.findings.is_empty()));
}

#[test]
fn r87_what_stands_inside_is_not_fetched() {
    let data = base64::encode(PDF);
    let task = r##"{"resourceType":"Task","contained":[{"resourceType":"Observation","id":"o","status":"final"}],
        "output":[{"valueReference":{"reference":"#o"}},{"valueReference":{"reference":"#none"}}]}"##;
    let world = World::default().resolve(task);
    assert_eq!(world.given[0].0.resource.as_ref().unwrap().root().string("id").as_deref(), Some("o"));
    assert!(matches!(world.why("#none"), Withheld::Missing));

    let bundle = format!(
        r#"{{"resourceType":"Bundle","id":"x","type":"document","entry":[
        {{"fullUrl":"urn:uuid:1","resource":{{"resourceType":"Binary","contentType":"application/pdf","data":"{data}"}}}},
        {{"fullUrl":"https://partner.example/fhir/DocumentReference/d","resource":{{"resourceType":"DocumentReference",
          "content":[{{"attachment":{{"url":"urn:uuid:1","size":3}}}}]}}}},
        {{"fullUrl":"https://evil.example/fhir/Binary/2","resource":{{"resourceType":"Binary","contentType":"text/plain","data":"YWJj"}}}}]}}"#
    );
    let world =
        World::default().has("partner Bundle/x", FHIR, bundle).resolve(&communication(&refers("Bundle/x")));
    assert_eq!(world.asked, ["partner Bundle/x"]);
    let bytes: Vec<&[u8]> = world.bytes().into_iter().map(|(_, bytes)| bytes).collect();
    assert_eq!(bytes, [PDF, b"abc"], "each once");
    let claimed = &world.given.iter().find(|(_, bytes)| bytes.as_deref() == Some(PDF)).unwrap().0;
    assert_eq!(claimed.content_type.as_deref(), Some("application/pdf"), "of the Binary");
    assert_eq!(claimed.findings, [Finding::Size { claimed: 3, found: 17 }], "of the attachment");
}

#[test]
fn r87_a_reference_to_a_version_means_that_version() {
    let answer = r#"{"resourceType":"Condition","id":"1","meta":{"versionId":"2"}}"#;
    let world = World::default()
        .has("partner Condition/1/_history/2", FHIR, answer)
        .resolve(&communication(&refers("Condition/1/_history/2")));
    assert_eq!(world.given.len(), 1);
    let other = World::default()
        .has("partner Condition/1/_history/2", FHIR, answer.replace("\"id\":\"1\"", "\"id\":\"9\""))
        .resolve(&communication(&refers("Condition/1/_history/2")));
    assert!(matches!(other.why("Condition/1/_history/2"),
        Withheld::Fault { fault } if fault.kind == FaultKind::WrongResource));
}

#[test]
fn r87_circles_depth_and_number_have_an_end() {
    let task = |id: &str, to: &str| {
        format!(
            r#"{{"resourceType":"Task","id":"{id}","output":[{{"valueReference":{{"reference":"{to}"}}}}]}}"#
        )
    };
    let world = World::default()
        .has("partner Task/a", FHIR, task("a", "Task/b"))
        .has("partner Task/b", FHIR, task("b", "https://partner.example/fhir/Task/a"))
        .resolve(&communication(&refers("Task/a")));
    assert_eq!(world.asked, ["partner Task/a", "partner Task/b"]);
    assert!(matches!(world.why("https://partner.example/fhir/Task/a"), Withheld::Repeated));

    let limits = Limits { most_steps: 1, ..Limits::default() };
    let world = World { limits, ..World::default() }
        .has("partner Task/a", FHIR, task("a", "Task/b"))
        .resolve(&communication(&refers("Task/a")));
    assert_eq!(world.asked, ["partner Task/a"]);
    assert!(matches!(world.why("Task/b"), Withheld::TooDeep));

    let circle = r##"{"resourceType":"Task","contained":[
        {"resourceType":"Task","id":"x","output":[{"valueReference":{"reference":"#x"}}]}],
        "output":[{"valueReference":{"reference":"#x"}}]}"##;
    assert!(World::default().resolve(circle).given.len() < 5);

    let mut payloads = refers("Condition/0");
    for number in 1..1000 {
        write!(payloads, ",{}", refers(&format!("Condition/{number}"))).unwrap();
    }
    let world = World::default().resolve(&communication(&payloads));
    assert_eq!(world.asked.len(), 200);
    let too_many = world.withheld.iter().filter(|(_, why)| matches!(why, Withheld::TooMany)).count();
    assert_eq!(too_many, 1, "said once");
}

#[test]
fn r90_bytes_have_a_limit_each_and_in_all() {
    let limits = Limits { most_bytes: 20, most_bytes_in_all: 30, parallel: 1, ..Limits::default() };
    let payloads = [refers("Binary/1"), refers("Binary/2"), refers("Binary/3"), refers("Binary/4")].join(",");
    let world = World { limits, ..World::default() }
        .has("partner Binary/1", "text/plain", "a".repeat(21))
        .has("partner Binary/2", "text/plain", "b".repeat(20))
        .has("partner Binary/3", "text/plain", "c".repeat(11))
        .has("partner Binary/4", "text/plain", "d".repeat(10))
        .resolve(&communication(&payloads));
    let bytes: Vec<usize> = world.bytes().iter().map(|(_, bytes)| bytes.len()).collect();
    assert_eq!(bytes, [20, 10]);
    assert!(matches!(world.why("Binary/1"), Withheld::TooLarge { most: 20 }));
    assert!(matches!(world.why("Binary/3"), Withheld::TooLarge { most: 10 }));
    let data =
        format!(r#"{{"contentAttachment":{{"contentType":"text/plain","data":"{}"}}}}"#, "AAAA".repeat(7));
    let world = World { limits, ..World::default() }.resolve(&communication(&data));
    assert!(matches!(world.withheld[..], [(None, Withheld::TooLarge { most: 20 })]));
}

#[test]
fn r90_a_binary_comes_in_its_own_type_or_wrapped() {
    let wrapped = format!(
        r#"{{"resourceType":"Binary","id":"w","contentType":"application/pdf","data":"{}"}}"#,
        base64::encode(PDF)
    );
    let world = World::default()
        .has("partner Binary/n", "application/pdf", PDF)
        .has("partner Binary/w", "application/fhir+json; charset=utf-8", wrapped)
        .resolve(&communication(&[refers("Binary/n"), refers("Binary/w")].join(",")));
    assert_eq!(world.bytes().into_iter().map(|(_, bytes)| bytes).collect::<Vec<_>>(), [PDF, PDF]);
    for (content, _) in &world.given {
        assert_eq!(content.content_type.as_deref(), Some("application/pdf"));
        assert_eq!((content.sniffed, content.size), (Some(Sniffed::Pdf), Some(17)));
        assert_eq!(content.findings, []);
    }
}

#[test]
fn r88_r89_what_was_said_and_is_not_so_is_told_beside_the_bytes() {
    let attachment = |rest: &str| format!(r#"{{"contentAttachment":{{{rest}}}}}"#);
    let findings = |payload: String| {
        let world =
            World::default().has("partner Binary/1", "text/html", "<html>").resolve(&communication(&payload));
        let (content, bytes) = &world.given[0];
        assert!(bytes.is_some(), "given all the same");
        content.findings.clone()
    };
    assert_eq!(findings(attachment(r#""data":"YWJj""#)), [Finding::Unlabelled]);
    assert_eq!(
        findings(attachment(r#""contentType":"text/plain","data":"YW\nJj\n","size":4,"hash":"AAAA""#)),
        [Finding::Size { claimed: 4, found: 3 }, Finding::Hash]
    );
    // As in the example of the 2019 guide: XML under the label of JSON.
    let xml = base64::encode(b"<Bundle xmlns=\"http://hl7.org/fhir\"/>");
    assert_eq!(
        findings(attachment(&format!(r#""contentType":"application/fhir+json","data":"{xml}""#))),
        [Finding::Label { label: FHIR.into(), found: Sniffed::Xml }]
    );
    assert_eq!(
        findings(attachment(r#""contentType":"application/pdf","url":"Binary/1""#)),
        [
            Finding::Label { label: "application/pdf".into(), found: Sniffed::Html },
            Finding::Served { label: "application/pdf".into(), served: "text/html".into() }
        ]
    );
    let broken =
        World::default().resolve(&communication(&attachment(r#""contentType":"text/plain","data":"YWJ""#)));
    assert!(matches!(broken.withheld[..], [(None, Withheld::NotBase64)]));
}

#[test]
fn r97_what_is_on_another_origin_is_withheld_or_loaded_without_credential() {
    let attachment =
        |url: &str| format!(r#"{{"contentAttachment":{{"contentType":"application/pdf","url":"{url}"}}}}"#);
    let foreign = "https://files.example/report.pdf";
    let payloads = [
        attachment(foreign),
        attachment("http://files.example/report.pdf"),
        attachment("javascript:alert(1)"),
        attachment("data:text/html,x"),
        attachment("//files.example/report.pdf"),
        refers("https://evil.example/fhir/DocumentReference/1"),
        refers("javascript:alert(1)"),
    ]
    .join(",");
    let unlocated = |world: &World, via: &str| match world.why(via) {
        Withheld::Unlocated { unlocated } => *unlocated,
        _ => panic!("{via}"),
    };
    for elsewhere in [false, true] {
        let limits = Limits { elsewhere, ..Limits::default() };
        let world = World { limits, ..World::default() }
            .has(foreign, "application/pdf", PDF)
            .resolve(&communication(&payloads));
        if elsewhere {
            assert_eq!(world.asked, [foreign]);
            assert_eq!(world.bytes()[0].1, PDF);
        } else {
            assert!(world.asked.is_empty());
            assert_eq!(unlocated(&world, foreign), Unlocated::UnknownServer);
        }
        for url in [
            "http://files.example/report.pdf",
            "javascript:alert(1)",
            "data:text/html,x",
            "//files.example/report.pdf",
        ] {
            assert_eq!(unlocated(&world, url), Unlocated::Unsafe, "{url}");
        }
        let reference = "https://evil.example/fhir/DocumentReference/1";
        assert_eq!(unlocated(&world, reference), Unlocated::UnknownServer, "a reference is not a file");
    }
}

#[test]
fn what_could_not_be_had_is_told_and_the_rest_goes_on() {
    let world = World::default()
        .fails("partner Binary/1", 403)
        .fails("partner Condition/1", 500)
        .has("partner Condition/2", FHIR, r#"{"resourceType":"Patient","id":"2"}"#)
        .has("partner Binary/3", "application/pdf", PDF)
        .resolve(&communication(
            &[refers("Binary/1"), refers("Condition/1"), refers("Condition/2"), refers("Binary/3")].join(","),
        ));
    let kind = |via: &str| match world.why(via) {
        Withheld::Fault { fault } => fault.kind,
        _ => panic!("{via}"),
    };
    assert_eq!(kind("Binary/1"), FaultKind::Forbidden);
    assert_eq!(kind("Condition/1"), FaultKind::Unavailable);
    assert_eq!(kind("Condition/2"), FaultKind::WrongResource);
    assert_eq!(world.bytes()[0].1, PDF);
}

#[test]
fn r41_what_is_signed_is_asked_for_by_search() {
    let limits = Limits { signed: true, ..Limits::default() };
    let found = r#"{"resourceType":"Bundle","type":"searchset","signature":{"data":"YQ=="},
        "entry":[{"resource":{"resourceType":"DocumentReference","id":"1","content":[{"attachment":{"url":"Binary/2"}}]}}]}"#;
    let world = World { limits, ..World::default() }
        .has("partner DocumentReference?_id=1", FHIR, found)
        .has("partner Binary/2", "application/pdf", PDF)
        .resolve(&communication(&refers("DocumentReference/1")));
    assert_eq!(world.asked, ["partner DocumentReference?_id=1", "partner Binary/2"]);
    assert!(world.given[0].0.signed);
    assert_eq!(world.bytes()[0].1, PDF);
}
