//! What resources of an exchange must look like, requirement by requirement (R1–R9, R23–R59). Each test changes a valid resource and says which rule that breaks, and where.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its material has to fail")]

use fhir_solicit::{fhir::outcome::Severity, json::Document, pack::Pack, validate::UncheckedKind};
use serde_json::{Value, json};

mod common;

use common::{
    case::{CDEX, Case, GONE, HREX, cdex_code, code, hrex_code},
    guides,
};

const PAS: &str = "http://hl7.org/fhir/us/davinci-pas/CodeSystem/PASTempCodes";

fn request_2019() -> Case {
    Case::new("cdex-2019", "cdex-communicationrequest", include_str!("fixtures/cdex-2019-request.json"))
}

fn task_2019(pack: &str) -> Case {
    Case::new(pack, "cdex-task", include_str!("fixtures/cdex-2019-task.json"))
}

fn hrex_request() -> Case {
    Case::new("hrex-1.1", "hrex-task-data-request", include_str!("fixtures/hrex-data-request.json"))
}

fn data_request() -> Case {
    Case::new("cdex-2.1.0", "cdex-task-data-request", include_str!("fixtures/cdex-data-request.json"))
}

fn attachment_request(pack: &str) -> Case {
    Case::new(pack, "cdex-task-attachment-request", include_str!("fixtures/cdex-attachment-request.json"))
}

fn submit(pack: &str) -> Case {
    Case::new(pack, "cdex-parameters-submit-attachment", include_str!("fixtures/cdex-submit-attachment.json"))
}

#[test]
fn r01_one_task_under_all_packs() {
    let task = task_2019("cdex-2019").valid.to_string();
    let under = |pack: &str, profile: &str| {
        let report = guides::check(&guides::ours(pack), &task, &[profile]);
        let mut rules: Vec<String> = report
            .issues
            .iter()
            .filter(|issue| issue.severity == Severity::Error)
            .map(|issue| issue.expression.clone())
            .collect();
        rules.sort();
        rules.dedup();
        rules.join(" ")
    };
    let cdex = format!("{CDEX}/StructureDefinition");
    assert_eq!(under("cdex-2019", &format!("{cdex}/cdex-task")), "");
    assert_eq!(
        under("hrex-1.1", &format!("{HREX}/StructureDefinition/hrex-task-data-request")),
        "Task Task.code Task.focus Task.input"
    );
    let data_request = "Task Task.code Task.code.coding[0].system Task.focus Task.input";
    for pack in ["cdex-2.1.0", "cdex-ci"] {
        assert_eq!(under(pack, &format!("{cdex}/cdex-task-data-request")), data_request, "{pack}");
    }
    let source = |id: &str| {
        let file = format!("{}/validator/packs/{id}.pack", env!("CARGO_MANIFEST_DIR"));
        let pack = Pack::read(std::fs::read(file).unwrap()).unwrap();
        assert_eq!(pack.id(), id);
        pack.source().to_owned()
    };
    assert_eq!(source("cdex-2019"), "hl7.fhir.us.davinci-cdex 0.1.0");
    assert_eq!(
        source("cdex-2019-narrative"),
        "hl7.fhir.us.davinci-cdex 0.1.0 (as the guide's narrative has it)"
    );
    assert_eq!(source("hrex-1.1"), "hl7.fhir.us.davinci-hrex 1.1.0");
    assert_eq!(source("cdex-2.1.0"), "hl7.fhir.us.davinci-cdex 2.1.0");
    assert_eq!(
        source("cdex-ci"),
        "hl7.fhir.us.davinci-cdex 3.0.0-ballot (unstable: a ballot that still changes)"
    );
}

