//! The payer's side of a request for attachments (R44 to R59), and both sides together: asked, submitted, counted and
//! closed as every other exchange is.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by panicking")]

mod common;

use std::time::Duration;

use common::{attachments::*, *};
use fhir_solicit::{
    actor::{
        Act, InboxStart, PayloadDraft, Recipient, Refusal, RequesterStart, ResponderStart, Start, Update,
        Variant,
    },
    fhir::Reference,
    json::Document,
    lifecycle::Guide,
    solicitation::{AttachmentDraft, ItemState, State, Timeliness},
};
use fhir_solicit_simulation::{PAYER, PROVIDER, Simulation, starts};
use fhir_solicit_world::{Effect, Fault, Method};

const HOUR: Duration = Duration::from_secs(3600);
const GUIDES: [&str; 2] = ["cdex-2.1.0", "cdex-ci"];

fn guide(name: &str) -> Guide {
    Guide::named(name).unwrap()
}

fn start(guide: &Guide, request: Document) -> RequesterStart {
    RequesterStart { guide: guide.clone(), ..starts::requester(request) }
}

/// The payer has asked, and its server waits for what is submitted.
fn asked(guide: &Guide, draft: &AttachmentDraft) -> Simulation {
    let mut it = Simulation::new();
    let now = it.now;
    it.server(PAYER).await_attachments("17", draft.signature);
    it.begin("payer", Start::Requester(start(guide, draft.build(guide, now).unwrap()))).unwrap();
    it.settle();
    it
}

/// … and a provider has accepted.
fn accepted(guide: &Guide, draft: &AttachmentDraft) -> Simulation {
    let mut it = asked(guide, draft);
    let inbox =
        InboxStart { owner: Some("Organization/clinic".into()), guide: guide.clone(), ..starts::inbox() };
    it.begin("inbox", Start::Inbox(inbox)).unwrap();
    it.settle();
    let responder = ResponderStart { guide: guide.clone(), ..starts::responder(arrivals(&it)[0].clone()) };
    it.begin("provider", Start::Responder(responder)).unwrap();
    it.settle();
    it.act("provider", Act::Accept).unwrap();
    it
}

fn cdex(draft: &AttachmentDraft) -> Simulation {
    accepted(&guide("cdex-2.1.0"), draft)
}

/// The payer's server hands over what was submitted since the last time.
fn hand_over(it: &mut Simulation, from: usize) {
    let submissions = it.server(PAYER).submissions()[from..].to_vec();
    for parameters in submissions {
        it.act("payer", Act::Submitted { parameters }).unwrap();
    }
}

/// What the payer has in hand, as text.
fn in_hand(it: &Simulation) -> Vec<String> {
    let view = it.view("payer");
    let contents = view.communications.iter().flat_map(|one| &one.contents);
    let data = contents.map(|one| text(one.document.as_ref().unwrap(), "/content/0/attachment/data"));
    data.map(|data| String::from_utf8(base64(&data)).unwrap()).collect()
}

fn base64(text: &str) -> Vec<u8> {
    let digits = text.bytes().take_while(|byte| *byte != b'=').map(|byte| {
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        u32::try_from(alphabet.iter().position(|one| *one == byte).unwrap()).unwrap()
    });
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0, 0);
    for digit in digits {
        (held, bits) = (held << 6 | digit, bits + 6);
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits & 0xff) as u8);
        }
    }
    bytes
}

fn items(it: &Simulation) -> Vec<ItemState> {
    it.view("payer").solicitation.unwrap().ledger.items.iter().map(|item| item.state).collect()
}

fn task(it: &mut Simulation) -> Document {
    it.stored(PROVIDER, "Task")[0].clone()
}

fn told(it: &Simulation, words: &str) -> bool {
    let updates = &it.party("payer").updates;
    updates.iter().any(|update| matches!(update, Update::Notice { text } if text.contains(words)))
}

