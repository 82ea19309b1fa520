//! What a responder has yet to do, one write at a time.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use super::{Delivery, Outgoing, Queued, Responder};
use crate::{
    actor::{
        Effect, HOME, Refusal,
        change::Change,
        compose::{Attachment, Message, PayloadDraft, communication, rebased, returned_document},
        reason_with_words,
    },
    fhir::{CodeableConcept, Identifier, Instant, Reference, Resource, Target, Task, base64},
    json::Document,
    lifecycle::{Ask, CommunicationStatus, Refused, Role, Status, TaskStatus, Verdict, transition},
};

impl Responder {
    /// The status after everything that is queued or under way.
    pub(super) fn projected(&self) -> TaskStatus {
        let queued = self.queue.iter().rev().filter_map(|queued| match queued {
            Queued::Change { change } => Some(change),
            _ => None,
        });
        let under_way = self.task.and_then(|task| self.desk.changing(task));
        let mut changes = queued.chain(under_way);
        let status = changes.find_map(|change| TaskStatus::from_code(change.status.as_deref()?));
        status.unwrap_or_else(|| self.status())
    }

    pub(super) fn queue_status(
        &mut self,
        status: TaskStatus,
        reason: Option<CodeableConcept>,
    ) -> Result<(), Refusal> {
        self.check(status)?;
        self.queue.push_back(Queued::Change { change: Change { reason, ..Change::to(status) } });
        Ok(())
    }

    pub(super) fn check(&self, status: TaskStatus) -> Result<(), Refused> {
        match transition(Some(self.projected()), status, &self.desk.guide, Role::Responder) {
            Verdict::Refused(refused) => Err(refused),
            Verdict::Allowed | Verdict::AllowedWithWarning(_) => Ok(()),
        }
    }

    /// A Communication is work in progress: an accepted Task moves there by itself.
    pub(super) fn begin_work(&mut self) -> Result<(), Refusal> {
        match self.projected() {
            TaskStatus::Accepted | TaskStatus::Ready => self.queue_status(TaskStatus::InProgress, None),
            TaskStatus::InProgress => Ok(()),
            status if status.is_final() => Err(Refused::Final.into()),
            TaskStatus::OnHold => Err(Refusal::NotNow("the request is on hold; resume it first")),
            _ => Err(Refusal::NotNow("the request is not accepted yet; accept it first")),
        }
    }

    /// Refuses or gives up, with a reason. Without a Task, a Communication that was not done
    /// carries the reason.
    pub(super) fn decline(
        &mut self,
        status: TaskStatus,
        reason: CodeableConcept,
        now: Instant,
    ) -> Result<(), Refusal> {
        let reason = reason_with_words(reason)?;
        self.check(status)?;
        if self.task.is_none() {
            let message = Message {
                status: CommunicationStatus::NotDone,
                reason: Some(&reason),
                payloads: &[],
                note: None,
            };
            self.queue_communication(&message, Delivery::Communication, now)?;
        }
        self.queue_status(status, Some(reason))
    }

    pub(super) fn queue_communication(
        &mut self,
        message: &Message<'_>,
        delivery: Delivery,
        now: Instant,
    ) -> Result<(), Refusal> {
        let (Some(request), Some(at)) = (&self.request, &self.request_at) else {
            return Err(Refusal::NotNow(
                "the CommunicationRequest could not be fetched yet; retry, or reject the Task",
            ));
        };
        let url = self.desk.servers.absolute(at).unwrap_or_default();
        // What is said is part of the name: two tabs may have something else to say (R103).
        let mut said = Document::object();
        said.set("/payload", message.payloads)?;
        said.set("/note", &message.note)?;
        said.set("/statusReason", &message.reason)?;
        said.set("/delivery", &delivery)?;
        let name = format!("communication {} {}", self.outgoing.len(), said.text());
        let identifier = self.desk.entropy.identifier(&name);
        // Of several who are asked, each is the owner of its own Task; the request can name one only (R19).
        let owner = self.task().and_then(Task::read).and_then(|task| task.owner());
        let sender = owner.filter(may_send);
        let draft = communication(request, &url, message, sender.as_ref(), &identifier, now)?;
        self.outgoing.push(Outgoing {
            delivery,
            record: None,
            draft: Some(draft),
            announced: None,
            passed_on: Vec::new(),
            delivered: false,
        });
        self.queue.push_back(Queued::Send { outgoing: self.outgoing.len() - 1 });
        Ok(())
    }