#[test]
fn r02_what_changes_after_2_1_0_is_data() {
    let slices = |pack: &str| {
        let pack = guides::ours(pack);
        let profile =
            pack.profile(&format!("{CDEX}/StructureDefinition/cdex-task-attachment-request")).unwrap();
        let elements = profile.root.elements.iter();
        let slices =
            elements.flat_map(|element| element.slices.iter().map(move |slice| (&element.name, slice)));
        slices.map(|(name, slice)| format!("{name}:{}", slice.slice.as_deref().unwrap())).collect::<Vec<_>>()
    };
    let (stable, ballot) = (slices("cdex-2.1.0"), slices("cdex-ci"));
    let only = |one: &[String], other: &[String]| {
        one.iter().filter(|name| !other.contains(name)).cloned().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        only(&stable, &ballot),
        "identifier:tracking-id input:service-date input:signature input:multiple-submits"
    );
    assert_eq!(
        only(&ballot, &stable),
        "identifier:TrackingId identifier:AdminRefNumber input:ServiceDate input:Signature input:MultipleSubmits"
    );
    // The codes are the same, so the same Task keeps both.
    attachment_request("cdex-ci");
    // Slicing is closed: what a later version knows must not be sent to an earlier one.
    let number = ("/parameter/-", json!({ "name": "AdminRefNumber", "valueIdentifier": { "value": "5" } }));
    submit("cdex-ci").fits(std::slice::from_ref(&number));
    submit("cdex-2.1.0").breaks(&[number], "profile-slice Parameters.parameter[7]");
}

#[test]
fn r03_the_profile_and_the_narrative_of_2019() {
    let on_request =
        [("/focus", json!({ "reference": "https://payer.example/fhir/CommunicationRequest/8" }))];
    task_2019("cdex-2019").breaks(&on_request, "profile-target Task.focus");
    let narrative = task_2019("cdex-2019-narrative");
    narrative.fits(&on_request);
    let told = narrative.found(&on_request, &[Severity::Information]);
    assert_eq!(told, ["focus-is-communication Task.focus"]);
    assert_eq!(narrative.found(&[], &[Severity::Information]), [""; 0]);
    narrative.breaks(&[("/focus", json!({ "reference": "Patient/ann" }))], "profile-target Task.focus");
}

#[test]
fn r04_what_is_unknown_is_kept_and_told() {
    let case = data_request();
    let unknown = [("/extension", json!([{ "url": "http://example.org/x", "valueString": "1.00" }]))];
    case.fits(&unknown);
    let unchecked = case.report(&unknown).unchecked;
    assert!(
        unchecked
            .iter()
            .any(|one| one.kind == UncheckedKind::Extension && one.name == "http://example.org/x")
    );
    let modifier = [("/modifierExtension", json!([{ "url": "http://example.org/x", "valueBoolean": true }]))];
    case.warns(&modifier, "modifier-extension Task.modifierExtension[0]");
    let text = r#"{"resourceType":"Task","novel":[1.00,{"a":null}],"status":"requested"}"#;
    let mut task = Document::parse(text).unwrap();
    task.set("/status", "accepted").unwrap();
    assert_eq!(task.root().raw(), text.replace("requested", "accepted"));
}

#[test]
fn r05_absent_with_a_reason_is_not_missing() {
    let absent = json!({ "extension": [{
        "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown" }] });
    let case = data_request();
    case.breaks(&[("/authoredOn", GONE)], "profile-cardinality Task.authoredOn");
    case.fits(&[("/authoredOn", GONE), ("/lastModified", GONE), ("/_authoredOn", absent.clone())]);
    case.fits(&[("/for", absent.clone())]);
    // Not where the profile says what the value is.
    case.breaks(&[("/code", absent)], "profile-cardinality Task.code.coding");
}

#[test]
fn r06_a_request_of_2019() {
    let case = request_2019();
    for (change, expected) in [
        (("/subject", GONE), "profile-cardinality CommunicationRequest.subject"),
        (("/subject/reference", json!("Group/all")), "leads-to-patient CommunicationRequest.subject"),
        (("/payload", GONE), "profile-cardinality CommunicationRequest.payload"),
        (("/recipient", GONE), "profile-cardinality CommunicationRequest.recipient"),
        (
            ("/recipient/0/reference", json!("Patient/ann")),
            "leads-to-organization CommunicationRequest.recipient[0]",
        ),
        (("/sender", GONE), "profile-cardinality CommunicationRequest.sender"),
        (("/sender/reference", json!("Device/1")), "leads-to-organization CommunicationRequest.sender"),
        (("/requester", GONE), "profile-cardinality CommunicationRequest.requester"),
        (
            ("/requester/reference", json!("Practitioner/1")),
            "leads-to-requester CommunicationRequest.requester",
        ),
    ] {
        case.breaks(&[change], expected);
    }
    case.fits(&[("/requester/reference", json!("https://payer.example/fhir/PractitionerRole/1"))]);
    for index in [0, 1] {
        let same = case.valid["payload"][0]["extension"][index].clone();
        case.breaks(
            &[("/payload/0/extension/-", same)],
            "profile-cardinality CommunicationRequest.payload[0].extension[2]",
        );
    }
    let value = ("/payload/0/extension/0/valueString", GONE);
    assert!(!case.report(std::slice::from_ref(&value)).is_valid());
    assert!(!case.report(&[value, ("/payload/0/extension/0/valueInteger", json!(1))]).is_valid());
}

