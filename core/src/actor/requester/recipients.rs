//! Those who are asked: each has a server, what asks there, and a state of its own (R10, R19).

use alloc::{format, string::String, vec, vec::Vec};
use core::ops::Not;

use serde::{Deserialize, Serialize};

use super::{CANNOT_BE_CANCELLED, Content, Requester};
use crate::{
    actor::{
        Effect, HOME, PARTNER, Refusal, Variant,
        change::Change,
        compose::{rebased, task_for},
        notice,
    },
    exchange::{Located, Servers},
    fhir::{CodeableConcept, Communication, CommunicationRequest, Instant, Reference, Target, Task},
    json::{Document, FromJson},
    lifecycle::{Cancel, CommunicationRequestStatus, Refused, Status, TaskStatus},
    solicitation::{SeenRecipient, State, Window},
};

const NAMED_TWICE: &str = "a recipient is named twice: without Task each needs a server of its own, \
    with Task a server or an owner of its own";

/// One who is to be asked.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub struct Recipient {
    /// Key of its server in [`RequesterStart::servers`](super::RequesterStart::servers).
    pub server: String,
    /// Who is to answer, as the Task's owner; `CommunicationRequest.sender` where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Reference>,
}

impl Recipient {
    /// The one that the request names as sender of the answer, on the server `partner`.
    pub fn partner() -> Self {
        Self { server: PARTNER.into(), owner: None }
    }
}

/// One who is asked, and how far that is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[allow(clippy::struct_excessive_bools, reason = "independent facts of one recipient")]
pub(in crate::actor) struct Addressee {
    pub(super) recipient: Recipient,
    /// Record of what asks: the Task, or without one a copy of the request; `None` until begun.
    pub(super) record: Option<usize>,
    /// When its server has confirmed that.
    pub(super) sent: Option<Instant>,
    /// Whether asking it was given up.
    pub(super) withdrawn: bool,
    pub(super) lost: bool,
    /// Whether what asks may be another than was seen last: a change was given up that may have been made all the
    /// same, or somebody else goes on with this state, too.
    #[serde(default)]
    pub(super) unsure: bool,
    /// Whether its Task was seen in a status that is final: from then on it is not written to any more.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub(super) ended: bool,
    /// Why it is to be taken back as soon as its server holds what asks.
    taken_back: Option<CodeableConcept>,
}

impl Addressee {
    pub(super) fn of(recipient: Recipient) -> Self {
        Self {
            recipient,
            record: None,
            sent: None,
            withdrawn: false,
            lost: false,
            unsure: false,
            ended: false,
            taken_back: None,
        }
    }
}

/// Those whom a request goes to: those named, else the one partner.
pub(super) fn addressed(
    named: Vec<Recipient>,
    servers: &Servers,
    variant: Variant,
) -> Result<Vec<Recipient>, Refusal> {
    let recipients = if named.is_empty() { vec![Recipient::partner()] } else { named };
    let base = |server: &str| servers.base(server).ok_or_else(|| Refusal::MissingServer(server.into()));
    base(HOME)?;
    for (at, one) in recipients.iter().enumerate() {
        let here = base(&one.server)?;
        let same = |other: &Recipient| {
            servers.base(&other.server) == Some(here)
                && (variant == Variant::WithoutTask || other.owner == one.owner)
        };
        if recipients[..at].iter().any(same) {
            return Err(Refusal::Draft(NAMED_TWICE));
        }
    }
    Ok(recipients)
}

impl Requester {
    /// Asks every recipient with a Task of its own.
    pub(super) fn send_tasks(&mut self, now: Instant, effects: &mut Vec<Effect>) -> Result<(), Refusal> {
        let focus = self.desk.absolute(self.request).unwrap_or_default();
        for at in 0..self.recipients.len() {
            let identifier = self.desk.entropy.identifier(&format!("task {at}"));
            let Recipient { server, owner } = &self.recipients[at].recipient;
            let (guide, request) = (&self.desk.guide, self.request());
            let task = task_for(guide, request, &focus, owner.as_ref(), &identifier, now)?;
            let task = rebased(task, self.desk.base(HOME), self.desk.base(server));
            let record = self.desk.create(&server.clone(), task, identifier, effects);
            self.recipients[at].record = Some(record);
        }
        Ok(())
    }

    /// Which recipient a record asks.
    pub(super) fn asked_by(&self, record: usize) -> Option<usize> {
        self.recipients.iter().position(|one| one.record == Some(record))
    }

