//! The derived state.

use alloc::{
    borrow::Cow,
    format,
    string::{String, ToString},
    vec::Vec,
};

use serde::{Deserialize, Serialize};

use super::{Calendar, Due, Given, Ledger, due::due, ledger};
use crate::{
    fhir::{CommunicationRequest, Instant, Reference, Task},
    json::FromJson,
    lifecycle::{CommunicationRequestStatus, CommunicationStatus, Status, TaskStatus},
};

/// What has become of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Not yet sent.
    Drafting,
    /// On its way: not every server has stored what it must hold.
    Sending,
    /// Stored by the recipient's server.
    Sent,
    /// Seen by the recipient, who has not decided.
    Acknowledged,
    /// The recipient will answer.
    Accepted,
    /// The recipient is at work.
    Working,
    /// The recipient has paused.
    Paused,
    /// Some of what was asked for is in hand, or said to be under way.
    PartiallyAnswered,
    /// What was asked for is in hand, as far as the recipient gives it.
    Answered,
    /// The recipient has found nothing, or has failed where the guide tells so that nothing was
    /// found (R40); the reason and the status of the Task say which.
    AnsweredEmpty,
    /// The recipient will not answer.
    Declined,
    /// The recipient tried and could not.
    Failed,
    /// Taken back by the requester.
    Cancelled,
}

impl State {
    /// Whether nothing more is expected.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Answered | Self::AnsweredEmpty | Self::Declined | Self::Failed | Self::Cancelled)
    }
}

/// All that a side has seen of one exchange.
#[derive(Clone, Default)]
pub struct Seen<'s> {
    /// The request, 0..1.
    pub request: Option<CommunicationRequest<'s>>,
    /// Those who are asked, 1..*; of the side that answers, itself.
    pub recipients: Vec<SeenRecipient<'s>>,
    /// Whether the requester has given the request up before anybody was asked.
    pub withdrawn: bool,
    /// Whether the requester has said that what arrived is enough.
    pub closed: bool,
    /// The Communications in hand, in order of arrival.
    pub communications: Vec<Given<'s>>,
    /// Whether both sides have changed the same resource and nobody has decided yet (R80).
    pub conflict: bool,
    /// How dates are read.
    pub calendar: Calendar,
}

/// What was seen of one who is asked.
#[derive(Clone, Default)]
#[allow(clippy::struct_excessive_bools, reason = "independent facts, each of them seen or not")]
pub struct SeenRecipient<'s> {
    /// Key of the server on which this one is asked.
    pub server: String,
    /// Who it is, 0..1.
    pub owner: Option<Reference>,
    /// Whether that server has stored what asks to act.
    pub sent: bool,
    /// The Task, 0..1; none in the exchange without Task.
    pub task: Option<Task<'s>>,
    /// The copy of the request that asks where no Task does, 0..1.
    pub copy: Option<CommunicationRequest<'s>>,
    /// The decision where no Task carries it, 0..1.
    pub decision: Option<TaskStatus>,
    /// Whether asking this one was given up.
    pub withdrawn: bool,
    /// Whether what the Task returned says that nothing was found.
    pub empty: bool,
    /// How many more Communications are known to exist but are not in hand.
    pub outstanding: usize,
    /// Whether the server no longer shows what it held (R69).
    pub lost: bool,
    /// Whether the Task was moved back from a status that is final (R21).
    pub reopened: bool,
}

/// What has become of a request, and why.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub struct Solicitation {
    /// The state: of several recipients that of the one furthest behind, and final once all are (R19).
    pub state: State,
    /// Why it is so, for a person to read; names statuses, quotes no content.
    pub why: String,
    /// The recipient's progress in its own words (`Task.businessStatus`), 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<String>,
    /// The reason given for the status (`statusReason`), 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Which requested items are answered, and by whom.
    pub ledger: Ledger,
    /// What has become of it at each of those who are asked, in the order in which they were named, 1..*.
    #[serde(default)]
    pub recipients: Vec<RecipientState>,
    /// The time within which an answer is expected, 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Due>,
    /// Whether a server no longer shows what it held (R69).
    pub lost: bool,
    /// See [`Seen::conflict`].
    pub conflict: bool,
}