#[test]
fn r07_sender_and_recipient_are_those_of_the_answer() {
    let inverted = [
        ("/recipient/0/reference", json!("Organization/clinic")),
        ("/sender/reference", json!("Organization/payer")),
    ];
    request_2019().warns(&inverted, "lint-roles CommunicationRequest");
    request_2019().fits(&[("/requester/reference", json!("PractitionerRole/1"))]);
}

#[test]
fn r08_a_communication_of_2019() {
    let case =
        Case::new("cdex-2019", "cdex-communication", include_str!("fixtures/cdex-2019-communication.json"));
    for name in ["payload", "subject", "recipient", "sender"] {
        let pointer = format!("/{name}");
        case.breaks(&[(&pointer, GONE)], &format!("profile-cardinality Communication.{name}"));
    }
    let same = case.valid["payload"][0]["extension"][0].clone();
    case.breaks(
        &[("/payload/0/extension/-", same)],
        "profile-cardinality Communication.payload[0].extension[1]",
    );
    case.breaks(
        &[("/recipient/0/reference", json!("Patient/ann"))],
        "leads-to-organization Communication.recipient[0]",
    );
    // What it is based on is a slice, and slices are open.
    case.fits(&[("/basedOn/-", json!({ "reference": "ServiceRequest/1" }))]);
    case.fits(&[("/basedOn", GONE)]);
}

#[test]
fn r09_a_task_of_2019() {
    let case = task_2019("cdex-2019");
    for name in ["identifier", "focus", "for", "requester", "owner"] {
        let pointer = format!("/{name}");
        case.breaks(&[(&pointer, GONE)], &format!("profile-cardinality Task.{name}"));
    }
    case.breaks(&[("/intent", json!("plan"))], "profile-fixed Task.intent");
    case.breaks(
        &[("/code", code("http://hl7.org/fhir/CodeSystem/task-code", "approve"))],
        "profile-pattern Task.code",
    );
    case.breaks(&[("/for", json!({ "reference": "Group/1" }))], "profile-target Task.for");
    case.fits(&[("/basedOn/-", json!({ "reference": "ServiceRequest/1" }))]);
    let pack = guides::ours("cdex-2019");
    let profile = pack.profile(&format!("{CDEX}/StructureDefinition/cdex-task")).unwrap();
    let supported = profile.root.elements.iter().filter(|element| element.must_support).map(|one| &*one.name);
    let expected =
        "identifier status businessStatus intent code focus for authoredOn lastModified requester owner";
    assert_eq!(supported.collect::<Vec<_>>().join(" "), expected);
}

#[test]
fn r23_who_rejects_or_fails_says_why_in_words() {
    for case in [hrex_request(), data_request(), attachment_request("cdex-2.1.0")] {
        for status in ["rejected", "failed"] {
            case.breaks(&[("/status", json!(status))], "tdr-2 Task");
            case.fits(&[("/status", json!(status)), ("/statusReason", json!({ "text": "unknown member" }))]);
        }
        let reason = [("/statusReason", cdex_code("x"))];
        case.breaks(&reason, "profile-cardinality Task.statusReason.text");
    }
}

#[test]
fn r24_a_completed_data_request_has_an_output() {
    for case in [hrex_request(), data_request()] {
        case.breaks(&[("/status", json!("completed"))], "tdr-3 Task");
        let output =
            json!([{ "type": hrex_code("data-value"), "valueReference": { "reference": "Bundle/1" } }]);
        case.fits(&[("/status", json!("completed")), ("/output", output)]);
    }
    // Of a request for attachments it is not asked: they go another way.
    attachment_request("cdex-2.1.0").fits(&[("/status", json!("completed"))]);
}

