//! What is asked in the input of a Task, in its focus.

use alloc::{borrow::ToOwned, format, string::String, vec::Vec};

use super::{
    ANSWER, BESIDE_A_QUERY, Lost, NOT_CLAIMED, REQUEST, SHARED, Translation, Untranslatable, held, json,
    marks::mark, replace, unclaim, uncontain,
};
use crate::{
    fhir::{
        CodeableConcept, Coding, CommunicationRequest, Reference, Target, Task,
        views::{NOTE_TYPE, QUERY_STRING},
    },
    json::{Document, EditError, Value},
    lifecycle::{Ask, Status, TaskStatus, Way},
    solicitation::{Asked, ledger::asked_by},
};

/// What `task` asks for, and the input that says it.
fn asked_in<'d>(task: Task<'d>, ask: &Ask) -> Result<(Value<'d>, Asked), Untranslatable> {
    let slot = ask.slot(task).ok_or(Untranslatable::NoTask)?;
    let input = slot.input_of(task).ok_or(Untranslatable::NoTask)?;
    let asked = match slot.way {
        Way::Query => Asked::Query(input.string("valueString").ok_or(Untranslatable::NothingAsked)?.into()),
        Way::Code => {
            let concept = input.get("valueCodeableConcept").ok_or(Untranslatable::NothingAsked)?;
            let concept = CodeableConcept::read(concept);
            match concept {
                CodeableConcept { coding, text: Some(text) } if coding.is_empty() => Asked::Text(text),
                concept => Asked::NoteType(concept),
            }
        }
        // A payload refers to resources on servers; a questionnaire is known by its canonical URL.
        Way::Questionnaire => return Err(Untranslatable::NothingAsked),
    };
    Ok((input, asked))
}

/// The CommunicationRequest that says what the input of `task` says, with an id to be contained by.
///
/// # Errors
/// [`Untranslatable`] where the Task does not ask as `ask` has it, or asks what a
/// CommunicationRequest cannot.
pub fn request_in(task: &Document, ask: &Ask) -> Result<Document, Untranslatable> {
    let view = Task::read(task).ok_or(Untranslatable::NoTask)?;
    let (_, asked) = asked_in(view, ask)?;
    let mut request = request_of(view, &asked)?;
    if let Some(beside) = ask.beside() {
        mark(&mut request, view, beside)?;
    }
    Ok(request)
}

/// The answers in the outputs of `task`: for each reference a Communication that says as much, so
/// that what follows need not know how a guide returns data.
pub fn answers_in(task: &Document, ask: &Ask) -> Vec<(Reference, Document)> {
    let Some(view) = Task::read(task) else { return Vec::new() };
    let Ok((_, asked)) = asked_in(view, ask) else { return Vec::new() };
    let references = view.value().list("output").filter_map(|output| output.get("valueReference"));
    let answer = |reference: Value<'_>| {
        let mut answer = begin_answer(view, None, "completed")?;
        write_asked(&mut answer, &asked)?;
        answer.set_raw("/payload/0/contentReference", reference.raw())?;
        Ok::<_, EditError>((Reference::read(reference), answer))
    };
    references.filter_map(|reference| answer(reference).ok()).collect()
}

/// A Communication from the owner of `task` to its requester.
fn begin_answer(task: Task<'_>, request: Option<&str>, status: &str) -> Result<Document, EditError> {
    let mut answer = Document::object();
    answer.set("/resourceType", "Communication")?;
    answer.set("/id", ANSWER)?;
    if let Some(request) = request {
        answer.set_raw("/basedOn/-", request)?;
    }
    answer.set("/status", status)?;
    for (target, name) in [("/subject", "for"), ("/sender", "owner"), ("/recipient/-", "requester")] {
        if let Some(element) = task.value().get(name) {
            answer.set_raw(target, element.raw())?;
        }
    }
    Ok(answer)
}

