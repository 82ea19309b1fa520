//! A payer asks for attachments to a claim, and a provider submits them (R44 to R59): to the application a
//! conversation as any other.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by panicking")]

mod common;

use std::time::Duration;

use common::{attachments::*, *};
use fhir_solicit::{
    actor::{Act, InboxStart, PayerPolicy, PayloadDraft, Refusal, ResponderStart, Start, Update},
    fhir::{Identifier, Reference},
    json::{Document, Value},
    lifecycle::Guide,
    solicitation::{AttachmentDraft, State},
};
use fhir_solicit_simulation::{PAYER, PROVIDER, Simulation, starts};
use fhir_solicit_world::{Effect, Fault, Method};

const HOUR: Duration = Duration::from_secs(3600);
const GUIDES: [&str; 2] = ["cdex-2.1.0", "cdex-ci"];

fn guide(name: &str) -> Guide {
    Guide::named(name).unwrap()
}

fn answering(it: &mut Simulation, guide: &Guide, payer: PayerPolicy) {
    let inbox =
        InboxStart { owner: Some("Organization/clinic".into()), guide: guide.clone(), ..starts::inbox() };
    it.begin("inbox", Start::Inbox(inbox)).unwrap();
    it.settle();
    let responder =
        ResponderStart { guide: guide.clone(), payer, ..starts::responder(arrivals(it)[0].clone()) };
    it.begin("provider", Start::Responder(responder)).unwrap();
    it.settle();
}

/// The Task is on the provider's server, its inbox has told of it, and a responder has accepted it.
fn accepted_under(guide: &Guide, draft: &AttachmentDraft, payer: PayerPolicy) -> Simulation {
    let mut it = Simulation::new();
    let now = it.now;
    it.server(PAYER).await_attachments("17", draft.signature);
    it.server(PROVIDER).insert(draft.build(guide, now).unwrap(), now).unwrap();
    answering(&mut it, guide, payer);
    it.act("provider", Act::Accept).unwrap();
    it
}

fn accepted(draft: &AttachmentDraft) -> Simulation {
    accepted_under(&guide("cdex-2.1.0"), draft, PayerPolicy::default())
}

fn status(it: &mut Simulation) -> String {
    text(&it.stored(PROVIDER, "Task")[0], "/status")
}

fn parameters<'d>(submission: &'d Document, name: &str) -> Vec<Value<'d>> {
    let all = submission.root().list("parameter");
    all.filter(|it| it.string("name").as_deref() == Some(name)).collect()
}

/// Of each submission how many attachments it has, and whether it is the last.
fn submitted(it: &mut Simulation) -> Vec<(usize, bool)> {
    let submissions = it.server(PAYER).submissions().iter();
    let shape = |one: &Document| {
        let last = parameters(one, "Final")[0].get("valueBoolean").unwrap().raw() == "true";
        (parameters(one, "Attachment").len(), last)
    };
    submissions.map(shape).collect()
}

fn stalled(it: &Simulation) -> bool {
    matches!(it.party("provider").updates.iter().rev().find(|one| matches!(one, Update::Fault { .. })),
        Some(Update::Fault { doing, stalled: true, .. }) if doing.contains("attachments"))
}

fn notices(it: &Simulation) -> Vec<String> {
    let updates = it.party("provider").updates.iter();
    updates
        .filter_map(|it| if let Update::Notice { text } = it { Some(text.clone()) } else { None })
        .collect()
}

fn on_submit(effect: Effect) -> Fault {
    Fault::next(effect).on(Method::Post, "$submit-attachment")
}

fn refusal(status: u16) -> Effect {
    Effect::Status { status, retry_after: None, html: false }
}

