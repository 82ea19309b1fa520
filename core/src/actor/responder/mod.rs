//! The side that is asked: Information Request Recipient and Information Sender.
//!
//! ```text
//! without Task                            with Task
//!   CommunicationRequest at home            Task at home
//!                                           GET CommunicationRequest ─▶ requester's server
//!                                           PUT Task accepted, in-progress, … ─▶ home
//!   POST Communication ─▶ requester         POST Communication       ─▶ home, or requester
//!                                           PUT Task completed       ─▶ home
//! ```
//!
//! Information Recipients whom the request names beside the requester get the Communication, or a Task that points
//! at it, at their own servers.
//!
//! Under a guide that asks by `Task.input` the request is read in the Task, and what is sent is named
//! in `Task.output`, as the resource it is or as a document stored for it. Where the Task asks for
//! attachments to a claim, what is sent is submitted to the payer.

mod attaching;
mod outgoing;
mod working;

use attaching::Attaching;
pub use attaching::PayerPolicy;
use outgoing::InformedAt;
pub use outgoing::{Delivery, Outgoing};

use alloc::{
    boxed::Box,
    collections::VecDeque,
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};
use core::{ops::Not, slice};

use serde::{Deserialize, Serialize};

use super::{
    Act, Cadence, Effect, Grace, HOME, Input, PARTNER, Refusal, Seed, Step, Update, Variant,
    cadence::Watch,
    change::Change,
    compose::{Message, rebased},
    desk::{Desk, Event, Purpose},
    notice,
    shape::{self, Shape, Told},
    snapshot::Version,
};
use crate::{
    exchange::{Answer, Fault, FaultKind, Located, Servers, Stored, read},
    fhir::{CodeableConcept, Communication, CommunicationRequest, Instant, Resource, Target, Task},
    json::{Document, FromJson},
    lifecycle::{Ask, CommunicationStatus, Guide, Refused, Role, Status, TaskStatus},
    solicitation::{Calendar, Given, Seen, SeenRecipient, Solicitation, answers_in, derive, request_in},
};

/// What it takes to answer.
#[derive(Clone, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub struct ResponderStart {
    /// The Task or the actionable CommunicationRequest as it arrived at the home server.
    pub arrived: Document,
    /// Base URLs: `home` for this side, `partner` for the requester's.
    pub servers: Servers,
    /// The rules to follow.
    #[serde(default)]
    pub guide: Guide,
    /// How often to look whether the requester has changed the Task.
    #[serde(default)]
    pub cadence: Cadence,
    /// For how long it is looked at after its end.
    #[serde(default)]
    pub grace: Grace,
    /// How dates are read.
    #[serde(default)]
    pub calendar: Calendar,
    /// Of a request for attachments, how the payer takes them.
    #[serde(default, skip_serializing_if = "PayerPolicy::is_unknown")]
    pub payer: PayerPolicy,
    /// 128 random bits.
    pub seed: Seed,
}

/// A step that waits for those before it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(tag = "step", rename_all = "kebab-case")]
enum Queued {
    Change {
        change: Change,
    },
    Send {
        outgoing: usize,
    },
    Announce {
        outgoing: usize,
    },
    /// Another Information Recipient gets it, or is told of it.
    PassOn {
        outgoing: usize,
        to: InformedAt,
    },
    /// What was given up to an act is submitted to the payer.
    Submit {
        batch: u32,
        last: bool,
    },
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(tag = "read", rename_all = "kebab-case")]
pub(in crate::actor) enum Wanted {
    Request,
    Task,
    /// What is to be attached, by where it is on the home server.
    Attachment {
        at: String,
    },
}

/// One request to this side and everything done about it. Plain data: store it, restore it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub struct Responder {
    version: Version,
    desk: Desk<Wanted>,
    watch: Watch,
    #[serde(default)]
    calendar: Calendar,
    /// Record of the Task; none in the exchange without Task.
    task: Option<usize>,
    /// The decision where no Task carries it.
    decision: TaskStatus,
    /// Where the request is.
    request_at: Option<Located>,
    /// The request, its references absolute, once it was fetched.
    request: Option<Document>,
    /// Why the request could not be fetched.
    request_fault: Option<Fault>,
    outgoing: Vec<Outgoing>,
    #[serde(default)]
    payer: PayerPolicy,
    /// Of a request for attachments what is attached.
    #[serde(default)]
    attaching: Option<Box<Attaching>>,
    queue: VecDeque<Queued>,
    conflict: bool,
    lost: bool,
    /// Whether the answer had come to its end: from then on nothing is written any more.
    #[serde(default, skip_serializing_if = "Not::not")]
    ended: bool,
    reported: Option<Box<Solicitation>>,
}