/// What has become of a request at one of those who are asked.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub struct RecipientState {
    /// Key of the server on which this one is asked.
    pub server: String,
    /// Who it is, 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Reference>,
    /// The state.
    pub state: State,
    /// Why it is so, for a person to read.
    pub why: String,
    /// Its progress in its own words, 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<String>,
    /// The reason that it gave, 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether its server no longer shows what it held (R69).
    pub lost: bool,
    /// Whether its Task was moved back from a status that is final (R21): it is looked at, not written to.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub reopened: bool,
}

/// Derives the state from what was seen at `now`: same input, same output.
pub fn derive(seen: &Seen<'_>, now: Instant) -> Solicitation {
    let ledger = seen.request.map(|request| ledger(request, &seen.communications)).unwrap_or_default();
    let recipients: Vec<RecipientState> =
        (0..seen.recipients.len()).map(|at| of_recipient(seen, at, &ledger)).collect();
    let decisive = decisive(&recipients);
    let state = decisive.map_or(State::Drafting, |one| one.state);
    Solicitation {
        state,
        why: decisive.map_or_else(String::new, |one| why(one, &recipients)),
        progress: decisive.and_then(|one| one.progress.clone()),
        reason: decisive.and_then(|one| one.reason.clone()),
        due: due(seen, &ledger, state, now),
        ledger,
        lost: recipients.iter().any(|one| one.lost),
        conflict: seen.conflict,
        recipients,
    }
}

/// The recipient whose state is that of the whole (R19): of those who still have something to do the
/// furthest behind, else the one with the worst end. Who is not asked any more does not count beside
/// others.
fn decisive(recipients: &[RecipientState]) -> Option<&RecipientState> {
    recipients.iter().min_by_key(|one| match one.state {
        State::Failed => 21,
        State::Declined => 22,
        State::Answered => 23,
        State::AnsweredEmpty => 24,
        State::Cancelled => 25,
        open => open as u8,
    })
}

fn why(decisive: &RecipientState, recipients: &[RecipientState]) -> String {
    if recipients.len() == 1 {
        return decisive.why.clone();
    }
    let ended = recipients.iter().filter(|one| one.state.is_final()).count();
    format!("{ended} of {} recipients have ended; {}: {}", recipients.len(), decisive.server, decisive.why)
}

fn of_recipient(seen: &Seen<'_>, at: usize, all: &Ledger) -> RecipientState {
    let recipient = &seen.recipients[at];
    let given = seen.communications.iter().filter(|given| given.by == Some(at));
    let given: Vec<Given<'_>> = given.cloned().collect();
    let own;
    let ledger = if seen.recipients.len() == 1 {
        all
    } else {
        own = seen.request.map(|request| ledger(request, &given)).unwrap_or_default();
        &own
    };
    let (state, why) = decide(seen, recipient, &given, ledger);
    let words = |concept: Option<crate::fhir::CodeableConcept>| concept?.words().map(ToString::to_string);
    let declined = given.iter().find_map(|given| given.communication.status_reason());
    RecipientState {
        server: recipient.server.clone(),
        owner: recipient.owner.clone(),
        state,
        why: why.into_owned(),
        progress: words(recipient.task.and_then(|task| task.business_status())),
        reason: words(recipient.task.and_then(|task| task.status_reason()).or(declined)),
        lost: recipient.lost,
        reopened: recipient.reopened,
    }
}

