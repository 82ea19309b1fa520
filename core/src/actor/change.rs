//! What a verb changes in a resource, and nothing else.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::Refusal;
use crate::{
    fhir::{CodeableConcept, Instant, Reference, Resource, Task, time::Span},
    json::{Document, FromJson},
    lifecycle::{CommunicationRequestStatus, Guide, Refused, Role, Status, TaskStatus, Verdict, transition},
};

/// The elements that a machine may set in a Task or CommunicationRequest. Applied to the
/// resource as it is at the server, so that what others changed there stays.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub(super) struct Change {
    /// The status code; without one the status stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<String>,
    /// `statusReason`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<CodeableConcept>,
    /// `businessStatus`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) progress: Option<CodeableConcept>,
    /// Absolute references to add as `output`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) outputs: Vec<Reference>,
}

impl Change {
    pub(super) fn to(status: impl Status) -> Self {
        Self { status: Some(status.code().into()), ..Self::default() }
    }

    /// Whether `document` already is as this change would make it.
    pub(super) fn is_made_in(&self, document: &Document) -> bool {
        let root = document.root();
        let concept = |name| root.get(name).map(CodeableConcept::read);
        let outputs = Task::read(document).map(|task| task.outputs()).unwrap_or_default();
        let same = |wanted: &Option<CodeableConcept>, name| wanted.is_none() || *wanted == concept(name);
        self.status.as_deref().is_none_or(|status| root.string("status").as_deref() == Some(status))
            && same(&self.reason, "statusReason")
            && same(&self.progress, "businessStatus")
            && self.outputs.iter().all(|output| outputs.contains(output))
    }

    /// `document` with this change made, if `role` may make it under `guide`.
    pub(super) fn applied(
        &self,
        document: &Document,
        guide: Guide,
        role: Role,
        now: Instant,
    ) -> Result<Document, Refusal> {
        let mut document = document.clone();
        let resource = Resource::read(&document).ok_or(Refusal::WrongResource { expected: "Task" })?;
        let is_task = resource.is("Task");
        let from = resource.status();
        let to = self.status.as_deref().or(from.as_deref());
        if is_task {
            check::<TaskStatus>(from.as_deref(), to, guide, role)?;
        } else {
            check::<CommunicationRequestStatus>(from.as_deref(), to, guide, role)?;
        }
        let authored =
            Task::of(resource).and_then(|task| Span::parse(&task.value().string("authoredOn")?, 0));
        let written: Vec<Reference> = Task::of(resource).map(|task| task.outputs()).unwrap_or_default();
        if let Some(status) = &self.status {
            document.set("/status", status)?;
        }
        if let Some(reason) = &self.reason {
            document.set("/statusReason", reason)?;
        }
        if let Some(progress) = &self.progress {
            document.set("/businessStatus", progress)?;
        }
        for output in self.outputs.iter().filter(|output| !written.contains(output)) {
            document.set("/output/-", &Output { r#type: output_type(), value_reference: output })?;
        }
        if is_task {
            // inv-1: lastModified is not before authoredOn, however the clocks differ (R25).
            let modified = authored.map_or(now, |authored| authored.end.max(now));
            document.set("/lastModified", &modified)?;
        }
        Ok(document)
    }
}

fn check<S: Status>(from: Option<&str>, to: Option<&str>, guide: Guide, role: Role) -> Result<(), Refusal> {
    let from = from.and_then(S::from_code);
    let to = to.and_then(S::from_code).ok_or(Refused::NotInGuide)?;
    match transition(from, to, guide, role) {
        Verdict::Allowed | Verdict::AllowedWithWarning(_) => Ok(()),
        Verdict::Refused(refused) => Err(refused.into()),
    }
}

#[derive(Serialize)]
struct Output<'r> {
    r#type: CodeableConcept,
    #[serde(rename = "valueReference")]
    value_reference: &'r Reference,
}

/// `Task.output.type` has an example binding only; the guide's own word for what is returned.
fn output_type() -> CodeableConcept {
    CodeableConcept::text("Communication")
}
