//! A payer's request for attachments, and what is submitted in return (R2, R44 to R57): what is written here keeps the
//! profiles of the guide, and what cannot keep them is refused.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot read its material has to fail")]

mod common;

use std::fs;

use common::{
    case::{CDEX, cdex_code},
    guides,
    payer::{NOW, binary, draft, guide, note, patient, questionnaire},
};
use fhir_solicit::{
    fhir::{Coding, Identifier, Task, outcome::Severity},
    json::Document,
    pack::Pack,
    solicitation::{
        AttachmentDraft, AttachmentError, Needed, Seen, SeenRecipient, Submission, attachment_request, derive,
    },
};
use serde_json::{Value, json};

const GUIDES: [&str; 2] = ["cdex-2.1.0", "cdex-ci"];

/// Errors, and what the profile itself warns of.
fn broken(pack: &Pack, text: &str, profile: &str) -> Vec<String> {
    let report = guides::check(pack, text, &[&format!("{CDEX}/StructureDefinition/{profile}")]);
    let issues = report.issues.iter().filter(|issue| {
        issue.severity <= Severity::Error
            || issue.rule.starts_with("profile")
            || issue.message.contains("cdex-")
    });
    issues.map(|issue| format!("{} {}", issue.expression, issue.message)).collect()
}

#[track_caller]
fn refused(change: impl FnOnce(&mut AttachmentDraft)) -> AttachmentError {
    let mut draft = draft();
    change(&mut draft);
    match draft.build(&guide("cdex-2.1.0"), NOW) {
        Ok(task) => panic!("was built: {}", task.text()),
        Err(error) => error,
    }
}

#[track_caller]
fn needs(words: &str, change: impl FnOnce(&mut AttachmentDraft)) {
    let error = refused(change);
    assert!(matches!(error, AttachmentError::Needed(_)) && error.to_string().contains(words), "{error}");
}

fn names(submission: &Submission) -> Vec<String> {
    let parameters = submission.parameters.root();
    parameters.list("parameter").map(|it| it.string("name").unwrap().into_owned()).collect()
}

#[test]
fn r44_what_a_payer_writes_keeps_the_profile() {
    for name in GUIDES {
        let pack = guides::ours(name);
        for needed in [vec![note(vec![1])], vec![note(vec![]), note(vec![2])], vec![questionnaire()]] {
            for (attach_to, service_date) in
                [("claim", Some("2026-01-02".into())), ("preauthorization", None)]
            {
                let draft = AttachmentDraft {
                    needed: needed.clone(),
                    attach_to: attach_to.into(),
                    service_date,
                    signature: true,
                    purpose_of_use: vec![Coding::new(
                        "http://terminology.hl7.org/CodeSystem/v3-ActReason",
                        "CLMATTCH",
                    )],
                    multiple_submits: true,
                    ..draft()
                };
                let task = draft.build(&guide(name), NOW).unwrap();
                assert_eq!(broken(&pack, task.text(), "cdex-task-attachment-request"), [""; 0], "{name}");
                let asked = attachment_request(&task, &guide(name)).unwrap();
                assert!(asked.needed == needed, "{name}: the other side reads the same");
                assert!(asked.signature && asked.multiple_submits);
                assert_eq!(asked.payer_url, draft.payer_url);
            }
        }
    }
    for name in ["r4", "cdex-2019", "hrex-1.1"] {
        assert_eq!(draft().build(&guide(name), NOW).unwrap_err(), AttachmentError::Guide, "{name}");
    }
    needs("PractitionerRole", |draft| draft.practitioner_role = draft.patient.clone());
    let mut unlike = draft().build(&guide("cdex-2.1.0"), NOW).unwrap();
    unlike.set("/for/reference", "Patient/1").unwrap();
    let found = broken(&guides::ours("cdex-2.1.0"), unlike.text(), "cdex-task-attachment-request");
    assert!(!found.is_empty(), "the profile is held to");
}