#[test]
fn r44_attachments_are_asked_for_submitted_and_closed() {
    for name in GUIDES {
        let mut it = accepted(&guide(name), &draft());
        let sent = task(&mut it);
        assert_eq!(text(&sent, "/code/coding/0/code"), "attachment-request-code", "R47 {name}");
        assert_eq!(text(&sent, "/owner/reference"), "#practitionerrole", "R44 {name}");
        assert!(it.stored(PAYER, "CommunicationRequest").is_empty(), "the Task says it all");
        assert_eq!(text(&it.view("payer").request.unwrap(), "/payload/0/contentString"), "18842-5");
        it.pass(HOUR);
        assert_eq!(state(&it, "payer"), State::Accepted, "{name}");

        it.act("provider", attach(vec![item(0, "the note")])).unwrap();
        it.pass(HOUR);
        assert_eq!(state(&it, "payer"), State::Working, "{name}");
        it.act("provider", Act::Complete).unwrap();
        hand_over(&mut it, 0);
        assert_eq!(state(&it, "payer"), State::Answered, "{name}: at once, whatever the Task says so far");
        assert!(!it.view("payer").finished, "the Task is still to be looked at");
        it.pass(2 * HOUR);
        assert_eq!(
            (state(&it, "payer"), state(&it, "provider")),
            (State::Answered, State::Answered),
            "{name}"
        );
        assert!(it.view("payer").finished && it.view("provider").finished, "{name}");
        assert_eq!(in_hand(&it), ["the note"], "{name}");
        assert_eq!(items(&it), [ItemState::Received], "{name}");
        assert_eq!(text(&task(&mut it), "/status"), "completed", "R52 {name}");
    }
}

#[test]
fn r44_the_application_says_what_it_says_of_data() {
    // The same acts, whichever way is asked; of attachments the payer's server hands over what came.
    let guide = guide("cdex-2.1.0");
    let data = |it: &mut Simulation| {
        ask_under(&guide, it, Variant::WithTask, &one_item());
        it.settle();
        let arrived = it.stored(PROVIDER, "Task")[0].clone();
        answer_under(&guide, it, arrived);
        it.settle();
        it.act("provider", Act::Accept).unwrap();
    };
    let mut by_data = Simulation::new();
    data(&mut by_data);
    let mut by_attachment = cdex(&draft());
    let mut states = Vec::new();
    for it in [&mut by_data, &mut by_attachment] {
        let mut seen = Vec::new();
        for act in [attach(vec![item(0, "the note")]), Act::Complete] {
            it.act("provider", act).unwrap();
            hand_over(it, 0);
            it.pass(2 * HOUR);
            seen.push((state(it, "payer"), state(it, "provider")));
        }
        states.push(seen[1]);
        assert!(it.view("payer").finished && it.view("provider").finished);
        assert_eq!(in_hand(it), ["the note"]);
    }
    assert_eq!(states[0], states[1]);
}

#[test]
fn r46_the_task_is_created_once_whatever_is_lost() {
    for effect in [Effect::LoseRequest, Effect::LoseResponse, Effect::Duplicate, Effect::HideHeaders] {
        for ignores in [false, true] {
            let mut it = Simulation::new();
            let (now, guide) = (it.now, guide("cdex-2.1.0"));
            if ignores {
                it.server(PROVIDER).inject(Fault::always(Effect::IgnoreIfNoneExist));
            }
            // A server that looks at nothing cannot be kept from holding two of what comes twice at once.
            if ignores && effect == Effect::Duplicate {
                continue;
            }
            it.server(PROVIDER).inject(Fault::next(effect.clone()).on(Method::Post, "Task"));
            it.begin("payer", Start::Requester(start(&guide, draft().build(&guide, now).unwrap()))).unwrap();
            it.pass(HOUR);
            assert_eq!(it.stored(PROVIDER, "Task").len(), 1, "{effect:?}, ignores: {ignores}");
            assert_eq!(state(&it, "payer"), State::Sent);
        }
    }
}