const REOPENED: &str =
    "the Task was moved back from a status that is final; nothing is written to it any more";

impl Responder {
    /// Begins with what arrived; with a Task, fetches the request it points at.
    ///
    /// A request that cannot be fetched does not prevent this: the fault is reported, and the Task
    /// can be rejected with a reason (R12).
    ///
    /// # Errors
    /// [`Refusal`] where what arrived is neither an actionable request nor a Task.
    pub fn begin(start: ResponderStart, now: Instant) -> Result<Step<Self>, Refusal> {
        let ResponderStart { arrived, servers, guide, cadence, grace, calendar, payer, seed } = start;
        let home = servers.base(HOME).ok_or(Refusal::MissingServer(HOME.into()))?.to_string();
        let wrong = Refusal::WrongResource { expected: "Task or CommunicationRequest with an id" };
        let resource = Resource::read(&arrived).ok_or(wrong.clone())?;
        let id = resource.id().ok_or(wrong.clone())?;
        let at = Located { server: HOME.into(), url: format!("{}/{id}", resource.resource_type()) };
        let version = resource.version_id().map(Into::into);
        let mut state = Self {
            version: Version,
            desk: Desk::new(servers, guide, Role::Responder, seed),
            watch: Watch::new(cadence, grace),
            calendar,
            task: None,
            decision: TaskStatus::Requested,
            request_at: None,
            request: None,
            request_fault: None,
            outgoing: Vec::new(),
            payer,
            attaching: None,
            queue: VecDeque::new(),
            conflict: false,
            lost: false,
            ended: false,
            reported: None,
        };
        let mut effects = Vec::new();
        if CommunicationRequest::of(resource).is_some() {
            state.desk.servers.base(PARTNER).ok_or(Refusal::MissingServer(PARTNER.into()))?;
            state.request_at = Some(at);
            state.request = Some(rebased(arrived, &home, ""));
            let random = state.desk.entropy.next();
            state.watch.begin(now, random);
        } else if Task::of(resource).is_some() {
            state.task = Some(state.desk.keep(arrived, Stored { at, version }));
            state.fetch_request(&mut effects);
            if !state.status().is_final() {
                let random = state.desk.entropy.next();
                state.watch.begin(now, random);
            }
        } else {
            return Err(wrong);
        }
        Ok(shape::conclude(state, effects, now))
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

    /// With or without Task.
    pub fn variant(&self) -> Variant {
        if self.task.is_some() { Variant::WithTask } else { Variant::WithoutTask }
    }

    /// The request, its references absolute, once it was fetched.
    pub fn request(&self) -> Option<&Document> {
        self.request.as_ref()
    }

    /// Why the request could not be fetched.
    pub fn request_fault(&self) -> Option<&Fault> {
        self.request_fault.as_ref()
    }

    /// The Task as it is at the home server, 0..1.
    pub fn task(&self) -> Option<&Document> {
        self.task.map(|task| &self.desk.records[task].document)
    }

    /// The Communications that a server holds, in order of sending; of a data request what its
    /// outputs say, of a request for attachments what was submitted.
    pub fn communications(&self) -> Vec<Document> {
        if let Some(attaching) = &self.attaching {
            return attaching.submitted.clone();
        }
        if matches!(self.desk.guide.ask, Ask::Input { .. }) {
            let answers = self.task().map(|task| answers_in(task, &self.desk.guide.ask));
            return answers.into_iter().flatten().map(|(_, answer)| answer).collect();
        }
        let records = self.outgoing.iter().filter_map(|outgoing| self.desk.records.get(outgoing.record?));
        records.filter(|record| record.stored.is_some()).map(|record| record.document.clone()).collect()
    }

    /// How far the answer is, in the codes of a Task, with a Task or without.
    pub fn status(&self) -> TaskStatus {
        let task = self.task().and_then(Task::read);
        let code = task.and_then(|task| TaskStatus::from_code(&task.status()?));
        let request = self.request().and_then(CommunicationRequest::read);
        let withdrawn = ["revoked", "entered-in-error"];
        match self.task {
            Some(_) => code.unwrap_or(TaskStatus::Draft),
            None if request.and_then(|it| it.status()).is_some_and(|it| withdrawn.contains(&&*it)) => {
                TaskStatus::Cancelled
            }
            None => self.decision,
        }
    }

    /// What has become of the request.
    pub fn solicitation(&self, now: Instant) -> Solicitation {
        let delivered = self.outgoing.iter().filter(|outgoing| outgoing.delivered);
        let records = delivered.filter_map(|outgoing| self.desk.records.get(outgoing.record?));
        let data =
            if matches!(self.desk.guide.ask, Ask::Input { .. }) { self.communications() } else { Vec::new() };
        let communications = records.map(|record| &record.document).chain(&data);
        let given = |document| {
            let communication = Communication::read(document)?;
            Some(Given { communication, by: Some(0), lacking: Vec::new() })
        };
        let task = self.task().and_then(Task::read);
        let this = SeenRecipient {
            server: HOME.to_string(),
            owner: task.and_then(|task| task.owner()),
            sent: true,
            task,
            decision: self.task.is_none().then_some(self.decision),
            lost: self.lost,
            reopened: self.is_reopened(),
            ..SeenRecipient::default()
        };
        let seen = Seen {
            request: self.request().and_then(CommunicationRequest::read),
            recipients: vec![this],
            communications: communications.filter_map(given).collect(),
            conflict: self.conflict,
            calendar: self.calendar,
            ..Seen::default()
        };
        derive(&seen, now)
    }

    /// Whether nothing is left to do.
    pub fn is_finished(&self) -> bool {
        !self.desk.is_writing() && self.queue.is_empty() && (self.ended || self.status().is_final())
    }

    /// Until when it is looked at after its end, 0..1 (R67).
    pub fn watched_until(&self) -> Option<Instant> {
        self.watch.until()
    }

    /// Whether the Task was moved back from a status that is final.
    fn is_reopened(&self) -> bool {
        self.ended && !self.status().is_final()
    }

    /// Whether the last report said that the Task was moved back.
    fn told_reopened(&self) -> bool {
        self.reported.as_ref().is_some_and(|told| told.recipients.iter().any(|one| one.reopened))
    }

    /// What is to be answered.
    fn asked_for(&self) -> Result<Document, Refusal> {
        self.request.clone().ok_or(Refusal::NotNow("what the Task asks for could not be read; reject it"))
    }

    fn fetch_request(&mut self, effects: &mut Vec<Effect>) {
        let Some(task) = self.task().cloned() else { return };
        let Some(view) = Task::read(&task) else { return };
        if matches!(self.desk.guide.ask, Ask::Input { .. }) {
            let asked = match self.read_attachments(&task, effects) {
                Some(asked) => asked.map_err(|error| error.to_string()),
                None => request_in(&task, &self.desk.guide.ask).map_err(|error| error.to_string()),
            };
            match asked {
                Ok(request) => {
                    self.request_at =
                        self.task.and_then(|task| self.desk.records[task].stored.clone()).map(|it| it.at);
                    self.request = Some(rebased(request, self.desk.base(HOME), ""));
                }
                Err(error) => {
                    effects.push(notice(format!("what the Task asks for cannot be read: {error}")));
                    let detail = Some(error);
                    self.request_fault = Some(Fault { detail, ..Fault::of(FaultKind::WrongResource) });
                }
            }
            return;
        }
        let reference = view.asks_for().and_then(|link| link.reference).unwrap_or_default();
        if let Target::Contained(id) = Target::parse(&reference) {
            let same = |resource: &crate::json::Value<'_>| resource.string("id").as_deref() == Some(id);
            let contained = view.value().list("contained").find(same);
            if let Some(request) = contained.and_then(|resource| Document::parse(resource.raw()).ok()) {
                self.request_at =
                    self.desk.records[self.task.unwrap_or(0)].stored.clone().map(|stored| stored.at);
                self.request = Some(rebased(request, self.desk.base(HOME), ""));
                return;
            }
        }
        match self.desk.servers.locate(&reference, HOME) {
            Ok(at) => {
                let request = read(&at.server, &at.url, None);
                self.request_at = Some(at);
                self.desk.read(Wanted::Request, request, effects);
            }
            Err(unlocated) => {
                let detail = Some(unlocated.to_string());
                let fault = Fault { detail, ..Fault::of(FaultKind::NotFound) };
                effects.push(notice(format!(
                    "the CommunicationRequest of this Task was not fetched: {unlocated}"
                )));
                self.request_fault = Some(fault);
            }
        }
    }

    fn drop_what_is_too_late(&mut self, effects: &mut Vec<Effect>) {
        if self.status().is_final() && !self.queue.is_empty() {
            self.overtaken(&Refused::Final.to_string(), effects);
        }
    }

    /// The other side was faster: what was queued on the old state is dropped, and said so.
    fn overtaken(&mut self, why: &str, effects: &mut Vec<Effect>) {
        self.queue.clear();
        self.conflict = true;
        effects.push(notice(format!("what was to be done next is no longer possible: {why}")));
    }
}

impl Shape for Responder {
    type Read = Wanted;

