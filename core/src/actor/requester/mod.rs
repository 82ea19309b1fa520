//! The side that asks: Information Request Sender and Information Recipient.
//!
//! ```text
//! without Task                          with Task
//!   POST CommunicationRequest ─▶ partner   POST CommunicationRequest ─▶ home
//!   search Communications     ─▶ home      POST Task                 ─▶ partner
//!                                          read Task                 ─▶ partner
//!                                          GET Communication         ─▶ where it is
//!                                          PUT CommunicationRequest completed ─▶ home
//! ```
//!
//! Several can be asked at once (R10, R19): each has a server of its own, there its own Task or its own copy
//! of the request, and is looked at in its own time. One partner is a list of one.
//!
//! Under a guide that asks by `Task.input` the Task says itself what is asked for, and what its
//! outputs refer to is fetched in place of Communications; all else is as with Task. A payer asks for
//! attachments to a claim by a Task as well, and what is submitted comes to its own server.

mod attaching;
mod recipients;
mod watching;

use watching::MOST_COMMUNICATIONS;

pub use recipients::Recipient;

use alloc::{
    boxed::Box,
    string::{String, ToString},
    vec::Vec,
};
use core::ops::Not;

use serde::{Deserialize, Serialize};

use self::{
    attaching::Attaching,
    recipients::{Addressee, addressed},
};
use super::{
    Act, AskedRecipient, Cadence, Effect, Grace, HOME, Input, Refusal, Seed, Step, Update, Variant,
    cadence::Watch,
    change::Change,
    compose::{make_actionable, rebased, request_to_send, task_for},
    content::{Content, Taken},
    desk::{Desk, Event, Purpose},
    notice, reason_with_words,
    shape::{self, Shape, Told},
    snapshot::Version,
};
use crate::{
    exchange::{Fault, FaultKind, Located, Servers},
    fhir::{CodeableConcept, Communication, CommunicationRequest, Instant, Resource},
    json::{Document, FromJson},
    lifecycle::{Ask, Cancel, CommunicationRequestStatus, Guide, Role, Status, TaskStatus},
    solicitation::{Calendar, Confidence, Given, RecipientState, Seen, Solicitation, State, derive},
};

/// What it takes to ask.
#[derive(Clone, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub struct RequesterStart {
    /// The CommunicationRequest, draft or active; or the Task that asks for attachments to a claim, where the
    /// guide has that. Its references are those of the home server.
    pub request: Document,
    /// With or without Task.
    pub variant: Variant,
    /// Base URLs: `home` for this side, `partner` for the other, and any others that may be read.
    pub servers: Servers,
    /// The rules to follow.
    #[serde(default)]
    pub guide: Guide,
    /// How often to look.
    #[serde(default)]
    pub cadence: Cadence,
    /// For how long it is looked at after its end.
    #[serde(default)]
    pub grace: Grace,
    /// How dates are read.
    #[serde(default)]
    pub calendar: Calendar,
    /// Who is asked, 0..*; the one on the server `partner` where nobody is named.
    #[serde(default)]
    pub recipients: Vec<Recipient>,
    /// 128 random bits.
    pub seed: Seed,
}

/// A Communication that answers the request.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub struct Arrived {
    /// Where it is.
    pub at: Located,
    /// How sure it is that it belongs to the request.
    pub confidence: Confidence,
    /// Which recipient gave it, by its place; `None` where nothing tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<usize>,
    /// The Communication, once it was fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Document>,
    /// Why it could not be fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
    /// What it refers to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contents: Vec<Content>,
    /// Whether it carries a modifier extension, so that a person has to read it before anything
    /// is concluded from it (R4).
    #[serde(default)]
    pub modified: bool,
    /// Whether it came after everything had come to its end (R16).
    #[serde(default, skip_serializing_if = "Not::not")]
    pub late: bool,
}

impl Arrived {
    /// Whether nothing of it is still to be fetched.
    fn is_settled(&self) -> bool {
        self.fault.is_some() || (self.document.is_some() && !self.contents.iter().any(Content::is_open))
    }
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(tag = "read", rename_all = "kebab-case")]
pub(in crate::actor) enum Wanted {
    Task { recipient: usize },
    Search { page: u32, by_identifier: bool, url: String },
    Communication { arrived: usize },
    Content { arrived: usize, content: usize },
}

