//! What crosses to JavaScript, written down as TypeScript literals for `tests/contract/check.ts`,
//! where the compiler holds them against the hand-written types of `js/src/contract.ts`.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test --test contract` rewrites the file.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has to fail")]

use std::{env, fmt::Write as _, fs};

use fhir_solicit::{
    actor::{
        Act, AskedRecipient, Brings, Content, Delivery, Effect, Input, Machine, Phase, Receipt, Received,
        Refusal, RequestDraft, Seed, Snapshot, Start, Taken, Update, Variant, View, Watching,
    },
    exchange::{
        Fault, FaultKind, Headers, HttpRequest, HttpResponse, ServerError, Servers, Unlocated,
        content::{ContentEffect, ContentInput, Finding, Limits, Resolved, Resolver, Sniffed, Withheld},
        subscription::{About, Undraftable},
    },
    fhir::{
        CodeableConcept, Coding, Instant, Reference,
        outcome::{OutcomeIssue, Severity},
    },
    json::{Document, EditError, FromJson, Position},
    lifecycle::{Guide, Refused, Rules, Status, TaskStatus},
    pack::{ElementExplanation, Explanation, Pack},
    solicitation::{
        Asked, AttachmentDraft, AttachmentError, Due, Item, ItemState, Ledger, RecipientState, Solicitation,
        State, SubmissionError, Timeliness, Translation, translate,
    },
    validate::{Options, validate_bytes},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, from_value, json, to_value};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/contract/golden/contract.ts");
const SEED: &str = "0123456789abcdef0123456789abcdef";

#[test]
fn what_crosses_is_what_the_typescript_types_say() {
    let mut golden = Golden::default();
    starts(&mut golden);
    drafts(&mut golden);
    inputs(&mut golden);
    given(&mut golden);
    saved(&mut golden);
    contents(&mut golden);
    golden.compare();
}

/// A TypeScript file of literals, each held to a type.
#[derive(Default)]
struct Golden {
    types: Vec<&'static str>,
    literals: String,
}

impl Golden {
    /// Values that Rust gives.
    fn gives<T: Serialize>(
        &mut self,
        name: &str,
        type_name: &'static str,
        values: impl IntoIterator<Item = T>,
    ) {
        let values: Vec<Value> = values.into_iter().map(|value| to_value(value).unwrap()).collect();
        let text = serde_json::to_string_pretty(&values).unwrap();
        writeln!(self.literals, "\nexport const {name} = {text} satisfies {type_name}[];").unwrap();
        self.types.push(type_name);
    }

    /// Values that Rust takes, and of which it overlooks nothing.
    fn takes<T: DeserializeOwned + FromJson + Serialize>(
        &mut self,
        name: &str,
        type_name: &'static str,
        values: Vec<Value>,
    ) {
        for value in &values {
            let taken: T = from_value(value.clone()).unwrap_or_else(|error| panic!("{error}: {value}"));
            assert_holds(&to_value(&taken).unwrap(), value);
            let document = Document::parse(value.to_string()).unwrap();
            let read = T::from_json(document.root()).unwrap_or_else(|error| panic!("{error}: {value}"));
            assert_eq!(to_value(read).unwrap(), to_value(taken).unwrap());
        }
        self.gives(name, type_name, values);
    }

    fn compare(self) {
        let types = self.types.join(", ");
        let text = format!(
            "// Written by core/tests/contract.rs with UPDATE_SNAPSHOTS=1; never edited.\n\
             import type {{ {types} }} from \"fhir-solicit\";\n{}",
            self.literals
        );
        if env::var_os("UPDATE_SNAPSHOTS").is_some() {
            fs::write(GOLDEN, &text).unwrap();
        }
        assert!(
            fs::read_to_string(GOLDEN).unwrap_or_default() == text,
            "something else crosses than {GOLDEN} says. If that is meant, run `UPDATE_SNAPSHOTS=1 cargo \
             test --test contract`, then `npm run check -- ts`, and mend js/src/contract.ts"
        );
    }
}