    fn desk(&mut self) -> &mut Desk<Wanted> {
        &mut self.desk
    }

    fn watches(&mut self) -> &mut [Watch] {
        slice::from_mut(&mut self.watch)
    }

    fn told(&self, _: usize) -> Told {
        self.task.and_then(|task| self.desk.absolute(task)).map_or(Told::NotAll, Told::Task)
    }

    fn settle(&mut self, event: Event<Wanted>, _: Instant, effects: &mut Vec<Effect>) {
        match event {
            Event::Created(record) => {
                let outgoing = self.outgoing.iter().position(|outgoing| outgoing.record == Some(record));
                if let Some(outgoing) = outgoing {
                    for to in self.others_informed(outgoing).into_iter().rev() {
                        self.queue.push_front(Queued::PassOn { outgoing, to });
                    }
                    let known = &mut self.outgoing[outgoing];
                    match known.delivery {
                        Delivery::CommunicationTask => self.queue.push_front(Queued::Announce { outgoing }),
                        // The Task has to name it first.
                        Delivery::Usual if self.task.is_some() => {}
                        Delivery::Usual | Delivery::Communication => known.delivered = true,
                    }
                }
                for outgoing in self.outgoing.iter_mut().filter(|outgoing| outgoing.announced == Some(record))
                {
                    outgoing.delivered = true;
                }
            }
            Event::Changed => {
                self.conflict = false;
                let named = self.undelivered_outputs().is_empty();
                for outgoing in &mut self.outgoing {
                    let stored =
                        outgoing.record.is_some_and(|record| self.desk.records[record].stored.is_some());
                    outgoing.delivered |= named && stored;
                }
            }
            Event::Overtaken(refusal) => self.overtaken(&refusal.to_string(), effects),
            Event::Read(Wanted::Request, Answer::Resource(document, stored), _) => {
                if Resource::read(&document).is_some_and(Resource::has_modifier_extension) {
                    effects.push(notice(
                        "the request carries a modifier extension, which may change what it asks; read it before you act",
                    ));
                }
                self.request = Some(rebased(document, self.desk.base(&stored.at.server), ""));
                self.request_fault = None;
                self.drop_what_is_too_late(effects);
            }
            Event::Read(Wanted::Task, Answer::Resource(document, stored), _) => {
                self.lost = false;
                if let Some(task) = self.task {
                    self.desk.observe(task, document, stored);
                }
                self.drop_what_is_too_late(effects);
            }
            Event::Read(Wanted::Attachment { at }, Answer::Resource(document, _), _) => {
                self.fetched(&at, Ok(document), effects);
            }
            Event::Unread(Wanted::Attachment { at }, fault) => self.fetched(&at, Err(fault), effects),
            Event::Submitted(outcome) => self.submitted(outcome, effects),
            Event::Nothing | Event::Read(..) => {}
            Event::Unread(Wanted::Request, fault) => self.request_fault = Some(fault),
            Event::Unread(Wanted::Task, fault) => {
                let gone = [FaultKind::NotFound, FaultKind::Gone, FaultKind::Forbidden];
                self.lost = gone.contains(&fault.kind);
            }
        }
    }

