//! A request for attachments in the terms of every other request, so that whoever shows or counts what was asked and
//! what came need not know how.

use alloc::{format, vec::Vec};

use serde::Serialize;

use super::{AttachmentError, Needed, attachment_request, submit::held};
use crate::{
    fhir::{CodeableConcept, Task, split_canonical, views::NOTE_TYPE},
    json::{Document, EditError},
    lifecycle::Guide,
    solicitation::translate::begin_request,
};

/// The system of codes that are URIs themselves (R4 terminologies-systems).
const URI_SYSTEM: &str = "urn:ietf:rfc:3986";

/// The CommunicationRequest that says what `task` asks to be attached: a payload for each thing that is needed, in
/// the order of the inputs.
///
/// # Errors
/// [`AttachmentError`] where the Task does not ask for attachments, or lacks what has to be repeated.
pub fn attachments_asked_in(task: &Document, guide: &Guide) -> Result<Document, AttachmentError> {
    let asked = attachment_request(task, guide)?;
    let view = Task::read(task).ok_or(AttachmentError::Guide)?;
    let mut request = begin_request(view)?;
    // What is contained in the Task is nothing outside of it: people are known by their identifiers.
    if let Some(member) = held(view, "for").and_then(super::request::member_id) {
        request.remove("/subject")?;
        request.set_raw("/subject/identifier", member.raw())?;
    }
    let role = held(view, "owner");
    if let Some(sender) = role.and_then(|role| role.get("organization").or_else(|| role.get("practitioner")))
    {
        request.set_raw("/sender", sender.raw())?;
    }
    for (at, needed) in asked.needed.iter().enumerate() {
        let concept = item(&asked.needed, at);
        write_item(&mut request, at, &concept)?;
        let words = needed.questionnaire.as_deref().or_else(|| concept.words()).unwrap_or("attachment");
        request.set(&format!("/payload/{at}/contentString"), words)?;
    }
    Ok(request)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NoteType<'a> {
    url: &'static str,
    value_codeable_concept: &'a CodeableConcept,
}

/// Writes into a payload which item it asks for, or answers.
pub(super) fn write_item(
    document: &mut Document,
    payload: usize,
    concept: &CodeableConcept,
) -> Result<(), EditError> {
    let extension = NoteType { url: NOTE_TYPE, value_codeable_concept: concept };
    document.set(&format!("/payload/{payload}/extension/-"), &extension)
}

/// What an item is called by: its code or questionnaire, or where that would be the name of another as well, its
/// place.
pub(super) fn item(all: &[Needed], at: usize) -> CodeableConcept {
    let one = &all[at];
    if let Some(questionnaire) = &one.questionnaire {
        return uri(questionnaire);
    }
    let code = one.code.clone().unwrap_or_default();
    let others = all.iter().enumerate().filter(|(other, _)| *other != at);
    let mut codes = others.filter_map(|(_, other)| other.code.as_ref());
    if code.coding.is_empty() || codes.any(|other| other.shares_code_with(&code)) {
        return CodeableConcept { text: code.words().map(Into::into), ..uri(&format!("#{at}")) };
    }
    code
}

/// A questionnaire by its canonical URL, as a concept.
pub(super) fn uri(code: &str) -> CodeableConcept {
    CodeableConcept::code(URI_SYSTEM, split_canonical(code).0)
}

/// The items that an attachment with this code, these lines and this questionnaire answers.
pub(super) fn answered(
    all: &[Needed],
    code: Option<&CodeableConcept>,
    lines: &[u32],
    questionnaire: Option<&str>,
) -> Vec<usize> {
    let with = |fits: &dyn Fn(&Needed) -> bool| -> Vec<usize> {
        (0..all.len()).filter(|&at| fits(&all[at])).collect()
    };
    let same_code = |one: &Needed| {
        one.code.as_ref().zip(code).is_some_and(|(one, code)| one == code || one.shares_code_with(code))
    };
    if code.is_some() {
        let of_lines = with(&|one| same_code(one) && one.lines.iter().any(|line| lines.contains(line)));
        return if of_lines.is_empty() { with(&same_code) } else { of_lines };
    }
    if let Some(questionnaire) = questionnaire {
        let same = |one: &str| split_canonical(one).0 == split_canonical(questionnaire).0;
        return with(&|one| one.questionnaire.as_deref().is_some_and(same));
    }
    if all.len() == 1 { alloc::vec![0] } else { Vec::new() }
}
