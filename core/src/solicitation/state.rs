//! The derived state.

use alloc::{
    borrow::Cow,
    format,
    string::{String, ToString},
    vec::Vec,
};

use serde::{Deserialize, Serialize};

use super::{Calendar, Due, Ledger, due::due, ledger};
use crate::{
    fhir::{Communication, CommunicationRequest, Instant, Task},
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
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // Independent facts, each of them seen or not.
pub struct Seen<'s> {
    /// The request, 0..1.
    pub request: Option<CommunicationRequest<'s>>,
    /// Whether the recipient's server has stored what asks it to act.
    pub sent: bool,
    /// The Task, 0..1; none in the exchange without Task.
    pub task: Option<Task<'s>>,
    /// The recipient's decision where no Task carries it, 0..1.
    pub decision: Option<TaskStatus>,
    /// Whether the requester has given the request up before anybody was asked.
    pub withdrawn: bool,
    /// Whether the requester has said that what arrived is enough.
    pub closed: bool,
    /// The Communications in hand, in order of arrival.
    pub communications: Vec<Communication<'s>>,
    /// What these refer to and what is neither in hand nor waived, by order of arrival (R115).
    pub lacking: Vec<(usize, &'s str)>,
    /// Whether what the Task returned says that nothing was found.
    pub empty: bool,
    /// How many more are known to exist but are not in hand.
    pub outstanding: usize,
    /// Whether the partner's server no longer shows what it held (R69).
    pub lost: bool,
    /// Whether both sides have changed the same resource and nobody has decided yet (R80).
    pub conflict: bool,
    /// How dates are read.
    pub calendar: Calendar,
}

/// What has become of a request, and why.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub struct Solicitation {
    /// The state.
    pub state: State,
    /// Why it is so, for a person to read; names statuses, quotes no content.
    pub why: String,
    /// The recipient's progress in its own words (`Task.businessStatus`), 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<String>,
    /// The reason given for the status (`statusReason`), 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Which requested items are answered.
    pub ledger: Ledger,
    /// The time within which an answer is expected, 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Due>,
    /// See [`Seen::lost`].
    pub lost: bool,
    /// See [`Seen::conflict`].
    pub conflict: bool,
}

/// Derives the state from what was seen at `now`: same input, same output.
pub fn derive(seen: &Seen<'_>, now: Instant) -> Solicitation {
    let ledger =
        seen.request.map(|request| ledger(request, &seen.communications, &seen.lacking)).unwrap_or_default();
    let (state, why) = decide(seen, &ledger);
    let words = |concept: Option<crate::fhir::CodeableConcept>| concept?.words().map(ToString::to_string);
    let declined = seen.communications.iter().find_map(Communication::status_reason);
    Solicitation {
        state,
        why: why.into_owned(),
        progress: seen.task.and_then(|task| words(task.business_status())),
        reason: words(seen.task.and_then(|task| task.status_reason()).or(declined)),
        due: due(seen, &ledger, state, now),
        ledger,
        lost: seen.lost,
        conflict: seen.conflict,
    }
}

/// The decision table: the first row that fits holds.
fn decide(seen: &Seen<'_>, ledger: &Ledger) -> (State, Cow<'static, str>) {
    use CommunicationRequestStatus as RequestStatus;
    let request = seen.request.and_then(|request| RequestStatus::from_code(&request.status()?));
    let task = seen.task.and_then(|task| TaskStatus::from_code(&task.status()?)).or(seen.decision);
    let arrived = |wanted: CommunicationStatus| {
        seen.communications.iter().filter(|one| one.status().as_deref() == Some(wanted.code())).count()
    };
    let completed = arrived(CommunicationStatus::Completed);
    let is_whole = |(arrival, one): &(usize, &Communication<'_>)| {
        one.status().as_deref() == Some(CommunicationStatus::Completed.code())
            && !seen.lacking.iter().any(|(of, _)| of == arrival)
    };
    let in_hand = seen.communications.iter().enumerate().filter(is_whole).count();
    let count = seen.communications.len();
    let fixed = |state, why| (state, Cow::Borrowed(why));
    if seen.withdrawn {
        return fixed(State::Cancelled, "the requester has given it up before it was sent");
    }
    match (request, task) {
        (Some(RequestStatus::Revoked | RequestStatus::EnteredInError), _) => {
            return fixed(State::Cancelled, "the requester has taken the request back");
        }
        (_, Some(TaskStatus::Cancelled | TaskStatus::EnteredInError)) => {
            return fixed(State::Cancelled, "the requester has cancelled it");
        }
        (_, Some(TaskStatus::Failed)) if seen.empty => {
            return fixed(
                State::AnsweredEmpty,
                "the recipient reports that it failed, which in this guide also tells that nothing was found",
            );
        }
        (_, Some(TaskStatus::Completed)) if seen.empty && seen.outstanding == 0 => {
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
    if seen.outstanding > 0 {
        let why = format!("{} more to be fetched, {count} in hand", seen.outstanding);
        return (State::PartiallyAnswered, Cow::Owned(why));
    }
    if ledger.is_complete(in_hand) {
        return fixed(State::Answered, "everything that was asked for is in hand");
    }
    if seen.closed || request == Some(RequestStatus::Completed) {
        return fixed(State::Answered, "the requester has closed the request");
    }
    if !seen.lacking.is_empty() {
        let count = seen.lacking.len();
        let why =
            format!("{count} of the references in what arrived could not be fetched; fetch or waive them");
        return (State::PartiallyAnswered, Cow::Owned(why));
    }
    if closed && in_hand > 0 {
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
        _ if seen.sent => {
            fixed(State::Sent, "the recipient's server holds the request; nobody has acted on it yet")
        }
        (_, None | Some(RequestStatus::Draft)) => fixed(State::Drafting, "the request has not been sent"),
        _ => fixed(State::Sending, "the recipient's server has not confirmed the request yet"),
    }
}