    fn act(&mut self, act: Act, now: Instant, effects: &mut Vec<Effect>) -> Result<(), Refusal> {
        let no_task = self.task.is_none();
        let asks_nothing = matches!(act, Act::Look | Act::Retry | Act::GiveUp | Act::Untrack);
        if self.is_reopened() && !asks_nothing {
            return Err(Refused::Final.into());
        }
        match act {
            Act::Untrack => shape::untrack(slice::from_mut(&mut self.watch))?,
            Act::Look => self.look(now, effects),
            Act::Retry => {
                self.desk.retry(effects);
                if self.request.is_none() && !self.desk.reads().any(|what| *what == Wanted::Request) {
                    self.fetch_request(effects);
                }
            }
            Act::GiveUp => {
                let stopped = self.desk.give_up()?;
                // What was to follow a write was meant to follow it.
                if stopped.iter().any(|purpose| !matches!(purpose, Purpose::Read { .. })) {
                    self.queue.clear();
                }
                for purpose in stopped {
                    match purpose {
                        Purpose::Submit { perhaps, .. } => self.let_go(perhaps, effects),
                        Purpose::Read { what: Wanted::Attachment { at } } => {
                            self.fetched(&at, Err(Fault::of(FaultKind::Unauthorized)), effects);
                        }
                        _ => {}
                    }
                }
            }
            Act::Accept => self.queue_status(TaskStatus::Accepted, None)?,
            Act::Start | Act::Resume => self.queue_status(TaskStatus::InProgress, None)?,
            Act::Hold { reason } => self.queue_status(TaskStatus::OnHold, reason)?,
            Act::Reject { reason } => self.decline(TaskStatus::Rejected, reason, now)?,
            Act::Fail { reason } => self.decline(TaskStatus::Failed, reason, now)?,
            Act::Progress { .. } if no_task => {
                return Err(Refusal::NotNow("without a Task nothing carries progress to the requester"));
            }
            Act::Progress { text } => {
                if self.projected().is_final() {
                    return Err(Refused::Final.into());
                }
                let progress = Some(CodeableConcept::text(&text));
                self.queue.push_back(Queued::Change { change: Change { progress, ..Change::default() } });
            }
            Act::Respond { payloads, note, delivery } => {
                let message = Message {
                    status: CommunicationStatus::Completed,
                    reason: None,
                    payloads: &payloads,
                    note: note.as_deref(),
                };
                self.begin_work()?;
                if self.attaching.is_some() {
                    return self.attach(&payloads, note, delivery);
                }
                if matches!(self.desk.guide.ask, Ask::Input { .. }) {
                    return self.queue_data(&payloads, note, delivery);
                }
                self.queue_communication(&message, delivery, now)?;
            }
            Act::Complete if self.attaching.is_some() => {
                self.check(TaskStatus::Completed)?;
                self.queue_last_submission()?;
                self.queue_status(TaskStatus::Completed, None)?;
            }
            Act::Complete => {
                let data = self.has_data();
                if !data && !(0..self.outgoing.len()).any(|number| self.is_on_its_way(number)) {
                    let first = "no Communication was sent; respond first, or reject or fail with a reason";
                    let is_over = self.status().is_final();
                    return Err(if is_over { Refused::Final.into() } else { Refusal::NotNow(first) });
                }
                self.queue_status(TaskStatus::Completed, None)?;
            }
            Act::Acknowledge { .. }
            | Act::Submitted { .. }
            | Act::Cancel { .. }
            | Act::Close
            | Act::Fetched { .. }
            | Act::Waive { .. } => return Err(Refusal::OtherSide),
        }
        Ok(())
    }