#[test]
fn r45_who_is_asked_and_about_whom_is_known_by_identifiers() {
    needs("cdex-3", |draft| {
        draft.practitioner_role.remove("/practitioner").unwrap();
        draft.practitioner_role.set_raw("/organization", r#"{"display":"Clinic"}"#).unwrap();
    });
    for element in ["/identifier", "/name", "/birthDate", "/identifier/0/type"] {
        needs("member number", |draft| draft.patient.remove(element).unwrap());
    }
    let mut one = draft();
    one.practitioner_role.remove("/practitioner").unwrap();
    assert!(one.build(&guide("cdex-2.1.0"), NOW).is_ok(), "one of both is enough");
}

#[test]
fn r46_r02_the_number_of_the_administration_is_for_the_guide_that_knows_it() {
    let number = || Some(Identifier::new("http://payer.example/numbers", "5"));
    needs("cdex-ci", |draft| draft.admin_ref_number = number());
    needs("tracking id", |draft| draft.tracking_id.value = None);
    let numbered = AttachmentDraft { admin_ref_number: number(), ..draft() };
    let task = numbered.build(&guide("cdex-ci"), NOW).unwrap();
    let submitted = |name| {
        let asked = attachment_request(&task, &guide(name)).unwrap();
        asked.submissions(&[binary("aGk=", None)], true, None).unwrap().remove(0)
    };
    for name in GUIDES {
        let submission = submitted(name);
        assert_eq!(names(&submission).contains(&"AdminRefNumber".into()), name == "cdex-ci", "{name}");
        let text = submission.parameters.text();
        assert_eq!(broken(&guides::ours(name), text, "cdex-parameters-submit-attachment"), [""; 0], "{name}");
    }
}

#[test]
fn r48_r50_for_which_claim_and_for_whom() {
    needs("claim or a preauthorization", |draft| draft.attach_to = "invoice".into());
    needs("claim needs an identifier", |draft| draft.claim.value = None);
    needs("payer needs", |draft| draft.payer = Identifier::default());
}

#[test]
fn r49_what_is_needed_where_and_of_which_day() {
    needs("say what is needed", |draft| draft.needed.clear());
    needs("not by both", |draft| draft.needed.push(questionnaire()));
    needs("say what is needed", |draft| draft.needed = vec![Needed::default()]);
    needs("cdex-1", |draft| draft.service_date = None);
    for date in ["2026", "2026-01", "2026-01-02T10:00:00Z"] {
        needs("cdex-2", |draft| draft.service_date = Some(date.into()));
    }
    for url in ["", "http://payer.example", "http://localhost.evil.example", "javascript:alert(1)", "Task/1"]
    {
        needs("https", |draft| draft.payer_url = url.into());
    }
    needs("CONF-083", |draft| {
        draft.purpose_of_use = vec![Coding::new(&format!("{CDEX}/CodeSystem/cdex-temp"), "payment-noe")];
    });
}

#[test]
fn r51_the_deadline_is_the_end_of_the_restriction() {
    let task = draft().build(&guide("cdex-2.1.0"), NOW).unwrap();
    assert_eq!(task.root().pointer("/restriction/period/end").unwrap().raw(), r#""2026-02-01""#);
    let recipient = SeenRecipient { task: Task::read(&task), ..SeenRecipient::default() };
    let due = derive(&Seen { recipients: vec![recipient], ..Seen::default() }, NOW).due.unwrap();
    assert_eq!(due.until.to_string(), "2026-02-01T23:59:59.999Z", "all of that day");
}

#[test]
fn r55_what_the_task_says_is_repeated_as_it_says_it() {
    for name in GUIDES {
        let task = draft().build(&guide(name), NOW).unwrap();
        let asked = attachment_request(&task, &guide(name)).unwrap();
        let submission = asked.submissions(&[binary("aGk=", Some(0))], true, None).unwrap().remove(0);
        let text = submission.parameters.text();
        assert_eq!(broken(&guides::ours(name), text, "cdex-parameters-submit-attachment"), [""; 0], "{name}");
        let found: Value = serde_json::from_str(text).unwrap();
        let tracking = json!({ "type": cdex_code("tracking-id"), "system": "http://payer.example/tracking", "value": "17" });
        let npi = |value: &str| json!({ "system": "http://hl7.org/fhir/sid/us-npi", "value": value });
        let content = json!({ "resourceType": "Binary", "contentType": "text/plain", "data": "aGk=" });
        let code = json!({ "coding": [{ "system": "http://loinc.org", "code": "18842-5" }] });
        assert_eq!(
            found["parameter"],
            json!([
                { "name": "TrackingId", "valueIdentifier": tracking },
                { "name": "AttachTo", "valueCode": "claim" },
                { "name": "PayerId", "valueIdentifier": { "system": "http://payer.example/payers", "value": "9" } },
                { "name": "OrganizationId", "valueIdentifier": npi("1245319599") },
                { "name": "ProviderId", "valueIdentifier": npi("1234567893") },
                { "name": "MemberId", "valueIdentifier": patient()["identifier"][0] },
                { "name": "ServiceDate", "valueDateTime": "2026-01-02" },
                { "name": "Attachment", "part": [
                    { "name": "LineItem", "valueString": "1" },
                    { "name": "LineItem", "valueString": "12" },
                    { "name": "Code", "valueCodeableConcept": code },
                    { "name": "Content", "resource": content },
                ] },
                { "name": "Final", "valueBoolean": true },
            ]),
            "{name}"
        );
    }
}

/// Every request for attachments that the guide publishes is answered with what its own profile takes.
#[test]
fn r55_the_requests_of_the_guide_are_answered() {
    let Some(shared) = common::shared() else { return };
    let examples = shared.join("packages/hl7.fhir.us.davinci-cdex#2.1.0/package/example");
    let (pack, guide) = (guides::ours("cdex-2.1.0"), guide("cdex-2.1.0"));
    let mut answered = 0;
    for (name, file) in common::json_files(&examples) {
        let text = fs::read_to_string(file).unwrap();
        if !name.starts_with("Task-") || !text.contains("attachment-request-") {
            continue;
        }
        let task = Document::parse(text).unwrap();
        let asked = attachment_request(&task, &guide).unwrap_or_else(|error| panic!("{name}: {error}"));
        let attached: Vec<_> = (0..asked.needed.len()).map(|at| binary("aGk=", Some(at))).collect();
        let submissions = asked.submissions(&attached, true, None).unwrap();
        let text = submissions[0].parameters.text();
        assert_eq!(broken(&pack, text, "cdex-parameters-submit-attachment"), [""; 0], "{name}");
        answered += 1;
    }
    assert!(answered >= 5, "{answered}");
}

#[test]
fn r55_what_would_have_to_be_repeated_and_is_not_there_is_named() {
    let guide = guide("cdex-2.1.0");
    for (element, words) in [
        ("/identifier", "tracking id"),
        ("/contained/1/identifier", "member number"),
        ("/contained/0", "who is asked"),
        ("/reasonCode", "what the attachments are for"),
        ("/input/1", "where to submit"),
        ("/input/2", "day of the service"),
        ("/input/0", "which attachments"),
    ] {
        let mut task = draft().build(&guide, NOW).unwrap();
        task.remove(element).unwrap();
        let error = attachment_request(&task, &guide).err().unwrap().to_string();
        assert!(error.contains(words), "{element}: {error}");
    }
    let task = draft().build(&guide, NOW).unwrap();
    let asked = attachment_request(&task, &guide).unwrap();
    let elsewhere = asked.submissions(&[binary("aGk=", Some(7))], true, None).err();
    assert_eq!(elsewhere, Some(AttachmentError::NoSuchItem(7)));
    assert!(asked.submissions(&[], true, None).is_err());
}

#[test]
fn r56_only_the_last_of_several_submissions_is_final() {
    let guide = guide("cdex-2.1.0");
    let asked = |multiple_submits| {
        let task = AttachmentDraft { multiple_submits, ..draft() }.build(&guide, NOW).unwrap();
        attachment_request(&task, &guide).unwrap()
    };
    let finals = |submissions: &[Submission]| submissions.iter().map(|it| it.last).collect::<Vec<_>>();
    let one = [binary("aGk=", Some(0))];
    assert_eq!(finals(&asked(false).submissions(&one, true, None).unwrap()), [true]);
    assert!(asked(false).submissions(&one, false, None).is_err(), "nothing may follow");
    let first = asked(true).submissions(&one, false, None).unwrap();
    assert_eq!(finals(&first), [false]);
    assert!(first[0].parameters.text().ends_with(r#"{"name":"Final","valueBoolean":false}]}"#));
}

#[test]
fn r57_what_is_too_large_is_divided_where_the_payer_takes_several() {
    let guide = guide("cdex-2.1.0");
    let asked = |multiple_submits| {
        let task = AttachmentDraft { multiple_submits, ..draft() }.build(&guide, NOW).unwrap();
        attachment_request(&task, &guide).unwrap()
    };
    let page = "QUJD".repeat(500);
    let attached: Vec<_> = (0..5).map(|_| binary(&page, Some(0))).collect();
    let limit = 6_000;
    let submissions = asked(true).submissions(&attached, true, Some(limit)).unwrap();
    assert_eq!(submissions.iter().map(|it| it.last).collect::<Vec<_>>(), [false, false, true]);
    let attachments = |it: &Submission| names(it).iter().filter(|name| *name == "Attachment").count();
    assert_eq!(submissions.iter().map(attachments).collect::<Vec<_>>(), [2, 2, 1], "all, in order");
    assert!(submissions.iter().all(|it| it.parameters.text().len() <= limit));
    let too_large =
        |multiple, limit| asked(multiple).submissions(&attached, true, Some(limit)).err().unwrap();
    assert!(matches!(too_large(false, limit), AttachmentError::TooLarge { limit: 6_000, .. }));
    assert!(matches!(too_large(true, 1_000), AttachmentError::TooLarge { .. }), "one alone");
}