#[test]
fn r25_last_modified_is_not_before_authored_on() {
    let earlier = [("/lastModified", json!("2026-01-05T09:59:59Z"))];
    data_request().breaks(&earlier, "inv-1 Task");
    task_2019("cdex-2019").breaks(&earlier, "inv-1 Task");
}

#[test]
fn r26_progress_is_told_in_words() {
    for case in [hrex_request(), data_request()] {
        case.breaks(&[("/businessStatus", cdex_code("x"))], "profile-cardinality Task.businessStatus.text");
        case.fits(&[("/businessStatus", json!({ "text": "being reviewed" }))]);
    }
}

#[test]
fn r30_what_a_data_request_is() {
    let case = data_request();
    case.breaks(&[("/intent", json!("plan"))], "profile-fixed Task.intent");
    case.breaks(&[("/code", GONE)], "profile-cardinality Task.code");
    case.breaks(&[("/code", cdex_code("data-request"))], "profile-required-binding Task.code");
    case.breaks(&[("/code", hrex_code("data-request-query"))], "profile-fixed Task.code.coding[0].system");
    case.breaks(&[("/code", json!({ "text": "data" }))], "profile-cardinality Task.code.coding");
    let hrex = hrex_request();
    hrex.breaks(&[("/code", cdex_code("data-request-query"))], "profile-pattern Task.code");
}

#[test]
fn r31_nothing_is_in_focus_and_an_authorization_is_based_on() {
    let focus = [("/focus", json!({ "reference": "CommunicationRequest/8" }))];
    hrex_request().breaks(&focus, "profile-cardinality Task.focus");
    data_request().breaks(&focus, "profile-cardinality Task.focus");
    data_request().fits(&[("/basedOn/0/reference", json!("ServiceRequest/1"))]);
    data_request().fits(&[("/basedOn", GONE)]);
}

#[test]
fn r32_whom_it_is_for_and_who_asks_whom() {
    let case = data_request();
    for name in ["for", "authoredOn", "requester", "owner"] {
        let pointer = format!("/{name}");
        case.breaks(&[(&pointer, GONE)], &format!("profile-cardinality Task.{name}"));
    }
    // A reference may be logical, and so may each of these.
    for name in ["for", "requester", "owner", "reasonReference"] {
        let pointer = format!("/{name}");
        case.fits(&[(&pointer, json!({ "identifier": { "system": "urn:x", "value": "1" } }))]);
    }
    let contained = json!([{ "resourceType": "Organization", "id": "o", "name": "Clinic" }]);
    let owner = [("/contained", contained), ("/owner", json!({ "reference": "#o" }))];
    assert!(!case.report(&owner).unchecked.is_empty(), "US Core's practitioner is not at hand");
}

#[test]
fn r33_exactly_one_input_asks() {
    let case = data_request();
    let input = |concept: Value| json!({ "type": concept, "valueString": "Condition?patient=ann" });
    case.breaks(&[("/input/0", GONE)], "cdex-9 Task");
    case.breaks(&[("/input/0", GONE)], "cdex-12 Task");
    let by_code = json!({ "type": hrex_code("data-code"), "valueCodeableConcept": code("http://loinc.org", "18842-5") });
    case.breaks(&[("/input/-", by_code.clone())], "cdex-9 Task");
    case.breaks(&[("/code", cdex_code("data-request-code"))], "cdex-7 Task");
    case.breaks(&[("/code", cdex_code("data-request-questionnaire"))], "cdex-8 Task");
    case.fits(&[("/code", cdex_code("data-request-code")), ("/input/0", GONE), ("/input/-", by_code)]);
    // The expression counts codes, whatever their system: one input may count twice …
    let mut twice = hrex_code("data-query");
    twice["coding"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "system": "http://example.org", "code": "data-query" }));
    case.breaks(&[("/input/0/type", twice.clone())], "cdex-9 Task");
    assert!(
        !case.found(&[("/input/0/type", twice)], &[Severity::Warning]).contains(&"lint-cdex-9 Task".into())
    );
    // … and one of another system counts, which is warned of.
    let foreign = [("/input/0", input(code("http://example.org", "data-query")))];
    case.warns(&foreign, "lint-cdex-9 Task");
    hrex_request().breaks(&foreign, "tdr-1 Task");
}

