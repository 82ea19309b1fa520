//! Stories recorded for replay in another tongue: the same inputs must give the same effects
//! there. `UPDATE_SNAPSHOTS=1` rewrites the recordings under `recordings/`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by panicking")]

mod common;

use std::{fs, path::Path, time::Duration};

use common::{attachments, informed::*, *};
use fhir_solicit::{
    actor::{Act, Attachment, Delivery, InboxStart, PayloadDraft, Start, Variant},
    fhir::Reference,
    lifecycle::Guide,
};
use fhir_solicit_simulation::{PAYER, PROVIDER, Simulation, starts};
use fhir_solicit_world::{Effect, Fault, Method};

fn compare(it: &Simulation, story: &str) {
    compare_these(it, story, &["payer", "inbox", "provider"]);
}

fn compare_these(it: &Simulation, story: &str, parties: &[&str]) {
    for party in parties {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings").join(format!("{story}.{party}.json"));
        let found = serde_json::to_string_pretty(it.recording(party)).unwrap() + "\n";
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &found).unwrap();
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        assert!(found == expected, "{} is not what the machine does now", path.display());
    }
}

#[test]
fn an_accepted_task_with_two_answers_and_a_lost_response() {
    let mut it = Simulation::new();
    it.server(PROVIDER).inject(Fault::next(Effect::LoseResponse).on(Method::Post, "Task"));
    ask(&mut it, Variant::WithTask, &two_items());
    it.pass(Duration::from_secs(120));
    arrive(&mut it);
    it.act("provider", Act::Accept).unwrap();
    it.act("provider", Act::Progress { text: "in review".into() }).unwrap();
    let attachment = Attachment {
        content_type: Some("text/plain".into()),
        data: Some("bm90ZQ==".into()),
        size: Some(4),
        ..Attachment::default()
    };
    let payloads = vec![
        PayloadDraft { answers: Some(1), content_attachment: Some(attachment), ..PayloadDraft::default() },
        PayloadDraft {
            answers: Some(0),
            content_reference: Some(Reference::to("Condition/unknown")),
            ..PayloadDraft::default()
        },
    ];
    it.act(
        "provider",
        Act::Respond { payloads, note: Some("a substitute".into()), delivery: Delivery::Usual },
    )
    .unwrap();
    it.act("provider", Act::Complete).unwrap();
    it.pass(Duration::from_secs(3600));
    assert!(!it.view("payer").finished, "R115: what was referred to is not there");
    it.act("payer", Act::Waive { reference: "Condition/unknown".into() }).unwrap();
    assert!(it.view("payer").finished);
    compare(&it, "accepted");
}

#[test]
fn a_rejected_task_and_a_restart() {
    let mut it = asked(Variant::WithTask);
    arrive(&mut it);
    it.decide("provider", Act::Reject { reason: reason("not our patient") }).unwrap();
    it.crash("provider");
    it.pass(Duration::from_secs(3600));
    assert!(it.view("payer").finished);
    compare(&it, "rejected");
}

#[test]
fn a_request_without_task() {
    let mut it = asked(Variant::WithoutTask);
    arrive(&mut it);
    it.act("provider", Act::Accept).unwrap();
    it.act("provider", respond("the note")).unwrap();
    it.act("provider", Act::Complete).unwrap();
    it.pass(Duration::from_secs(3600));
    assert!(it.view("payer").finished);
    compare(&it, "without-task");
}

#[test]
fn a_request_for_attachments_a_lost_response_and_two_submissions() {
    let guide = Guide::named("cdex-2.1.0").unwrap();
    let mut it = Simulation::new();
    let request = attachments::several().build(&guide, it.now).unwrap();
    it.server(PAYER).await_attachments("17", false);
    ask_under(&guide, &mut it, Variant::WithTask, &request);
    it.settle();
    let inbox = InboxStart { guide: guide.clone(), ..starts::inbox() };
    it.begin("inbox", Start::Inbox(inbox)).unwrap();
    it.settle();
    let arrived = arrivals(&it)[0].clone();
    answer_under(&guide, &mut it, arrived);
    it.settle();
    it.act("provider", Act::Accept).unwrap();
    it.server(PAYER).inject(Fault::next(Effect::LoseResponse).on(Method::Post, "$submit-attachment"));
    for at in [0, 1] {
        it.act("provider", attachments::attach(vec![attachments::item(at, "the note")])).unwrap();
    }
    it.act("provider", Act::Retry).unwrap();
    it.act("provider", Act::Complete).unwrap();
    let submissions = it.server(PAYER).submissions().to_vec();
    assert_eq!(submissions.len(), 3, "the first arrived twice");
    for parameters in submissions {
        it.act("payer", Act::Submitted { parameters }).unwrap();
    }
    it.pass(Duration::from_secs(7200));
    assert!(it.view("payer").finished && it.view("provider").finished);
    compare(&it, "attachments");
}

#[test]
fn a_registry_that_gets_what_a_payer_has_asked_for() {
    let mut it = asked_to_tell(Variant::WithTask, &BOTH);
    it.act("provider", Act::Accept).unwrap();
    it.act("provider", respond("the note")).unwrap();
    it.act("provider", Act::Complete).unwrap();
    it.pass(Duration::from_secs(3600));
    take_up(&mut it);
    it.act("registry", Act::Accept).unwrap();
    assert!(it.view("registry").finished);
    compare_these(&it, "informed", &["payer", "provider", "registry-inbox", "registry"]);
}