#[test]
fn r56_submissions_are_counted_as_they_come() {
    let mut it = cdex(&several());
    it.act("provider", attach(vec![item(0, "the note")])).unwrap();
    it.act("provider", attach(vec![item(1, "the letter")])).unwrap();
    hand_over(&mut it, 0);
    assert_eq!(items(&it), [ItemState::Received, ItemState::Missing]);
    assert_eq!(state(&it, "payer"), State::PartiallyAnswered);
    it.act("provider", Act::Complete).unwrap();
    hand_over(&mut it, 1);
    it.pass(2 * HOUR);
    assert_eq!(items(&it), [ItemState::Received; 2]);
    assert_eq!(in_hand(&it), ["the note", "the letter"]);
    assert_eq!(state(&it, "payer"), State::Answered);
}

#[test]
fn r56_a_last_submission_that_lacks_something_is_an_answer_once_the_task_is_closed() {
    let mut it = cdex(&several());
    it.act("provider", attach(vec![item(0, "the note")])).unwrap();
    it.act("provider", Act::Complete).unwrap();
    hand_over(&mut it, 0);
    assert_eq!(state(&it, "payer"), State::PartiallyAnswered);
    it.pass(2 * HOUR);
    assert_eq!((state(&it, "payer"), items(&it)[1]), (State::Answered, ItemState::Missing));
}

#[test]
fn r59_the_same_submitted_twice_counts_once() {
    let mut it = cdex(&draft());
    it.server(PAYER).inject(Fault::next(Effect::LoseResponse).on(Method::Post, "$submit-attachment"));
    it.act("provider", attach(vec![item(0, "the note")])).unwrap();
    it.act("provider", Act::Complete).unwrap();
    it.act("provider", Act::Retry).unwrap();
    assert_eq!(it.server(PAYER).submissions().len(), 2, "the payer's server cannot tell");
    hand_over(&mut it, 0);
    hand_over(&mut it, 0);
    it.pass(2 * HOUR);
    assert_eq!(in_hand(&it), ["the note"]);
    assert_eq!(state(&it, "payer"), State::Answered);
    assert!(!told(&it, "after the last"), "it is none that came late");
}

#[test]
fn r16_what_comes_after_the_end_is_kept_and_said_so() {
    let mut it = cdex(&draft());
    it.act("provider", attach(vec![item(0, "the note")])).unwrap();
    it.act("provider", Act::Complete).unwrap();
    hand_over(&mut it, 0);
    it.pass(2 * HOUR);
    assert!(it.view("payer").finished);
    let mut late = it.server(PAYER).submissions()[0].clone();
    let content = late.text().replace("dGhlIG5vdGU=", "YmV0dGVy");
    assert_ne!(content, late.text());
    late = Document::parse(content).unwrap();
    it.act("payer", Act::Submitted { parameters: late }).unwrap();
    assert_eq!(in_hand(&it), ["the note", "better"]);
    assert!(told(&it, "after the last submission"));
    assert_eq!(state(&it, "payer"), State::Answered);
    assert!(it.view("payer").finished, "nothing is asked of anybody");
}

