//! A responder to a request for attachments: what is given is submitted to the payer, at the address that the Task
//! names, and not returned in the Task (R53 to R59).
//!
//! ```text
//!   Respond ─▶ kept until it is known whether more follows: one call of the operation has to be the last
//!   Respond ─▶ what was kept goes, not as the last        (only where the request takes several calls)
//!   Complete ─▶ what was kept goes as the last, then the Task is completed
//! ```
//!
//! What becomes of a call that met no answer is not known, and the payer has nothing to know a second one by: it
//! waits for a person, unless the payer is known to take the same twice as once (R59).

use alloc::{format, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{Delivery, Queued, Responder, Wanted, working::plain_text};
use crate::{
    actor::{
        Effect, HOME, PayloadDraft, Refusal, Update, change::Change, compose::returned_document,
        desk::SUBMITTING, notice,
    },
    exchange::{Fault, Submitted, Unlocated, read, submit},
    fhir::{Instant, Task},
    json::{Document, FromJson},
    lifecycle::Guide,
    solicitation::{
        Attached, AttachmentError, AttachmentRequest, ReceivedSubmission, attachment_request,
        attachments_asked_in, is_signed,
    },
};

/// How the payer takes attachments, as far as it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct PayerPolicy {
    /// Most bytes of one submission (R57), 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// Whether the same, submitted twice, counts once there, so that a call whose answer was lost may be made again
    /// (R59).
    #[serde(default)]
    pub idempotent: bool,
}

impl PayerPolicy {
    /// Whether nothing is known.
    pub(super) fn is_unknown(&self) -> bool {
        *self == Self::default()
    }
}

/// Something to attach.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
struct Waiting {
    /// With which act it was given.
    batch: u32,
    answers: Option<usize>,
    /// Where it is on the home server, until it was fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content: Option<Document>,
}

/// What is attached, and how far it is.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub(super) struct Attaching {
    /// The acts that gave something, counted.
    batch: u32,
    waiting: Vec<Waiting>,
    under_way: Option<UnderWay>,
    /// Most attachments of one call, since the payer has found more to be too much.
    most: Option<usize>,
    /// What the payer has taken, or may have, as Communications.
    pub(super) submitted: Vec<Document>,
    /// Whether the last of these said that nothing follows.
    closed: bool,
}

/// A call of the operation that has no answer yet.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
struct UnderWay {
    attached: Vec<Waiting>,
    /// What it says, as a Communication.
    says: Option<Document>,
    last: bool,
}

impl Attaching {
    fn taken(&mut self, call: UnderWay) {
        self.closed |= call.last;
        self.submitted.extend(call.says);
    }
}

const UNREGISTERED: &str = "the address to which the attachments are to be submitted belongs to none of the servers \
    of this exchange, so nothing is sent there: add the payer's server to them if it is to be trusted";

const NOT_SIGNED: &str =
    "the payer demands a signature: respond with a reference to a Bundle, or a form, that is signed";

impl Responder {
    /// Reads what the Task asks to be attached; `None` where it does not ask for attachments.
    pub(super) fn read_attachments(
        &mut self,
        task: &Document,
        effects: &mut Vec<Effect>,
    ) -> Option<Result<Document, AttachmentError>> {
        let guide: &Guide = &self.desk.guide;
        let rules = guide.attachment.as_ref()?;
        if !Task::read(task).is_some_and(|task| rules.is_in(task)) {
            return None;
        }
        let request = attachments_asked_in(task, guide);
        let asked = attachment_request(task, guide);
        let nowhere = asked.is_ok_and(|asked| self.unlocated(&asked).is_some());
        effects.extend(nowhere.then(|| notice(UNREGISTERED)));
        self.attaching.get_or_insert_default();
        Some(request)
    }

    /// Why nothing can be submitted at the address that was given.
    fn unlocated(&self, asked: &AttachmentRequest) -> Option<Unlocated> {
        submit(&self.desk.servers, &asked.payer_url, &Document::object()).err()
    }

    fn asked(&self) -> Result<AttachmentRequest, Refusal> {
        let task = self.task().ok_or(AttachmentError::Guide)?;
        Ok(attachment_request(task, &self.desk.guide)?)
    }

