//! What a verb changes in a resource, and nothing else.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::Refusal;
use crate::{
    fhir::{CodeableConcept, Instant, Reference, Resource, Task, time::Span},
    json::{Document, FromJson},
    lifecycle::{
        Ask, CommunicationRequestStatus, Guide, Refused, Role, Status, TaskStatus, Verdict, transition,
    },
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
    /// What to add as `note`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<String>,
}

impl Change {
    pub(super) fn to(status: impl Status) -> Self {
        Self { status: Some(status.code().into()), ..Self::default() }
    }

    /// Whether `document`, of the server at `base`, already is as this change would make it.
    pub(super) fn is_made_in(&self, document: &Document, base: &str) -> bool {
        let root = document.root();
        let concept = |name| root.get(name).map(CodeableConcept::read);
        let outputs = Task::read(document).map(|task| task.outputs()).unwrap_or_default();
        let same = |wanted: &Option<CodeableConcept>, name| wanted.is_none() || *wanted == concept(name);
        self.status.as_deref().is_none_or(|status| root.string("status").as_deref() == Some(status))
            && same(&self.reason, "statusReason")
            && same(&self.progress, "businessStatus")
            && self.outputs.iter().all(|output| is_among(&outputs, output, base))
            && self.note.as_deref().is_none_or(|note| {
                root.list("note").any(|noted| noted.string("text").as_deref() == Some(note))
            })
    }

    /// `document`, of the server at `base`, with this change made, if `role` may make it under `guide`.
    pub(super) fn applied(
        &self,
        document: &Document,
        base: &str,
        guide: &Guide,
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
        } else if !resource.is("Subscription") {
            // The server decides what a subscription may become (R74).
            check::<CommunicationRequestStatus>(from.as_deref(), to, guide, role)?;
        }
        let authored =
            Task::of(resource).and_then(|task| Span::parse(&task.value().string("authoredOn")?, 0));
        let written: Vec<Reference> = Task::of(resource).map(|task| task.outputs()).unwrap_or_default();
        let moves = from.as_deref() != to;
        if is_task && moves && guide.clear_stale {
            document.remove("/statusReason")?;
            document.remove("/businessStatus")?;
        }
        if let Some(status) = &self.status {
            document.set("/status", status)?;
        }
        if let Some(reason) = &self.reason {
            document.set("/statusReason", reason)?;
        }
        if let Some(progress) = &self.progress {
            document.set("/businessStatus", progress)?;
        }
        for output in self.outputs.iter().filter(|output| !is_among(&written, output, base)) {
            document.set("/output/-", &Output { r#type: output_type(guide), value_reference: output })?;
        }
        if let Some(note) = &self.note {
            document.set("/note/-/text", note)?;
        }
        if is_task {
            // inv-1: lastModified is not before authoredOn, however the clocks differ (R25).
            let modified = authored.map_or(now, |authored| authored.end.max(now));
            document.set("/lastModified", &modified)?;
            complete(&document, guide)?;
        }
        Ok(document)
    }
}

/// Whether `written` has the reference `wanted`: a server may give what is its own as absolute URL.
fn is_among(written: &[Reference], wanted: &Reference, base: &str) -> bool {
    fn relative<'r>(reference: &'r Reference, base: &str) -> Option<&'r str> {
        let text = reference.reference.as_deref()?;
        Some(text.strip_prefix(base).and_then(|rest| rest.strip_prefix('/')).unwrap_or(text))
    }
    let place = relative(wanted, base);
    written.iter().any(|one| one == wanted || (place.is_some() && relative(one, base) == place))
}

/// Whether a Task says what its guide demands of its status (tdr-2 and tdr-3: R23, R24).
fn complete(task: &Document, guide: &Guide) -> Result<(), Refusal> {
    let Some(task) = Task::read(task) else { return Ok(()) };
    let is_among =
        |codes: &[TaskStatus]| codes.iter().any(|code| task.status().as_deref() == Some(code.code()));
    let reason = task.status_reason();
    let has_words = reason.as_ref().is_some_and(|reason| reason.text.is_some());
    if (is_among(&guide.reason_required) && reason.is_none())
        || (guide.reason_text && reason.is_some() && !has_words)
    {
        return Err(Refusal::ReasonRequired);
    }
    // What is attached goes to the payer and not into the Task: tdr-3 is of data requests alone (R52).
    let attaches = guide.attachment.as_ref().is_some_and(|rules| rules.is_in(task));
    if is_among(&guide.output_required) && !attaches && task.value().list("output").next().is_none() {
        return Err(Refusal::OutputRequired);
    }
    Ok(())
}