pub(super) fn to_focus(
    task: &Document,
    resources: &[Document],
    ask: &Ask,
    code: &Coding,
) -> Result<Translation, Untranslatable> {
    let view = Task::read(task).ok_or(Untranslatable::NoTask)?;
    let (input, asked) = asked_in(view, ask)?;
    let mut it = task.clone();
    let mut lost = Vec::new();
    if unclaim(&mut it)? {
        lost.push(Lost { path: "Task.meta.profile".into(), reason: NOT_CLAIMED });
    }
    it.set("/code", &CodeableConcept { coding: alloc::vec![code.clone()], text: None })?;
    let mut kept = Vec::new();
    for (index, other) in view.value().list("input").enumerate() {
        if other.id() != input.id() {
            kept.push(other.raw());
            lost.push(Lost {
                path: format!("Task.input[{index}]"),
                reason: "it stays in the Task, where the other guide gives it no meaning",
            });
        }
    }
    replace(&mut it, "/input", &kept)?;
    it.remove("/output")?;

    // The request that the Task is based on, where it asks for the same; else one of its own.
    let same_request = |link: &Reference| {
        let (document, _) = held(task, link, resources, "CommunicationRequest")?;
        let asks = |request: CommunicationRequest<'_>| request.payloads().map(asked_by).collect::<Vec<_>>();
        let same = asks(CommunicationRequest::read(&document)?) == [asked.clone()];
        same.then_some(document)
    };
    let based_on = view.value().list("basedOn").map(Reference::read).enumerate();
    let known = based_on.clone().find_map(|(at, link)| Some((at, same_request(&link)?)));
    let mut resources = Vec::new();
    let focus = if let Some((at, request)) = known {
        let others = view.value().list("basedOn").enumerate().filter(|(index, _)| *index != at);
        let others: Vec<&str> = others.map(|(_, link)| link.raw()).collect();
        replace(&mut it, "/basedOn", &others)?;
        resources.push(request);
        view.value().list("basedOn").nth(at).map(|link| link.raw().to_owned()).unwrap_or_default()
    } else {
        let request = request_of(view, &asked)?;
        it.set_raw("/contained/-", request.text())?;
        format!(r##"{{"reference":"#{REQUEST}"}}"##)
    };
    it.set_raw("/focus", &focus)?;
    answer_of(&mut it, view, ask, &asked, &focus)?;
    resources.insert(0, it);
    Ok(Translation { resources, lost })
}

/// The CommunicationRequest that says what the Task says, to be contained in it.
fn request_of(task: Task<'_>, asked: &Asked) -> Result<Document, EditError> {
    let mut request = begin_request(task)?;
    write_asked(&mut request, asked)?;
    let words = match asked {
        Asked::Query(_) | Asked::Content => BESIDE_A_QUERY,
        Asked::NoteType(concept) => concept.words().unwrap_or_default(),
        Asked::Text(text) => text,
    };
    request.set("/payload/0/contentString", words)?;
    Ok(request)
}

/// What the Task says of everything but what is asked for.
pub(in crate::solicitation) fn begin_request(task: Task<'_>) -> Result<Document, EditError> {
    let mut request = Document::object();
    request.set("/resourceType", "CommunicationRequest")?;
    request.set("/id", REQUEST)?;
    let status = task.status().and_then(|code| TaskStatus::from_code(&code));
    let status = match status {
        Some(TaskStatus::Completed) => "completed",
        Some(TaskStatus::Cancelled) => "revoked",
        _ => "active",
    };
    request.set("/status", status)?;
    let source = task.value();
    let copy = |request: &mut Document, target: &str, element: Option<Value<'_>>| match element {
        Some(element) => request.set_raw(target, element.raw()),
        None => Ok(()),
    };
    for (name, of_task) in SHARED.into_iter().filter(|(name, _)| *name != "note") {
        copy(&mut request, &format!("/{name}"), source.get(of_task))?;
    }
    copy(&mut request, "/recipient/-", source.get("requester"))?;
    copy(&mut request, "/occurrencePeriod/end", source.pointer("/restriction/period/end"))?;
    copy(&mut request, "/reasonCode/-", source.get("reasonCode"))?;
    copy(&mut request, "/about/-", source.get("reasonReference"))?;
    Ok(request)
}

/// The extension that asks, or answers, by query or by type of note.
fn write_asked(document: &mut Document, asked: &Asked) -> Result<(), EditError> {
    let (url, member, value) = match asked {
        Asked::Query(query) => (QUERY_STRING, "valueString", json(query)?),
        Asked::NoteType(concept) => (NOTE_TYPE, "valueCodeableConcept", json(concept)?),
        Asked::Text(_) | Asked::Content => return Ok(()),
    };
    document.set_raw("/payload/-", &format!(r#"{{"extension":[{{"url":"{url}","{member}":{value}}}]}}"#))
}

/// One Communication for what the Task returned.
fn answer_of(
    it: &mut Document,
    task: Task<'_>,
    ask: &Ask,
    asked: &Asked,
    request: &str,
) -> Result<(), EditError> {
    let Ask::Input { output: kind, .. } = ask else { return Ok(()) };
    let done = task.status().as_deref() == Some(TaskStatus::Completed.code());
    let mut answer = begin_answer(task, Some(request), if done { "completed" } else { "in-progress" })?;
    let mut others = Vec::new();
    let mut count = 0;
    for output in task.value().list("output") {
        let codings = output.get("type").into_iter().flat_map(|concept| concept.list("coding"));
        let data = codings.map(Coding::read).any(|coding| coding.same_code(kind));
        let Some(reference) = output.get("valueReference").filter(|_| data) else {
            others.push(output.raw().to_owned());
            continue;
        };
        write_asked(&mut answer, asked)?;
        let link = Reference::read(reference);
        let document = match link.target() {
            Some(Target::Contained(id)) => plain_document(task, id).map(|attachment| (id, attachment)),
            _ => None,
        };
        let payload = format!("/payload/{count}");
        match document {
            Some((id, attachment)) => {
                answer.set_raw(&format!("{payload}/contentAttachment"), attachment.raw())?;
                uncontain(it, id)?;
            }
            None => answer.set_raw(&format!("{payload}/contentReference"), reference.raw())?,
        }
        count += 1;
    }
    if count > 0 {
        it.set_raw("/contained/-", answer.text())?;
        others.insert(
            0,
            format!(
                r##"{{"type":{{"text":"Communication"}},"valueReference":{{"reference":"#{ANSWER}"}}}}"##
            ),
        );
    }
    let others: Vec<&str> = others.iter().map(String::as_str).collect();
    replace(it, "/output", &others)
}

/// The attachment of a contained document that says nothing else.
fn plain_document<'d>(task: Task<'d>, id: &str) -> Option<Value<'d>> {
    let document = task.value().list("contained").find(|it| it.string("id").as_deref() == Some(id))?;
    let plain = document
        .members()
        .all(|(key, _)| ["resourceType", "id", "status", "content"].contains(&&*key.as_str()));
    let mut contents = document.list("content");
    let content = contents.next().filter(|it| it.members().count() == 1)?;
    (plain
        && contents.next().is_none()
        && document.string("resourceType").as_deref() == Some("DocumentReference"))
    .then(|| content.get("attachment"))?
}