/// One request and everything that has come of it. Plain data: store it, restore it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase")]
#[allow(clippy::struct_excessive_bools, reason = "independent facts of one exchange")]
pub struct Requester {
    version: Version,
    desk: Desk<Wanted>,
    variant: Variant,
    recipients: Vec<Addressee>,
    /// One for each recipient.
    watches: Vec<Watch>,
    #[serde(default)]
    calendar: Calendar,
    /// Record of the request; without Task that of the first copy.
    request: usize,
    communications: Vec<Arrived>,
    /// Of a request for attachments.
    #[serde(default)]
    attaching: Option<Attaching>,
    /// Whether the user has said that it is enough.
    closing: bool,
    /// The reason of a cancellation that still has a step to go.
    cancelling: Option<CodeableConcept>,
    /// Whether the request was given up before anybody was asked.
    withdrawn: bool,
    /// Whether everything had come to an end: what is looked for after that delays nothing.
    #[serde(default, skip_serializing_if = "Not::not")]
    ended: bool,
    /// Whether closing the request at its server was given up.
    left_open: bool,
    /// Whether the home server does not know the modifier `:identifier`.
    no_modifier: bool,
    /// What the user was told and need not hear again.
    told: Vec<String>,
    conflict: bool,
    reported: Option<Box<Solicitation>>,
}

const CANNOT_BE_CANCELLED: &str = "the guide has no status for a Task that is taken back: the request is revoked on \
    this side's server, where it stands on one, and the Task is not looked at any more; tell the other side, which \
    may still answer";

const REOPENED: &str =
    "a Task was moved back from a status that is final; it is watched again, and not written to";

const INVERTED_ROLES: &str = "the request names its requester as the sender of the answer and not among its \
    recipients; sender and recipient describe the resulting Communication, so these may be the wrong way round";

/// Whether who asks is named as who answers (R7), as in the examples of the 2019 guide.
fn inverted_roles(request: &Document) -> bool {
    let Some(request) = CommunicationRequest::read(request) else { return false };
    let (requester, sender) = (request.requester(), request.sender());
    requester.is_some()
        && requester == sender
        && !request.recipients().into_iter().any(|one| Some(one) == sender)
}

impl Requester {
    /// Begins to ask.
    ///
    /// # Errors
    /// [`Refusal`] where the request cannot be sent; nothing was then done.
    pub fn begin(start: RequesterStart, now: Instant) -> Result<Step<Self>, Refusal> {
        if Resource::read(&start.request).is_some_and(|it| it.is("Task")) {
            return Self::begin_attachments(start, now);
        }
        let RequesterStart { request, variant, servers, guide, cadence, grace, calendar, recipients, seed } =
            start;
        if variant == Variant::WithoutTask && !matches!(guide.ask, Ask::Focus { .. }) {
            return Err(Refusal::Guide(guide.to_string()));
        }
        let recipients = addressed(recipients, &servers, variant)?;
        let mut desk = Desk::new(servers, guide, Role::Requester, seed);
        let lint = inverted_roles(&request);
        let identifier = desk.entropy.identifier("request");
        let mut request = request_to_send(&request, &identifier, now)?;
        if recipients.len() > 1 && request.root().get("groupIdentifier").is_none() {
            request.set("/groupIdentifier", &desk.entropy.identifier("group"))?;
        }
        let mut effects = Vec::new();
        effects.extend(lint.then(|| notice(INVERTED_ROLES)));
        let watches = recipients.iter().map(|_| Watch::new(cadence, grace)).collect();
        let mut recipients: Vec<Addressee> = recipients.into_iter().map(Addressee::of).collect();
        match variant {
            Variant::WithoutTask => {
                make_actionable(&mut request)?;
                for one in &mut recipients {
                    let server = &one.recipient.server;
                    let copy = rebased(request.clone(), desk.base(HOME), desk.base(server));
                    one.record = Some(desk.create(server, copy, identifier.clone(), &mut effects));
                }
            }
            Variant::WithTask => {
                // The Tasks must be possible before the request is stored.
                for one in &recipients {
                    let owner = one.recipient.owner.as_ref();
                    task_for(&desk.guide, &request, "CommunicationRequest/1", owner, &identifier, now)?;
                }
                desk.create(HOME, request, identifier, &mut effects);
            }
        }
        let state = Self::new(desk, variant, recipients, watches, calendar);
        Ok(shape::conclude(state, effects, now))
    }

