//! All machines behind one door, and what an application may see of them.

use alloc::{boxed::Box, string::String, vec::Vec};
use core::ops::Not;

use serde::{Deserialize, Serialize};

use super::{
    Arrived, Content, HOME, Inbox, InboxStart, InformationRecipient, InformationRecipientStart, Input,
    Receipt, Refusal, Requester, RequesterStart, Responder, ResponderStart, Step, Subscriber,
    SubscriberStart, Watching,
};
use crate::{
    exchange::{Fault, Servers},
    fhir::{Instant, Reference},
    json::{Document, FromJson},
    lifecycle::{Guide, TaskStatus},
    solicitation::Solicitation,
};

/// What it takes to begin.
#[derive(Clone, Serialize, Deserialize, FromJson)]
#[serde(tag = "actor", rename_all = "kebab-case")]
pub enum Start {
    /// To ask.
    Requester(RequesterStart),
    /// To answer.
    Responder(ResponderStart),
    /// To watch for what arrives.
    Inbox(InboxStart),
    /// To get what was sent to this side.
    InformationRecipient(InformationRecipientStart),
    /// To be told of changes.
    Subscriber(SubscriberStart),
}

/// Any machine, so that a store or a wire needs one form only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(tag = "actor", rename_all = "kebab-case")]
pub enum Machine {
    /// Asks.
    Requester(Requester),
    /// Answers.
    Responder(Responder),
    /// Watches.
    Inbox(Inbox),
    /// Gets what was sent.
    InformationRecipient(Box<InformationRecipient>),
    /// Is told of changes.
    Subscriber(Subscriber),
}

/// What an application may show of a machine.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct View {
    /// The servers of the machine, so that whoever resumes it need not know them.
    pub servers: Servers,
    /// The rules that the machine follows.
    pub guide: Guide,
    /// What has become of the request; none of an inbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub solicitation: Option<Solicitation>,
    /// The CommunicationRequest, once it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<Document>,
    /// Why the CommunicationRequest could not be fetched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_fault: Option<Fault>,
    /// The Task, where there is one; of several recipients that of the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<Document>,
    /// Those whom a requester asks, in the order in which they were named.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recipients: Vec<AskedRecipient>,
    /// How far a responder's answer is, or an information recipient's receipt, in the codes of a Task, with a Task or
    /// without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<TaskStatus>,
    /// The Communications in hand or, of a responder, on a server.
    pub communications: Vec<Received>,
    /// How far it is with what has arrived; of an information recipient alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
    /// How far a subscription can be relied on; of a subscriber alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watching: Option<Watching>,
    /// Whether nothing is left to do: an application may let go of it.
    pub finished: bool,
    /// Until when it is looked at after that, 0..1: a document may come late, a Task be opened again (R67).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watched_until: Option<Instant>,
}

/// One who is asked, and what asks there (R10).
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct AskedRecipient {
    /// Key of its server.
    pub server: String,
    /// Who is to answer, where that was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Reference>,
    /// Where the Task, or without one the copy of the request, is on that server, once it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Its version there, where the server says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// When the server had confirmed it, by this side's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent: Option<Instant>,
    /// The Task as it was last seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<Document>,
}

/// A Communication and what it refers to.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Received {
    /// The Communication.
    pub document: Document,
    /// Which recipient gave it, by its place; of a requester, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<usize>,
    /// Key of the server that it was read from; there its relative references are meant. None of what
    /// this side has sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// What its payloads refer to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contents: Vec<Content>,
    /// Whether it came after everything had come to its end (R16).
    #[serde(skip_serializing_if = "Not::not")]
    pub late: bool,
}

