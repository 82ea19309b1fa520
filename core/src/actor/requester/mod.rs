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

mod watching;

use alloc::{boxed::Box, format, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{
    Act, Cadence, Effect, HOME, Input, PARTNER, Refusal, Seed, Step, Update, Variant,
    cadence::Watch,
    change::Change,
    compose::{make_actionable, rebased, request_to_send, task_for},
    desk::{Desk, Event},
    notice, reason_with_words,
};
use crate::{
    exchange::{Fault, HttpResponse, Located, Servers, Unlocated},
    fhir::{CodeableConcept, Communication, CommunicationRequest, Identifier, Instant, Reference, Task},
    json::{Document, FromJson},
    lifecycle::{CommunicationRequestStatus, Guide, Refused, Role, TaskStatus},
    solicitation::{Confidence, Seen, Solicitation, State, derive},
};

/// What it takes to ask.
#[derive(Clone, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub struct RequesterStart {
    /// The CommunicationRequest, draft or active. Its references are those of the home server.
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
    /// Who is to answer, as the Task's owner; `CommunicationRequest.sender` where it is not given.
    #[serde(default)]
    pub owner: Option<Reference>,
    /// 128 random bits.
    pub seed: Seed,
}

/// What a Communication refers to.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    /// The reference as it stands in `contentReference`.
    pub reference: String,
    /// The resource, once it was fetched (R115).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Document>,
    /// Why it was not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unlocated: Option<Unlocated>,
    /// Why it could not be had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
}

/// A Communication that answers the request.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub struct Arrived {
    /// Where it is.
    pub at: Located,
    /// How sure it is that it belongs to the request.
    pub confidence: Confidence,
    /// The Communication, once it was fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Document>,
    /// Why it could not be fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
    /// What it refers to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contents: Vec<Content>,
}

impl Arrived {
    /// Whether nothing of it is still to be fetched.
    fn is_settled(&self) -> bool {
        let settled = |content: &Content| {
            content.document.is_some() || content.unlocated.is_some() || content.fault.is_some()
        };
        self.fault.is_some() || (self.document.is_some() && self.contents.iter().all(settled))
    }
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(tag = "read", rename_all = "kebab-case")]
enum Wanted {
    Task,
    Search { page: u32 },
    Communication { arrived: usize },
    Content { arrived: usize, content: usize },
}

/// One request and everything that has come of it. Plain data: store it, restore it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub struct Requester {
    desk: Desk<Wanted>,
    variant: Variant,
    owner: Option<Reference>,
    watch: Watch,
    /// Record of the request.
    request: usize,
    /// Record of the Task.
    task: Option<usize>,
    communications: Vec<Arrived>,
    /// Whether the user has said that it is enough.
    closing: bool,
    /// The reason of a cancellation that still has a step to go.
    cancelling: Option<CodeableConcept>,
    lost: bool,
    conflict: bool,
    reported: Option<Box<Solicitation>>,
}

impl Requester {
    /// Begins to ask.
    ///
    /// # Errors
    /// [`Refusal`] where the request cannot be sent; nothing was then done.
    pub fn begin(start: RequesterStart, now: Instant) -> Result<Step<Self>, Refusal> {
        let RequesterStart { request, variant, servers, guide, cadence, owner, seed } = start;
        if !guide.has_solicited_communication() {
            return Err(Refusal::Guide(guide));
        }
        for server in [HOME, PARTNER] {
            servers.base(server).ok_or(Refusal::MissingServer(server))?;
        }
        let mut desk = Desk::new(servers, guide, Role::Requester, seed);
        let identifier = Identifier::uuid(&desk.entropy.uuid());
        let mut request = request_to_send(&request, &identifier, now)?;
        let mut effects = Vec::new();
        let server = match variant {
            Variant::WithoutTask => {
                make_actionable(&mut request)?;
                request = rebased(request, desk.base(HOME), desk.base(PARTNER))?;
                PARTNER
            }
            Variant::WithTask => {
                // The Task must be possible before the request is stored.
                task_for(&request, "CommunicationRequest/1", owner.as_ref(), &identifier, now)?;
                HOME
            }
        };
        let request = desk.create(server, request, identifier, &mut effects);
        let state = Self {
            desk,
            variant,
            owner,
            watch: Watch::new(cadence),
            request,
            task: None,
            communications: Vec::new(),
            closing: false,
            cancelling: None,
            lost: false,
            conflict: false,
            reported: None,
        };
        Ok(state.finish(effects, now))
    }

    /// Takes what happened and says what to do next.
    ///
    /// # Errors
    /// [`Refusal`] where an act is not possible; the state is then unchanged.
    pub fn handle(&self, input: Input, now: Instant) -> Result<Step<Self>, Refusal> {
        let mut next = self.clone();
        let mut effects = Vec::new();
        match input {
            Input::Received { id, response } => next.settle(id, Some(response), now, &mut effects),
            Input::Failed { id } => next.settle(id, None, now, &mut effects),
            Input::Woke => next.desk.wake(now, &mut effects),
            Input::Notified => next.watch.hurry(now),
            Input::Restored => next.desk.restore(&mut effects),
            Input::Do(act) => next.act(act, now, &mut effects)?,
        }
        if next.watch.is_due(now) {
            next.look(now, &mut effects);
        }
        Ok(next.finish(effects, now).since(self))
    }

    /// The servers it talks to.
    pub fn servers(&self) -> &Servers {
        &self.desk.servers
    }

    /// The request as it is at its server, or as it is to be.
    pub fn request(&self) -> &Document {
        &self.desk.records[self.request].document
    }