    fn new(
        desk: Desk<Wanted>,
        variant: Variant,
        recipients: Vec<Addressee>,
        watches: Vec<Watch>,
        calendar: Calendar,
    ) -> Self {
        Self {
            version: Version,
            desk,
            variant,
            recipients,
            watches,
            calendar,
            request: 0,
            communications: Vec::new(),
            attaching: None,
            closing: false,
            cancelling: None,
            withdrawn: false,
            ended: false,
            left_open: false,
            no_modifier: false,
            told: Vec::new(),
            conflict: false,
            reported: None,
        }
    }

    /// Takes what happened and says what to do next.
    ///
    /// # Errors
    /// [`Refusal`] where an act is not possible; the state is then unchanged.
    pub fn handle(&self, input: Input, now: Instant) -> Result<Step<Self>, Refusal> {
        shape::handle(self, input, now)
    }

    /// The rules it follows.
    pub fn guide(&self) -> &Guide {
        &self.desk.guide
    }

    /// The servers it talks to.
    pub fn servers(&self) -> &Servers {
        &self.desk.servers
    }

    /// The request as it is at its server, or as it is to be.
    pub fn request(&self) -> &Document {
        &self.desk.records[self.request].document
    }

    /// The Task as it was last seen, 0..1; of several that of the first recipient.
    pub fn task(&self) -> Option<&Document> {
        self.task_at(0)
    }

    /// Those who are asked, 1..*, and what asks them.
    pub fn recipients(&self) -> Vec<AskedRecipient> {
        let asked = |(at, one): (usize, &Addressee)| {
            let stored = one.record.and_then(|record| self.desk.records[record].stored.clone());
            AskedRecipient {
                server: one.recipient.server.clone(),
                owner: one.recipient.owner.clone(),
                url: stored.as_ref().map(|stored| stored.at.url.clone()),
                version: stored.and_then(|stored| stored.version),
                sent: one.sent,
                task: self.task_at(at).cloned(),
            }
        };
        self.recipients.iter().enumerate().map(asked).collect()
    }

    /// What has arrived, in order of arrival, 0..*.
    pub fn communications(&self) -> &[Arrived] {
        &self.communications
    }

    /// What has become of the request.
    pub fn solicitation(&self, now: Instant) -> Solicitation {
        let settled = self.communications.iter().filter(|arrived| arrived.is_settled());
        let in_hand = settled.filter_map(|it| {
            let communication = Communication::read(it.document.as_ref()?)?;
            let lacking = it.contents.iter().filter(|content| content.is_lacking());
            let lacking = lacking.map(|content| content.reference.as_str()).collect();
            Some(Given { communication, by: it.by, lacking })
        });
        let seen = Seen {
            request: CommunicationRequest::read(self.request()),
            recipients: (0..self.recipients.len()).map(|at| self.seen_recipient(at)).collect(),
            communications: in_hand.collect(),
            conflict: self.conflict,
            calendar: self.calendar,
            closed: self.closing,
            withdrawn: self.withdrawn,
        };
        derive(&seen, now)
    }

    /// Whether nothing is left to do or to wait for, what may come late aside.
    pub fn is_finished(&self, now: Instant) -> bool {
        self.is_finished_in(self.solicitation(now).state)
    }

    fn is_finished_in(&self, state: State) -> bool {
        state.is_final()
            && !self.is_to_be_read()
            && self.watches.iter().all(Watch::is_over)
            && (self.desk.is_idle() || (self.ended && !self.desk.is_writing()))
    }

    /// Until when it is looked at after its end, 0..1 (R67).
    pub fn watched_until(&self) -> Option<Instant> {
        self.watches.iter().filter_map(Watch::until).max()
    }