#[test]
fn r54_r58_what_cannot_be_taken_is_refused_without_a_trace() {
    let mut it = cdex(&draft());
    it.act("provider", attach(vec![item(0, "the note")])).unwrap();
    it.act("provider", Act::Complete).unwrap();
    let good = it.server(PAYER).submissions()[0].clone();
    let before = it.view("payer");
    for (from, to, words) in [
        (r#""value":"17""#, r#""value":"18""#, "another request"),
        (r#""MemberId""#, r#""Nobody""#, "does not know"),
        (r#""valueBoolean":true"#, r#""valueBoolean":false"#, "one submission"),
        (r#""valueCode":"claim""#, r#""valueCode":"order""#, "claim or a preauthorization"),
    ] {
        let wrong = good.text().replacen(from, to, 1);
        assert_ne!(wrong, good.text(), "{from}");
        let parameters = Document::parse(wrong).unwrap();
        match it.act("payer", Act::Submitted { parameters }) {
            Err(Refusal::Submission(error)) => {
                assert!(error.to_string().contains(words), "{from}: {error}");
                assert!(error.to_outcome().text().contains(words));
            }
            other => panic!("{from}: {other:?}"),
        }
        assert!(it.view("payer") == before, "{from}");
    }
    it.act("payer", Act::Submitted { parameters: good }).unwrap();
    let elsewhere = it.act("provider", Act::Submitted { parameters: Document::object() });
    assert_eq!(elsewhere, Err(Refusal::OtherSide));
}

#[test]
fn r51_an_answer_stands_to_its_deadline() {
    let timeliness = |it: &Simulation| it.view("payer").solicitation.unwrap().due.unwrap().timeliness;
    for (wait, expected) in [(1, Timeliness::InTime), (80, Timeliness::Late)] {
        let mut it = cdex(&draft());
        it.act("provider", attach(vec![item(0, "the note")])).unwrap();
        it.pass(24 * wait * HOUR);
        if wait > 1 {
            assert_eq!(timeliness(&it), Timeliness::Overdue);
        }
        it.act("provider", Act::Complete).unwrap();
        hand_over(&mut it, 0);
        it.pass(2 * HOUR);
        assert_eq!(timeliness(&it), expected);
    }
}

#[test]
fn r23_a_rejection_and_a_failure_reach_the_payer_with_their_reasons() {
    let mut it = asked(&guide("cdex-2.1.0"), &draft());
    let arrived = task(&mut it);
    answer_under(&guide("cdex-2.1.0"), &mut it, arrived);
    it.settle();
    it.act("provider", Act::Reject { reason: reason("not our patient") }).unwrap();
    it.pass(HOUR);
    let seen = it.view("payer").solicitation.unwrap();
    assert_eq!((seen.state, seen.reason.as_deref()), (State::Declined, Some("not our patient")));

    let mut it = cdex(&draft());
    it.act("provider", Act::Start).unwrap();
    it.act("provider", Act::Progress { text: "waiting for the radiologist".into() }).unwrap();
    it.pass(2 * HOUR);
    assert_eq!(
        it.view("payer").solicitation.unwrap().progress.as_deref(),
        Some("waiting for the radiologist")
    );
    it.act("provider", Act::Fail { reason: reason("the record is lost") }).unwrap();
    it.pass(2 * HOUR);
    let seen = it.view("payer").solicitation.unwrap();
    assert_eq!((seen.state, seen.reason.as_deref()), (State::Failed, Some("the record is lost")));
    assert!(it.view("payer").finished);
}

#[test]
fn d6_a_request_for_attachments_is_given_up_and_said_so() {
    let mut it = cdex(&draft());
    it.act("payer", Act::Cancel { reason: reason("settled") }).unwrap();
    assert_eq!(state(&it, "payer"), State::Cancelled);
    assert_eq!(text(&task(&mut it), "/status"), "accepted", "no invalid status");
    assert!(told(&it, "tell the other side"));
    it.pass(HOUR);
    assert!(it.view("payer").finished && it.party("payer").wake().is_none());
    // The other side may not have heard.
    it.act("provider", attach(vec![item(0, "the note")])).unwrap();
    it.act("provider", Act::Complete).unwrap();
    hand_over(&mut it, 0);
    assert_eq!(in_hand(&it), ["the note"]);
    assert!(told(&it, "after the last submission, or after the request had ended"));
}

#[test]
fn r29_a_payer_may_say_that_it_is_enough() {
    let mut it = cdex(&several());
    assert!(matches!(it.act("payer", Act::Close), Err(Refusal::NotNow(_))));
    it.act("provider", attach(vec![item(0, "the note")])).unwrap();
    it.act("provider", attach(vec![item(1, "the letter")])).unwrap();
    hand_over(&mut it, 0);
    it.act("payer", Act::Close).unwrap();
    assert_eq!(state(&it, "payer"), State::Answered);
    assert!(it.view("payer").finished);
}

#[test]
fn r44_what_cannot_be_sent_is_refused() {
    let guide = guide("cdex-2.1.0");
    let now = Simulation::new().now;
    let good = draft().build(&guide, now).unwrap();
    let begun =
        |start: RequesterStart| Simulation::new().begin("payer", Start::Requester(start)).unwrap_err();
    let without = RequesterStart { variant: Variant::WithoutTask, ..start(&guide, good.clone()) };
    assert!(matches!(begun(without), Refusal::Guide(_)));
    for name in ["r4", "cdex-2019", "hrex-1.1"] {
        let other = start(&Guide::named(name).unwrap(), good.clone());
        assert!(matches!(begun(other), Refusal::WrongResource { .. }), "{name}");
    }
    let data = Document::parse(r#"{"resourceType":"Task","status":"requested","intent":"order"}"#).unwrap();
    assert!(matches!(begun(start(&guide, data)), Refusal::WrongResource { .. }));
    let mut ended = good.clone();
    ended.set("/status", "completed").unwrap();
    assert_eq!(begun(start(&guide, ended)), Refusal::NotSendable);
    let mut untracked = good.clone();
    untracked.remove("/identifier").unwrap();
    assert!(matches!(begun(start(&guide, untracked)), Refusal::Attachments(_)));
    let two = vec![
        Recipient::partner(),
        Recipient { owner: Some(Reference::to("Organization/2")), ..Recipient::partner() },
    ];
    assert!(matches!(begun(RequesterStart { recipients: two, ..start(&guide, good) }), Refusal::Draft(_)));
}

#[test]
fn a_crash_between_any_two_steps_changes_nothing() {
    for crash in 0..30 {
        let guide = guide("cdex-2.1.0");
        let mut it = Simulation::new();
        let now = it.now;
        it.server(PAYER).await_attachments("17", false);
        let request = several().build(&guide, now).unwrap();
        it.begin("payer", Start::Requester(start(&guide, request))).unwrap();
        let mut steps = 0;
        let mut settle = |it: &mut Simulation| {
            loop {
                steps += 1;
                if steps == crash {
                    it.crash("payer");
                }
                if !it.exchange_one() {
                    break;
                }
            }
        };
        settle(&mut it);
        let arrived = task(&mut it);
        answer_under(&guide, &mut it, arrived);
        let acts = [
            Act::Accept,
            attach(vec![item(0, "the note")]),
            attach(vec![item(1, "the letter")]),
            Act::Complete,
        ];
        for act in acts {
            it.decide("provider", act).unwrap();
            settle(&mut it);
            let submissions = it.server(PAYER).submissions().to_vec();
            for parameters in submissions {
                it.decide("payer", Act::Submitted { parameters }).unwrap();
                settle(&mut it);
            }
        }
        it.pass(3 * HOUR);
        assert_eq!(state(&it, "payer"), State::Answered, "crash before exchange {crash}");
        assert_eq!(in_hand(&it), ["the note", "the letter"], "crash before exchange {crash}");
        assert_eq!(it.stored(PROVIDER, "Task").len(), 1, "crash before exchange {crash}");
        assert!(it.view("payer").finished, "crash before exchange {crash}");
    }
}

#[test]
fn r15_what_nobody_asked_for_is_unexpected_and_counts_for_nothing() {
    let mut it = cdex(&several());
    it.act("provider", attach(vec![PayloadDraft { answers: None, ..words("something else") }])).unwrap();
    it.act("provider", Act::Complete).unwrap();
    hand_over(&mut it, 0);
    let ledger = it.view("payer").solicitation.unwrap().ledger;
    assert_eq!(items(&it), [ItemState::Missing; 2]);
    assert_eq!(ledger.unexpected, [0]);
}