    /// Keeps what is given until it is submitted.
    pub(super) fn attach(
        &mut self,
        payloads: &[PayloadDraft],
        note: Option<String>,
        delivery: Delivery,
    ) -> Result<(), Refusal> {
        let request = self.asked_for()?;
        let asked = self.asked()?;
        if self.unlocated(&asked).is_some() {
            return Err(Refusal::NotNow(UNREGISTERED));
        }
        if delivery != Delivery::Usual {
            return Err(Refusal::NotNow("attachments are submitted to the payer; deliver them as usual"));
        }
        if payloads.is_empty() || !payloads.iter().all(PayloadDraft::has_one_content) {
            return Err(Refusal::PayloadRequired);
        }
        let out_of_range = |item: &usize| *item >= asked.needed.len();
        if let Some(item) = payloads.iter().find_map(|payload| payload.answers.filter(out_of_range)) {
            return Err(Refusal::NoSuchItem(item));
        }
        let is_reference = |payload: &PayloadDraft| payload.content_reference.is_some();
        if asked.signature && !payloads.iter().all(is_reference) {
            return Err(Refusal::NotNow(NOT_SIGNED));
        }
        let Some(attaching) = &self.attaching else { return Ok(()) };
        if attaching.closed {
            return Err(Refusal::NotNow("the payer was told that nothing follows; complete the Task"));
        }
        let batch = attaching.batch + 1;
        let mut waiting = Vec::new();
        for (number, payload) in payloads.iter().enumerate() {
            let (mut at, mut content) = (None, None);
            match (&payload.content_reference, &payload.content_attachment) {
                (Some(reference), _) => {
                    let reference = reference.reference.as_deref().unwrap_or_default();
                    let located = self.desk.servers.locate(reference, HOME);
                    let own = located.ok().filter(|it| it.server == HOME);
                    let own = own.ok_or(Refusal::NotNow("attach what is on this side's own server"))?;
                    at = Some(own.url);
                }
                (_, attachment) => {
                    let words = plain_text(payload.content_string.as_deref().unwrap_or_default());
                    let identifier = self.document_identifier(&format!("{batch}.{number}"), payload)?;
                    let attachment = attachment.as_ref().unwrap_or(&words);
                    let mut document = returned_document(&request, attachment, &identifier)?;
                    let item = payload.answers.and_then(|item| asked.needed.get(item));
                    if let Some(code) = item.and_then(|item| item.code.as_ref()) {
                        document.set("/type", code)?;
                    }
                    content = Some(document);
                }
            }
            waiting.push(Waiting { batch, answers: payload.answers, at, content });
        }
        // Something follows what was kept, so that it need not be kept any longer.
        let earlier = self.attaching.as_ref().is_some_and(|it| !it.waiting.is_empty());
        if earlier && asked.multiple_submits {
            self.queue.push_back(Queued::Submit { batch: batch - 1, last: false });
        }
        if let Some(attaching) = &mut self.attaching {
            attaching.batch = batch;
            attaching.waiting.append(&mut waiting);
        }
        if note.is_some() {
            self.queue.push_back(Queued::Change { change: Change { note, ..Change::default() } });
        }
        Ok(())
    }

    /// Queues what was kept as the last submission; nothing where the payer has it all.
    ///
    /// # Errors
    /// Where nothing was given.
    pub(super) fn queue_last_submission(&mut self) -> Result<(), Refusal> {
        let Some(attaching) = &self.attaching else { return Ok(()) };
        if attaching.closed {
            return Ok(());
        }
        if attaching.waiting.is_empty() {
            return Err(Refusal::NotNow(
                "nothing is there to be submitted as the last; respond first, or reject or fail with a reason",
            ));
        }
        self.queue.push_back(Queued::Submit { batch: attaching.batch, last: true });
        Ok(())
    }

    /// Fetches what is to be attached from the home server. Says whether something is still to come.
    pub(super) fn fetch_attachments(&mut self, effects: &mut Vec<Effect>) -> bool {
        let Some(attaching) = &self.attaching else { return false };
        let missing = attaching.waiting.iter().filter(|one| one.content.is_none());
        let wanted: Vec<_> = missing.filter_map(|one| one.at.clone()).collect();
        for at in &wanted {
            let what = Wanted::Attachment { at: at.clone() };
            if !self.desk.reads().any(|reading| *reading == what) {
                self.desk.read(what, read(HOME, at, None), effects);
            }
        }
        !wanted.is_empty()
    }

    /// Takes in what is to be attached, or leaves it out, and what was given with it, where it could not be had, or is
    /// not signed and has to be.
    pub(super) fn fetched(&mut self, at: &str, found: Result<Document, Fault>, effects: &mut Vec<Effect>) {
        let has_to_be_signed = self.asked().is_ok_and(|asked| asked.signature);
        let Some(attaching) = &mut self.attaching else { return };
        let is_it = |one: &Waiting| one.at.as_deref() == Some(at) && one.content.is_none();
        let left_out = match found {
            Ok(document) if has_to_be_signed && !is_signed(document.root()) => NOT_SIGNED,
            Ok(document) => {
                for one in attaching.waiting.iter_mut().filter(|one| is_it(one)) {
                    one.content = Some(document.clone());
                }
                return;
            }
            Err(_) => "what was to be attached could not be fetched from this side's server; respond anew",
        };
        // What was given together is meant together.
        let batches: Vec<u32> =
            attaching.waiting.iter().filter(|one| is_it(one)).map(|one| one.batch).collect();
        attaching.waiting.retain(|one| !batches.contains(&one.batch));
        self.overtaken(left_out, effects);
    }