    /// Goes on looking at what has come to its end, for a while (R67), or where nobody wants to know, no longer. What
    /// was moved back from its end is watched again, and not written to.
    fn watch_ends(&mut self, solicitation: &Solicitation, now: Instant, effects: &mut Vec<Effect>) {
        let all = solicitation.state.is_final() && self.is_over();
        for (at, one) in solicitation.recipients.iter().enumerate() {
            if self.is_reopened(at) {
                self.ended = false;
                self.watches[at].go_on(now, &mut self.desk.entropy);
                self.tell_once(REOPENED, effects);
            }
            self.recipients[at].ended |= self.status_at(at).is_some_and(TaskStatus::is_final);
            let over = all || (one.state.is_final() && self.is_over_at(at));
            if !over {
                continue;
            }
            match one.state {
                State::Cancelled => self.watches[at].end(),
                _ if self.closing => self.watches[at].end(),
                _ => self.watches[at].linger(now, &mut self.desk.entropy),
            }
        }
        self.ended |= self.is_finished_in(solicitation.state);
    }

    /// Whether anybody's server holds what asks to act.
    fn is_sent(&self) -> bool {
        (0..self.recipients.len()).any(|at| self.is_held(at))
    }

    /// Whether nothing more is to come.
    fn is_over(&self) -> bool {
        // Where the Task cannot be cancelled, nothing tells this side when the other gives up.
        let revoked = self.request().root().string("status").as_deref() == Some("revoked");
        let given_up = revoked && self.desk.guide.cancel == Cancel::Request;
        let ended = || (0..self.recipients.len()).all(|at| self.is_over_at(at));
        self.closing || self.withdrawn || given_up || ended()
    }

    /// Whether a person has to read what arrived before anything follows from it (R4).
    fn is_to_be_read(&self) -> bool {
        !self.closing && self.communications.iter().any(|arrived| arrived.modified)
    }

    /// Looks at these, and begins to watch again what was given up as lost.
    fn look_again(&mut self, which: impl Fn(&Addressee) -> bool, now: Instant, effects: &mut Vec<Effect>) {
        for at in 0..self.recipients.len() {
            if !which(&self.recipients[at]) {
                continue;
            }
            if self.recipients[at].lost {
                let random = self.desk.entropy.next();
                self.watches[at].begin(now, random);
            }
            self.look_at(at, now, effects);
        }
    }

    /// Lets go of what a fault has stopped.
    fn give_up(&mut self) -> Result<(), Refusal> {
        for purpose in self.desk.give_up()? {
            match purpose {
                Purpose::Create { record } | Purpose::Find { record, .. } => match self.asked_by(record) {
                    Some(at) => self.recipients[at].withdrawn = true,
                    // Without the request nobody was asked.
                    None => self.withdrawn = true,
                },
                Purpose::Update { record, .. } | Purpose::Reread { record, .. } => {
                    self.left_open |= record == self.request;
                    if let Some(at) = self.asked_by(record) {
                        self.recipients[at].unsure = true;
                    }
                }
                Purpose::Read { what } => self.missed(&what, Fault::of(FaultKind::Unauthorized)),
                Purpose::Submit { .. } => {}
            }
        }
        Ok(())
    }

    /// Notes what the application says of what was referred to.
    fn take(&mut self, reference: &str, taken: Taken) -> Result<(), Refusal> {
        Content::take(
            self.communications.iter_mut().flat_map(|arrived| &mut arrived.contents),
            reference,
            taken,
        )
    }

    fn set_request(
        &mut self,
        status: CommunicationRequestStatus,
        reason: Option<CodeableConcept>,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        if self.attaching.is_some() {
            return self.set_request_here(status);
        }
        self.desk.change(self.request, Change { reason, ..Change::to(status) }, now, effects)
    }
}

impl Shape for Requester {
    type Read = Wanted;

    fn desk(&mut self) -> &mut Desk<Wanted> {
        &mut self.desk
    }

    fn watches(&mut self) -> &mut [Watch] {
        &mut self.watches
    }

    /// The Task, where one asks, and what comes home stands on another server.
    fn told(&self, index: usize) -> Told {
        let Some(one) = self.recipients.get(index).filter(|_| self.variant == Variant::WithTask) else {
            return Told::NotAll;
        };
        let here = self.desk.base(&one.recipient.server) == self.desk.base(HOME);
        let task = one.record.filter(|_| !here).and_then(|record| self.desk.absolute(record));
        task.map_or(Told::NotAll, Told::Task)
    }