#[test]
fn r34_a_request_in_words() {
    let asked =
        json!({ "type": hrex_code("data-code"), "valueCodeableConcept": { "text": "the last letters" } });
    data_request().fits(&[("/code", cdex_code("data-request-code")), ("/input/0", asked)]);
}

#[test]
fn r35_flags_and_purposes_come_once() {
    let case = data_request();
    for index in [1, 2] {
        let same = case.valid["input"][index].clone();
        case.breaks(&[("/input/-", same)], "profile-cardinality Task.input[3]");
    }
    let pointer = "/input/1/valueBoolean";
    case.breaks(
        &[(pointer, GONE), ("/input/1/valueString", json!("no"))],
        "profile-type Task.input[1].value",
    );
}

#[test]
fn r36_the_purposes_of_use() {
    let case = data_request();
    let purpose = |value: Value| [("/input/2/valueCodeableConcept", value)];
    for name in ["care-planning", "social-risk"] {
        case.fits(&purpose(cdex_code(name)));
    }
    case.warns(&purpose(cdex_code("curiosity")), "profile-extensible-binding Task.input[2].value");
    let mut noe = cdex_code("payment-noe");
    case.warns(&purpose(noe.clone()), "lint-noe Task.input[2].value");
    noe["coding"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "system": "http://example.org/purposes", "code": "audit" }));
    case.fits(&purpose(noe));
}

#[test]
fn r37_a_work_queue_is_a_tag() {
    let case = data_request();
    case.breaks(&[("/meta/tag/0/system", GONE)], "profile-cardinality Task.meta.tag[0].system");
    case.breaks(&[("/meta/tag/0/code", GONE)], "profile-cardinality Task.meta.tag[0].code");
    case.fits(&[("/meta/tag/0/code", json!("signature"))]);
    // Any other tag may stand beside it.
    case.fits(&[("/meta/tag/-", json!({ "system": "http://example.org", "code": "mine" }))]);
}

#[test]
fn r38_why_it_is_asked() {
    for case in [hrex_request(), data_request()] {
        case.breaks(&[("/reasonCode", cdex_code("x"))], "profile-cardinality Task.reasonCode.text");
        let reason = [("/reasonReference", json!({ "reference": "Encounter/1" }))];
        assert!(
            case.found(&reason, &[Severity::Error])
                .iter()
                .all(|line| line == "profile-target Task.reasonReference")
        );
        case.fits(&[("/reasonReference", json!({ "reference": "Claim/1" }))]);
        case.fits(&[("/reasonReference", json!({ "reference": "Coverage/1" }))]);
    }
}

#[test]
fn r39_what_comes_back() {
    let case = data_request();
    let data = |reference: &str| json!({ "type": hrex_code("data-value"), "valueReference": { "reference": reference } });
    let bundle = json!([{ "resourceType": "Bundle", "id": "found", "type": "searchset", "total": 0 }]);
    case.fits(&[("/contained", bundle), ("/output", json!([data("#found"), data("DocumentReference/1")]))]);
    let text = json!([{ "type": hrex_code("data-value"), "valueString": "none" }]);
    case.breaks(&[("/output", text)], "profile-type Task.output[0].value");
    let answers = json!({ "type": code("http://hl7.org/fhir/uv/sdc/CodeSystem/temp", "questionnaire-response"),
        "valueReference": { "reference": "QuestionnaireResponse/1" } });
    case.fits(&[("/output", json!([answers]))]);
    case.breaks(&[("/output", json!([answers, answers]))], "profile-cardinality Task.output[1]");
    let asked = json!({ "type": code("http://hl7.org/fhir/uv/sdc/CodeSystem/temp", "questionnaire"),
        "valueCanonical": "http://payer.example/Questionnaire/1" });
    let completed = [
        ("/code", cdex_code("data-request-questionnaire")),
        ("/input/0", asked),
        ("/status", json!("completed")),
        ("/output", json!([data("Bundle/1")])),
    ];
    case.warns(&completed, "cdex-11 Task");
}

