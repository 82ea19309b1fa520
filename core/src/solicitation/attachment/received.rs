//! What the payer's server is given by `$submit-attachment`, and what it answers.
//!
//! Authoring is strict and so is this: the operation has no other place to say what is wrong, and what was taken
//! once is not asked for again. Source: profile cdex-parameters-submit-attachment, whose slicing is closed; CONF-021
//! and CONF-025.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use super::{
    AttachmentError,
    asked::{answered, item, uri, write_item},
    attachment_request, is_day,
    request::member_id,
    submit::held,
};
use crate::{
    fhir::{CodeableConcept, Identifier, Instant, Resource, Task, outcome::Severity, split_canonical},
    json::{Document, EditError, Value},
    lifecycle::{AttachmentRules, Guide},
};

/// One call of the operation, as it arrived.
#[derive(Clone, PartialEq, Eq)]
pub struct ReceivedSubmission {
    /// By which the payer finds the request that it answers.
    pub tracking_id: Identifier,
    /// What it is for, such as `claim`.
    pub attach_to: String,
    /// By which the payer knows the patient.
    pub member_id: Identifier,
    /// Whether nothing follows; where it is not said, so it is (R54).
    pub last: bool,
    /// What is attached, in its order.
    pub attachments: Vec<ReceivedAttachment>,
}

/// One attachment.
#[derive(Clone, PartialEq, Eq)]
pub struct ReceivedAttachment {
    /// The type of document that was asked for, 0..1.
    pub code: Option<CodeableConcept>,
    /// The lines of the claim that it is for, 0..*.
    pub lines: Vec<u32>,
    /// What it is.
    pub content: Document,
}

/// What is wrong with a submission, so that it is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct SubmissionError {
    /// The code of the issue (value set issue-type).
    pub code: &'static str,
    /// The parameter that it is about; empty where it is about all of them.
    pub parameter: &'static str,
    /// What is wrong.
    pub text: &'static str,
}

impl SubmissionError {
    const fn new(code: &'static str, parameter: &'static str, text: &'static str) -> Self {
        Self { code, parameter, text }
    }

    /// The OperationOutcome that says so, to be answered with status 400.
    pub fn to_outcome(&self) -> Document {
        let expression = match self.parameter {
            "" => "Parameters".to_string(),
            name => format!("Parameters.parameter.where(name='{name}')"),
        };
        outcome(Severity::Error, self.code, self.text, Some(&expression))
    }
}

/// What a payer answers, with status 200, where it knows no request of the tracking id and keeps what was submitted
/// for a claim yet to come (CONF-021).
pub fn held_outcome() -> Document {
    let text = "no request of this tracking id is known; the attachments are held for a claim to come";
    outcome(Severity::Information, "informational", text, None)
}

