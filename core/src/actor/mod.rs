//! L5: the machines of a solicited communication.
//!
//! [`Requester`] asks, [`Responder`] answers one request, [`InformationRecipient`] gets what was sent to somebody
//! who did not ask, [`Inbox`] watches a server for what arrives, [`Subscriber`] is told of changes there so that the
//! others look less. All have one shape: a state that is plain data, an [`Input`] that tells what happened, and
//! [`Effect`]s that tell what to do next. They cannot do anything themselves.
//!
//! ```text
//! handle(state, input, now) → (state, effects)   or a refusal that leaves no trace
//! ```
//!
//! A state moves on a server's answer, never on an intention. Every request that a machine makes
//! may be sent twice with the effect of once, so that after a crash the saved state is restored,
//! [`Input::Restored`] repeats what was under way, and nothing is lost or doubled. For the same reason two tabs or
//! machines that go on with one state do nothing twice: what each creates has an identifier that follows from the
//! seed and from what it is, and what each changes it changes in the version that it has seen. That holds as far as
//! the server heeds `If-None-Exist` and `If-Match`, and not for attachments, which have no identifier there.
//!
//! [`Snapshot`] is what all machines of an application have saved, readable by every later version. What a state
//! remembers is bounded: by what is open at the servers, and by what the exchange itself holds.

mod cadence;
mod calls;
mod change;
mod compose;
mod content;
mod desk;
mod draft;
mod embed;
mod entropy;
mod inbox;
mod information_recipient;
mod machine;
mod requester;
mod responder;
mod shape;
mod snapshot;
mod subscriber;

pub use cadence::{Cadence, Grace};
pub use compose::{Attachment, PayloadDraft};
pub use content::{Content, Taken};
pub use draft::RequestDraft;
pub use entropy::Seed;
pub use inbox::{Inbox, InboxStart};
pub use information_recipient::{InformationRecipient, InformationRecipientStart, Receipt};
pub use machine::{AskedRecipient, Machine, Received, Start, View};
pub use requester::{Arrived, Recipient, Requester, RequesterStart};
pub use responder::{Delivery, Outgoing, PayerPolicy, Responder, ResponderStart};
pub use snapshot::{Aside, Saved, Snapshot, Unrestorable, Why};
pub use subscriber::{Phase, Subscriber, SubscriberStart, Watching};

use alloc::{boxed::Box, format, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::{
    exchange::{
        Fault, HttpRequest, HttpResponse, ServerError,
        subscription::{About, Undraftable},
    },
    fhir::{CodeableConcept, Instant, outcome::Severity},
    json::{Document, EditError, FromJson},
    lifecycle::Refused,
    solicitation::{AttachmentError, Solicitation, SubmissionError},
    validate::Report,
};

/// Key of a machine's own server in [`crate::exchange::Servers`].
pub const HOME: &str = "home";
/// Key of the other side's server.
pub const PARTNER: &str = "partner";

/// The two ways to ask that the 2019 guide draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "kebab-case")]
pub enum Variant {
    /// The CommunicationRequest itself is posted and is actionable.
    WithoutTask,
    /// A Task asks for the CommunicationRequest to be fetched and answered.
    WithTask,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(tag = "input", rename_all = "kebab-case")]
pub enum Input {
    /// The answer to a request.
    Received {
        /// The id of [`Effect::Send`].
        id: u32,
        /// What came back.
        response: HttpResponse,
    },
    /// A request met no answer: no connection, time-out, refused by CORS.
    Failed {
        /// The id of [`Effect::Send`].
        id: u32,
    },
    /// The time of [`Effect::WakeAt`] has come, or may have.
    Woke,
    /// Somebody says there is news. It is never believed, only taken as a reason to look.
    Notified {
        /// What it is about, of [`Update::News`]; anything where not given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        about: Option<About>,
    },
    /// A subscription on Tasks tells what happens on a server, as [`Update::Subscription`] says: what it tells
    /// of need not be looked for as often, though still within the hour (R74).
    Watched {
        /// Base URL of the server.
        base: String,
        /// Until when, unless told otherwise; `None` where it does not any more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Instant>,
    },
    /// The notification of a subscription has come, by whatever way. It is believed as little.
    Notification {
        /// Its text, as it came.
        bundle: String,
    },
    /// Subscriber: the socket of [`Effect::Connect`] has closed, or could not be opened.
    Closed,
    /// The state was read back from a store: what was under way is to be repeated.
    Restored,
    /// The user decided.
    Do(Act),
}

/// What a user can decide.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(tag = "act", rename_all = "kebab-case")]
pub enum Act {
    /// Either side: look for news now.
    Look,
    /// Either side: repeat what a fault has stopped, as after a new sign-in.
    Retry,
    /// Either side: after the end, look no longer for what may come late (R67).
    Untrack,
    /// Either side: no longer try what a fault has stopped. What was not stored stays unsent.
    GiveUp,
    /// Inbox: what arrived is in good hands; until then it is reported again after a restart.
    Acknowledge {
        /// What arrived, as `Type/id`.
        arrived: String,
    },
    /// Requester: take the request back, with a reason.
    Cancel {
        /// Why, for `statusReason`.
        reason: CodeableConcept,
    },
    /// Requester, Information Recipient: what has arrived is enough.
    Close,
    /// As for [`Act::Close`]: what a Communication refers to is in the application's own hands (R115).
    Fetched {
        /// The reference as it stands in the Communication.
        reference: String,
    },
    /// As for [`Act::Close`]: the application does without what a Communication refers to (R115).
    Waive {
        /// The reference as it stands in the Communication.
        reference: String,
    },
    /// Requester: attachments were submitted at this side's server, which has not answered yet.
    Submitted {
        /// The parameters of the operation, as they came.
        parameters: Document,
    },
    /// Responder: the request will be answered. Information Recipient: get what has arrived.
    Accept,
    /// Responder: the request will not be answered, with a reason (R23). Information Recipient: it is not wanted.
    Reject {
        /// Why, for `statusReason`.
        reason: CodeableConcept,
    },
    /// Responder: work begins.
    Start,
    /// Responder: work pauses.
    Hold {
        /// Why, for `statusReason`.
        #[serde(default)]
        reason: Option<CodeableConcept>,
    },
    /// Responder: work goes on.
    Resume,
    /// Responder: progress in words, for `businessStatus` (R26).
    Progress {
        /// The words.
        text: String,
    },
    /// Responder: send a Communication.
    Respond {
        /// What it says, 1..*.
        payloads: Vec<PayloadDraft>,
        /// What explains it, such as why another document is sent, for `note` (R114).
        #[serde(default)]
        note: Option<String>,
        /// How it reaches the requester.
        #[serde(default)]
        delivery: Delivery,
    },
    /// Responder: everything is sent.
    Complete,
    /// Responder, Information Recipient: it could not be done, with a reason (R23).
    Fail {
        /// Why, for `statusReason`.
        reason: CodeableConcept,
    },
}

impl core::fmt::Debug for Act {
    /// The name of the act, without what was said.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Look => "look",
            Self::Retry => "retry",
            Self::Untrack => "untrack",
            Self::GiveUp => "give-up",
            Self::Acknowledge { .. } => "acknowledge",
            Self::Submitted { .. } => "submitted",
            Self::Cancel { .. } => "cancel",
            Self::Close => "close",
            Self::Fetched { .. } => "fetched",
            Self::Waive { .. } => "waive",
            Self::Accept => "accept",
            Self::Reject { .. } => "reject",
            Self::Start => "start",
            Self::Hold { .. } => "hold",
            Self::Resume => "resume",
            Self::Progress { .. } => "progress",
            Self::Respond { .. } => "respond",
            Self::Complete => "complete",
            Self::Fail { .. } => "fail",
        })
    }
}