    /// A server holds what asks: from now on there is something to look for.
    pub(super) fn is_asked(
        &mut self,
        at: usize,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        let random = self.desk.entropy.next();
        let task = self.task_at(at).map(Document::root);
        let opens = Window::of(Some(self.request().root()), task).opens(self.calendar);
        self.watches[at].begin_at(opens, now, random);
        let one = &mut self.recipients[at];
        one.sent = Some(now);
        match (one.taken_back.take(), one.record) {
            (Some(_), _) if self.is_cancelled_by_request() => effects.push(notice(CANNOT_BE_CANCELLED)),
            (Some(reason), Some(record)) => {
                self.desk.change(record, self.taking_back(reason), now, effects)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Without Task nothing tells of the copies of the request; they are looked at where there is reason to (R103).
    pub(super) fn doubt_copies(&mut self) {
        let doubts = self.variant == Variant::WithoutTask;
        for at in 0..self.recipients.len() {
            self.recipients[at].unsure |= doubts && self.is_held(at);
        }
    }

    /// The document that asks a recipient, where it is a Task.
    pub(super) fn task_at(&self, at: usize) -> Option<&Document> {
        let record = self.recipients.get(at)?.record.filter(|_| self.variant == Variant::WithTask)?;
        Some(&self.desk.records[record].document)
    }

    pub(super) fn status_at(&self, at: usize) -> Option<TaskStatus> {
        TaskStatus::from_code(&self.task_at(at).and_then(Task::read)?.status()?)
    }

    /// Whether a server holds what asks this recipient.
    pub(super) fn is_held(&self, at: usize) -> bool {
        let record = self.recipients[at].record;
        record.is_some_and(|record| self.desk.records[record].stored.is_some())
    }

    /// Whether nothing more is to come from a recipient: with a Task, more may come until it is closed
    /// (R16).
    pub(super) fn is_over_at(&self, at: usize) -> bool {
        self.recipients[at].withdrawn || self.status_at(at).is_none_or(TaskStatus::is_final)
    }

    /// Whether the Task of a recipient was moved back from a status that is final.
    pub(super) fn is_reopened(&self, at: usize) -> bool {
        self.recipients[at].ended && self.status_at(at).is_some_and(|status| !status.is_final())
    }

    pub(super) fn seen_recipient(&self, at: usize) -> SeenRecipient<'_> {
        let one = &self.recipients[at];
        let copy = one.record.filter(|_| self.variant == Variant::WithoutTask);
        let unsettled = self.communications.iter().filter(|arrived| !arrived.is_settled());
        SeenRecipient {
            server: one.recipient.server.clone(),
            owner: one.recipient.owner.clone(),
            sent: self.is_held(at),
            task: self.task_at(at).and_then(Task::read),
            copy: copy.and_then(|record| CommunicationRequest::read(&self.desk.records[record].document)),
            decision: None,
            withdrawn: one.withdrawn,
            empty: self.says_nothing_was_found(at),
            outstanding: unsettled.filter(|arrived| arrived.by.is_none_or(|by| by == at)).count(),
            lost: one.lost,
            reopened: self.is_reopened(at),
        }
    }

    /// Whether the Task returned nothing but empty searchsets, or failed where its guide tells so
    /// that nothing was found (R40).
    fn says_nothing_was_found(&self, at: usize) -> bool {
        let Some(task) = self.task_at(at).and_then(Task::read) else { return false };
        let Some(slot) = self.desk.guide.ask.slot(task) else { return false };
        let status = self.status_at(at);
        if status == Some(TaskStatus::Failed) {
            return slot.empty == status && task.outputs().is_empty();
        }
        let given = self.communications.iter().filter(|arrived| arrived.by == Some(at));
        let mut contents = given.flat_map(|arrived| &arrived.contents).peekable();
        contents.peek().is_some() && contents.all(Content::is_empty_searchset)
    }

    /// Who gave what is at `at`, as far as its links tell: the server it is on, the copy of the request it
    /// names, its sender.
    pub(super) fn giver(&self, at: &Located, communication: Option<Communication<'_>>) -> Option<usize> {
        let only = |fits: &dyn Fn(usize) -> bool| {
            let mut fitting = (0..self.recipients.len()).filter(|one| fits(*one));
            fitting.next().filter(|_| fitting.next().is_none())
        };
        let from = self.desk.base(&at.server);
        let absolute = |reference: &Reference| absolute(reference, from);
        let based_on: Vec<String> =
            communication.map(|it| it.based_on().iter().filter_map(absolute).collect()).unwrap_or_default();
        // All copies of a request name the same sender: only by Task does it tell who answers.
        let by_task = communication.filter(|_| self.variant == Variant::WithTask);
        let sender = by_task.and_then(|it| absolute(&it.sender()?));
        let copy = |one: usize| self.recipients[one].record.and_then(|record| self.desk.absolute(record));
        only(&|_| true)
            .or_else(|| only(&|one| self.recipients[one].recipient.server == at.server))
            .or_else(|| only(&|one| copy(one).is_some_and(|copy| based_on.contains(&copy))))
            .or_else(|| only(&|one| sender.is_some() && sender == self.owner(one)))
    }

    /// The absolute URL of who is to answer.
    fn owner(&self, at: usize) -> Option<String> {
        let request = || CommunicationRequest::read(self.request())?.sender();
        let owner = self.recipients[at].recipient.owner.clone().or_else(request)?;
        absolute(&owner, self.desk.base(HOME))
    }

    fn is_cancelled_by_request(&self) -> bool {
        self.variant == Variant::WithTask && self.desk.guide.cancel == Cancel::Request
    }

    fn taking_back(&self, reason: CodeableConcept) -> Change {
        let change = match self.variant {
            Variant::WithTask => Change::to(TaskStatus::Cancelled),
            Variant::WithoutTask => Change::to(CommunicationRequestStatus::Revoked),
        };
        Change { reason: Some(reason), ..change }
    }

    /// Takes the request back: at every recipient that has not come to an end, then the request itself.
    pub(super) fn cancel(
        &mut self,
        reason: CodeableConcept,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        let (held, not_held): (Vec<usize>, Vec<usize>) =
            (0..self.recipients.len()).partition(|at| self.is_held(*at));
        if self.desk.is_changing() || (held.is_empty() && self.desk.is_writing()) {
            return Err(Refusal::NotNow(
                "a change is under way; wait for its answer, or where a fault has stopped it, retry it or give it up",
            ));
        }
        let is_over =
            |at: &usize| self.recipients[*at].ended || self.status_at(*at).is_some_and(TaskStatus::is_final);
        if not_held.is_empty() && held.iter().all(is_over) {
            return Err(Refused::Final.into());
        }
        // What is still on its way is taken back when it has arrived.
        for at in not_held {
            self.recipients[at].taken_back = Some(reason.clone());
        }
        if held.is_empty() || self.is_cancelled_by_request() {
            effects.extend((!held.is_empty()).then(|| notice(CANNOT_BE_CANCELLED)));
            return self.set_request(CommunicationRequestStatus::Revoked, Some(reason), now, effects);
        }
        let mut taken = Err(Refusal::NotNow("nobody has been asked yet"));
        let open = held.into_iter().filter(|at| !self.is_reopened(*at));
        let open: Vec<usize> = open.filter_map(|at| self.recipients[at].record).collect();
        for record in open {
            let change = self.desk.change(record, self.taking_back(reason.clone()), now, effects);
            taken = taken.or(change);
        }
        self.cancelling = Some(reason).filter(|_| self.variant == Variant::WithTask);
        taken
    }

    /// Revokes the request once no Task is being cancelled any more, unless somebody has answered it.
    pub(super) fn conclude_cancel(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        let Some(reason) = self.cancelling.take_if(|_| !self.desk.is_changing()) else { return };
        let is_cancelled = |at| self.status_at(at) == Some(TaskStatus::Cancelled);
        let recipients = self.solicitation(now).recipients;
        let is_answered = recipients.iter().any(|one| one.state == State::Answered);
        if is_answered || !(0..self.recipients.len()).any(is_cancelled) {
            return;
        }
        let revoked = self.set_request(CommunicationRequestStatus::Revoked, Some(reason), now, effects);
        if let Err(refusal) = revoked {
            self.overtaken(&refusal, effects);
        }
    }

    /// Somebody else was faster.
    pub(super) fn overtaken(&mut self, refusal: &Refusal, effects: &mut Vec<Effect>) {
        self.conflict = true;
        effects.push(notice(format!("what was to be done next is no longer possible: {refusal}")));
    }
}

fn absolute(reference: &Reference, from: &str) -> Option<String> {
    let Target::Literal(literal) = reference.target()? else { return None };
    Some(format!("{}/{}", literal.base.unwrap_or(from), literal.relative()))
}