#[test]
fn r44_who_is_contained_in_a_request_for_attachments() {
    let case = attachment_request("cdex-2.1.0");
    for index in ["/contained/0", "/contained/1"] {
        case.breaks(&[(index, GONE)], "profile-cardinality Task.contained");
    }
    case.breaks(
        &[("/contained/1/id", json!("ann")), ("/for/reference", json!("#ann"))],
        "profile-fixed Task.for.reference",
    );
    case.breaks(&[("/contained/1/id", json!("ann"))], "profile-fixed Task.contained[1].id");
    let elsewhere = [("/owner/reference", json!("PractitionerRole/1"))];
    case.breaks(&elsewhere, "profile-fixed Task.owner.reference");
    case.breaks(&elsewhere, "profile-aggregation Task.owner");
    let second = json!({ "resourceType": "Patient", "id": "other" });
    case.breaks(&[("/contained/-", second)], "profile-cardinality Task.contained[2]");
}

#[test]
fn r45_how_patient_and_practitioner_are_known() {
    let case = attachment_request("cdex-2.1.0");
    let unknown = [("/contained/0/practitioner", GONE), ("/contained/0/organization", GONE)];
    case.breaks(&unknown, "cdex-3 Task.contained[0]");
    case.fits(&unknown[..1]);
    case.breaks(
        &[("/contained/0/practitioner", json!({ "display": "Dr. Example" }))],
        "profile-cardinality Task.contained[0].practitioner.identifier",
    );
    let of_patient = "Task.contained[1]";
    case.breaks(&[("/contained/1/name", GONE)], &format!("profile-cardinality {of_patient}.name"));
    case.breaks(&[("/contained/1/birthDate", GONE)], &format!("profile-cardinality {of_patient}.birthDate"));
    case.breaks(
        &[("/contained/1/identifier/0/type", GONE)],
        &format!("profile-cardinality {of_patient}.identifier"),
    );
    case.breaks(
        &[("/contained/1/identifier/0/value", GONE)],
        &format!("profile-cardinality {of_patient}.identifier[0].value"),
    );
}

#[test]
fn r46_the_tracking_id_and_the_number_of_the_ballot() {
    for pack in ["cdex-2.1.0", "cdex-ci"] {
        let case = attachment_request(pack);
        case.breaks(&[("/identifier", GONE)], "profile-cardinality Task.identifier");
        case.breaks(&[("/identifier/0/value", GONE)], "profile-cardinality Task.identifier[0].value");
        let same = case.valid["identifier"][0].clone();
        case.breaks(&[("/identifier/-", same)], "profile-cardinality Task.identifier[1]");
    }
    let number =
        |value: &str| ("/identifier/-", json!({ "type": cdex_code("admin-ref-number"), "value": value }));
    attachment_request("cdex-ci").fits(&[number("1")]);
    attachment_request("cdex-ci")
        .breaks(&[number("1"), number("2")], "profile-cardinality Task.identifier[2]");
    // To 2.1.0 it is an identifier like any other.
    attachment_request("cdex-2.1.0").fits(&[number("1"), number("2")]);
}

#[test]
fn r47_the_codes_of_a_request_for_attachments() {
    let case = attachment_request("cdex-2.1.0");
    case.breaks(&[("/code", code(PAS, "attachment-request"))], "profile-required-binding Task.code");
    case.breaks(
        &[("/code", cdex_code("attachment-request-code"))],
        "profile-fixed Task.code.coding[0].system",
    );
}

#[test]
fn r48_what_is_to_be_supported() {
    let case = attachment_request("cdex-2.1.0");
    case.breaks(&[("/reasonCode", GONE)], "profile-cardinality Task.reasonCode");
    case.breaks(&[("/reasonCode", json!({ "text": "claim" }))], "profile-cardinality Task.reasonCode.coding");
    let other = code("http://hl7.org/fhir/claim-use", "predetermination");
    case.breaks(&[("/reasonCode", other)], "profile-cardinality Task.reasonCode.coding");
    case.fits(&[("/reasonCode", code("http://hl7.org/fhir/claim-use", "preauthorization"))]);
    case.breaks(&[("/reasonReference", GONE)], "profile-cardinality Task.reasonReference");
    case.breaks(
        &[("/reasonReference", json!({ "reference": "Claim/1" }))],
        "profile-cardinality Task.reasonReference.identifier",
    );
}