/// The decision table: the first row that fits holds.
fn decide(
    seen: &Seen<'_>,
    recipient: &SeenRecipient<'_>,
    given: &[Given<'_>],
    ledger: &Ledger,
) -> (State, Cow<'static, str>) {
    use CommunicationRequestStatus as RequestStatus;
    let request = recipient.copy.or(seen.request);
    let request = request.and_then(|request| RequestStatus::from_code(&request.status()?));
    let task = recipient.task.and_then(|task| TaskStatus::from_code(&task.status()?)).or(recipient.decision);
    let arrived = |wanted: CommunicationStatus| {
        let status = |one: &&Given<'_>| one.communication.status().as_deref() == Some(wanted.code());
        given.iter().filter(status).count()
    };
    let is_completed = |one: &&Given<'_>| {
        one.communication.status().as_deref() == Some(CommunicationStatus::Completed.code())
    };
    let completed = arrived(CommunicationStatus::Completed);
    let in_hand = given.iter().filter(is_completed).filter(|one| one.lacking.is_empty()).count();
    let count = given.len();
    let lacking: usize = given.iter().map(|one| one.lacking.len()).sum();
    let outstanding = recipient.outstanding;
    let fixed = |state, why| (state, Cow::Borrowed(why));
    if seen.withdrawn || recipient.withdrawn {
        return fixed(State::Cancelled, "the requester has given it up before it was sent");
    }
    match (request, task) {
        (Some(RequestStatus::Revoked | RequestStatus::EnteredInError), _) => {
            return fixed(State::Cancelled, "the requester has taken the request back");
        }
        (_, Some(TaskStatus::Cancelled | TaskStatus::EnteredInError)) => {
            return fixed(State::Cancelled, "the requester has cancelled it");
        }
        (_, Some(TaskStatus::Failed)) if recipient.empty => {
            return fixed(
                State::AnsweredEmpty,
                "the recipient reports that it failed, which in this guide also tells that nothing was found",
            );
        }
        (_, Some(TaskStatus::Completed)) if recipient.empty && outstanding == 0 => {
            return fixed(State::AnsweredEmpty, "the recipient has looked and found nothing");
        }
        (_, Some(TaskStatus::Rejected)) => {
            return fixed(State::Declined, "the recipient has rejected it");
        }
        (_, Some(TaskStatus::Failed)) => {
            return fixed(State::Failed, "the recipient has tried and reports that it failed");
        }
        _ => {}
    }
    if completed == 0 && arrived(CommunicationStatus::NotDone) > 0 {
        return fixed(
            State::Declined,
            "the recipient has answered that there will be no Communication (not-done)",
        );
    }
    let closed = task == Some(TaskStatus::Completed) || request == Some(RequestStatus::Completed);
    if outstanding > 0 {
        let why = format!("{outstanding} more to be fetched, {count} in hand");
        return (State::PartiallyAnswered, Cow::Owned(why));
    }
    if ledger.is_complete(in_hand) {
        return fixed(State::Answered, "everything that was asked for is in hand");
    }
    if seen.closed || request == Some(RequestStatus::Completed) {
        return fixed(State::Answered, "the requester has closed the request");
    }
    if lacking > 0 {
        let why =
            format!("{lacking} of the references in what arrived could not be fetched; fetch or waive them");
        return (State::PartiallyAnswered, Cow::Owned(why));
    }
    // Whose Communication it is need not be known: the Task tells that all were sent.
    if closed && (in_hand > 0 || seen.communications.iter().any(|given| given.by.is_none())) {
        return fixed(State::Answered, "the Task is completed and what it returned is in hand");
    }
    if closed {
        return fixed(
            State::PartiallyAnswered,
            "the Task is completed, but no Communication has been found yet",
        );
    }
    if count > 0 {
        let missing = ledger.items.iter().filter(|item| item.answered_by.is_empty()).count();
        let why = format!("{count} in hand, {missing} of {} items not answered", ledger.items.len());
        return (State::PartiallyAnswered, Cow::Owned(why));
    }
    match (task, request) {
        (Some(TaskStatus::OnHold), _) => fixed(State::Paused, "the recipient has put it on hold"),
        (Some(TaskStatus::InProgress), _) => fixed(State::Working, "the recipient is at work"),
        (Some(TaskStatus::Accepted), _) => fixed(State::Accepted, "the recipient has accepted it"),
        (Some(TaskStatus::Received | TaskStatus::Ready), _) => {
            fixed(State::Acknowledged, "the Task has reached the recipient, who has not decided")
        }
        _ if recipient.sent => {
            fixed(State::Sent, "the recipient's server holds the request; nobody has acted on it yet")
        }
        (_, None | Some(RequestStatus::Draft)) => fixed(State::Drafting, "the request has not been sent"),
        _ => fixed(State::Sending, "the recipient's server has not confirmed the request yet"),
    }
}