fn check<S: Status>(from: Option<&str>, to: Option<&str>, guide: &Guide, role: Role) -> Result<(), Refusal> {
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

/// `Task.output.type` has an example binding only; what is returned, where the guide has no code.
fn output_type(guide: &Guide) -> CodeableConcept {
    match &guide.ask {
        Ask::Focus { .. } => CodeableConcept::text("Communication"),
        Ask::Input { output, .. } => CodeableConcept { coding: alloc::vec![output.clone()], text: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    const NOW: Instant = Instant::from_unix_milliseconds(1_800_000_000_000);

    const BASE: &str = "https://provider.example/fhir";

    #[test]
    fn an_output_is_written_once_however_the_server_refers_to_it() {
        let change = Change { outputs: alloc::vec![Reference::to("Communication/7")], ..Change::default() };
        for (there, made) in [
            ("Communication/7".into(), true),
            (format!("{BASE}/Communication/7"), true),
            ("https://other.example/fhir/Communication/7".into(), false),
        ] {
            let output = format!(
                r#","output":[{{"type":{{"text":"x"}},"valueReference":{{"reference":"{there}"}}}}]"#
            );
            let task = task("in-progress", &output);
            assert_eq!(change.is_made_in(&task, BASE), made, "{there}");
            let outputs = applied("r4", &change, &task).unwrap().root().list("output").count();
            assert_eq!(outputs, if made { 1 } else { 2 }, "{there}");
        }
    }

    fn task(status: &str, more: &str) -> Document {
        Document::parse(format!(r#"{{"resourceType":"Task","status":"{status}"{more}}}"#)).unwrap()
    }

    fn applied(guide: &str, change: &Change, to: &Document) -> Result<Document, Refusal> {
        change.applied(to, BASE, &Guide::named(guide).unwrap(), Role::Responder, NOW)
    }

    fn with(status: TaskStatus, reason: Option<CodeableConcept>) -> Change {
        Change { reason, ..Change::to(status) }
    }

    #[test]
    fn r23_a_reason_with_a_text_where_the_guide_demands_it() {
        let coded = || Some(CodeableConcept::code("urn:x", "1"));
        let said = || Some(CodeableConcept::text("not here"));
        let requested = task("requested", "");
        for (guide, demands) in
            [("r4", false), ("cdex-2019", false), ("hrex-1.1", true), ("cdex-2.1.0", true)]
        {
            let rejected =
                |reason| applied(guide, &with(TaskStatus::Rejected, reason), &requested).map(|_| ());
            let expected = if demands { Err(Refusal::ReasonRequired) } else { Ok(()) };
            assert_eq!(rejected(None), expected, "{guide}");
            assert_eq!(rejected(coded()), expected, "{guide}: a code alone");
            assert_eq!(rejected(said()), Ok(()), "{guide}");
        }
        let hold = with(TaskStatus::OnHold, coded());
        assert_eq!(applied("hrex-1.1", &hold, &task("in-progress", "")), Err(Refusal::ReasonRequired));
    }

    #[test]
    fn r24_a_completed_data_request_has_an_output() {
        let completed = Change::to(TaskStatus::Completed);
        let output = Change { outputs: alloc::vec![Reference::to("Bundle/1")], ..completed.clone() };
        for (guide, demands) in
            [("r4", false), ("cdex-2019", false), ("hrex-1.1", true), ("cdex-2.1.0", true)]
        {
            let expected = if demands { Err(Refusal::OutputRequired) } else { Ok(()) };
            assert_eq!(applied(guide, &completed, &task("in-progress", "")).map(|_| ()), expected, "{guide}");
            assert!(applied(guide, &output, &task("in-progress", "")).is_ok(), "{guide}");
        }
    }

    #[test]
    fn r52_a_request_for_attachments_is_completed_without_output() {
        let completed = Change::to(TaskStatus::Completed);
        let kind = r#"{"system":"http://hl7.org/fhir/us/davinci-pas/CodeSystem/PASTempCodes","code":"attachments-needed"}"#;
        let asks =
            format!(r#","input":[{{"type":{{"coding":[{kind}]}},"valueCodeableConcept":{{"text":"x"}}}}]"#);
        for (guide, knows) in [("hrex-1.1", false), ("cdex-2.1.0", true), ("cdex-ci", true)] {
            let applied = applied(guide, &completed, &task("in-progress", &asks));
            assert_eq!(applied.is_ok(), knows, "{guide}");
        }
    }

    #[test]
    fn r25_last_modified_is_set_and_never_before_authored_on() {
        let modified = |more| {
            let changed = applied("r4", &Change::to(TaskStatus::Accepted), &task("requested", more)).unwrap();
            Instant::parse(&changed.root().string("lastModified").unwrap()).unwrap()
        };
        assert_eq!(modified(""), NOW);
        assert_eq!(modified(r#","lastModified":"2020-01-01T00:00:00Z""#), NOW);
        assert!(modified(r#","authoredOn":"2099-01-01T00:00:00Z""#) > NOW, "another clock is ahead of ours");
    }

    #[test]
    fn r26_progress_is_text_and_changes_no_status() {
        let progress = Change { progress: Some(CodeableConcept::text("in review")), ..Change::default() };
        let changed = applied("cdex-2.1.0", &progress, &task("in-progress", "")).unwrap();
        assert_eq!(changed.root().string("status").as_deref(), Some("in-progress"));
        let text = changed.root().pointer("/businessStatus/text").and_then(crate::json::Value::as_str);
        assert_eq!(text.as_deref(), Some("in review"));
    }

    #[test]
    fn r27_what_was_said_of_the_status_before_goes_where_the_guide_has_it_so() {
        let held = task("on-hold", r#","statusReason":{"text":"a"},"businessStatus":{"text":"b"}"#);
        for (guide, clears) in
            [("r4", true), ("cdex-2019", false), ("hrex-1.1", false), ("cdex-2.1.0", false)]
        {
            let resumed = applied(guide, &Change::to(TaskStatus::InProgress), &held).unwrap();
            for element in ["statusReason", "businessStatus"] {
                assert_eq!(resumed.root().get(element).is_none(), clears, "{guide} {element}");
            }
        }
        let failed = with(TaskStatus::Failed, Some(CodeableConcept::text("c")));
        let failed = applied("r4", &failed, &task("in-progress", r#","statusReason":{"text":"a"}"#)).unwrap();
        let reason = failed.root().pointer("/statusReason/text").and_then(crate::json::Value::as_str);
        assert_eq!(reason.as_deref(), Some("c"), "what is set anew stays");
    }
}