#[test]
fn r54_what_is_given_is_submitted_and_the_task_completed_without_output() {
    for name in GUIDES {
        let mut it = accepted_under(&guide(name), &draft(), PayerPolicy::default());
        let asked = it.view("provider").request.unwrap();
        assert_eq!(text(&asked, "/payload/0/extension/0/valueCodeableConcept/coding/0/code"), "18842-5");
        it.act("provider", attach(vec![item(0, "the note")])).unwrap();
        assert_eq!(status(&mut it), "in-progress", "{name}");
        assert_eq!(submitted(&mut it), [], "{name}: the payer takes one submission, more may follow");
        it.act("provider", Act::Complete).unwrap();
        assert_eq!(submitted(&mut it), [(1, true)], "{name}");
        let task = it.stored(PROVIDER, "Task")[0].clone();
        assert_eq!(text(&task, "/status"), "completed", "{name}");
        assert!(task.root().get("output").is_none(), "R52 {name}: nothing is returned in the Task");
        assert!(it.stored(PROVIDER, "DocumentReference").is_empty(), "nothing is stored for it");
        let view = it.view("provider");
        assert_eq!(view.solicitation.unwrap().state, State::Answered, "{name}");
        assert!(view.finished && view.communications.len() == 1, "{name}");

        let submission = it.server(PAYER).submissions()[0].clone();
        let part = |name: &str| {
            let parts = parameters(&submission, "Attachment")[0].list("part");
            parts.into_iter().find(|part| part.string("name").as_deref() == Some(name)).unwrap()
        };
        let content = part("Content").get("resource").unwrap();
        assert_eq!(content.string("resourceType").as_deref(), Some("DocumentReference"));
        assert_eq!(content.pointer("/subject/identifier/value").unwrap().raw(), r#""1""#);
        assert_eq!(content.pointer("/type/coding/0/code").unwrap().raw(), r#""18842-5""#);
        assert!(part("Code").get("valueCodeableConcept").is_some());
    }
}

#[test]
fn r54_a_resource_of_ones_own_is_attached_as_it_is() {
    let mut it = accepted(&draft());
    let now = it.now;
    let report = r#"{"resourceType":"DiagnosticReport","id":"7","status":"final","code":{"text":"x"},"conclusion":"1.00"}"#;
    it.server(PROVIDER).insert(document(report), now).unwrap();
    let refer = |to: &str| PayloadDraft {
        answers: Some(0),
        content_reference: Some(Reference::to(to)),
        ..PayloadDraft::default()
    };
    let elsewhere = it.act("provider", attach(vec![refer("https://elsewhere.example/fhir/Binary/1")]));
    assert!(matches!(elsewhere, Err(Refusal::NotNow(_))), "{elsewhere:?}");
    it.act("provider", attach(vec![refer("DiagnosticReport/7")])).unwrap();
    it.act("provider", Act::Complete).unwrap();
    let submission = it.server(PAYER).submissions()[0].clone();
    assert!(submission.text().contains(r#""conclusion":"1.00""#));
    assert_eq!(status(&mut it), "completed");

    for at_once in [true, false] {
        let mut it = accepted(&draft());
        it.decide("provider", attach(vec![refer("DiagnosticReport/8"), item(0, "beside it")])).unwrap();
        if at_once {
            it.decide("provider", Act::Complete).unwrap();
        }
        it.settle();
        assert!(notices(&it).iter().any(|text| text.contains("could not be fetched")));
        let after = it.act("provider", Act::Complete);
        assert!(matches!(after, Err(Refusal::NotNow(_))), "{after:?}");
        assert_eq!((submitted(&mut it), status(&mut it)), (vec![], "in-progress".into()), "not without it");
    }
}

#[test]
fn r56_of_several_submissions_only_the_last_is_final() {
    let mut it = accepted(&several());
    it.act("provider", attach(vec![item(0, "the note")])).unwrap();
    assert_eq!(submitted(&mut it), [], "it may be the last");
    it.act("provider", attach(vec![item(1, "the letter")])).unwrap();
    assert_eq!(submitted(&mut it), [(1, false)], "something follows");
    assert_eq!(state(&it, "provider"), State::PartiallyAnswered);
    it.act("provider", Act::Complete).unwrap();
    assert_eq!(submitted(&mut it), [(1, false), (1, true)]);
    assert_eq!((status(&mut it), state(&it, "provider")), ("completed".into(), State::Answered));
    let late = it.act("provider", attach(vec![item(1, "more")]));
    assert!(late.is_err(), "the payer was told that nothing follows");
}

#[test]
fn r56_after_a_crash_nothing_that_was_taken_is_submitted_again() {
    for crash in 0..30 {
        let mut it = Simulation::new();
        let now = it.now;
        it.server(PAYER).await_attachments("17", false);
        it.server(PROVIDER).insert(several().build(&guide("cdex-2.1.0"), now).unwrap(), now).unwrap();
        answering(&mut it, &guide("cdex-2.1.0"), PayerPolicy::default());
        let mut steps = 0;
        for act in [
            Act::Accept,
            attach(vec![item(0, "the note")]),
            attach(vec![item(1, "the letter")]),
            Act::Complete,
        ] {
            it.decide("provider", act).unwrap();
            loop {
                steps += 1;
                if steps == crash {
                    it.crash("provider");
                }
                if !it.exchange_one() {
                    break;
                }
            }
            // A call that was under way in the crash waits for a person, who looks what the payer has.
            if stalled(&it) && it.view("provider").task.is_some() {
                let _ = it.act("provider", Act::Retry);
            }
        }
        it.pass(3 * HOUR);
        assert_eq!(status(&mut it), "completed", "crash before exchange {crash}");
        assert_eq!(submitted(&mut it), [(1, false), (1, true)], "crash before exchange {crash}");
    }
}

#[test]
fn r57_what_is_too_large_is_divided_where_the_payer_takes_several() {
    let page = "x".repeat(2_000);
    let pages = || vec![item(0, &page), item(0, &page), item(1, &page), item(1, &page)];
    // It may be known before …
    let known = PayerPolicy { limit: Some(8_000), idempotent: false };
    let mut it = accepted_under(&guide("cdex-2.1.0"), &several(), known);
    it.server(PAYER).limit_submissions(8_000);
    it.act("provider", attach(pages())).unwrap();
    it.act("provider", Act::Complete).unwrap();
    assert_eq!(submitted(&mut it), [(2, false), (2, true)]);
    assert_eq!(status(&mut it), "completed");
    // … or be found out.
    let mut it = accepted(&several());
    it.server(PAYER).limit_submissions(8_000);
    it.act("provider", attach(pages())).unwrap();
    it.act("provider", Act::Complete).unwrap();
    assert_eq!(submitted(&mut it), [(2, false), (2, true)]);
    assert_eq!(status(&mut it), "completed");
    // One alone cannot be divided, and neither may what has to come at once.
    for (draft, payloads) in [(several(), vec![item(0, &page.repeat(4))]), (draft(), vec![item(0, &page); 4])]
    {
        for policy in [PayerPolicy::default(), known] {
            let mut it = accepted_under(&guide("cdex-2.1.0"), &draft, policy);
            it.server(PAYER).limit_submissions(8_000);
            it.act("provider", attach(payloads.clone())).unwrap();
            it.act("provider", Act::Complete).unwrap();
            assert_eq!((submitted(&mut it), status(&mut it)), (vec![], "in-progress".into()));
            it.act("provider", attach(vec![item(0, "a summary")])).unwrap();
            it.act("provider", Act::Complete).unwrap();
            assert_eq!((submitted(&mut it), status(&mut it)), (vec![(1, true)], "completed".into()));
        }
    }
}

#[test]
fn r58_what_the_payer_holds_is_taken_and_what_it_refuses_is_not_repeated() {
    let mut it = accepted(&AttachmentDraft { tracking_id: Identifier::new("x", "18"), ..draft() });
    it.act("provider", attach(vec![item(0, "the note")])).unwrap();
    it.act("provider", Act::Complete).unwrap();
    assert_eq!((submitted(&mut it), status(&mut it)), (vec![(1, true)], "completed".into()));
    assert!(notices(&it).iter().any(|text| text.contains("holds them")), "CONF-021");

    let mut it = accepted(&draft());
    it.server(PAYER).inject(on_submit(refusal(400)));
    it.act("provider", attach(vec![item(0, "the note")])).unwrap();
    it.act("provider", Act::Complete).unwrap();
    it.pass(24 * HOUR);
    assert_eq!((submitted(&mut it), status(&mut it)), (vec![], "in-progress".into()));
    let again = it.act("provider", Act::Complete);
    assert!(matches!(again, Err(Refusal::NotNow(_))), "there is nothing left: {again:?}");
    it.act("provider", Act::Fail { reason: reason("the payer refuses it") }).unwrap();
    assert_eq!(status(&mut it), "failed");
}

#[test]
fn r58_what_has_to_be_signed_is_not_submitted_without() {
    let mut it = accepted(&AttachmentDraft { signature: true, ..draft() });
    let now = it.now;
    let unsigned = it.act("provider", attach(vec![item(0, "the note")]));
    assert!(matches!(unsigned, Err(Refusal::NotNow(_))), "{unsigned:?}");
    let bundle = |id: &str, more: &str| {
        document(&format!(r#"{{"resourceType":"Bundle","id":"{id}","type":"collection"{more}}}"#))
    };
    let signature = r#","signature":{"type":[{"code":"x"}],"when":"2026-01-01T00:00:00Z","who":{"display":"x"},"data":"aGk="}"#;
    it.server(PROVIDER).insert(bundle("plain", ""), now).unwrap();
    it.server(PROVIDER).insert(bundle("signed", signature), now).unwrap();
    let refer = |to: &str| PayloadDraft {
        answers: Some(0),
        content_reference: Some(Reference::to(to)),
        ..PayloadDraft::default()
    };
    it.act("provider", attach(vec![refer("Bundle/plain")])).unwrap();
    assert!(notices(&it).iter().any(|text| text.contains("demands a signature")));
    it.act("provider", attach(vec![refer("Bundle/signed")])).unwrap();
    it.act("provider", Act::Complete).unwrap();
    assert_eq!((submitted(&mut it), status(&mut it)), (vec![(1, true)], "completed".into()));
}

#[test]
fn r59_what_the_payer_may_have_is_not_submitted_again_by_itself() {
    for (effect, arrives) in
        [(Effect::LoseResponse, 1), (Effect::LoseRequest, 0), (refusal(502), 0), (Effect::Html, 1)]
    {
        let mut it = accepted(&draft());
        it.server(PAYER).inject(on_submit(effect.clone()));
        it.act("provider", attach(vec![item(0, "the note")])).unwrap();
        it.act("provider", Act::Complete).unwrap();
        it.pass(24 * HOUR);
        it.crash("provider");
        it.pass(24 * HOUR);
        assert_eq!(submitted(&mut it).len(), arrives, "{effect:?}");
        assert_eq!(status(&mut it), "in-progress", "{effect:?}: nobody knows");
        assert!(stalled(&it), "{effect:?}");
        // A person has looked: the payer does not have it, or takes it twice.
        it.act("provider", Act::Retry).unwrap();
        assert_eq!(submitted(&mut it).len(), arrives + 1, "{effect:?}");
        assert_eq!(status(&mut it), "completed", "{effect:?}");
    }
    // It does have it, so the Task can be completed.
    let mut it = accepted(&draft());
    it.server(PAYER).inject(on_submit(Effect::LoseResponse));
    it.act("provider", attach(vec![item(0, "the note")])).unwrap();
    it.act("provider", Act::Complete).unwrap();
    it.act("provider", Act::GiveUp).unwrap();
    assert!(notices(&it).iter().any(|text| text.contains("is not known")));
    it.act("provider", Act::Complete).unwrap();
    assert_eq!((submitted(&mut it), status(&mut it)), (vec![(1, true)], "completed".into()));
}

#[test]
fn r59_a_payer_that_takes_the_same_twice_as_once_is_asked_again() {
    let policy = PayerPolicy { idempotent: true, limit: None };
    for effect in [Effect::LoseResponse, Effect::LoseRequest, refusal(503)] {
        let mut it = accepted_under(&guide("cdex-2.1.0"), &draft(), policy);
        it.server(PAYER).inject(on_submit(effect.clone()));
        it.act("provider", attach(vec![item(0, "the note")])).unwrap();
        it.act("provider", Act::Complete).unwrap();
        it.pass(HOUR);
        assert_eq!(status(&mut it), "completed", "{effect:?}");
    }
}

#[test]
fn r59_what_certainly_was_not_taken_may_be_submitted_again() {
    let mut it = accepted(&draft());
    it.server(PAYER).inject(on_submit(Effect::Status {
        status: 429,
        retry_after: Some("60".into()),
        html: false,
    }));
    it.act("provider", attach(vec![item(0, "the note")])).unwrap();
    it.act("provider", Act::Complete).unwrap();
    it.pass(HOUR);
    assert_eq!((submitted(&mut it), status(&mut it)), (vec![(1, true)], "completed".into()));
    // Without a token it waits for somebody to sign in, and can be given up, for it certainly is not there.
    let mut it = accepted(&draft());
    it.server(PAYER).inject(Fault::always(refusal(401)).on(Method::Post, "$submit-attachment"));
    it.act("provider", attach(vec![item(0, "the note")])).unwrap();
    it.act("provider", Act::Complete).unwrap();
    assert!(stalled(&it));
    it.act("provider", Act::GiveUp).unwrap();
    assert!(matches!(it.act("provider", Act::Complete), Err(Refusal::NotNow(_))));
    it.server(PAYER).clear_faults();
    it.act("provider", attach(vec![item(0, "the note")])).unwrap();
    it.act("provider", Act::Complete).unwrap();
    assert_eq!((submitted(&mut it), status(&mut it)), (vec![(1, true)], "completed".into()));
}

#[test]
fn r53_nothing_is_submitted_to_a_server_that_nobody_has_registered() {
    for payer_url in ["https://evil.example/fhir/$submit-attachment", "https://payer.example/other"] {
        let mut it = accepted(&AttachmentDraft { payer_url: payer_url.into(), ..draft() });
        assert!(notices(&it).iter().any(|text| text.contains("none of the servers")), "{payer_url}");
        let refused = it.act("provider", attach(vec![item(0, "the note")]));
        assert!(matches!(refused, Err(Refusal::NotNow(_))), "{payer_url}: {refused:?}");
        it.act("provider", Act::Start).unwrap();
        it.act("provider", Act::Fail { reason: reason("not a payer we know") }).unwrap();
        assert_eq!(status(&mut it), "failed", "{payer_url}");
        assert!(!it.transcript.iter().any(|line| line.contains("submit")), "{payer_url}");
    }
}

#[test]
fn r49_an_item_that_was_not_asked_for_is_refused() {
    let mut it = accepted(&draft());
    assert_eq!(it.act("provider", attach(vec![item(1, "x")])), Err(Refusal::NoSuchItem(1)));
    assert_eq!(it.act("provider", attach(vec![])), Err(Refusal::PayloadRequired));
    let complete = it.act("provider", Act::Complete);
    assert!(matches!(complete, Err(Refusal::NotNow(_) | Refusal::Status(_))), "{complete:?}");
}

#[test]
fn r23_a_request_for_attachments_is_rejected_with_a_reason() {
    let mut it = Simulation::new();
    let now = it.now;
    it.server(PROVIDER).insert(draft().build(&guide("cdex-2.1.0"), now).unwrap(), now).unwrap();
    answering(&mut it, &guide("cdex-2.1.0"), PayerPolicy::default());
    assert_eq!(it.act("provider", Act::Reject { reason: reason(" ") }), Err(Refusal::ReasonRequired));
    it.act("provider", Act::Reject { reason: reason("not our patient") }).unwrap();
    assert_eq!(status(&mut it), "rejected");
    assert_eq!(state(&it, "provider"), State::Declined);
}

#[test]
fn r55_a_request_that_cannot_be_repeated_is_named_as_such_and_can_be_failed() {
    let mut it = Simulation::new();
    let now = it.now;
    let mut task = draft().build(&guide("cdex-2.1.0"), now).unwrap();
    task.remove("/identifier").unwrap();
    it.server(PROVIDER).insert(task, now).unwrap();
    answering(&mut it, &guide("cdex-2.1.0"), PayerPolicy::default());
    assert!(notices(&it).iter().any(|text| text.contains("no tracking id")));
    assert!(it.view("provider").request_fault.is_some());
    it.act("provider", Act::Accept).unwrap();
    assert!(matches!(it.act("provider", attach(vec![item(0, "x")])), Err(Refusal::NotNow(_))));
    it.act("provider", Act::Start).unwrap();
    it.act("provider", Act::Fail { reason: reason("by mail") }).unwrap();
    assert_eq!(status(&mut it), "failed");
}