/// What to do next, in this order.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(tag = "effect", rename_all = "kebab-case")]
pub enum Effect {
    /// Store the state before anything below is done.
    Save,
    /// Perform a request and give its answer back with the same id.
    Send {
        /// Names the request until it is answered.
        id: u32,
        /// The request.
        request: HttpRequest,
        /// Whether a passing fault has met it before. Whoever performs it may let it wait for what a server bears
        /// of such (R81), but not drop it.
        #[serde(default, skip_serializing_if = "core::ops::Not::not")]
        again: bool,
    },
    /// Give [`Input::Woke`] at this time; replaces the time told before.
    WakeAt {
        /// The time.
        at: Instant,
        /// From when on it may be woken as well, 0..1: whoever drives several machines wakes them together, so
        /// that what they ask of one server fits in one request ([`batch`](crate::exchange::batch)).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Instant>,
    },
    /// Subscriber: open a socket, or use the one that is open at this URL, and say something over it. What
    /// comes over it is [`Input::Notification`].
    Connect {
        /// The URL, `wss:`. No credential belongs there.
        url: String,
        /// What to say, once. It is a secret: nothing may store it.
        message: String,
    },
    /// Subscriber: the socket is not needed any more.
    Disconnect,
    /// Tell the user.
    Report {
        /// The news.
        update: Update,
    },
}

/// News for the user.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(tag = "update", rename_all = "kebab-case")]
pub enum Update {
    /// The derived state has changed.
    State {
        /// All of it.
        solicitation: Box<Solicitation>,
    },
    /// Inbox: a request has arrived, or information.
    Arrived {
        /// Which of both.
        #[serde(default)]
        brings: Brings,
        /// The Task or CommunicationRequest, to begin a [`Responder`] with; or the Task or Communication, for an
        /// [`InformationRecipient`].
        resource: Document,
        /// The seed to begin it with: the same in each place that the inbox is restored in, so that two of them
        /// which answer alike send one answer (R103).
        seed: Seed,
    },
    /// A request met a fault.
    Fault {
        /// What was being done, in words.
        doing: String,
        /// The fault.
        fault: Fault,
        /// Whether it waits for [`Act::Retry`]; otherwise it is repeated or given up by itself. Where the
        /// fault may pass, what waits is also tried every hour for a week, and nobody is told again.
        stalled: bool,
    },
    /// Subscriber: something has happened on the server that is watched; whoever has something there should
    /// be given [`Input::Notified`].
    News {
        /// What it is about: absolute URLs of resources, or anything.
        about: About,
    },
    /// Subscriber: how far the subscription can be relied on has changed.
    Subscription {
        /// How far.
        watching: Box<Watching>,
    },
    /// Information Recipient: how far it is has changed.
    Receipt {
        /// How far.
        receipt: Box<Receipt>,
    },
    /// Something a partner sent could not be used, and why; it is kept as it is.
    Notice {
        /// What and why, without content.
        text: String,
    },
}