#[test]
fn r49_the_inputs_of_a_request_for_attachments() {
    let case = attachment_request("cdex-2.1.0");
    case.breaks(&[("/input/1", GONE)], "profile-cardinality Task.input");
    case.breaks(&[("/input/0", GONE)], "cdex-4 Task");
    case.breaks(&[("/code", code(PAS, "attachment-request-questionnaire"))], "cdex-5 Task");
    let questionnaire = json!({ "type": code(PAS, "questionnaire-context"),
        "valueCanonical": "http://payer.example/Questionnaire/1" });
    case.breaks(&[("/input/-", questionnaire.clone())], "cdex-6 Task");
    case.fits(&[("/code", code(PAS, "attachment-request-questionnaire")), ("/input/0", questionnaire)]);
    case.breaks(&[("/input/2", GONE)], "cdex-1 Task");
    case.fits(&[
        ("/input/2", GONE),
        ("/reasonCode", code("http://hl7.org/fhir/claim-use", "preauthorization")),
    ]);
    case.breaks(&[("/input/2/valueDate", json!("2026-01"))], "cdex-2 Task.input[2].value");
    let line = "/input/0/extension/0";
    case.breaks(
        &[(&format!("{line}/valueInteger"), GONE), (&format!("{line}/valueString"), json!("1"))],
        "profile-type Task.input[0].extension[0].value",
    );
    for flag in ["signature-flag", "multiple-submits-flag"] {
        let input = json!({ "type": cdex_code(flag), "valueBoolean": true });
        case.fits(&[("/input/-", input.clone())]);
        case.breaks(&[("/input/-", input.clone()), ("/input/-", input)], "profile-cardinality Task.input[4]");
    }
}

#[test]
fn r50_the_payer_is_known_by_an_identifier() {
    let case = attachment_request("cdex-2.1.0");
    let named = [("/requester", json!({ "display": "Payer" }))];
    case.breaks(&named, "profile-cardinality Task.requester.identifier");
}

#[test]
fn r52_a_completed_questionnaire_gives_answers() {
    let case = attachment_request("cdex-2.1.0");
    let questionnaire = json!({ "type": code(PAS, "questionnaire-context"),
        "valueCanonical": "http://payer.example/Questionnaire/1" });
    let completed = [
        ("/code", code(PAS, "attachment-request-questionnaire")),
        ("/input/0", questionnaire),
        ("/status", json!("completed")),
    ];
    case.warns(&completed, "cdex-10 Task");
}

#[test]
fn r54_what_submit_attachment_takes() {
    for pack in ["cdex-2.1.0", "cdex-ci"] {
        let case = submit(pack);
        for required in [0, 1, 3, 5] {
            let pointer = format!("/parameter/{required}");
            case.breaks(&[(&pointer, GONE)], "profile-cardinality Parameters.parameter");
        }
        let other = ("/parameter/-", json!({ "name": "Other", "valueString": "x" }));
        case.breaks(&[other], "profile-slice Parameters.parameter[7]");
        let part = ("/parameter/5/part/-", json!({ "name": "Other", "valueString": "x" }));
        case.breaks(&[part], "profile-slice Parameters.parameter[5].part[3]");
        case.breaks(&[("/parameter/5/part/2", GONE)], "profile-cardinality Parameters.parameter[5].part");
        case.breaks(
            &[("/parameter/1/valueCode", json!("attachment"))],
            "profile-required-binding Parameters.parameter[1].value",
        );
        case.warns(
            &[("/parameter/2", json!({ "name": "PayerId", "valueIdentifier": { "value": "9" } }))],
            "lint-provider Parameters",
        );
        case.warns(&[("/parameter/4/valueDateTime", json!("2026-01"))], "lint-service-date Parameters");
        case.warns(&[("/parameter/4", GONE)], "lint-service-date Parameters");
        case.fits(&[("/parameter/4", GONE), ("/parameter/1/valueCode", json!("preauthorization"))]);
        case.fits(&[("/parameter/6", GONE)]);
    }
}