fn outcome(severity: Severity, code: &str, text: &str, expression: Option<&str>) -> Document {
    let expression = expression.map_or_else(String::new, |it| format!(r#","expression":["{it}"]"#));
    let severity = severity.code();
    let json = format!(
        r#"{{"resourceType":"OperationOutcome","issue":[{{"severity":"{severity}","code":"{code}","diagnostics":"{text}"{expression}}}]}}"#
    );
    Document::parse(json).unwrap_or_else(|_| Document::object())
}

/// The parameters that there may be, how many at most, and whether there must be one.
const PARAMETERS: [(&str, usize, bool); 10] = [
    ("TrackingId", 1, true),
    ("AdminRefNumber", 1, false),
    ("AttachTo", 1, true),
    ("PayerId", 1, false),
    ("OrganizationId", 1, false),
    ("ProviderId", 1, false),
    ("MemberId", 1, true),
    ("ServiceDate", 1, false),
    ("Attachment", usize::MAX, true),
    ("Final", 1, false),
];

impl ReceivedSubmission {
    /// Reads what was posted.
    ///
    /// # Errors
    /// [`SubmissionError`] where something is missing, there too often, or unknown to the guide.
    pub fn read(parameters: &Document, guide: &Guide) -> Result<Self, SubmissionError> {
        let wrong = SubmissionError::new;
        let rules = guide.attachment.as_ref();
        let rules = rules.ok_or(wrong("not-supported", "", "attachments are not taken here"))?;
        let resource = Resource::read(parameters).filter(|it| it.is("Parameters"));
        let root = resource.ok_or(wrong("structure", "", "a submission is a Parameters resource"))?.value();
        count(root, guide)?;
        let one = |name: &str| root.list("parameter").find(|it| it.string("name").as_deref() == Some(name));
        let identifier = |name| Some(Identifier::read(one(name)?.get("valueIdentifier")?));
        let with_value = |identifier: Option<Identifier>| identifier.filter(|it| it.value.is_some());
        let attach_to = one("AttachTo").and_then(|it| it.string("valueCode")).unwrap_or_default();
        let day = one("ServiceDate").and_then(|it| it.string("valueDateTime"));
        if !rules.uses.codes.iter().any(|code| *code == attach_to) {
            return Err(wrong(
                "code-invalid",
                "AttachTo",
                "attachments are for a claim or a preauthorization",
            ));
        }
        if one("OrganizationId").or_else(|| one("ProviderId")).is_none() {
            return Err(wrong(
                "required",
                "OrganizationId",
                "say by OrganizationId or ProviderId who submits",
            ));
        }
        if day.is_none() && rules.dated.iter().any(|code| *code == attach_to) {
            return Err(wrong("required", "ServiceDate", "a claim needs the day of the service"));
        }
        if day.is_some_and(|day| !is_day(&day)) {
            return Err(wrong("value", "ServiceDate", "the date of the service is a day"));
        }
        let last = match one("Final").map(|it| it.get("valueBoolean").map(Value::raw)) {
            None | Some(Some("true")) => true,
            Some(Some("false")) => false,
            _ => return Err(wrong("value", "Final", "Final is a boolean")),
        };
        let attachments =
            root.list("parameter").filter(|it| it.string("name").as_deref() == Some("Attachment"));
        Ok(Self {
            tracking_id: with_value(identifier("TrackingId")).ok_or(wrong(
                "required",
                "TrackingId",
                "the tracking id needs a value",
            ))?,
            attach_to: attach_to.into_owned(),
            member_id: with_value(identifier("MemberId")).ok_or(wrong(
                "required",
                "MemberId",
                "the member number needs a value",
            ))?,
            last,
            attachments: attachments.map(attachment).collect::<Result<_, _>>()?,
        })
    }

    /// Whether this is an answer to `task`.
    pub fn answers(&self, task: &Document, guide: &Guide) -> bool {
        guide.attachment.as_ref().is_some_and(|rules| self.is_tracked(task, rules))
    }

    fn is_tracked(&self, task: &Document, rules: &AttachmentRules) -> bool {
        let tracking = Task::read(task).and_then(|task| rules.tracking_id_of(task));
        tracking.is_some_and(|it| it.same(&self.tracking_id))
    }

    /// Holds the submission to the request that it answers.
    ///
    /// # Errors
    /// [`SubmissionError`] where it is about another patient, comes in more parts than the request allows, or is not
    /// signed and has to be (CONF-025).
    pub fn check(&self, task: &Document, guide: &Guide) -> Result<(), SubmissionError> {
        let wrong = SubmissionError::new;
        let asked = attachment_request(task, guide);
        let asked =
            asked.map_err(|_| wrong("business-rule", "TrackingId", "nothing is asked for by this id"))?;
        let view = Task::read(task);
        let member = view.and_then(|task| held(task, "for")).and_then(member_id).map(Identifier::read);
        for (holds, error) in [
            (
                self.answers(task, guide),
                wrong("not-found", "TrackingId", "this id is that of another request"),
            ),
            (
                member.is_some_and(|member| member.same(&self.member_id)),
                wrong("value", "MemberId", "the request is about another patient"),
            ),
            (
                self.last || asked.multiple_submits,
                wrong("business-rule", "Final", "the request takes one submission, which is final"),
            ),
            (
                !asked.signature || self.attachments.iter().all(|it| is_signed(it.content.root())),
                wrong("security", "Attachment", "what is attached has to be signed"),
            ),
        ] {
            if !holds {
                return Err(error);
            }
        }
        Ok(())
    }

    /// The Communication that says what was submitted at `now` in answer to `task`, each payload referring as `#0`,
    /// `#1` … to one of the attachments.
    ///
    /// # Errors
    /// [`AttachmentError`] where the Task does not ask for attachments.
    pub fn communication(
        &self,
        task: &Document,
        guide: &Guide,
        now: Instant,
    ) -> Result<Document, AttachmentError> {
        let needed = attachment_request(task, guide)?.needed;
        let view = Task::read(task).ok_or(AttachmentError::Guide)?;
        let mut answer = Document::object();
        answer.set("/resourceType", "Communication")?;
        answer.set("/identifier/-", &self.tracking_id)?;
        answer.set("/status", "completed")?;
        answer.set("/subject/identifier", &self.member_id)?;
        answer.set("/sent", &now)?;
        if let Some(recipient) = view.value().get("requester") {
            answer.set_raw("/recipient/-", recipient.raw())?;
        }
        let mut payload = 0;
        let mut refer = |answer: &mut Document, at: usize, concept: Option<&CodeableConcept>| {
            if let Some(concept) = concept {
                write_item(answer, payload, concept)?;
            }
            answer.set(&format!("/payload/{payload}/contentReference/reference"), &format!("#{at}"))?;
            payload += 1;
            Ok::<_, EditError>(())
        };
        for (at, one) in self.attachments.iter().enumerate() {
            let questionnaire = questionnaire_of(one.content.root());
            let items = answered(&needed, one.code.as_ref(), &one.lines, questionnaire.as_deref());
            if items.is_empty() {
                // That nobody asked for it is for the ledger to say.
                let uri = questionnaire.as_deref().map(uri);
                refer(&mut answer, at, one.code.as_ref().or(uri.as_ref()))?;
            }
            for of in items {
                refer(&mut answer, at, Some(&item(&needed, of)))?;
            }
        }
        Ok(answer)
    }
}

/// Whether every parameter is known to the guide and there as often as it may be.
fn count(root: Value<'_>, guide: &Guide) -> Result<(), SubmissionError> {
    let names: Vec<_> = root.list("parameter").map(|it| it.string("name").unwrap_or_default()).collect();
    let is_known = |name: &str| {
        PARAMETERS.iter().any(|(known, ..)| *known == name)
            && (name != "AdminRefNumber" || guide.admin_ref_number.is_some())
    };
    if names.iter().any(|name| !is_known(name)) {
        return Err(SubmissionError::new(
            "not-supported",
            "",
            "there is a parameter that the guide does not know",
        ));
    }
    for (name, most, required) in PARAMETERS {
        let found = names.iter().filter(|it| **it == name).count();
        if required && found == 0 {
            return Err(SubmissionError::new("required", name, "the parameter is missing"));
        }
        if found > most {
            return Err(SubmissionError::new("structure", name, "the parameter may be there once"));
        }
    }
    Ok(())
}

fn attachment(parameter: Value<'_>) -> Result<ReceivedAttachment, SubmissionError> {
    let wrong = |code, text| SubmissionError::new(code, "Attachment", text);
    let parts = |name: &'static str| {
        parameter.list("part").filter(move |part| part.string("name").as_deref() == Some(name))
    };
    let known = ["LineItem", "Code", "Content"];
    let is_known = |part: Value<'_>| part.string("name").is_some_and(|name| known.contains(&&*name));
    if !parameter.list("part").all(is_known) || parts("Code").count() > 1 {
        return Err(wrong(
            "not-supported",
            "an attachment has LineItem, Code and Content, and one of the last two",
        ));
    }
    let mut contents = parts("Content").map(|part| part.get("resource"));
    let (Some(Some(content)), None) = (contents.next(), contents.next()) else {
        return Err(wrong("required", "an attachment has one Content, which is a resource"));
    };
    let content = Document::parse(content.raw()).ok().filter(|it| Resource::read(it).is_some());
    let line = |part: Value<'_>| part.string("valueString")?.parse().ok();
    Ok(ReceivedAttachment {
        code: parts("Code").next().and_then(|it| it.get("valueCodeableConcept")).map(CodeableConcept::read),
        lines: parts("LineItem").filter_map(line).collect(),
        content: content.ok_or(wrong("structure", "what is attached is no resource"))?,
    })
}

/// The questionnaire that a QuestionnaireResponse answers, on its own or in a Bundle.
fn questionnaire_of(content: Value<'_>) -> Option<String> {
    let entries = content.list("entry").filter_map(|entry| entry.get("resource"));
    let mut all = core::iter::once(content).chain(entries);
    let response = all.find(|it| it.string("resourceType").as_deref() == Some("QuestionnaireResponse"))?;
    response.string("questionnaire").map(|canonical| split_canonical(&canonical).0.to_string())
}

/// Whether a resource bears a signature: that of a Bundle, or as an extension of what it is (R99: which is right is
/// for whoever can verify it).
pub(crate) fn is_signed(content: Value<'_>) -> bool {
    let in_extension = |it: Value<'_>| it.list("extension").any(|it| it.get("valueSignature").is_some());
    let entries = content.list("entry").filter_map(|entry| entry.get("resource"));
    content.get("signature").is_some() || core::iter::once(content).chain(entries).any(in_extension)
}