    /// Queues what a data request returns: what is on a server already is named in the Task, what is
    /// not is stored first, as a document.
    pub(super) fn queue_data(
        &mut self,
        payloads: &[PayloadDraft],
        note: Option<String>,
        delivery: Delivery,
    ) -> Result<(), Refusal> {
        let request = self.asked_for()?;
        if delivery != Delivery::Usual {
            return Err(Refusal::NotNow("the guide returns data in the Task; deliver it as usual"));
        }
        if payloads.is_empty() || !payloads.iter().all(PayloadDraft::has_one_content) {
            return Err(Refusal::PayloadRequired);
        }
        if let Some(item) = payloads.iter().find_map(|payload| payload.answers.filter(|item| *item > 0)) {
            return Err(Refusal::NoSuchItem(item));
        }
        let mut outputs = Vec::new();
        for payload in payloads {
            let identifier = self.document_identifier(&format!("{}", self.outgoing.len()), payload)?;
            let draft =
                match (&payload.content_reference, &payload.content_attachment, &payload.content_string) {
                    (Some(reference), _, _) => {
                        outputs.push(reference.clone());
                        continue;
                    }
                    (_, Some(attachment), _) => returned_document(&request, attachment, &identifier)?,
                    (_, _, text) => returned_document(
                        &request,
                        &plain_text(text.as_deref().unwrap_or_default()),
                        &identifier,
                    )?,
                };
            let draft = Some(draft);
            let (record, announced, passed_on) = (None, None, Vec::new());
            self.outgoing.push(Outgoing { delivery, record, draft, announced, passed_on, delivered: false });
            self.queue.push_back(Queued::Send { outgoing: self.outgoing.len() - 1 });
        }
        if !outputs.is_empty() || note.is_some() {
            self.queue.push_back(Queued::Change { change: Change { outputs, note, ..Change::default() } });
        }
        Ok(())
    }

    /// The identifier of the document that is made of the payload that is `number` of all.
    pub(super) fn document_identifier(
        &self,
        number: &str,
        payload: &PayloadDraft,
    ) -> Result<Identifier, Refusal> {
        let mut said = Document::object();
        said.set("/payload", payload)?;
        Ok(self.desk.entropy.identifier(&format!("document {number} {}", said.text())))
    }

    /// Whether the Task names data, or will.
    pub(super) fn has_data(&self) -> bool {
        let queued = self.queue.iter().any(|queued| match queued {
            Queued::Change { change } => !change.outputs.is_empty(),
            _ => false,
        });
        let under_way = self.task.and_then(|task| self.desk.changing(task));
        let named = self.task().and_then(Task::read).is_some_and(|task| !task.outputs().is_empty());
        matches!(self.desk.guide.ask, Ask::Input { .. })
            && (queued || under_way.is_some_and(|change| !change.outputs.is_empty()) || named)
    }

    /// Whether the requester has a Communication or will have it: not where sending it, or telling of it, was
    /// given up.
    pub(super) fn is_on_its_way(&self, number: usize) -> bool {
        let Outgoing { delivery, record, announced, .. } = self.outgoing[number];
        let is_stored = |record: usize| self.desk.records[record].stored.is_some();
        let will_be = |record: usize| is_stored(record) || self.desk.is_creating(record);
        let queued = |step: &Queued| self.queue.contains(step);
        // What is at home the requester finds by its Task, or else is told of by one.
        let is_told = delivery == Delivery::CommunicationTask && self.task.is_none();
        match record {
            None => queued(&Queued::Send { outgoing: number }),
            Some(record) if is_told && is_stored(record) => {
                announced.map_or_else(|| queued(&Queued::Announce { outgoing: number }), will_be)
            }
            Some(record) => will_be(record),
        }
    }