    fn look(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        let random = self.desk.entropy.next();
        self.watch.looked(now, random);
        let known = self.task.and_then(|task| self.desk.records[task].stored.clone());
        let (what, at, version) = match (known, &self.request_at) {
            (Some(stored), _) => (Wanted::Task, stored.at, stored.version),
            // Without a Task the request itself says whether it still stands.
            (None, Some(at)) => (Wanted::Request, at.clone(), None),
            (None, None) => return,
        };
        if !self.desk.is_writing() && !self.desk.reads().any(|reading| *reading == what) {
            self.desk.read(what, read(&at.server, &at.url, version.as_deref()), effects);
        }
    }

    fn restored(&mut self, _: &mut Vec<Effect>) {
        self.reported = None;
    }

    fn finish(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        self.pump(now, effects);
        match self.status() {
            TaskStatus::Cancelled | TaskStatus::EnteredInError => self.watch.end(),
            status if status.is_final() => self.watch.linger(now, &mut self.desk.entropy),
            _ if self.ended && !self.told_reopened() => effects.push(notice(REOPENED)),
            _ => {}
        }
        self.ended |= self.status().is_final();
        let solicitation = self.solicitation(now);
        if self.reported.as_deref() != Some(&solicitation) {
            self.reported = Some(Box::new(solicitation.clone()));
            effects.push(Effect::Report { update: Update::State { solicitation: Box::new(solicitation) } });
        }
    }
}