    fn settle(&mut self, event: Event<Wanted>, now: Instant, effects: &mut Vec<Effect>) {
        let next = match event {
            Event::Nothing | Event::Submitted(_) => Ok(()),
            Event::Created(record) => match self.asked_by(record) {
                Some(at) => self.is_asked(at, now, effects),
                None => self.send_tasks(now, effects),
            },
            Event::Changed => {
                self.conflict = false;
                Ok(())
            }
            Event::Overtaken(refusal) => Err(refusal),
            Event::Read(wanted, answer, _) => {
                self.received(&wanted, answer, effects);
                Ok(())
            }
            Event::Unread(wanted, fault) => {
                self.missed(&wanted, fault);
                Ok(())
            }
        };
        if let Err(refusal) = next {
            self.overtaken(&refusal, effects);
        }
    }

    fn act(&mut self, act: Act, now: Instant, effects: &mut Vec<Effect>) -> Result<(), Refusal> {
        match act {
            Act::Look if !self.is_sent() => {
                return Err(Refusal::NotNow("there is nothing to look for: the request is not sent yet"));
            }
            Act::Look => {
                self.doubt_copies();
                self.look_again(|_| true, now, effects);
            }
            Act::Retry => {
                self.desk.retry(effects);
                self.look_again(|one| one.lost, now, effects);
            }
            Act::GiveUp => self.give_up()?,
            Act::Untrack => shape::untrack(&mut self.watches)?,
            Act::Close => {
                // A Task that is completed may have been answered by other ways.
                let completed = |at| self.status_at(at) == Some(TaskStatus::Completed);
                if self.communications.is_empty() && !(0..self.recipients.len()).any(completed) {
                    return Err(Refusal::NotNow("nothing has arrived; cancel the request instead"));
                }
                self.closing = true;
            }
            Act::Fetched { reference } => self.take(&reference, Taken::Fetched)?,
            Act::Waive { reference } => self.take(&reference, Taken::Waived)?,
            Act::Submitted { parameters } => self.take_submission(&parameters, now, effects)?,
            Act::Cancel { reason } => self.cancel(reason_with_words(reason)?, now, effects)?,
            _ => return Err(Refusal::OtherSide),
        }
        Ok(())
    }

    fn look(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        for at in 0..self.recipients.len() {
            if self.watches[at].is_due(now) {
                self.look_at(at, now, effects);
            }
        }
    }

    fn restored(&mut self, _: &mut Vec<Effect>) {
        self.reported = None;
        self.doubt_copies();
    }

    fn finish(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        self.fetch(Content::is_open, effects);
        self.conclude_cancel(now, effects);
        let solicitation = self.solicitation(now);
        let answered = |one: &RecipientState| matches!(one.state, State::Answered | State::AnsweredEmpty);
        let end = match solicitation.state {
            State::Cancelled if self.withdrawn || self.recipients.iter().all(|one| one.withdrawn) => {
                Some(CommunicationRequestStatus::Revoked)
            }
            state if state.is_final() && self.is_over() && !self.is_to_be_read() => {
                let answered = solicitation.recipients.iter().any(answered);
                answered.then_some(CommunicationRequestStatus::Completed)
            }
            _ => None,
        };
        let record = &self.desk.records[self.request];
        let active = record.document.root().string("status").as_deref() == Some("active");
        // Without Task the request stands on the partner's server, where it is not ours to close.
        let ours = record.stored.is_some() && self.variant == Variant::WithTask && !self.left_open;
        if let Some(status) = end.filter(|_| active && ours && !self.desk.is_writing()) {
            // Everything is in hand, or nothing will be: a refusal here loses nothing (R29).
            let _ = self.set_request(status, None, now, effects);
        }
        self.watch_ends(&solicitation, now, effects);
        if self.reported.as_deref() != Some(&solicitation) {
            self.reported = Some(Box::new(solicitation.clone()));
            effects.push(Effect::Report { update: Update::State { solicitation: Box::new(solicitation) } });
        }
    }
}