    /// Does the next queued step, one write at a time, so that each builds on the answer before.
    pub(super) fn pump(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        let is_fetching = self.fetch_attachments(effects);
        while !self.desk.is_writing() {
            if is_fetching && matches!(self.queue.front(), Some(Queued::Submit { .. })) {
                return;
            }
            let Some(step) = self.queue.pop_front() else {
                // Everything is done: name what is stored but not yet named in the Task.
                let done =
                    self.task.is_none() || self.status().is_final() || self.undelivered_outputs().is_empty();
                if done || self.conflict {
                    return;
                }
                self.queue.push_back(Queued::Change { change: Change::default() });
                continue;
            };
            if let Err(refusal) = self.perform(step, now, effects) {
                self.overtaken(&refusal.to_string(), effects);
            }
        }
    }

    pub(super) fn perform(
        &mut self,
        step: Queued,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        match step {
            Queued::Change { mut change } => {
                if let Some(task) = self.task {
                    change.outputs.extend(self.undelivered_outputs());
                    return self.desk.change(task, change, now, effects);
                }
                let status = change.status.as_deref().and_then(TaskStatus::from_code);
                self.decision = status.unwrap_or(self.decision);
                Ok(())
            }
            Queued::Submit { batch, last } => self.submit(batch, last, now, effects),
            Queued::Send { outgoing } => {
                let Outgoing { delivery, draft, .. } = &mut self.outgoing[outgoing];
                let (delivery, Some(draft)) = (*delivery, draft.take()) else { return Ok(()) };
                let server = self.destination(delivery);
                let target = self.desk.base(&server);
                let document = rebased(draft, self.desk.base(HOME), target);
                let identifier = Resource::read(&document).and_then(|it| it.identifiers().next());
                let record = self.desk.create(&server, document, identifier.unwrap_or_default(), effects);
                self.outgoing[outgoing].record = Some(record);
                Ok(())
            }
            Queued::Announce { outgoing } => {
                let first = self.first_informed();
                self.outgoing[outgoing].announced = self.announce(outgoing, &first, now, effects)?;
                Ok(())
            }
            Queued::PassOn { outgoing, to } => self.pass_on(outgoing, &to, now, effects),
        }
    }

    /// References to the Communications that the Task does not name yet.
    pub(super) fn undelivered_outputs(&self) -> Vec<Reference> {
        let named: Vec<Reference> =
            self.task().and_then(Task::read).map(|task| task.outputs()).unwrap_or_default();
        let home = self.desk.base(HOME);
        let reference = |outgoing: &Outgoing| {
            let stored = self.desk.records.get(outgoing.record?)?.stored.as_ref()?;
            let absolute = self.desk.servers.absolute(&stored.at)?;
            let text = if stored.at.server == HOME { stored.at.url.clone() } else { absolute };
            Some(Reference::to(&text))
        };
        let is_named = |reference: &Reference| {
            let absolute =
                |text: &str| if text.contains("://") { text.to_string() } else { format!("{home}/{text}") };
            let text = reference.reference.as_deref().unwrap_or_default();
            named.iter().any(|known| {
                known.reference.as_deref().is_some_and(|known| absolute(known) == absolute(text))
            })
        };
        self.outgoing.iter().filter_map(reference).filter(|reference| !is_named(reference)).collect()
    }
}

/// Whether what owns a Task may be the sender of a Communication: R4 has no care team for it.
fn may_send(owner: &Reference) -> bool {
    !matches!(owner.target(), Some(Target::Literal(literal)) if literal.resource_type == "CareTeam")
}

pub(super) fn plain_text(text: &str) -> Attachment {
    Attachment {
        content_type: Some("text/plain".into()),
        data: Some(base64::encode(text.as_bytes())),
        ..Attachment::default()
    }
}