    /// The Task as it was last seen, 0..1.
    pub fn task(&self) -> Option<&Document> {
        self.task.map(|task| &self.desk.records[task].document)
    }

    /// What has arrived, in order of arrival, 0..*.
    pub fn communications(&self) -> &[Arrived] {
        &self.communications
    }

    /// What has become of the request.
    pub fn solicitation(&self, now: Instant) -> Solicitation {
        let settled = self.communications.iter().filter(|arrived| arrived.is_settled());
        let in_hand = settled.filter_map(|arrived| Communication::read(arrived.document.as_ref()?));
        let actionable = match self.variant {
            Variant::WithoutTask => Some(self.request),
            Variant::WithTask => self.task,
        };
        let seen = Seen {
            request: CommunicationRequest::read(self.request()),
            sent: actionable.is_some_and(|record| self.desk.records[record].stored.is_some()),
            task: self.task().and_then(Task::read),
            communications: in_hand.collect(),
            outstanding: self.communications.iter().filter(|arrived| !arrived.is_settled()).count(),
            lost: self.lost,
            conflict: self.conflict,
            closed: self.closing,
            ..Seen::default()
        };
        derive(&seen, now)
    }

    /// Whether nothing is left to do or to wait for.
    pub fn is_finished(&self, now: Instant) -> bool {
        self.desk.is_idle() && self.watch.next().is_none() && self.solicitation(now).state.is_final()
    }

    fn act(&mut self, act: Act, now: Instant, effects: &mut Vec<Effect>) -> Result<(), Refusal> {
        match act {
            Act::Look => {
                if self.watch.next().is_none() {
                    return Err(Refusal::NotNow(
                        "there is nothing to look for: not sent yet, or already final",
                    ));
                }
                self.look(now, effects);
            }
            Act::Retry => self.desk.retry(effects),
            Act::Close => {
                if self.communications.is_empty() {
                    return Err(Refusal::NotNow("nothing has arrived; cancel the request instead"));
                }
                self.closing = true;
            }
            Act::Cancel { reason } => self.cancel(reason_with_words(reason)?, now, effects)?,
            _ => return Err(Refusal::OtherSide),
        }
        Ok(())
    }

    /// Takes the request back: first the Task, where there is one, then the request.
    fn cancel(
        &mut self,
        reason: CodeableConcept,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        if self.desk.is_writing() {
            return Err(Refusal::NotNow("a change is under way; wait for its answer, or retry it"));
        }
        match self.task {
            Some(task) => {
                let change = Change { reason: Some(reason.clone()), ..Change::to(TaskStatus::Cancelled) };
                self.desk.change(task, change, now, effects)?;
                self.cancelling = Some(reason);
                Ok(())
            }
            None => self.set_request(CommunicationRequestStatus::Revoked, Some(reason), now, effects),
        }
    }

    fn set_request(
        &mut self,
        status: CommunicationRequestStatus,
        reason: Option<CodeableConcept>,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        self.desk.change(self.request, Change { reason, ..Change::to(status) }, now, effects)
    }

    /// Takes an answer. What it says is a fact: it may end an intention, it is never refused.
    fn settle(&mut self, id: u32, response: Option<HttpResponse>, now: Instant, effects: &mut Vec<Effect>) {
        let next = match self.desk.settle(id, response, now, effects) {
            Event::Nothing => Ok(()),
            Event::Created(record) if record == self.request && self.variant == Variant::WithTask => {
                self.send_task(now, effects)
            }
            Event::Created(_) => {
                let random = self.desk.entropy.next();
                self.watch.begin(now, random);
                Ok(())
            }
            Event::Changed(record) => {
                self.conflict = false;
                let reason = self.cancelling.take_if(|_| Some(record) == self.task);
                reason.map_or(Ok(()), |reason| {
                    self.set_request(CommunicationRequestStatus::Revoked, Some(reason), now, effects)
                })
            }
            Event::Overtaken => Err(Refused::NoSuchStep.into()),
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
            self.cancelling = None;
            self.conflict = true;
            effects.push(notice(format!("what was to be done next is no longer possible: {refusal}")));
        }
    }

    fn send_task(&mut self, now: Instant, effects: &mut Vec<Effect>) -> Result<(), Refusal> {
        let focus = self.desk.absolute(self.request).unwrap_or_default();
        let identifier = Identifier::uuid(&self.desk.entropy.uuid());
        let task = task_for(self.request(), &focus, self.owner.as_ref(), &identifier, now)?;
        let task = rebased(task, self.desk.base(HOME), self.desk.base(PARTNER))?;
        self.task = Some(self.desk.create(PARTNER, task, identifier, effects));
        Ok(())
    }

    /// Ends a step: closes what can be closed, reports what has changed, says when to wake.
    fn finish(mut self, mut effects: Vec<Effect>, now: Instant) -> Step<Self> {
        let solicitation = self.solicitation(now);
        let answered = solicitation.state == State::Answered;
        let active = self.request().root().string("status").as_deref() == Some("active");
        // Without Task the request stands on the partner's server, where it is not ours to close.
        if answered && active && self.variant == Variant::WithTask && !self.desk.is_writing() {
            // Everything is in hand, so nothing can be lost by a refusal here (R29).
            let _ = self.set_request(CommunicationRequestStatus::Completed, None, now, &mut effects);
        }
        if solicitation.state.is_final() {
            self.watch.end();
        }
        if self.reported.as_deref() != Some(&solicitation) {
            self.reported = Some(Box::new(solicitation.clone()));
            effects.push(Effect::Report { update: Update::State { solicitation: Box::new(solicitation) } });
        }
        let wakes = [self.desk.next_wake(), self.watch.next()];
        super::conclude(self, effects, wakes)
    }
}
