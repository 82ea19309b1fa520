//! What has become of a request, row by row (R28): what was seen of the request, the Task and the Communications,
//! and the state and reason that follow. Earlier rows win over later ones, so each state is met from several sides.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its material has to fail")]

use fhir_solicit::{
    fhir::{
        Instant,
        views::{Communication, CommunicationRequest, Task},
    },
    json::Document,
    lifecycle::{Status, TaskStatus},
    solicitation::{Given, Seen, SeenRecipient, Solicitation, State, Timeliness, derive},
};

use State::*;

/// 2026-01-15.
const NOW: Instant = Instant::from_unix_milliseconds(1_768_435_200_000);

/// What was seen beside the statuses of the resources.
#[derive(Clone, Copy, Default)]
#[allow(clippy::struct_excessive_bools, reason = "independent facts, each of them seen or not")]
struct Also {
    sent: bool,
    withdrawn: bool,
    closed: bool,
    empty: bool,
    outstanding: usize,
    lacking: bool,
}

const NOTHING: Also =
    Also { sent: false, withdrawn: false, closed: false, empty: false, outstanding: 0, lacking: false };
const SENT: Also = Also { sent: true, ..NOTHING };
const EMPTY: Also = Also { empty: true, ..SENT };
const CLOSED: Also = Also { closed: true, ..SENT };
const MORE: Also = Also { outstanding: 2, ..SENT };
const LACKING: Also = Also { lacking: true, ..SENT };

/// Status of the request, of the Task, and of each Communication; what else; the state, and words of the reason.
type Row = (&'static str, &'static str, &'static str, Also, State, &'static str);

const HELD: &str = "the recipient's server holds the request";
const TAKEN_BACK: &str = "the requester has taken the request back";
const CANCELLED: &str = "the requester has cancelled it";
const REJECTED: &str = "the recipient has rejected it";
const FAILED: &str = "the recipient has tried and reports that it failed";
const ALL_THERE: &str = "everything that was asked for is in hand";
const UNFETCHED: &str = "1 of the references in what arrived could not be fetched";

/// Two things are asked for; a Communication answers the first, one marked `+` the second, one marked `*` both.
const TABLE: &[Row] = &[
    // Before anybody was asked.
    ("", "", "", NOTHING, Drafting, "the request has not been sent"),
    ("draft", "", "", NOTHING, Drafting, "the request has not been sent"),
    ("active", "", "", NOTHING, Sending, "the recipient's server has not confirmed the request yet"),
    ("on-hold", "", "", NOTHING, Sending, "the recipient's server has not confirmed the request yet"),
    ("active", "", "", Also { withdrawn: true, ..NOTHING }, Cancelled, "given it up before it was sent"),
    // Nobody has decided.
    ("active", "", "", SENT, Sent, HELD),
    ("active", "draft", "", SENT, Sent, HELD),
    ("active", "requested", "", SENT, Sent, HELD),
    ("", "requested", "", SENT, Sent, HELD),
    ("active", "received", "", SENT, Acknowledged, "who has not decided"),
    ("active", "ready", "", SENT, Acknowledged, "who has not decided"),
    // Under way.
    ("active", "accepted", "", SENT, Accepted, "the recipient has accepted it"),
    ("active", "in-progress", "", SENT, Working, "the recipient is at work"),
    ("active", "on-hold", "", SENT, Paused, "the recipient has put it on hold"),
    // Some of it is here.
    ("active", "in-progress", "completed", SENT, PartiallyAnswered, "1 in hand, 1 of 2 items not answered"),
    ("active", "on-hold", "completed", SENT, PartiallyAnswered, "1 in hand, 1 of 2 items not answered"),
    ("active", "", "completed", SENT, PartiallyAnswered, "1 in hand, 1 of 2 items not answered"),
    ("active", "", "in-progress*", SENT, PartiallyAnswered, "1 in hand, 0 of 2 items not answered"),
    ("active", "in-progress", "completed", MORE, PartiallyAnswered, "2 more to be fetched, 1 in hand"),
    ("active", "completed", "completed*", MORE, PartiallyAnswered, "2 more to be fetched, 1 in hand"),
    ("active", "completed", "", SENT, PartiallyAnswered, "no Communication has been found yet"),
    ("active", "in-progress", "completed*", LACKING, PartiallyAnswered, UNFETCHED),
    ("active", "completed", "completed*", LACKING, PartiallyAnswered, UNFETCHED),
    // All of it is here, or all there will be.
    ("active", "in-progress", "completed*", SENT, Answered, ALL_THERE),
    ("active", "in-progress", "completed completed+", SENT, Answered, ALL_THERE),
    ("active", "", "completed*", SENT, Answered, ALL_THERE),
    ("active", "completed", "completed*", SENT, Answered, ALL_THERE),
    ("completed", "completed", "completed*", SENT, Answered, ALL_THERE),
    (
        "active",
        "completed",
        "completed",
        SENT,
        Answered,
        "the Task is completed and what it returned is in hand",
    ),
    ("active", "in-progress", "completed", CLOSED, Answered, "the requester has closed the request"),
    (
        "active",
        "completed",
        "completed*",
        Also { closed: true, ..LACKING },
        Answered,
        "has closed the request",
    ),
    ("completed", "", "", SENT, Answered, "the requester has closed the request"),
    ("completed", "in-progress", "completed", SENT, Answered, "the requester has closed the request"),
    // There was nothing, as either guide tells it (R40).
    ("active", "completed", "completed", EMPTY, AnsweredEmpty, "the recipient has looked and found nothing"),
    ("active", "failed", "", EMPTY, AnsweredEmpty, "in this guide also tells that nothing was found"),
    ("active", "in-progress", "completed", EMPTY, PartiallyAnswered, "1 of 2 items not answered"),
    (
        "active",
        "completed",
        "",
        Also { outstanding: 2, ..EMPTY },
        PartiallyAnswered,
        "2 more to be fetched, 0 in hand",
    ),
    // There will be no answer.
    ("active", "rejected", "", SENT, Declined, REJECTED),
    ("active", "rejected", "completed*", SENT, Declined, REJECTED),
    ("active", "failed", "", SENT, Failed, FAILED),
    ("active", "failed", "completed", MORE, Failed, FAILED),
    ("active", "", "not-done", SENT, Declined, "there will be no Communication (not-done)"),
    ("active", "", "not-done completed*", SENT, Answered, ALL_THERE),
    // Taken back: by the request, whatever the Task says, or by the Task.
    ("revoked", "", "", SENT, Cancelled, TAKEN_BACK),
    ("revoked", "in-progress", "completed", SENT, Cancelled, TAKEN_BACK),
    ("revoked", "rejected", "", SENT, Cancelled, TAKEN_BACK),
    ("entered-in-error", "completed", "completed*", SENT, Cancelled, TAKEN_BACK),
    ("active", "cancelled", "", SENT, Cancelled, CANCELLED),
    ("active", "cancelled", "completed*", SENT, Cancelled, CANCELLED),
    ("active", "entered-in-error", "", SENT, Cancelled, CANCELLED),
];