/// What arrives at an inbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "kebab-case")]
pub enum Brings {
    /// Somebody asks: a Task, or an actionable CommunicationRequest.
    #[default]
    Request,
    /// Somebody answers, or tells unasked: a Communication, or a Task that points at one.
    Information,
}

/// A state and what to do next.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step<M> {
    /// The new state.
    pub state: M,
    /// What to do, in order.
    pub effects: Vec<Effect>,
}

/// Why a machine does not do what it is told; its state is then as before.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The resource to begin with is of another type.
    #[error("expected a resource of type {expected}")]
    WrongResource {
        /// The type that is needed.
        expected: &'static str,
    },
    /// The guide asks by Task alone.
    #[error("the guide {0} asks by Task; use the variant with-task, or the guides r4 or cdex-2019")]
    Guide(String),
    /// A draft does not say enough, or says what must not be asked.
    #[error("{0}")]
    Draft(&'static str),
    /// A server is missing from the list.
    #[error("no base URL for the server '{0}'")]
    MissingServer(String),
    /// A subscription cannot be written.
    #[error(transparent)]
    Subscription(Undraftable),
    /// A server's base URL cannot be used.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// The request does not say who is to answer, which the Task needs as its owner.
    #[error("name who is to answer: set CommunicationRequest.sender, or give the owner of the Task")]
    MissingOwner,
    /// The request has a status with which it cannot be sent.
    #[error("a request is sent as draft or active; this one has another status")]
    NotSendable,
    /// What would be sent is not a valid resource, and so would be refused or misread there.
    #[error("{}", invalid(.0))]
    Invalid(Box<Report>),
    /// A resource cannot be written because an element stands in the way.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// A reason is required and none, or an empty one, was given (R23).
    #[error("give a reason with a text: the other side needs to know why")]
    ReasonRequired,
    /// The guide demands an output of this status, and there is none (R24).
    #[error("the guide demands an output of a Task with this status; respond first, or fail with a reason")]
    OutputRequired,
    /// A Communication needs at least one payload.
    #[error("a Communication needs at least one payload, each with content")]
    PayloadRequired,
    /// A payload names an item that the request does not have.
    #[error("a payload answers item {0}, which the request does not have")]
    NoSuchItem(usize),
    /// The life cycle does not allow it.
    #[error("{0}")]
    Status(#[from] Refused),
    /// Attachments cannot be asked for, or submitted, so.
    #[error(transparent)]
    Attachments(AttachmentError),
    /// What was submitted cannot be taken: answer it with [`SubmissionError::to_outcome`].
    #[error(transparent)]
    Submission(#[from] SubmissionError),
    /// It is not possible now.
    #[error("{0}")]
    NotNow(&'static str),
    /// It belongs to another machine.
    #[error("this act belongs to the other side of the exchange")]
    OtherSide,
}

impl Refusal {
    /// A name for the kind, stable and in kebab case.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::WrongResource { .. } => "wrong-resource",
            Self::Guide(_) => "guide",
            Self::Draft(_) => "draft",
            Self::MissingServer(_) => "missing-server",
            Self::Subscription(_) => "subscription",
            Self::Server(_) => "server",
            Self::MissingOwner => "missing-owner",
            Self::NotSendable => "not-sendable",
            Self::Invalid(_) => "invalid",
            Self::Edit(_) => "edit",
            Self::ReasonRequired => "reason-required",
            Self::OutputRequired => "output-required",
            Self::PayloadRequired => "payload-required",
            Self::NoSuchItem(_) => "no-such-item",
            Self::Status(_) => "status",
            Self::Attachments(_) => "attachments",
            Self::Submission(_) => "submission",
            Self::NotNow(_) => "not-now",
            Self::OtherSide => "other-side",
        }
    }
}

/// The first error of a report, and how many there are.
fn invalid(report: &Report) -> String {
    let resource_type = report.resource_type.as_deref().unwrap_or("resource");
    let first = report.issues.iter().find(|issue| issue.severity <= Severity::Error);
    let first =
        first.map_or_else(String::new, |issue| format!("; first, {}: {}", issue.expression, issue.message));
    format!("the {resource_type} to be sent has {} error(s){first}", report.errors)
}

/// A reason that says something.
fn reason_with_words(reason: CodeableConcept) -> Result<CodeableConcept, Refusal> {
    match reason.text.as_deref().map(str::trim) {
        Some(text) if !text.is_empty() => Ok(reason),
        _ => Err(Refusal::ReasonRequired),
    }
}

fn notice(text: impl Into<String>) -> Effect {
    Effect::Report { update: Update::Notice { text: text.into() } }
}
