//! The side that gets the information, where that is not who asked, or nobody has asked: Information Recipient.
//!
//! ```text
//! Task that points at a Communication          Communication
//!   Task at home                                 Communication at home
//!   PUT Task accepted, in-progress ─▶ home
//!   GET Communication     ─▶ where it is
//!   GET what it refers to ─▶ where it is         GET what it refers to ─▶ where it is
//!   PUT Task completed             ─▶ home
//! ```
//!
//! Whether and when to get what is there, the recipient determines: nothing is fetched before that is said.

use alloc::{
    boxed::Box,
    string::{String, ToString},
    vec::Vec,
};
use core::ops::Not;

use serde::{Deserialize, Serialize};

use super::{
    Act, Effect, HOME, Input, Refusal, Seed, Step, Update,
    cadence::Watch,
    change::Change,
    compose::communications_of,
    content::{Content, MODIFIED, MOST_READS, Taken},
    desk::{Desk, Event, Purpose},
    notice, reason_with_words,
    shape::{self, Shape, Told},
    snapshot::Version,
};
use crate::{
    exchange::{Answer, Fault, FaultKind, Located, Servers, Stored, read},
    fhir::{CodeableConcept, Communication, Instant, Resource, Task},
    json::{Document, FromJson},
    lifecycle::{Guide, Refused, Role, Status, TaskStatus},
    solicitation::is_solicited,
};

/// What it takes to get what has arrived.
#[derive(Clone, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub struct InformationRecipientStart {
    /// The Communication, or the Task that points at one, as it stands at the home server.
    pub arrived: Document,
    /// Base URLs: `home` for this side, and those from which Communications may be fetched.
    pub servers: Servers,
    /// 128 random bits.
    pub seed: Seed,
}

/// How far it is with what has arrived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// In the codes of a Task, with a Task or without: `requested` until somebody decides, then `accepted`,
    /// `in-progress`, `completed` once everything is in hand; or how else it ends.
    pub status: TaskStatus,
    /// Whether somebody has asked for it: it names a CommunicationRequest that it is based on. Known once the
    /// Communication is in hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub solicited: Option<bool>,
    /// What it refers to and could not be had: fetch it otherwise, do without it, or close (R115).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lacking: Vec<String>,
    /// Why the Communication itself could not be had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(tag = "read", rename_all = "kebab-case")]
pub(in crate::actor) enum Wanted {
    Task,
    Communication,
    Content { content: usize },
}

/// One Communication that was sent to this side. Plain data: store it, restore it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub struct InformationRecipient {
    version: Version,
    desk: Desk<Wanted>,
    /// Record of the Task; none where the Communication itself has arrived.
    task: Option<usize>,
    /// What was decided: `requested` until then, `accepted`, or how it is to end.
    decision: TaskStatus,
    /// The reason of a decision against it.
    reason: Option<CodeableConcept>,
    /// Where the Communication is; none where that cannot be told.
    at: Option<Located>,
    communication: Option<Document>,
    /// Why the Communication could not be had.
    fault: Option<Fault>,
    contents: Vec<Content>,
    /// Whether a person has to read it before anything is concluded from it (R4).
    #[serde(default, skip_serializing_if = "Not::not")]
    modified: bool,
    /// Whether what is in hand is enough.
    #[serde(default, skip_serializing_if = "Not::not")]
    closing: bool,
    /// Whether the Task is not to be written any more, unless somebody says so.
    #[serde(default, skip_serializing_if = "Not::not")]
    stopped: bool,
    reported: Option<Box<Receipt>>,
}