fn saved(golden: &mut Golden) {
    let entries = [
        json!({"id": "newer", "state": {"actor": "inbox", "version": Snapshot::VERSION + 1}}),
        json!({"id": "later", "state": {"actor": "auctioneer"}}),
        json!("damaged"),
    ];
    let snapshot = json!({"format": "fhir-solicit", "version": 1, "saved": entries});
    let restored = Snapshot::restore(&snapshot.to_string()).unwrap();
    golden.gives("snapshots", "Snapshot", [serde_json::from_str::<Value>(&restored.to_json()).unwrap()]);
    golden.gives("restored", "Restored", [restored]);
}

/// Every member of `part` is in `whole`.
fn assert_holds(whole: &Value, part: &Value) {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            for (key, part) in part {
                assert_holds(whole.get(key).unwrap_or_else(|| panic!("{key} is overlooked")), part);
            }
        }
        (Value::Array(whole), Value::Array(part)) => {
            assert_eq!(whole.len(), part.len());
            whole.iter().zip(part).for_each(|(whole, part)| assert_holds(whole, part));
        }
        _ => assert_eq!(whole, part),
    }
}

fn starts(golden: &mut Golden) {
    let request = r#"{"resourceType":"CommunicationRequest","status":"draft","sender":{"display":"x"}}"#;
    let task = r#"{"resourceType":"Task","id":"1","status":"requested"}"#;
    let (home, partner) = ("https://a.example/fhir", "https://b.example/fhir");
    let servers = json!({"home": home, "partner": partner, "third": "https://c.example"});
    let start = |actor: &str, more: Value| {
        let mut start = json!({"actor": actor, "servers": servers, "seed": SEED});
        start.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        start
    };
    let mut starts = vec![
        start("requester", json!({"request": request, "variant": "with-task"})),
        start("responder", json!({"arrived": task})),
        start("responder", json!({"arrived": task, "payer": {"limit": 1_000_000, "idempotent": true}})),
        start("inbox", json!({"cadence": {"cadence": "cdex"}, "owner": "Organization/1"})),
        start("inbox", json!({"communications": true})),
        start("information-recipient", json!({"arrived": r#"{"resourceType":"Communication","id":"1"}"#})),
        json!({"actor": "inbox", "servers": {"home": home}, "seed": SEED}),
    ];
    for cadence in [
        json!({"cadence": "hrex"}),
        json!({"cadence": "hrex", "urgent": true}),
        json!({"cadence": "custom", "seconds": 90}),
        json!({"cadence": "custom", "seconds": 1, "unsafeBelowMinute": true}),
    ] {
        let owner = json!({"reference": "Organization/1", "display": "x"});
        let recipients = json!([{"server": "partner", "owner": owner}, {"server": "third"}]);
        let more = json!({"request": request, "variant": "without-task", "cadence": cadence, "recipients": recipients});
        starts.push(start("requester", more));
    }
    for guide in Guide::all() {
        starts.push(start("responder", json!({"arrived": task, "guide": guide})));
    }
    starts.extend(subscribers(&servers));
    golden.takes::<Start>("starts", "Start", starts);
    let rules = |guide: &Guide| to_value::<&Rules>(guide).unwrap();
    golden.takes::<Rules>("rules", "Rules", Guide::all().iter().map(rules).collect());
    let own = json!({"guide": "own", "title": "x", "extends": "cdex-2.1.0", "unstable": true});
    let document = Document::parse(own.to_string()).unwrap();
    assert_eq!(Guide::from_json(document.root()).unwrap().title, "x");
    golden.gives("guides", "Guide", [own, rules(&Guide::all()[0])]);
}

/// Subscriptions over either channel, with everything that may be said of them and without.
fn subscribers(servers: &Value) -> [Value; 2] {
    let hook = json!({"type": "rest-hook", "endpoint": "https://relay.example/in", "header": ["X-A: b"]});
    let most = json!({
        "topic": "https://t.example/topic", "filters": [{"parameter": "owner", "value": "x"}], "content": "empty",
        "channel": hook, "heartbeat": 60, "timeout": 10, "maxCount": 20, "end": "2026-01-01T00:00:00.000Z",
    });
    let least = json!({"channel": {"type": "websocket"}});
    let start = json!({"actor": "subscriber", "servers": servers, "server": "home", "seed": SEED});
    [(least, json!({})), (most, json!({"unadvertised": true}))].map(|(subscription, more)| {
        let mut start = start.clone();
        let members = start.as_object_mut().unwrap();
        members.insert("subscription".into(), subscription);
        members.extend(more.as_object().unwrap().clone());
        start
    })
}

/// What a subscriber tells, and how its state is shown.
fn watching(phase: Phase) -> Watching {
    let until = (phase == Phase::Active).then(|| Instant::from_unix_milliseconds(0));
    Watching { base: "https://a.example/fhir".into(), phase, until }
}

fn drafts(golden: &mut Golden) {
    let reference = json!({"reference": "Patient/1"});
    let identified = json!({"identifier": {"system": "urn:x", "value": "1"}});
    let least = json!({
        "subject": reference, "ask": [], "informationSender": identified, "informationRecipients": [],
    });
    let most = json!({
        "subject": reference,
        "ask": [{"query": "Condition?patient=1"}, {"noteType": concept()}, {"text": "x"}],
        "informationSender": identified,
        "informationRecipients": [reference],
        "requester": identified,
        "category": concept(),
        "reason": concept(),
        "about": [reference],
        "due": "2026-01-01",
        "priority": "stat",
    });
    golden.takes::<RequestDraft>("drafts", "RequestDraft", vec![least, most]);
    let number = json!({"system": "urn:x", "value": "1"});
    let least = json!({
        "trackingId": number, "patient": "{}", "practitionerRole": "{}", "payer": number, "attachTo": "claim",
        "claim": number, "needed": [], "payerUrl": "https://x",
    });
    let mut most = least.clone();
    most["needed"] = json!([{"code": concept(), "lines": [1]}, {"questionnaire": "urn:x"}]);
    most["adminRefNumber"] = number;
    most["attachTo"] = json!("preauthorization");
    for (name, value) in [("serviceDate", "2026-01-01"), ("due", "2026-01-31")] {
        most[name] = json!(value);
    }
    for name in ["signature", "multipleSubmits"] {
        most[name] = json!(true);
    }
    most["purposeOfUse"] = json!([{"system": "urn:x", "code": "x"}]);
    golden.takes::<AttachmentDraft>("attachmentDrafts", "AttachmentDraft", vec![least, most]);
}

fn inputs(golden: &mut Golden) {
    let response = json!({"status": 200, "headers": {"etag": "W/\"1\""}, "body": "{}"});
    let attachment = json!({
        "contentType": "text/plain", "data": "eA==", "url": "urn:x", "size": 1, "hash": "x", "title": "x",
    });
    let payloads = json!([
        {"contentString": "x"},
        {"answers": 0, "contentAttachment": attachment},
        {"contentReference": {"reference": "Binary/1"}},
    ]);
    let mut inputs = vec![
        json!({"input": "received", "id": 1, "response": response}),
        json!({"input": "failed", "id": 1}),
        json!({"input": "woke"}),
        json!({"input": "notified"}),
        json!({"input": "notified", "about": "everything"}),
        json!({"input": "notified", "about": {"only": ["https://a.example/fhir/Task/1"]}}),
        json!({"input": "watched", "base": "https://a.example/fhir", "until": "2026-01-01T00:00:00.000Z"}),
        json!({"input": "watched", "base": "https://a.example/fhir"}),
        json!({"input": "notification", "bundle": "{}"}),
        json!({"input": "closed"}),
        json!({"input": "restored"}),
        json!({"input": "do", "act": "acknowledge", "arrived": "Task/1"}),
        json!({"input": "do", "act": "cancel", "reason": concept()}),
        json!({"input": "do", "act": "reject", "reason": {"text": "x"}}),
        json!({"input": "do", "act": "hold"}),
        json!({"input": "do", "act": "hold", "reason": {"text": "x"}}),
        json!({"input": "do", "act": "progress", "text": "x"}),
        json!({"input": "do", "act": "respond", "payloads": payloads}),
        json!({"input": "do", "act": "fail", "reason": {"text": "x"}}),
        json!({"input": "do", "act": "fetched", "reference": "Binary/1"}),
        json!({"input": "do", "act": "waive", "reference": "Binary/1"}),
        json!({"input": "do", "act": "submitted", "parameters": "{}"}),
    ];
    for act in ["look", "retry", "give-up", "untrack", "close", "accept", "start", "resume", "complete"] {
        inputs.push(json!({"input": "do", "act": act}));
    }
    for delivery in [Delivery::Usual, Delivery::Communication, Delivery::CommunicationTask] {
        let act = json!({"input": "do", "act": "respond", "payloads": [], "note": "x", "delivery": delivery});
        inputs.push(act);
    }
    golden.takes::<Input>("inputs", "Input", inputs);
}

/// What a resolver of contents is told, and wants done.
fn contents(golden: &mut Golden) {
    let response = json!({"status": 200, "headers": {}, "body": "{}"});
    let full = json!({"size": 3, "head": "abc", "sha1": "qZk=", "served": "text/plain"});
    let mut inputs = vec![
        json!({"input": "received", "id": 1, "response": response}),
        json!({"input": "bytes", "id": 1, "measured": full}),
        json!({"input": "bytes", "id": 1, "measured": {"size": 3, "head": "abc"}}),
    ];
    for why in ["network", "too-large", "not-base64"] {
        inputs.push(json!({"input": "failed", "id": 1, "why": why}));
    }
    golden.takes::<ContentInput>("contentInputs", "ContentInput", inputs);
    golden.gives("limits", "ContentLimits", [Limits::default()]);
    let partly = Document::parse(r#"{"mostBytes":7}"#).unwrap();
    assert_eq!(
        Limits::from_json(partly.root()).unwrap(),
        Limits { most_bytes: 7, ..Limits::default() },
        "what is not given is as by default"
    );
    let communication = r##"{"resourceType":"Communication","payload":[{"contentString":"x"},
        {"contentReference":{"reference":"Bundle/1"}},{"contentReference":{"reference":"#none"}},
        {"contentAttachment":{"contentType":"text/plain","title":"x","data":"YWJj"}},
        {"contentAttachment":{"url":"https://files.example/x"}},{"contentReference":{"reference":"Binary/1"}}]}"##;
    let communication = Document::parse(communication).unwrap();
    let servers = r#"{"partner": "https://b.example/fhir"}"#;
    let servers: Servers = serde_json::from_str(servers).unwrap();
    let limits = Limits { elsewhere: true, ..Limits::default() };
    let begun = Resolver::begin(&communication, "partner", servers, limits);
    let findings = [
        Finding::Size { claimed: 1, found: 2 },
        Finding::Hash,
        Finding::HashUnchecked,
        Finding::Unlabelled,
        Finding::Label { label: "text/plain".into(), found: Sniffed::ClinicalDocument },
        Finding::Served { label: "text/plain".into(), served: "text/html".into() },
    ];
    let whole = Resolved {
        trail: vec!["Communication.payload[0].contentReference".into()],
        via: Some("Bundle/1".into()),
        text: Some("x".into()),
        resource: Some(communication),
        signed: true,
        content_type: Some("text/plain".into()),
        sniffed: Some(Sniffed::Text),
        size: Some(3),
        title: Some("x".into()),
        findings: findings.into(),
    };
    let whole = ContentEffect::Give { id: Some(1), content: whole };
    let reasons = [
        Withheld::Unlocated { unlocated: Unlocated::Unsafe },
        Withheld::Fault { fault: Fault::of(FaultKind::NotFound) },
        Withheld::TooLarge { most: 1 },
        Withheld::TooMany,
        Withheld::TooDeep,
        Withheld::Repeated,
        Withheld::NotBase64,
        Withheld::Missing,
    ];
    let withhold = |reason| ContentEffect::Withhold { trail: Vec::new(), via: None, reason };
    let more = [whole, ContentEffect::Unwrap { id: 1 }].into_iter().chain(reasons.map(withhold));
    golden.gives("contentEffects", "ContentEffect", begun.1.iter().cloned().chain(more));
}

/// What a profile demands, with everything that is said only where there is something to say, and without.
fn explanations() -> [Explanation; 2] {
    let explanation = |version: Option<&str>, demands: &[&str]| Explanation {
        profile: "http://example.org/profile".into(),
        version: version.map(Into::into),
        of: "Task".into(),
        base: version.map(|_| "http://example.org/base".into()),
        elements: vec![ElementExplanation {
            element: "Task.status".into(),
            demands: demands.iter().map(|&demand| demand.into()).collect(),
        }],
    };
    [explanation(None, &[]), explanation(Some("1.0.0"), &["required"])]
}

fn given(golden: &mut Golden) {
    let document = Document::parse(r#"{"resourceType":"Basic"}"#).unwrap();
    let at = Instant::from_unix_milliseconds(0);
    let (fault, solicitation) = (full_fault(), full_solicitation(full_due(at)));
    let mut bare = Solicitation { progress: None, reason: None, due: None, ..solicitation.clone() };
    for one in &mut bare.recipients {
        (one.owner, one.progress, one.reason) = (None, None, None);
    }
    golden.gives("faults", "Fault", [Fault::of(FaultKind::Network), fault.clone()]);
    golden.gives("faultKinds", "FaultKind", FAULT_KINDS);
    golden.gives("states", "State", STATES);
    golden.gives("timeliness", "Timeliness", TIMELINESS);
    golden.gives("solicitations", "Solicitation", [bare, solicitation.clone()]);
    golden.gives("taskStatuses", "TaskStatus", TaskStatus::ALL);
    golden.gives("variants", "Variant", [Variant::WithTask, Variant::WithoutTask]);
    let broken = r#"{"resourceType":"Task","status":"x","_implicitRules":{"extension":[{"url":"u"}]}}"#;
    golden.gives("reports", "Report", [validate_bytes(broken, Pack::exchange(), &Options::default())]);
    golden.gives("explanations", "Explanation", explanations());
    golden.gives("refusalKinds", "RefusalKind", refusals().map(|refusal| refusal.kind().to_owned()));

    let servers: Servers = from_value(json!({"home": "https://a.example/fhir"})).unwrap();
    let start = json!({"actor": "inbox", "servers": servers, "seed": SEED});
    let begun = Machine::begin(from_value(start).unwrap(), at).unwrap();
    let request = |effect: &Effect| match effect {
        Effect::Send { request, .. } => Some(request.clone()),
        _ => None,
    };
    let search: HttpRequest = begun.effects.iter().find_map(request).unwrap();
    golden.gives(
        "requests",
        "HttpRequest",
        [search.clone(), HttpRequest { body: Some("{}".into()), ..search.clone() }],
    );
    let response = HttpResponse { status: 204, headers: Headers::default(), body: String::new() };
    golden.gives("translations", "Translation", [translation()]);
    golden.gives("responses", "HttpResponse", [response]);
    let updates = [
        Update::State { solicitation: Box::new(solicitation.clone()) },
        Update::Arrived { brings: Brings::Request, resource: document.clone(), seed: Seed::new(7) },
        Update::Arrived { brings: Brings::Information, resource: document.clone(), seed: Seed::new(7) },
        Update::Receipt { receipt: Box::new(receipt(&fault)) },
        Update::Fault { doing: "x".into(), fault: fault.clone(), stalled: true },
        Update::Notice { text: "x".into() },
        Update::News { about: About::Everything },
        Update::News { about: About::Only(["https://a.example/fhir/Task/1".into()].into()) },
        Update::Subscription { watching: Box::new(watching(Phase::Requested)) },
        Update::Subscription { watching: Box::new(watching(Phase::Active)) },
    ];
    let reports = updates.clone().map(|update| Effect::Report { update });
    let connect = Effect::Connect { url: "wss://a.example/ws".into(), message: "x".into() };
    let again = Effect::Send { id: 1, request: search, again: true };
    let others = [again, connect, Effect::Disconnect];
    golden.gives("effects", "Effect", begun.effects.iter().cloned().chain(reports).chain(others));
    golden.gives("phases", "Phase", PHASES);
    golden.gives("updates", "Update", updates);

    let contents = contents_of(&document, &fault);
    let full = View {
        servers,
        guide: Guide::default(),
        solicitation: Some(solicitation),
        request: Some(document.clone()),
        request_fault: Some(fault),
        task: Some(document.clone()),
        recipients: vec![
            AskedRecipient {
                server: "partner".into(),
                owner: Some(Reference::to("Organization/1")),
                url: Some("Task/1".into()),
                version: Some("1".into()),
                sent: Some(at),
                task: Some(document.clone()),
            },
            AskedRecipient {
                server: "third".into(),
                owner: None,
                url: None,
                version: None,
                sent: None,
                task: None,
            },
        ],
        status: Some(TaskStatus::Accepted),
        communications: vec![
            Received {
                document: document.clone(),
                by: Some(0),
                from: Some("partner".into()),
                contents,
                late: true,
            },
            Received { document, by: None, from: None, contents: Vec::new(), late: false },
        ],
        receipt: Some(receipt(&full_fault())),
        watching: Some(watching(Phase::Active)),
        finished: true,
        watched_until: Some(at),
    };
    golden.gives("views", "View", [begun.state.view(at), full]);
}

/// What a Communication refers to, and everything that may have become of it.
fn contents_of(document: &Document, fault: &Fault) -> Vec<Content> {
    let reference = || String::from("Basic/1");
    let nothing =
        |reference| Content { reference, document: None, unlocated: None, fault: None, taken: None };
    vec![
        Content { document: Some(document.clone()), ..nothing(reference()) },
        Content { fault: Some(fault.clone()), ..nothing(reference()) },
        Content { unlocated: Some(Unlocated::UnknownServer), ..nothing(reference()) },
        Content { unlocated: Some(Unlocated::NotRestful), ..nothing(reference()) },
        Content { unlocated: Some(Unlocated::Unsafe), ..nothing(reference()) },
        Content { taken: Some(Taken::Fetched), ..nothing(reference()) },
        Content { taken: Some(Taken::Waived), ..nothing(reference()) },
    ]
}

fn receipt(fault: &Fault) -> Receipt {
    Receipt {
        status: TaskStatus::Accepted,
        solicited: Some(true),
        lacking: vec!["Basic/1".into()],
        fault: Some(fault.clone()),
    }
}

fn translation() -> Translation {
    let request = r#"{"resourceType":"CommunicationRequest","status":"active","category":[{"text":"x"}],
        "payload":[{"contentString":"x"}]}"#;
    let task =
        r#"{"resourceType":"Task","status":"requested","focus":{"reference":"CommunicationRequest/1"}}"#;
    let resources = [request, task].map(|text| Document::parse(text).unwrap());
    translate(&resources, &Guide::default(), &Guide::named("cdex-2.1.0").unwrap()).unwrap()
}

fn concept() -> CodeableConcept {
    let coding = Coding { display: Some("x".into()), ..Coding::new("http://loinc.org", "1") };
    CodeableConcept { coding: vec![coding], text: Some("x".into()) }
}

fn full_fault() -> Fault {
    let issue = |severity| OutcomeIssue {
        details: Some("x".into()),
        diagnostics: Some("x".into()),
        expression: vec!["Task.status".into()],
        rule: Some("x".into()),
        position: Some(Position { line: 1, column: 2 }),
        ..OutcomeIssue::new(severity, "invalid")
    };
    let severities = [Severity::Fatal, Severity::Error, Severity::Warning, Severity::Information];
    Fault {
        kind: FaultKind::Invalid,
        status: Some(422),
        issues: severities.map(issue).into(),
        retry_after: Some(5),
        detail: Some("x".into()),
    }
}

const TIMELINESS: [Timeliness; 7] = [
    Timeliness::Early,
    Timeliness::Pending,
    Timeliness::Soon,
    Timeliness::Overdue,
    Timeliness::InTime,
    Timeliness::Late,
    Timeliness::Moot,
];

fn full_due(until: Instant) -> Due {
    Due { written: "1970-01-01".into(), from: Some(until), until, timeliness: Timeliness::Late }
}

fn full_solicitation(due: Due) -> Solicitation {
    let item = |asked, state| Item { asked, state, answered_by: vec![0], recipients: vec![0] };
    let items = vec![
        item(Asked::Query("Condition?patient=1".into()), ItemState::Missing),
        item(Asked::NoteType(concept()), ItemState::Partial),
        item(Asked::Text("x".into()), ItemState::Received),
        item(Asked::Content, ItemState::Received),
    ];
    Solicitation {
        state: State::Answered,
        why: "x".into(),
        progress: Some("x".into()),
        reason: Some("x".into()),
        ledger: Ledger { items, unexpected: vec![0] },
        recipients: vec![RecipientState {
            server: "partner".into(),
            owner: Some(Reference::to("Organization/1")),
            state: State::Answered,
            why: "x".into(),
            progress: Some("x".into()),
            reason: Some("x".into()),
            lost: false,
            reopened: true,
        }],
        due: Some(due),
        lost: false,
        conflict: false,
    }
}

const FAULT_KINDS: [FaultKind; 15] = [
    FaultKind::Network,
    FaultKind::Unauthorized,
    FaultKind::Forbidden,
    FaultKind::NotFound,
    FaultKind::Gone,
    FaultKind::Conflict,
    FaultKind::SeveralMatches,
    FaultKind::Invalid,
    FaultKind::TooLarge,
    FaultKind::TooManyRequests,
    FaultKind::Unavailable,
    FaultKind::Pending,
    FaultKind::Unreadable,
    FaultKind::WrongResource,
    FaultKind::Unexpected,
];

const STATES: [State; 13] = [
    State::Drafting,
    State::Sending,
    State::Sent,
    State::Acknowledged,
    State::Accepted,
    State::Working,
    State::Paused,
    State::PartiallyAnswered,
    State::Answered,
    State::AnsweredEmpty,
    State::Declined,
    State::Failed,
    State::Cancelled,
];

const PHASES: [Phase; 7] = [
    Phase::Discovering,
    Phase::Unavailable,
    Phase::Creating,
    Phase::Requested,
    Phase::Active,
    Phase::Recovering,
    Phase::Ended,
];

fn refusals() -> [Refusal; 19] {
    [
        Refusal::WrongResource { expected: "Task" },
        Refusal::Guide(String::new()),
        Refusal::Draft(""),
        Refusal::MissingServer("home".into()),
        Refusal::Server(ServerError::Malformed(String::new())),
        Refusal::Subscription(Undraftable::Topic),
        Refusal::MissingOwner,
        Refusal::NotSendable,
        Refusal::Invalid(Box::default()),
        Refusal::Edit(EditError::Unreachable(String::new())),
        Refusal::ReasonRequired,
        Refusal::OutputRequired,
        Refusal::PayloadRequired,
        Refusal::NoSuchItem(0),
        Refusal::Status(Refused::Final),
        Refusal::Attachments(AttachmentError::Guide),
        Refusal::Submission(SubmissionError { code: "", parameter: "", text: "" }),
        Refusal::NotNow(""),
        Refusal::OtherSide,
    ]
}

/// Fails to compile when a variant is added, so that it is added above as well.
#[expect(dead_code, reason = "it only has to compile")]
fn complete(input: &Input, act: &Act, effect: &Effect, update: &Update, state: State, item: ItemState) {
    match input {
        Input::Received { .. }
        | Input::Failed { .. }
        | Input::Woke
        | Input::Notified { .. }
        | Input::Watched { .. }
        | Input::Notification { .. }
        | Input::Closed
        | Input::Restored
        | Input::Do(_) => {}
    }
    match act {
        Act::Acknowledge { .. }
        | Act::GiveUp
        | Act::Untrack
        | Act::Look
        | Act::Retry
        | Act::Cancel { .. }
        | Act::Close
        | Act::Fetched { .. }
        | Act::Waive { .. }
        | Act::Submitted { .. }
        | Act::Accept
        | Act::Reject { .. }
        | Act::Start
        | Act::Hold { .. }
        | Act::Resume
        | Act::Progress { .. }
        | Act::Respond { .. }
        | Act::Complete
        | Act::Fail { .. } => {}
    }
    match effect {
        Effect::Save
        | Effect::Send { .. }
        | Effect::WakeAt { .. }
        | Effect::Connect { .. }
        | Effect::Disconnect
        | Effect::Report { .. } => {}
    }
    match update {
        Update::State { .. }
        | Update::Arrived { .. }
        | Update::Fault { .. }
        | Update::News { .. }
        | Update::Receipt { .. }
        | Update::Subscription { .. }
        | Update::Notice { .. } => {}
    }
    match state {
        State::Drafting
        | State::Sending
        | State::Sent
        | State::Acknowledged
        | State::Accepted
        | State::Working
        | State::Paused
        | State::PartiallyAnswered
        | State::Answered
        | State::AnsweredEmpty
        | State::Declined
        | State::Failed
        | State::Cancelled => {}
    }
    match item {
        ItemState::Missing | ItemState::Partial | ItemState::Received => {}
    }
}
