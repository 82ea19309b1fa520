//! What the provider reads, and submits.

use alloc::{
    borrow::ToOwned,
    format,
    string::{String, ToString},
    vec::Vec,
};

use serde::{Deserialize, Serialize};

use super::{
    AttachmentError, Needed, checked, is_day,
    request::{has_type, member_id},
};
use crate::{
    fhir::{CodeableConcept, Coding, Resource, Target, Task},
    json::{Document, EditError, FromJson, Value},
    lifecycle::{AttachmentRules, Guide, input_of},
};

/// What a Task asks to be attached. What is repeated to the payer is kept as it is written.
#[derive(Clone, PartialEq, Eq)]
pub struct AttachmentRequest {
    /// What is needed, in the order of the inputs.
    pub needed: Vec<Needed>,
    /// Where to submit it.
    pub payer_url: String,
    /// Whether several submissions may answer.
    pub multiple_submits: bool,
    /// Whether it has to be signed.
    pub signature: bool,
    /// The parameters that repeat what the Task says, each as JSON, in the order of the profile.
    echoed: Vec<String>,
}

/// What is attached.
#[derive(Clone, Serialize, Deserialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Attached {
    /// The resource: a document, a QuestionnaireResponse, a Bundle of either with a signature.
    pub content: Document,
    /// Index of what it answers; its code and lines are then repeated, 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<usize>,
}

/// One call of the operation.
#[derive(Clone, PartialEq, Eq)]
pub struct Submission {
    /// What is posted.
    pub parameters: Document,
    /// Whether it is the last.
    pub last: bool,
}

/// Reads what `task` asks for; tolerant of all that is not repeated to the payer.
///
/// # Errors
/// [`AttachmentError`] where it does not ask for attachments, or lacks what has to be repeated.
pub fn attachment_request(task: &Document, guide: &Guide) -> Result<AttachmentRequest, AttachmentError> {
    let rules = guide.attachment.as_ref().ok_or(AttachmentError::Guide)?;
    let view = Task::read(task).ok_or(AttachmentError::Needed("a request for attachments is a Task"))?;
    let value = |kind: &Coding, member| input_of(view, kind).and_then(|input| input.get(member));
    let is_true = |value: Option<Value<'_>>| value.is_some_and(|value| value.raw() == "true");
    let needed = needed_in(view, rules);
    if needed.is_empty() {
        return Err(AttachmentError::Needed("the Task does not say which attachments are needed"));
    }
    let payer_url = value(&rules.payer_url, "valueUrl").and_then(Value::as_str);
    let payer_url = payer_url.ok_or(AttachmentError::Needed("the Task does not say where to submit"))?;
    Ok(AttachmentRequest {
        needed,
        payer_url: payer_url.into_owned(),
        multiple_submits: is_true(value(&rules.multiple_submits, "valueBoolean")),
        signature: guide.ask.demands_signature(view),
        echoed: echoed(view, guide, rules)?,
    })
}

fn needed_in(task: Task<'_>, rules: &AttachmentRules) -> Vec<Needed> {
    let is_need = |input: &Value<'_>| rules.slots.iter().any(|slot| has_type(*input, &slot.input));
    let line = |extension: Value<'_>| {
        let is_line = extension.string("url").as_deref() == Some(&rules.line_number);
        extension.get("valueInteger").filter(|_| is_line)?.raw().parse().ok()
    };
    let needed = |input: Value<'_>| Needed {
        code: input.get("valueCodeableConcept").map(CodeableConcept::read),
        questionnaire: input.string("valueCanonical").map(Into::into),
        lines: input.list("extension").filter_map(line).collect(),
    };
    task.value().list("input").filter(is_need).map(needed).collect()
}