impl InformationRecipient {
    /// Begins with what has arrived, and fetches nothing yet.
    ///
    /// # Errors
    /// [`Refusal`] where what arrived is neither a Communication nor a Task that points at one.
    pub fn begin(start: InformationRecipientStart, now: Instant) -> Result<Step<Self>, Refusal> {
        let InformationRecipientStart { arrived, servers, seed } = start;
        servers.base(HOME).ok_or(Refusal::MissingServer(HOME.into()))?;
        let wrong = Refusal::WrongResource { expected: "Communication, or Task with the focus of one" };
        let resource = Resource::read(&arrived).ok_or(wrong.clone())?;
        let id = resource.id().ok_or(wrong.clone())?.into_owned();
        let at = |resource_type| Located { server: HOME.into(), url: alloc::format!("{resource_type}/{id}") };
        // The Task that tells of a Communication is one of R4, whatever the guide says of those that ask.
        let desk = Desk::new(servers, Guide::default(), Role::Responder, seed);
        let mut state = Self {
            version: Version,
            desk,
            task: None,
            decision: TaskStatus::Requested,
            reason: None,
            at: None,
            communication: None,
            fault: None,
            contents: Vec::new(),
            modified: false,
            closing: false,
            stopped: false,
            reported: None,
        };
        let mut effects = Vec::new();
        if Communication::of(resource).is_some() {
            state.at = Some(at("Communication"));
            state.take_in(arrived, HOME, &mut effects);
        } else if points_at_communication(resource) {
            let version = resource.version_id().map(Into::into);
            state.find(&arrived);
            state.task = Some(state.desk.keep(arrived, Stored { at: at("Task"), version }));
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

    /// The servers it talks to.
    pub fn servers(&self) -> &Servers {
        &self.desk.servers
    }

    /// The Task as it is at the home server, 0..1.
    pub fn task(&self) -> Option<&Document> {
        self.task.map(|task| &self.desk.records[task].document)
    }

    /// The Communication, once it is in hand.
    pub fn communication(&self) -> Option<&Document> {
        self.communication.as_ref()
    }

    /// Where the Communication is, where that is known.
    pub fn at(&self) -> Option<&Located> {
        self.at.as_ref()
    }

    /// What the Communication refers to.
    pub fn contents(&self) -> &[Content] {
        &self.contents
    }

    /// How far it is.
    pub fn receipt(&self) -> Receipt {
        let lacking = self.contents.iter().filter(|content| content.is_lacking());
        Receipt {
            status: self.status(),
            solicited: self.communication.as_ref().and_then(Communication::read).map(is_solicited),
            lacking: lacking.map(|content| content.reference.clone()).collect(),
            fault: self.fault.clone(),
        }
    }

    fn status(&self) -> TaskStatus {
        let Some(task) = self.task() else {
            let is_received = self.decision == TaskStatus::Accepted && self.is_received();
            return if is_received { TaskStatus::Completed } else { self.decision };
        };
        let status = Task::read(task).and_then(|task| TaskStatus::from_code(&task.status()?));
        status.unwrap_or(TaskStatus::Draft)
    }

    /// Whether everything is in hand, or what is, is enough.
    fn is_received(&self) -> bool {
        let has_all = !self.modified && self.contents.iter().all(|it| !it.is_open() && !it.is_lacking());
        self.closing || (self.communication.is_some() && has_all)
    }

    /// Whether nothing is left to do.
    pub fn is_finished(&self) -> bool {
        self.desk.is_idle() && (self.status().is_final() || (self.stopped && self.is_received()))
    }

    /// Finds where the Communication is that a Task points at.
    fn find(&mut self, task: &Document) {
        let focus = Task::read(task).and_then(|task| task.focus()?.reference).unwrap_or_default();
        match self.desk.servers.locate(&focus, HOME) {
            Ok(at) => self.at = Some(at),
            Err(unlocated) => {
                let detail = Some(unlocated.to_string());
                self.fault = Some(Fault { detail, ..Fault::of(FaultKind::NotFound) });
            }
        }
    }

    fn take_in(&mut self, communication: Document, from: &str, effects: &mut Vec<Effect>) {
        self.modified = Resource::read(&communication).is_some_and(Resource::has_modifier_extension);
        if self.modified {
            effects.push(notice(MODIFIED));
        }
        self.contents = Content::all_of(&communication, from, &self.desk.servers);
        (self.communication, self.fault) = (Some(communication), None);
    }

    /// Fetches what is not in hand, a few at a time: the Communication, then what it refers to.
    fn fetch(&mut self, effects: &mut Vec<Effect>) {
        let mut wanted = Vec::new();
        match (&self.communication, &self.at, &self.fault) {
            (None, Some(at), None) => wanted.push((Wanted::Communication, at.clone())),
            (None, ..) => {}
            (Some(_), at, _) => {
                let from = at.as_ref().map_or(HOME, |at| &at.server);
                for (content, of) in self.contents.iter().enumerate().filter(|(_, content)| content.is_open())
                {
                    if let Ok(at) = self.desk.servers.locate(&of.reference, from) {
                        wanted.push((Wanted::Content { content }, at));
                    }
                }
            }
        }
        wanted.retain(|(what, _)| !self.desk.reads().any(|reading| reading == what));
        let free = MOST_READS.saturating_sub(self.desk.reads().count());
        for (what, at) in wanted.into_iter().take(free) {
            self.desk.read(what, read(&at.server, &at.url, None), effects);
        }
    }

    fn missed(&mut self, what: &Wanted, fault: Fault) {
        match what {
            Wanted::Task => {}
            Wanted::Communication => self.fault = Some(fault),
            Wanted::Content { content } => self.contents[*content].fault = Some(fault),
        }
    }

    /// The next status on the way to what was decided.
    fn next_status(&self) -> Option<TaskStatus> {
        use TaskStatus::{
            Accepted, Completed, Failed, InProgress, OnHold, Ready, Received, Rejected, Requested,
        };
        let end = match self.decision {
            Accepted if self.is_received() => Completed,
            Accepted => Accepted,
            Rejected | Failed => self.decision,
            _ => return None,
        };
        match (self.status(), end) {
            (Requested | Received, Rejected) => Some(Rejected),
            (Requested | Received, _) => Some(Accepted),
            (Accepted | Ready | OnHold, Completed | Failed) => Some(InProgress),
            (InProgress, Completed | Failed) => Some(end),
            _ => None,
        }
    }

    /// Moves the Task one step on.
    fn go_on(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        let (Some(task), Some(status)) = (self.task, self.next_status()) else { return };
        if self.stopped || self.desk.is_writing() {
            return;
        }
        let ends = matches!(status, TaskStatus::Rejected | TaskStatus::Failed);
        let reason = self.reason.clone().filter(|_| ends);
        if let Err(refusal) = self.desk.change(task, Change { reason, ..Change::to(status) }, now, effects) {
            self.overtaken(&refusal, effects);
        }
    }

    /// The other side was faster, or the server does not let it.
    fn overtaken(&mut self, refusal: &Refusal, effects: &mut Vec<Effect>) {
        self.stopped = true;
        effects.push(notice(alloc::format!("the Task is not moved on: {refusal}; look at it, then retry")));
    }

    /// Decides, where that was not done.
    fn decide(&mut self, decision: TaskStatus, reason: Option<CodeableConcept>) -> Result<(), Refusal> {
        let may = match self.decision {
            TaskStatus::Requested => true,
            TaskStatus::Accepted => decision == TaskStatus::Failed,
            _ => false,
        };
        if !may || self.status().is_final() {
            return Err(Refusal::NotNow(
                "it is decided already; what was accepted can still be closed, or failed with a reason",
            ));
        }
        (self.decision, self.reason) = (decision, reason);
        Ok(())
    }
}

/// Whether a Task tells of a Communication (R13, form ii).
pub(super) fn points_at_communication(resource: Resource<'_>) -> bool {
    let focus = Task::of(resource).and_then(|task| task.focus());
    communications_of(focus.into_iter().collect()).next().is_some()
}

impl Shape for InformationRecipient {
    type Read = Wanted;

    fn desk(&mut self) -> &mut Desk<Wanted> {
        &mut self.desk
    }

    /// Nothing comes by itself: who decides looks first.
    fn watches(&mut self) -> &mut [Watch] {
        &mut []
    }

    fn told(&self, _: usize) -> Told {
        Told::NotAll
    }

    fn settle(&mut self, event: Event<Wanted>, _: Instant, effects: &mut Vec<Effect>) {
        match event {
            Event::Read(Wanted::Task, Answer::Resource(document, stored), _) => {
                if let Some(task) = self.task {
                    self.desk.observe(task, document, stored);
                }
            }
            Event::Read(Wanted::Communication, Answer::Resource(document, stored), _) => {
                if Communication::read(&document).is_some() {
                    self.take_in(document, &stored.at.server, effects);
                } else {
                    self.fault = Some(Fault::of(FaultKind::WrongResource));
                }
            }
            Event::Read(Wanted::Content { content }, Answer::Resource(document, _), _) => {
                let content = &mut self.contents[content];
                (content.document, content.fault) = (Some(document), None);
            }
            Event::Read(what, ..) => self.missed(&what, Fault::of(FaultKind::WrongResource)),
            Event::Unread(what, fault) => self.missed(&what, fault),
            Event::Overtaken(refusal) => self.overtaken(&refusal, effects),
            Event::Nothing | Event::Created(_) | Event::Changed | Event::Submitted(_) => {}
        }
    }

    fn act(&mut self, act: Act, now: Instant, effects: &mut Vec<Effect>) -> Result<(), Refusal> {
        match act {
            Act::Look => self.look(now, effects),
            Act::Retry => {
                self.stopped = false;
                self.desk.retry(effects);
                self.fault = self.fault.take_if(|_| self.at.is_none());
                for content in self.contents.iter_mut().filter(|content| content.may_be_there_now()) {
                    content.fault = None;
                }
            }
            Act::GiveUp => {
                for purpose in self.desk.give_up()? {
                    match purpose {
                        Purpose::Read { what } => self.missed(&what, Fault::of(FaultKind::Unauthorized)),
                        _ => self.stopped = true,
                    }
                }
            }
            Act::Accept => self.decide(TaskStatus::Accepted, None)?,
            Act::Reject { reason } => self.decide(TaskStatus::Rejected, Some(reason_with_words(reason)?))?,
            Act::Fail { reason } => self.decide(TaskStatus::Failed, Some(reason_with_words(reason)?))?,
            Act::Fetched { reference } => {
                Content::take(self.contents.iter_mut(), &reference, Taken::Fetched)?;
            }
            Act::Waive { reference } => {
                Content::take(self.contents.iter_mut(), &reference, Taken::Waived)?;
            }
            Act::Close if self.status().is_final() => return Err(Refused::Final.into()),
            Act::Close if self.communication.is_none() => {
                return Err(Refusal::NotNow("the Communication is not in hand; accept it, or say why not"));
            }
            Act::Close => {
                self.decision = TaskStatus::Accepted;
                self.closing = true;
            }
            _ => return Err(Refusal::OtherSide),
        }
        Ok(())
    }

    fn look(&mut self, _: Instant, effects: &mut Vec<Effect>) {
        let stored = self.task.and_then(|task| self.desk.records[task].stored.clone());
        if let Some(Stored { at, version }) = stored
            && !self.desk.is_writing()
            && !self.desk.reads().any(|what| *what == Wanted::Task)
        {
            self.desk.read(Wanted::Task, read(&at.server, &at.url, version.as_deref()), effects);
        }
    }

    fn restored(&mut self, _: &mut Vec<Effect>) {
        self.reported = None;
    }

    fn finish(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        // What was taken back meanwhile is not fetched: the Task says so first.
        let told = !matches!(self.status(), TaskStatus::Requested | TaskStatus::Received) || self.stopped;
        let wanted = self.decision == TaskStatus::Accepted && !self.closing;
        if wanted && told && !self.status().is_final() {
            self.fetch(effects);
        }
        self.go_on(now, effects);
        let receipt = self.receipt();
        if self.reported.as_deref() != Some(&receipt) {
            self.reported = Some(Box::new(receipt.clone()));
            effects.push(Effect::Report { update: Update::Receipt { receipt: Box::new(receipt) } });
        }
    }
}
