//! A payer that asks for attachments: the Task says it all, and what is submitted arrives at the payer's own server,
//! which hands it over ([`Act::Submitted`](crate::actor::Act::Submitted)).
//!
//! ```text
//!   POST Task ─▶ partner
//!   read Task ─▶ partner
//!                partner ─▶ $submit-attachment at the payer's server ─▶ this machine
//! ```
//!
//! To everything above it is a request like any other: the Task is read as a CommunicationRequest, which stands on no
//! server, and each submission as a Communication.

use alloc::{format, string::ToString, vec, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{
    Content, MOST_COMMUNICATIONS, Requester, RequesterStart, recipients::Addressee, recipients::addressed,
};
use crate::{
    actor::{
        Effect, HOME, Refusal, Step, Variant,
        cadence::Watch,
        compose::{checked, rebased, unmark},
        desk::Desk,
        notice, shape,
    },
    exchange::Located,
    fhir::{Identifier, Instant, Resource, Task},
    json::{Document, FromJson},
    lifecycle::{CommunicationRequestStatus, Guide, Role, Status, TaskStatus},
    solicitation::{Confidence, ReceivedSubmission, attachments_asked_in},
};

/// What is known of the submissions, beside what arrived with them.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub(super) struct Attaching {
    /// Whether one of them said that nothing follows.
    closed: bool,
}

const ONE_EACH: &str = "a tracking id is that of one request: ask each for attachments by a Task of its own";

const FOLLOWED: &str = "attachments came after the last submission, or after the request had ended; they are kept \
    with what arrived before";

impl Requester {
    /// Begins to ask for attachments with the Task that does.
    pub(super) fn begin_attachments(start: RequesterStart, now: Instant) -> Result<Step<Self>, Refusal> {
        let RequesterStart {
            request: task,
            variant,
            servers,
            guide,
            cadence,
            grace,
            calendar,
            recipients,
            seed,
        } = start;
        if variant == Variant::WithoutTask {
            return Err(Refusal::Guide(guide.to_string()));
        }
        let recipients = addressed(recipients, &servers, variant)?;
        let [recipient] = &recipients[..] else { return Err(Refusal::Draft(ONE_EACH)) };
        let (task, tracking_id) = task_to_send(task, &guide, now)?;
        let asked = attachments_asked_in(&task, &guide)?;
        let mut desk = Desk::new(servers, guide, Role::Requester, seed);
        let request = desk.note(asked);
        let mut effects = Vec::new();
        let task = rebased(task, desk.base(HOME), desk.base(&recipient.server));
        let mut one = Addressee::of(recipient.clone());
        one.record = Some(desk.create(&recipient.server, task, tracking_id, &mut effects));
        let mut state = Self::new(desk, variant, vec![one], vec![Watch::new(cadence, grace)], calendar);
        state.request = request;
        state.attaching = Some(Attaching::default());
        Ok(shape::conclude(state, effects, now))
    }

    /// Notes what has become of a request that stands on no server.
    pub(super) fn set_request_here(&mut self, status: CommunicationRequestStatus) -> Result<(), Refusal> {
        Ok(self.desk.records[self.request].document.set("/status", status.code())?)
    }

    /// Takes what was submitted at the payer's server; the same a second time changes nothing.
    pub(super) fn take_submission(
        &mut self,
        parameters: &Document,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        let (Some(attaching), Some(task)) = (self.attaching, self.task().cloned()) else {
            return Err(Refusal::NotNow("this request asks for no attachments"));
        };
        let guide = self.desk.guide.clone();
        let received = ReceivedSubmission::read(parameters, &guide)?;
        received.check(&task, &guide)?;
        if self.communications.len() >= MOST_COMMUNICATIONS {
            return Err(Refusal::NotNow("more submissions have come than one request may have"));
        }
        let answer = received.communication(&task, &guide, now)?;
        let contents: Vec<Document> = received.attachments.into_iter().map(|one| one.content).collect();
        if self.has_taken(&answer, &contents) {
            return Ok(());
        }
        if attaching.closed || self.is_over() {
            effects.push(notice(FOLLOWED));
        }
        let at = Located { server: HOME.into(), url: format!("#submission-{}", self.communications.len()) };
        let Some(arrived) = self.note(at, Confidence::Identifier, Some(0)) else { return Ok(()) };
        self.take_in(arrived, answer, HOME, effects);
        self.communications[arrived].contents =
            contents.into_iter().enumerate().map(|(at, content)| Content::held(at, content)).collect();
        self.attaching = Some(Attaching { closed: attaching.closed || received.last });
        Ok(())
    }

    /// Whether the same was taken before: a provider that met no answer may submit it again (R59).
    fn has_taken(&self, answer: &Document, contents: &[Document]) -> bool {
        let says = |it: &Document| it.root().get("payload").map(|payload| payload.raw().to_string());
        self.communications.iter().any(|arrived| {
            let held = arrived.contents.iter().filter_map(|content| content.document.as_ref());
            arrived.document.as_ref().is_some_and(|it| says(it) == says(answer)) && held.eq(contents)
        })
    }
}

impl Content {
    /// What came with the Communication that refers to it as `#at`.
    fn held(at: usize, document: Document) -> Self {
        Self { document: Some(document), ..Self::new(format!("#{at}"), None) }
    }
}

/// The Task as it is sent, and the number by which what is submitted is known, which is no other request's (R46).
fn task_to_send(mut task: Document, guide: &Guide, now: Instant) -> Result<(Document, Identifier), Refusal> {
    let wrong =
        Refusal::WrongResource { expected: "CommunicationRequest, or Task that asks for attachments" };
    let rules = guide.attachment.as_ref().ok_or(wrong.clone())?;
    let view = Task::read(&task).filter(|task| rules.is_in(*task)).ok_or(wrong)?;
    let status = view.status().and_then(|code| TaskStatus::from_code(&code));
    if !matches!(status, None | Some(TaskStatus::Draft | TaskStatus::Requested)) {
        return Err(Refusal::NotSendable);
    }
    let tracking_id = rules.tracking_id_of(view);
    unmark(&mut task)?;
    task.set("/status", TaskStatus::Requested.code())?;
    for pointer in ["/authoredOn", "/lastModified"] {
        if Resource::read(&task).is_some_and(|it| it.value().pointer(pointer).is_none()) {
            task.set(pointer, &now)?;
        }
    }
    Ok((checked(task)?, tracking_id.unwrap_or_default()))
}