/// The parameters that repeat what the Task says (R54, R55); the slicing is closed, so nothing else.
fn echoed(task: Task<'_>, guide: &Guide, rules: &AttachmentRules) -> Result<Vec<String>, AttachmentError> {
    let root = task.value();
    let identifier = |kind: &Coding| root.list("identifier").find(|it| has_type(*it, kind));
    let role = held(task, "owner");
    let of_role = |who: &str| role?.get(who)?.get("identifier");
    let reasons = root.get("reasonCode").into_iter().flat_map(|reason| reason.list("coding"));
    let used = reasons.map(Coding::read).find(|coding| rules.uses.has(coding)).and_then(|it| it.code);
    let used = used.ok_or(AttachmentError::Needed("the Task does not say what the attachments are for"))?;
    let day = input_of(task, &rules.service_date).and_then(|input| input.get("valueDate"));
    let (organization, provider) = (of_role("organization"), of_role("practitioner"));
    let tracking = identifier(&rules.tracking_id);
    let member = held(task, "for").and_then(member_id);
    for (holds, otherwise) in [
        (tracking.is_some(), "the Task has no tracking id"),
        (member.is_some(), "the Task has no member number of the patient"),
        (organization.is_some() || provider.is_some(), "the Task names who is asked by no identifier"),
        (day.is_some() || !rules.dated.contains(&used), "the Task does not say the day of the service"),
        (day.and_then(Value::as_str).is_none_or(|day| is_day(&day)), "the date of the service names no day"),
    ] {
        if !holds {
            return Err(AttachmentError::Needed(otherwise));
        }
    }
    let mut code = Document::object();
    code.set("/code", &used)?;
    let parameters = [
        ("TrackingId", "valueIdentifier", tracking),
        ("AdminRefNumber", "valueIdentifier", guide.admin_ref_number.as_ref().and_then(identifier)),
        ("AttachTo", "valueCode", code.root().get("code")),
        ("PayerId", "valueIdentifier", root.get("requester").and_then(|payer| payer.get("identifier"))),
        ("OrganizationId", "valueIdentifier", organization),
        ("ProviderId", "valueIdentifier", provider),
        ("MemberId", "valueIdentifier", member),
        ("ServiceDate", "valueDateTime", day),
    ];
    let parameter = |(name, member, value): (&str, &str, Option<Value<'_>>)| {
        Some(format!(r#"{{"name":"{name}","{member}":{}}}"#, value?.raw()))
    };
    Ok(parameters.into_iter().filter_map(parameter).collect())
}

/// The contained resource that an element of `task` refers to.
pub(super) fn held<'d>(task: Task<'d>, element: &str) -> Option<Value<'d>> {
    let reference = task.value().get(element)?.string("reference")?;
    let Target::Contained(id) = Target::parse(&reference) else { return None };
    task.value().list("contained").find(|it| it.string("id").as_deref() == Some(id))
}

impl AttachmentRequest {
    /// The calls that submit `attached` in this order, each no longer than `limit` bytes where there
    /// is one (R56, R57). `last` says whether nothing follows later.
    ///
    /// # Errors
    /// [`AttachmentError`] where nothing is attached, it answers what was not asked for, or it would
    /// take several calls and the payer takes one.
    pub fn submissions(
        &self,
        attached: &[Attached],
        last: bool,
        limit: Option<usize>,
    ) -> Result<Vec<Submission>, AttachmentError> {
        if attached.is_empty() {
            return Err(AttachmentError::Needed("attach at least one document"));
        }
        if !last && !self.multiple_submits {
            return Err(AttachmentError::Needed("the payer takes one submission: attach everything at once"));
        }
        let parts: Vec<String> = attached.iter().map(|one| self.attachment(one)).collect::<Result<_, _>>()?;
        let limit = limit.unwrap_or(usize::MAX);
        let mut groups: Vec<Vec<&str>> = Vec::new();
        for part in &parts {
            let more = |group: &[&str]| self.text(&[group, &[part]].concat(), false).len();
            match groups.last_mut().filter(|group| more(group) <= limit) {
                Some(group) => group.push(part),
                None => groups.push(alloc::vec![part]),
            }
        }
        let count = groups.len();
        let submission = |(at, group): (usize, &Vec<&str>)| {
            let last = last && at + 1 == count;
            let text = self.text(group, last);
            let (bytes, one) = (text.len(), group.len() == 1);
            if bytes > limit && one {
                return Err(AttachmentError::TooLarge {
                    bytes,
                    limit,
                    why: "one attachment alone is as large",
                });
            }
            let parameters = Document::parse(text)
                .map_err(|source| EditError::Value { pointer: "/parameter".to_string(), source })?;
            Ok(Submission { parameters: checked(parameters)?, last })
        };
        let submissions: Vec<Submission> =
            groups.iter().enumerate().map(submission).collect::<Result<_, _>>()?;
        if count > 1 && !self.multiple_submits {
            let bytes = self.text(&groups.concat(), true).len();
            return Err(AttachmentError::TooLarge { bytes, limit, why: "the payer takes one submission" });
        }
        Ok(submissions)
    }

    fn attachment(&self, attached: &Attached) -> Result<String, AttachmentError> {
        Resource::read(&attached.content).ok_or(AttachmentError::Needed("what is attached is a resource"))?;
        let needed = attached
            .answers
            .map(|item| self.needed.get(item).ok_or(AttachmentError::NoSuchItem(item)))
            .transpose()?;
        let mut parts = Vec::new();
        for line in needed.into_iter().flat_map(|needed| &needed.lines) {
            parts.push(format!(r#"{{"name":"LineItem","valueString":"{line}"}}"#));
        }
        if let Some(code) = needed.and_then(|needed| needed.code.as_ref()) {
            let mut part = Document::object();
            part.set("/name", "Code")?;
            part.set("/valueCodeableConcept", code)?;
            parts.push(part.text().to_owned());
        }
        parts.push(format!(r#"{{"name":"Content","resource":{}}}"#, attached.content.text()));
        Ok(format!(r#"{{"name":"Attachment","part":[{}]}}"#, parts.join(",")))
    }

    fn text(&self, attachments: &[&str], last: bool) -> String {
        let mut parameters: Vec<&str> = self.echoed.iter().map(String::as_str).collect();
        parameters.extend(attachments);
        let parameters = parameters.join(",");
        format!(
            r#"{{"resourceType":"Parameters","parameter":[{parameters},{{"name":"Final","valueBoolean":{last}}}]}}"#
        )
    }
}