struct World {
    request: Option<Document>,
    task: Option<Document>,
    communications: Vec<Document>,
    also: Also,
}

impl World {
    fn of(&(request, task, communications, also, ..): &Row) -> Self {
        let payload = |at: usize| {
            let reference = r#""contentReference":{"reference":"Condition/1"}"#;
            format!(
                r#"{{"extension":[{{"url":"http://hl7.org/fhir/us/davinci-cdex/StructureDefinition/cdex-payload-query-string",
                "valueString":"Condition?patient={at}"}}],{reference}}}"#
            )
        };
        let resource = |kind: &str, status: &str, more: &str| {
            Document::parse(format!(r#"{{"resourceType":"{kind}","status":"{status}"{more}}}"#)).unwrap()
        };
        let both = format!("{},{}", payload(0), payload(1));
        let asked = format!(r#","payload":[{both}]"#);
        let communication = |marked: &str| {
            let status = marked.trim_end_matches(['+', '*']);
            let payloads = match &marked[status.len()..] {
                "+" => payload(1),
                "*" => both.clone(),
                _ => payload(0),
            };
            resource("Communication", status, &format!(r#","payload":[{payloads}]"#))
        };
        let is_there = |status: &&str| !status.is_empty();
        let due = r#","restriction":{"period":{"end":"2026-01-10"}}"#;
        Self {
            request: Some(request).filter(is_there).map(|it| resource("CommunicationRequest", it, &asked)),
            task: Some(task).filter(is_there).map(|it| resource("Task", it, due)),
            communications: communications.split_whitespace().map(communication).collect(),
            also,
        }
    }

    fn seen(&self) -> Seen<'_> {
        let Also { sent, withdrawn, closed, empty, outstanding, lacking } = self.also;
        let recipient = SeenRecipient {
            task: self.task.as_ref().and_then(Task::read),
            sent,
            empty,
            outstanding,
            ..SeenRecipient::default()
        };
        let given = |document| Given {
            communication: Communication::read(document).unwrap(),
            by: Some(0),
            lacking: if lacking { vec!["Condition/1"] } else { Vec::new() },
        };
        Seen {
            request: self.request.as_ref().and_then(CommunicationRequest::read),
            recipients: vec![recipient],
            communications: self.communications.iter().map(given).collect(),
            withdrawn,
            closed,
            ..Seen::default()
        }
    }
}

fn line(it: &Solicitation) -> String {
    format!("{:?}: {}", it.state, it.why)
}

fn is_overdue(it: &Solicitation) -> bool {
    it.due.as_ref().is_some_and(|due| due.timeliness == Timeliness::Overdue)
}

#[test]
fn r28_every_row_of_the_decision_table() {
    for row in TABLE {
        let (request, task, communications, _, state, why) = row;
        let of = format!("request '{request}', Task '{task}', Communications '{communications}'");
        let world = World::of(row);
        let found = derive(&world.seen(), NOW);
        assert_eq!(found.state, *state, "{of}: {}", found.why);
        assert!(found.why.contains(why), "{of}: {}", found.why);
        // The same again: nothing but what was seen and the time counts.
        assert!(derive(&world.seen(), NOW) == found, "{of}");
        // The Task was due on the 10th: only what is not over can be late.
        assert_eq!(is_overdue(&found), !task.is_empty() && !state.is_final(), "{of}");
        let earlier = Instant::parse("2026-01-10T12:00:00Z").unwrap();
        let in_time = derive(&world.seen(), earlier);
        assert!(!is_overdue(&in_time) && line(&in_time) == line(&found), "{of}: due all that day");
    }
}

#[test]
fn r28_every_state_is_in_the_table() {
    use std::collections::BTreeSet;
    let states: BTreeSet<String> = TABLE.iter().map(|row| format!("{:?}", row.4)).collect();
    let expected = [
        Drafting,
        Sending,
        Sent,
        Acknowledged,
        Accepted,
        Working,
        Paused,
        PartiallyAnswered,
        Answered,
        AnsweredEmpty,
        Declined,
        Failed,
        Cancelled,
    ];
    assert_eq!(states, expected.map(|state| format!("{state:?}")).into());
    let tasks: BTreeSet<&str> = TABLE.iter().map(|row| row.1).filter(|task| !task.is_empty()).collect();
    assert_eq!(tasks, TaskStatus::ALL.iter().map(|status| status.code()).collect(), "every status of a Task");
}

/// Lost and in conflict it can be in any state, which stays what it is.
#[test]
fn r28_flags_are_beside_the_state() {
    for row in TABLE {
        let world = World::of(row);
        let plain = derive(&world.seen(), NOW);
        assert!(!plain.lost && !plain.conflict);
        let mut seen = Seen { conflict: true, ..world.seen() };
        seen.recipients[0].lost = true;
        let flagged = derive(&seen, NOW);
        assert!(flagged.lost && flagged.conflict);
        assert_eq!(line(&flagged), line(&plain));
    }
}

/// Where no Task carries the recipient's decision, what it decided counts as the Task's status would.
#[test]
fn r28_a_decision_without_a_task() {
    for (decision, state) in [
        (TaskStatus::Accepted, Accepted),
        (TaskStatus::InProgress, Working),
        (TaskStatus::OnHold, Paused),
        (TaskStatus::Rejected, Declined),
        (TaskStatus::Failed, Failed),
    ] {
        let world = World::of(&("active", "", "", SENT, state, ""));
        let mut seen = world.seen();
        seen.recipients[0].decision = Some(decision);
        assert_eq!(derive(&seen, NOW).state, state, "{decision}");
    }
}

/// Of several recipients the state is that of the one furthest behind, and final once all have ended (R19).
#[test]
fn r19_the_state_of_several_recipients() {
    let answered = "completed";
    for (tasks, expected) in [
        (["requested", "in-progress", answered], Sent),
        (["accepted", "rejected", answered], Accepted),
        (["on-hold", "in-progress", "received"], Acknowledged),
        ([answered, answered, "in-progress"], Working),
        ([answered, "rejected", answered], Declined),
        (["failed", "rejected", answered], Failed),
        ([answered, answered, answered], Answered),
        ([answered, "cancelled", answered], Answered),
        (["cancelled", "requested", "cancelled"], Sent),
        (["cancelled", "cancelled", "cancelled"], Cancelled),
    ] {
        let task = |status| World::of(&("active", status, "", SENT, expected, ""));
        let worlds = tasks.map(task);
        let whole =
            World::of(&("active", "requested", "completed* completed* completed*", SENT, expected, ""));
        let mut seen = whole.seen();
        seen.recipients = worlds.iter().flat_map(|world| world.seen().recipients).collect();
        let mut by = (0..3).filter(|&at| tasks[at] == answered);
        seen.communications.retain_mut(|given| {
            given.by = by.next();
            given.by.is_some()
        });
        let found = derive(&seen, NOW);
        assert_eq!(found.state, expected, "{tasks:?}: {}", found.why);
        assert_eq!(found.recipients.len(), 3);
        let ended = found.recipients.iter().filter(|one| one.state.is_final()).count();
        assert!(found.why.starts_with(&format!("{ended} of 3 recipients have ended; ")), "{}", found.why);
        let who: Vec<usize> = (0..3).filter(|&at| tasks[at] == answered).collect();
        assert!(found.ledger.items.iter().all(|item| item.recipients == who), "{tasks:?}");
    }
}
