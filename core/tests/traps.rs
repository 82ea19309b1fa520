//! Where the guides contradict themselves, one another, or what everybody does (T1–T14), and what we do there; T3
//! stands beside the cadence, T7 and T14 among the stories of fetching.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its material has to fail")]

use std::fs;

use fhir_solicit::{
    actor::{Cadence, Effect, InboxStart, Machine, RequestDraft, Seed, Start},
    exchange::{HttpRequest, Servers, subscription::Notification},
    fhir::{Instant, Reference, outcome::Severity, views::CommunicationRequest},
    json::Document,
    lifecycle::Guide,
    solicitation::{Asked, Confidence, Known, correlate, ledger},
    validate::UncheckedKind,
};
use serde_json::{Value, json};

mod common;

use common::{
    case::{CDEX, Case, GONE, HREX, cdex_code, hrex_code},
    guides,
};

fn hrex_request() -> Case {
    Case::new("hrex-1.1", "hrex-task-data-request", include_str!("fixtures/hrex-data-request.json"))
}

fn data_request() -> Case {
    Case::new("cdex-2.1.0", "cdex-task-data-request", include_str!("fixtures/cdex-data-request.json"))
}

/// An example of a guide; `None` where they are not at hand.
fn example(package: &str, name: &str) -> Option<Value> {
    let folder = common::shared()?.join("packages").join(package).join("package/example");
    Some(serde_json::from_slice(&fs::read(folder.join(format!("{name}.json"))).unwrap()).unwrap())
}