    /// Makes the call of the operation that the queue has come to.
    pub(super) fn submit(
        &mut self,
        batch: u32,
        last: bool,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        let asked = self.asked()?;
        let (task, guide) = (self.task().cloned(), self.desk.guide.clone());
        let Some(attaching) = &mut self.attaching else { return Ok(()) };
        let (mut due, later): (Vec<Waiting>, Vec<Waiting>) =
            attaching.waiting.drain(..).partition(|one| one.batch <= batch);
        attaching.waiting = later;
        if due.is_empty() {
            return Err(Refusal::NotNow("nothing is left to be submitted"));
        }
        let most = attaching.most.unwrap_or(due.len()).min(due.len());
        let attached = |one: &Waiting| Some(Attached { content: one.content.clone()?, answers: one.answers });
        let attached: Vec<Attached> = due[..most].iter().filter_map(attached).collect();
        let is_all = most == due.len();
        let submissions = asked.submissions(&attached, last && is_all, self.payer.limit)?;
        let first = submissions.into_iter().next();
        let submission = first.ok_or(Refusal::NotNow("nothing is left to be submitted"))?;
        let parameters = submission.parameters;
        let request = submit(&self.desk.servers, &asked.payer_url, &parameters)
            .map_err(|_| Refusal::NotNow(UNREGISTERED))?;
        let received = ReceivedSubmission::read(&parameters, &guide).ok();
        let count = received.as_ref().map_or(0, |it| it.attachments.len());
        let says =
            received.zip(task).and_then(|(received, task)| received.communication(&task, &guide, now).ok());
        let rest = due.split_off(count);
        attaching.under_way = Some(UnderWay { attached: due, says, last: submission.last });
        if !rest.is_empty() {
            attaching.waiting.splice(0..0, rest);
            self.queue.push_front(Queued::Submit { batch, last });
        }
        self.desk.submit(request, self.payer.idempotent, effects);
        Ok(())
    }

    /// Takes what the payer says of the call that was under way.
    pub(super) fn submitted(&mut self, outcome: Submitted, effects: &mut Vec<Effect>) {
        let several = self.asked().is_ok_and(|asked| asked.multiple_submits);
        let Some(attaching) = &mut self.attaching else { return };
        let Some(call) = attaching.under_way.take() else { return };
        match outcome {
            Submitted::TooLarge(_) if several && call.attached.len() > 1 => {
                attaching.most = Some(call.attached.len() / 2);
                let batch = call.attached.iter().map(|one| one.batch).max().unwrap_or_default();
                // Where some of them were left for another call, that one is in the queue.
                let was_all = attaching.waiting.iter().all(|one| one.batch > batch);
                attaching.waiting.splice(0..0, call.attached);
                if was_all {
                    self.queue.push_front(Queued::Submit { batch, last: call.last });
                }
            }
            Submitted::TooLarge(fault) | Submitted::Refused(fault) => {
                let doing = SUBMITTING.into();
                effects.push(Effect::Report { update: Update::Fault { doing, fault, stalled: false } });
                attaching.waiting.clear();
                self.overtaken("the payer does not take what was submitted; respond anew, or fail", effects);
            }
            outcome => {
                if outcome == Submitted::Held {
                    effects.push(notice(
                        "the payer has taken the attachments and holds them for a claim that it does not know yet",
                    ));
                }
                attaching.taken(call);
                self.conflict = false;
            }
        }
    }

    /// Nobody tries any more what a fault has stopped: the payer does not have it, or `perhaps` it does.
    pub(super) fn let_go(&mut self, perhaps: bool, effects: &mut Vec<Effect>) {
        let Some(attaching) = &mut self.attaching else { return };
        let Some(call) = attaching.under_way.take() else { return };
        if perhaps {
            attaching.taken(call);
        }
        effects.push(notice(if perhaps {
            "whether the payer has what was submitted is not known: ask it, then complete the Task or let it fail"
        } else {
            "the payer does not have what was to be submitted: respond anew, or let the Task fail"
        }));
    }
}

impl From<AttachmentError> for Refusal {
    fn from(error: AttachmentError) -> Self {
        match error {
            AttachmentError::NoSuchItem(item) => Self::NoSuchItem(item),
            AttachmentError::Invalid(report) => Self::Invalid(report),
            AttachmentError::Edit(error) => Self::Edit(error),
            other => Self::Attachments(other),
        }
    }
}