impl Machine {
    /// Begins any machine.
    ///
    /// # Errors
    /// [`Refusal`] where that is not possible; nothing was then done.
    pub fn begin(start: Start, now: Instant) -> Result<Step<Self>, Refusal> {
        Ok(match start {
            Start::Requester(start) => Requester::begin(start, now)?.map(Self::Requester),
            Start::Responder(start) => Responder::begin(start, now)?.map(Self::Responder),
            Start::Inbox(start) => Inbox::begin(start, now)?.map(Self::Inbox),
            Start::InformationRecipient(start) => {
                InformationRecipient::begin(start, now)?.map(|it| Self::InformationRecipient(Box::new(it)))
            }
            Start::Subscriber(start) => Subscriber::begin(start, now)?.map(Self::Subscriber),
        })
    }

    /// Takes what happened and says what to do next.
    ///
    /// # Errors
    /// [`Refusal`] where an act is not possible; the state is then unchanged.
    pub fn handle(&self, input: Input, now: Instant) -> Result<Step<Self>, Refusal> {
        Ok(match self {
            Self::Requester(machine) => machine.handle(input, now)?.map(Self::Requester),
            Self::Responder(machine) => machine.handle(input, now)?.map(Self::Responder),
            Self::Inbox(machine) => machine.handle(input, now)?.map(Self::Inbox),
            Self::InformationRecipient(machine) => {
                machine.handle(input, now)?.map(|it| Self::InformationRecipient(Box::new(it)))
            }
            Self::Subscriber(machine) => machine.handle(input, now)?.map(Self::Subscriber),
        })
    }

    /// What an application may show at `now`.
    pub fn view(&self, now: Instant) -> View {
        match self {
            Self::Requester(machine) => View {
                servers: machine.servers().clone(),
                guide: machine.guide().clone(),
                solicitation: Some(machine.solicitation(now)),
                request: Some(machine.request().clone()),
                request_fault: None,
                task: machine.task().cloned(),
                recipients: machine.recipients(),
                status: None,
                communications: machine.communications().iter().filter_map(Received::of).collect(),
                receipt: None,
                watching: None,
                finished: machine.is_finished(now),
                watched_until: machine.watched_until(),
            },
            Self::Responder(machine) => View {
                servers: machine.servers().clone(),
                guide: machine.guide().clone(),
                solicitation: Some(machine.solicitation(now)),
                request: machine.request().cloned(),
                request_fault: machine.request_fault().cloned(),
                task: machine.task().cloned(),
                recipients: Vec::new(),
                status: Some(machine.status()),
                communications: machine.communications().into_iter().map(Received::sent).collect(),
                receipt: None,
                watching: None,
                finished: machine.is_finished(),
                watched_until: machine.watched_until(),
            },
            Self::Subscriber(machine) => View {
                servers: machine.servers().clone(),
                watching: Some(machine.watching(now)),
                finished: machine.is_finished(),
                ..View::default()
            },
            Self::InformationRecipient(machine) => {
                let receipt = machine.receipt();
                View {
                    servers: machine.servers().clone(),
                    task: machine.task().cloned(),
                    status: Some(receipt.status),
                    communications: Received::by(machine).into_iter().collect(),
                    receipt: Some(receipt),
                    finished: machine.is_finished(),
                    ..View::default()
                }
            }
            Self::Inbox(machine) => {
                View { servers: machine.servers().clone(), guide: machine.guide().clone(), ..View::default() }
            }
        }
    }
}

impl Received {
    fn of(arrived: &Arrived) -> Option<Self> {
        Some(Self {
            document: arrived.document.clone()?,
            by: arrived.by,
            from: Some(arrived.at.server.clone()),
            contents: arrived.contents.clone(),
            late: arrived.late,
        })
    }

    fn sent(document: Document) -> Self {
        Self { document, by: None, from: None, contents: Vec::new(), late: false }
    }

    fn by(recipient: &InformationRecipient) -> Option<Self> {
        let from = recipient.at().map_or(HOME, |at| &at.server);
        Some(Self {
            document: recipient.communication()?.clone(),
            by: None,
            from: Some(from.into()),
            contents: recipient.contents().to_vec(),
            late: false,
        })
    }
}

impl<M> Step<M> {
    fn map<N>(self, wrap: impl FnOnce(M) -> N) -> Step<N> {
        Step { state: wrap(self.state), effects: self.effects }
    }
}