/// What an inbox first sends.
fn first_requests() -> Vec<HttpRequest> {
    let start = Start::Inbox(InboxStart {
        communications: false,
        servers: serde_json::from_str(r#"{ "home": "https://clinic.example/fhir" }"#).unwrap(),
        cadence: Cadence::Cdex,
        owner: Some("Organization/clinic".into()),
        guide: Guide::default(),
        seed: Seed::new(7),
    });
    let step = Machine::begin(start, Instant::from_unix_milliseconds(0)).unwrap();
    let sent = step.effects.into_iter().filter_map(|effect| match effect {
        Effect::Send { request, .. } => Some(request),
        _ => None,
    });
    sent.collect()
}

/// The diagrams of 2019 have a Task about its request, the profile about an answer, later profiles about nothing.
#[test]
fn t01_what_a_task_is_about() {
    let focus = |case: &Case| {
        let focus = [("/focus", json!({ "reference": "https://payer.example/fhir/CommunicationRequest/8" }))];
        case.found(&focus, &[Severity::Error, Severity::Information])
    };
    let task = |pack| Case::new(pack, "cdex-task", include_str!("fixtures/cdex-2019-task.json"));
    assert_eq!(focus(&task("cdex-2019")), ["profile-target Task.focus"]);
    assert_eq!(focus(&task("cdex-2019-narrative")), ["focus-is-communication Task.focus"]);
    assert_eq!(focus(&hrex_request()), ["profile-cardinality Task.focus"]);
    assert_eq!(focus(&data_request()), ["profile-cardinality Task.focus"]);
}

/// The status that R4 has for it is not one of the seven that the guides know.
#[test]
fn t02_a_task_that_keeps_the_profile_cannot_be_cancelled() {
    for status in ["cancelled", "draft", "received", "ready", "entered-in-error"] {
        for case in [hrex_request(), data_request()] {
            case.breaks(&[("/status", json!(status))], "profile-required-binding Task.status");
        }
    }
    let task = Case::new("cdex-2019", "cdex-task", include_str!("fixtures/cdex-2019-task.json"));
    task.fits(&[("/status", json!("cancelled"))]);
}

/// HRex completes with an empty answer, CDex fails and says why; each profile takes both.
#[test]
fn t04_nothing_was_found() {
    let empty = json!([{ "resourceType": "Bundle", "id": "none", "type": "searchset", "total": 0 }]);
    let output = json!([{ "type": hrex_code("data-value"), "valueReference": { "reference": "#none" } }]);
    for case in [hrex_request(), data_request()] {
        case.fits(&[
            ("/status", json!("completed")),
            ("/contained", empty.clone()),
            ("/output", output.clone()),
        ]);
        case.fits(&[("/status", json!("failed")), ("/statusReason", json!({ "text": "no matching data" }))]);
        assert!(!case.report(&[("/status", json!("completed"))]).is_valid());
        assert!(!case.report(&[("/status", json!("failed"))]).is_valid());
    }
}

/// The name of the parameter is case-sensitive, and HRex writes it in lower case.
#[test]
fn t05_last_updated_is_written_as_r4_has_it() {
    let urls: Vec<String> = first_requests().into_iter().map(|request| request.url).collect();
    assert_eq!(urls.len(), 2);
    for url in urls {
        assert!(url.contains("_lastUpdated") && !url.contains("_lastupdated"), "{url}");
    }
}

/// HRex has a query without its type in one place and with it in others.
#[test]
fn t06_both_forms_of_a_query_are_read_and_the_long_one_is_written() {
    let asking = |query: &str| RequestDraft {
        subject: Reference::to("Patient/ann"),
        ask: vec![Asked::Query(query.into())],
        information_sender: Reference::to("Organization/clinic"),
        information_recipients: vec![Reference::to("Organization/payer")],
        ..RequestDraft::default()
    };
    assert!(asking("Condition?patient=ann").build().is_ok());
    assert!(asking("patient=ann").build().is_err());
    for query in ["Condition?patient=ann", "patient=ann"] {
        let text = include_str!("fixtures/cdex-2019-request.json").replace("Condition?patient=ann", query);
        let request = Document::parse(text).unwrap();
        let ledger = ledger(CommunicationRequest::read(&request).unwrap(), &[]);
        assert!(matches!(&ledger.items[0].asked, Asked::Query(asked) if asked == query));
        hrex_request().fits(&[("/input/0/valueString", json!(query))]);
    }
}

/// Requester, sender and recipient of the 2019 examples.
#[test]
fn t08_the_roles_in_the_examples_of_2019() {
    let name = "CommunicationRequest-cdex-example-resource-request";
    let Some(mut request) = example("hl7.fhir.us.davinci-cdex#0.1.0", name) else { return };
    let profile = format!("{CDEX}/StructureDefinition/cdex-communicationrequest");
    let pack = guides::ours("cdex-2019");
    let found = |request: &Value| {
        let report = guides::check(&pack, &request.to_string(), &[&profile]);
        let messages = report.issues.into_iter().map(|issue| issue.message);
        messages.filter(|message| message.starts_with("constraint l")).collect::<Vec<_>>()
    };
    assert!(found(&request)[0].starts_with("constraint leads-to-requester "), "a Practitioner asks");
    // As soon as the payer asks, which is what is meant, it shows that sender and recipient are the wrong way round.
    request["requester"] = request["sender"].clone();
    assert!(found(&request)[0].starts_with("constraint lint-roles "));
    request["sender"] = json!({ "reference": "Organization/cdex-example-provider" });
    request["recipient"] = json!([{ "reference": "Organization/cdex-example-payer" }]);
    assert_eq!(found(&request), [""; 0]);
    // The example of 2.1.0 has it right.
    let name = "CommunicationRequest-cdex-task-inline-communicationrequest-example1";
    let newer = example("hl7.fhir.us.davinci-cdex#2.1.0", name).unwrap();
    assert!(!found(&newer).iter().any(|message| message.contains("lint-roles")));
}

/// An answer is known by what it is based on, whatever its category says.
#[test]
fn t09_a_solicited_answer_in_the_category_of_unsolicited_ones() {
    let name = "Communication-cdex-example-solicited-attachment";
    let Some(answer) = example("hl7.fhir.us.davinci-cdex#0.1.0", name) else { return };
    assert_eq!(answer["category"][0]["coding"][0]["code"], "UnsolicitedAttachment");
    let based_on = Reference::to(answer["basedOn"][0]["reference"].as_str().unwrap());
    let base = "https://payer.example/fhir".to_owned();
    let request = "CommunicationRequest/cdex-example-attachment-request".to_owned();
    let known = Known { copies: vec![(base.clone(), request)], identifiers: vec![] };
    assert_eq!(correlate(&[based_on], &base, &known), Some(Confidence::Relative));
}

/// The example of a notification is about a Task on another host than the Subscription, and names another one.
#[test]
fn t10_a_notification_that_leads_elsewhere() {
    let name = "Bundle-cdex-task-inline-scenario1-subscription-notification";
    let Some(bundle) = example("hl7.fhir.us.davinci-cdex#2.1.0", name) else { return };
    assert!(guides::check(&guides::ours("cdex-2.1.0"), &bundle.to_string(), &[]).is_valid());
    let read = Notification::read_strictly(&Document::parse(bundle.to_string()).unwrap()).unwrap();
    assert_eq!((read.events_since_start, read.events[0].number), (Some(17), Some(17)));
    assert!(read.is_of("Subscription/cdex-task-inline-scenario1-subscription-active"));
    let servers: Servers = serde_json::from_str(r#"{ "partner": "https://example.org/fhir" }"#).unwrap();
    let focus = "https://cdex.ri.argo.run/fhir/provider/Task/cdex-task-example2";
    assert_eq!(read.foci(), [focus]);
    assert!(servers.locate(focus, "partner").is_err(), "no credential goes there");
    assert!(servers.locate("https://example.org/fhir/Task/1", "partner").is_ok());
}

/// The id of the element calls the slice `pac`, its name is `pat`: the name counts.
#[test]
fn t11_a_slice_is_called_by_its_name() {
    for pack in ["cdex-2.1.0", "cdex-ci"] {
        let pack = guides::ours(pack);
        let profile = pack.profile(&format!("{CDEX}/StructureDefinition/cdex-patient-demographics")).unwrap();
        let identifier = profile.root.elements.iter().find(|element| element.name == "identifier").unwrap();
        let names: Vec<_> = identifier.slices.iter().filter_map(|slice| slice.slice.as_deref()).collect();
        assert_eq!(names, ["mb", "pat"]);
    }
}

/// The page calls the date of birth optional, the profile does not: the profile counts.
#[test]
fn t12_a_patient_has_a_date_of_birth() {
    let text = include_str!("fixtures/cdex-attachment-request.json");
    let case = Case::new("cdex-2.1.0", "cdex-task-attachment-request", text);
    case.breaks(&[("/contained/1/birthDate", GONE)], "profile-cardinality Task.contained[1].birthDate");
}

/// A Task of CDex is no Task of HRex, and is not held to be one.
#[test]
fn t13_cdex_is_not_judged_by_hrex() {
    let case = data_request();
    assert_eq!(case.pack.profile(&case.profile).unwrap().base, None);
    let questionnaire = [
        ("/code", cdex_code("data-request-questionnaire")),
        (
            "/input/0",
            json!({ "type": common::case::code("http://hl7.org/fhir/uv/sdc/CodeSystem/temp", "questionnaire"),
                "valueCanonical": "http://payer.example/Questionnaire/1" }),
        ),
    ];
    case.fits(&questionnaire);
    assert!(case.report(&questionnaire).unchecked.iter().all(|one| one.kind != UncheckedKind::Constraint));
    let hrex = Case { profile: format!("{HREX}/StructureDefinition/hrex-task-data-request"), ..case };
    hrex.breaks(&questionnaire, "tdr-1 Task");
    hrex.breaks(&[], "profile-pattern Task.code");
}
