//! The same exchange in the words of another guide.
//!
//! ```text
//! a guide that asks by focus                    a guide that asks by input
//!   Task.focus ─▶ CommunicationRequest            Task.basedOn ─▶ CommunicationRequest
//!                 CommunicationRequest.payload    Task.input
//!   Task.output ─▶ Communication.payload          Task.output
//! ```
//!
//! The Task is taken over as it is, so that what both can say is lost in neither direction; only what
//! the pictures name is moved. What has no place on the other side is listed.

use alloc::{borrow::ToOwned, format, string::String, vec::Vec};

use serde::Serialize;

use super::{Asked, ledger::asked_by};
use crate::{
    fhir::{
        CodeableConcept, Coding, Communication, CommunicationRequest, Reference, Resource, Target, Task,
        views::{NOTE_TYPE, QUERY_STRING},
    },
    json::{Document, EditError, Kind, Value},
    lifecycle::{Ask, Guide, Slot, Status, TaskStatus, Way},
};

/// What stands in `payload.content[x]`, which R4 demands, beside a query that says it all.
pub const BESIDE_A_QUERY: &str = "Please send what the query finds.";
/// Ids of what is contained in a Task because nothing else holds it.
const REQUEST: &str = "communication-request";
const ANSWER: &str = "communication";
const DOCUMENT: &str = "document-";

/// What came of a translation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Translation {
    /// The exchange in the words of the other guide, the Task first.
    pub resources: Vec<Document>,
    /// What it does not say any more.
    pub lost: Vec<Lost>,
}

/// Something that one guide says and the other cannot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lost {
    /// The element in the resource given, as FHIRPath.
    pub path: String,
    /// Why it is lost; quotes no content.
    pub reason: &'static str,
}

/// Why there is nothing to translate to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Untranslatable {
    /// Both guides ask in the same way.
    #[error("the two guides ask in the same way; nothing has to be translated")]
    Alike,
    /// There is no Task that asks as the first guide has it.
    #[error("no Task among the resources asks for something as the guide it comes from has it")]
    NoTask,
    /// There is no CommunicationRequest.
    #[error("the CommunicationRequest that the Task asks for is neither among the resources nor contained")]
    NoRequest,
    /// The other guide has no way to ask for any of it.
    #[error("the other guide has no way to ask for what is asked for")]
    NothingAsked,
    /// A resource cannot be written because an element stands in the way.
    #[error(transparent)]
    Edit(#[from] EditError),
}

/// Translates one exchange: the Task, and as far as they are at hand its CommunicationRequest and
/// its Communications, in any order.
///
/// # Errors
/// [`Untranslatable`] where nothing would be left to ask for.
pub fn translate(resources: &[Document], from: &Guide, to: &Guide) -> Result<Translation, Untranslatable> {
    let mut tasks = resources.iter().filter(|it| Task::read(it).is_some_and(|task| from.ask.is_in(task)));
    match (&from.ask, &to.ask) {
        (Ask::Focus { .. }, Ask::Input { slots, output }) => {
            let mut to = ToInput { slots, output, lost: Vec::new() };
            let task = to.translate(tasks.next().ok_or(Untranslatable::NoTask)?, resources)?;
            Ok(Translation { resources: alloc::vec![task], lost: to.lost })
        }
        (Ask::Input { .. }, Ask::Focus { code }) => {
            to_focus(tasks.next().ok_or(Untranslatable::NoTask)?, resources, &from.ask, code)
        }
        _ => Err(Untranslatable::Alike),
    }
}

/// Elements of the CommunicationRequest that a Task has as well.
const SHARED: [(&str, &str); 8] = [
    ("groupIdentifier", "groupIdentifier"),
    ("priority", "priority"),
    ("subject", "for"),
    ("encounter", "encounter"),
    ("authoredOn", "authoredOn"),
    ("requester", "requester"),
    ("sender", "owner"),
    ("note", "note"),
];
/// What belongs to a resource as such, or is dealt with by name.
const REQUEST_ITSELF: [&str; 13] = [
    "resourceType",
    "id",
    "meta",
    "contained",
    "text",
    "status",
    "identifier",
    "payload",
    "occurrencePeriod",
    "occurrenceDateTime",
    "recipient",
    "reasonCode",
    "about",
];
const ANSWER_ITSELF: [&str; 9] =
    ["resourceType", "id", "meta", "contained", "text", "basedOn", "status", "payload", "recipient"];

struct ToInput<'g> {
    slots: &'g [Slot],
    output: &'g Coding,
    lost: Vec<Lost>,
}

impl ToInput<'_> {
    fn lose(&mut self, path: impl Into<String>, reason: &'static str) {
        self.lost.push(Lost { path: path.into(), reason });
    }

    fn translate(&mut self, task: &Document, resources: &[Document]) -> Result<Document, Untranslatable> {
        let view = Task::read(task).ok_or(Untranslatable::NoTask)?;
        let link = view.asks_for().unwrap_or_default();
        let held = held(task, &link, resources, "CommunicationRequest");
        let request = held.as_ref().map_or(Err(Untranslatable::NoRequest), |(request, _)| Ok(request))?;
        let mut it = task.clone();
        self.unclaim(&mut it)?;
        it.remove("/focus")?;
        it.remove("/output")?;
        self.link(&mut it, view, &link, request)?;
        self.ask(&mut it, request)?;
        self.share(&mut it, request)?;
        self.answer(&mut it, view, resources)?;
        Ok(it)
    }

    /// What the Task claims to conform to, it no longer does.
    fn unclaim(&mut self, task: &mut Document) -> Result<(), EditError> {
        if unclaim(task)? {
            self.lose("Task.meta.profile", NOT_CLAIMED);
        }
        Ok(())
    }

    /// Keeps the link to the request as the authorization of the Task; a contained one goes.
    fn link(
        &mut self,
        it: &mut Document,
        task: Task<'_>,
        link: &Reference,
        request: &Document,
    ) -> Result<(), EditError> {
        let identifiers: Vec<_> =
            Resource::read(request).map(|it| it.identifiers().collect()).unwrap_or_default();
        let mut named = 0;
        if let Some(Target::Contained(id)) = link.target() {
            uncontain(it, id)?;
        } else {
            let known = task.based_on().iter().any(|based_on| based_on.reference == link.reference);
            if !known {
                let identifier = link.identifier.clone().or_else(|| identifiers.first().cloned());
                named = usize::from(identifier.is_some());
                it.set("/basedOn/-", &Reference { identifier, ..link.clone() })?;
            }
        }
        for index in named..identifiers.len() {
            self.lose(
                format!("CommunicationRequest.identifier[{index}]"),
                "a Task names what it is based on by one identifier",
            );
        }
        Ok(())
    }

    /// `payload` to `input`.
    fn ask(&mut self, it: &mut Document, request: &Document) -> Result<(), Untranslatable> {
        let view = CommunicationRequest::read(request).ok_or(Untranslatable::NoRequest)?;
        let mut asked = None;
        for (index, payload) in view.payloads().enumerate() {
            let path = format!("CommunicationRequest.payload[{index}]");
            let (way, value) = match asked_by(payload) {
                Asked::Query(query) => (Way::Query, json(&query)?),
                Asked::NoteType(mut concept) => {
                    let text = payload.content_string().filter(|text| concept.words() != Some(text));
                    let wording = text.is_some() && concept.text.is_none();
                    if wording {
                        concept.text = text.map(Into::into);
                    } else if text.is_some() {
                        self.lose(format!("{path}.contentString"), "the code has a text of its own");
                    }
                    (Way::Code, json(&concept)?)
                }
                Asked::Text(text) => (Way::Code, json(&CodeableConcept::text(&text))?),
                Asked::Content => {
                    self.lose(path, "a Task asks by query, by code or in words");
                    continue;
                }
            };
            let Some(slot) = self.slots.iter().find(|slot| slot.way == way) else {
                self.lose(path, "the guide does not ask in this way");
                continue;
            };
            if asked.is_some() {
                self.lose(path, "a Task asks for one thing; ask for this with a Task of its own");
                continue;
            }
            let beside = payload.content_string().is_some_and(|text| text != BESIDE_A_QUERY);
            if way == Way::Query && beside {
                self.lose(format!("{path}.contentString"), "a Task says nothing beside its query");
            }
            for (at, extension) in payload.value().list("extension").enumerate() {
                let url = extension.string("url");
                let used = if way == Way::Query { QUERY_STRING } else { NOTE_TYPE };
                if url.as_deref() != Some(used) {
                    self.lose(format!("{path}.extension[{at}]"), "an input has no place for it");
                }
            }
            asked = Some((slot.clone(), value));
        }
        let (slot, value) = asked.ok_or(Untranslatable::NothingAsked)?;
        it.set("/code", &CodeableConcept { coding: alloc::vec![slot.code.clone()], text: None })?;
        let kind = CodeableConcept { coding: alloc::vec![slot.input.clone()], text: None };
        let mut inputs =
            alloc::vec![format!(r#"{{"type":{},"{}":{value}}}"#, json(&kind)?, member(slot.way))];
        inputs.extend(it.root().list("input").map(|input| input.raw().to_owned()));
        it.set_raw("/input", &format!("[{}]", inputs.join(",")))?;
        Ok(())
    }

    /// What else the request says, where the Task has an element for it and does not use it yet.
    fn share(&mut self, it: &mut Document, request: &Document) -> Result<(), EditError> {
        let source = request.root();
        for (name, target) in SHARED {
            self.carry(it, &format!("CommunicationRequest.{name}"), source.get(name), &format!("/{target}"))?;
        }
        for (pointer, path) in
            [("/occurrencePeriod/end", "occurrencePeriod.end"), ("/occurrenceDateTime", "occurrenceDateTime")]
        {
            let due = source.pointer(pointer);
            self.carry(it, &format!("CommunicationRequest.{path}"), due, "/restriction/period/end")?;
        }
        if source.pointer("/occurrencePeriod/start").is_some() {
            self.lose("CommunicationRequest.occurrencePeriod.start", "a Task says until when, not from when");
        }
        if source.string("status").is_some_and(|status| status != "active") {
            self.lose("CommunicationRequest.status", "how far it is, the Task says for itself");
        }
        for (index, reason) in source.list("reasonCode").enumerate() {
            let path = format!("CommunicationRequest.reasonCode[{index}]");
            let mut concept = CodeableConcept::read(reason);
            concept.text = concept.words().map(ToOwned::to_owned);
            if index > 0 || concept.text.is_none() {
                self.lose(path, "a Task has one reason, with a text");
            } else if it.root().get("reasonCode").is_none() {
                it.set("/reasonCode", &concept)?;
            }
        }
        for (index, about) in source.list("about").enumerate() {
            let path = format!("CommunicationRequest.about[{index}]");
            let reference = about.string("reference");
            let target = reference.as_deref().map(Target::parse);
            if matches!(target, Some(Target::Literal(it)) if ["Claim", "Coverage"].contains(&it.resource_type))
            {
                self.carry(it, &path, Some(about), "/reasonReference")?;
            } else {
                self.lose(path, "the reason of a data request is a Claim or a Coverage");
            }
        }
        let asks = it.root().get("requester").map(Reference::read);
        self.others(source, "CommunicationRequest", &REQUEST_ITSELF, asks.as_ref());
        Ok(())
    }

    /// Copies an element; where the Task says something else, what the Task says holds.
    fn carry(
        &mut self,
        it: &mut Document,
        path: &str,
        element: Option<Value<'_>>,
        target: &str,
    ) -> Result<(), EditError> {
        match (element, it.root().pointer(target)) {
            (Some(element), Some(known)) if !same(element, known) => {
                self.lose(path, "the Task says something else, and that holds");
                Ok(())
            }
            (Some(element), None) => carry(it, target, Some(element)),
            _ => Ok(()),
        }
    }

    /// Lists what has no place in the Task.
    fn others(&mut self, source: Value<'_>, name: &str, itself: &[&str], asks: Option<&Reference>) {
        let recipients: Vec<_> = source.list("recipient").map(Reference::read).collect();
        for (index, recipient) in recipients.iter().enumerate() {
            if Some(recipient) != asks {
                self.lose(
                    format!("{name}.recipient[{index}]"),
                    "the answer of a data request is for its requester, who reads it",
                );
            }
        }
        for (key, _) in source.members() {
            let key = key.as_str();
            let shared = SHARED.iter().any(|(from, _)| *from == key);
            if !shared && !itself.contains(&&*key) {
                self.lose(format!("{name}.{key}"), "a data request has no element for it");
            }
        }
    }

    /// What the Communications say to `output`.
    fn answer(
        &mut self,
        it: &mut Document,
        task: Task<'_>,
        resources: &[Document],
    ) -> Result<(), Untranslatable> {
        let kind = json(&CodeableConcept { coding: alloc::vec![self.output.clone()], text: None })?;
        let mut outputs: Vec<String> = Vec::new();
        let mut told: Vec<Document> = Vec::new();
        for output in task.value().list("output") {
            let reference = output.get("valueReference").map(Reference::read);
            let held = reference
                .as_ref()
                .and_then(|link| held(task.value().document(), link, resources, "Communication"));
            match (held, output.get("valueReference")) {
                (Some((communication, contained)), _) => {
                    if contained && let Some(id) = Resource::read(&communication).and_then(Resource::id) {
                        uncontain(it, &id)?;
                    }
                    told.push(communication);
                }
                (None, Some(reference)) => {
                    outputs.push(format!(r#"{{"type":{kind},"valueReference":{}}}"#, reference.raw()));
                }
                (None, None) => outputs.push(output.raw().to_owned()),
            }
        }
        let posted = resources.iter().filter(|it| Communication::read(it).is_some());
        let posted: Vec<Document> = posted.filter(|it| !told.contains(it)).cloned().collect();
        told.extend(posted);
        for communication in &told {
            self.say(it, communication, &kind, &mut outputs)?;
        }
        if !outputs.is_empty() {
            it.set_raw("/output", &format!("[{}]", outputs.join(",")))?;
        }
        Ok(())
    }

    fn say(
        &mut self,
        it: &mut Document,
        communication: &Document,
        kind: &str,
        outputs: &mut Vec<String>,
    ) -> Result<(), EditError> {
        let source = communication.root();
        for payload in source.list("payload") {
            let attachment = match (payload.get("contentReference"), payload.get("contentAttachment")) {
                (Some(reference), _) => {
                    carry_contained(it, reference)?;
                    outputs.push(format!(r#"{{"type":{kind},"valueReference":{}}}"#, reference.raw()));
                    continue;
                }
                (None, Some(attachment)) => attachment.raw().to_owned(),
                (None, None) => {
                    let text = payload.string("contentString").unwrap_or_default();
                    format!(r#"{{"contentType":"text/plain","data":"{}"}}"#, base64(text.as_bytes()))
                }
            };
            let used = |number: &usize| {
                let id = format!("{DOCUMENT}{number}");
                it.root().list("contained").any(|one| one.string("id").as_deref() == Some(&*id))
            };
            let most = it.root().list("contained").count() + 1;
            let number = (1..=most).find(|number| !used(number)).unwrap_or(most);
            it.set_raw(
                "/contained/-",
                &format!(
                    r#"{{"resourceType":"DocumentReference","id":"{DOCUMENT}{number}","status":"current","content":[{{"attachment":{attachment}}}]}}"#
                ),
            )?;
            outputs.push(format!(
                r##"{{"type":{kind},"valueReference":{{"reference":"#{DOCUMENT}{number}"}}}}"##
            ));
        }
        self.carry(it, "Communication.subject", source.get("subject"), "/for")?;
        self.carry(it, "Communication.sender", source.get("sender"), "/owner")?;
        self.carry(it, "Communication.statusReason", source.get("statusReason"), "/statusReason")?;
        if source.string("status").is_some_and(|status| status != "completed") {
            self.lose("Communication.status", "how far it is, the Task says for all of it");
        }
        let asks = it.root().get("requester").map(Reference::read);
        let itself: Vec<&str> =
            ANSWER_ITSELF.iter().copied().chain(["subject", "sender", "statusReason"]).collect();
        for name in ["note", "encounter", "groupIdentifier", "priority", "authoredOn", "requester"] {
            if source.get(name).is_some() {
                self.lose(format!("Communication.{name}"), "a data request returns data, not a message");
            }
        }
        self.others(source, "Communication", &itself, asks.as_ref());
        Ok(())
    }
}

const NOT_CLAIMED: &str = "what it claims to conform to, it does not any more";

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
    Ok(request_of(view, &asked)?)
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

fn to_focus(
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
    write_asked(&mut request, asked)?;
    let words = match asked {
        Asked::Query(_) | Asked::Content => BESIDE_A_QUERY,
        Asked::NoteType(concept) => concept.words().unwrap_or_default(),
        Asked::Text(text) => text,
    };
    request.set("/payload/0/contentString", words)?;
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

/// The resource that `link`, read in `task`, means: contained, or among `resources`.
fn held(
    task: &Document,
    link: &Reference,
    resources: &[Document],
    resource_type: &str,
) -> Option<(Document, bool)> {
    match link.target()? {
        Target::Contained(id) => {
            let contained =
                task.root().list("contained").find(|it| it.string("id").as_deref() == Some(id))?;
            let document = Document::parse(contained.raw()).ok()?;
            Resource::read(&document)?.is(resource_type).then_some((document, true))
        }
        Target::Literal(literal) => {
            let is_meant = |it: &&Document| {
                Resource::read(it).is_some_and(|it| {
                    it.is(resource_type)
                        && literal.resource_type == resource_type
                        && it.id().as_deref() == Some(literal.id)
                })
            };
            let mut same_type =
                resources.iter().filter(|it| Resource::read(it).is_some_and(|it| it.is(resource_type)));
            let named = resources.iter().find(is_meant);
            // A request that was not stored yet has no id to be found by.
            let only = same_type.next().filter(|it| {
                same_type.next().is_none() && Resource::read(it).is_some_and(|it| it.id().is_none())
            });
            named.or(only).map(|document| (document.clone(), false))
        }
        _ => None,
    }
}

/// Copies an element from its document, with the contained resources it refers to (R112).
pub(crate) fn carry(into: &mut Document, pointer: &str, element: Option<Value<'_>>) -> Result<(), EditError> {
    let Some(element) = element else { return Ok(()) };
    carry_contained(into, element)?;
    into.set_raw(pointer, element.raw())
}

fn carry_contained(into: &mut Document, element: Value<'_>) -> Result<(), EditError> {
    let source = element.document().root();
    let references = core::iter::once(element).chain(element.items());
    for reference in references.filter_map(|value| value.string("reference")) {
        let Target::Contained(id) = Target::parse(&reference) else { continue };
        let same = |resource: &Value<'_>| resource.string("id").as_deref() == Some(id);
        let already = into.root().list("contained").any(|resource| same(&resource));
        if let Some(resource) = source.list("contained").find(same).filter(|_| !already) {
            into.set_raw("/contained/-", resource.raw())?;
        }
    }
    Ok(())
}

fn uncontain(it: &mut Document, id: &str) -> Result<(), EditError> {
    let kept: Vec<String> = it
        .root()
        .list("contained")
        .filter(|resource| resource.string("id").as_deref() != Some(id))
        .map(|resource| resource.raw().to_owned())
        .collect();
    let kept: Vec<&str> = kept.iter().map(String::as_str).collect();
    replace(it, "/contained", &kept)
}

/// Writes an array, which JSON of FHIR leaves out where it is empty.
fn replace(it: &mut Document, pointer: &str, items: &[&str]) -> Result<(), EditError> {
    if items.is_empty() { it.remove(pointer) } else { it.set_raw(pointer, &format!("[{}]", items.join(","))) }
}

fn unclaim(it: &mut Document) -> Result<bool, EditError> {
    let Some(meta) = it.root().get("meta").filter(|meta| meta.get("profile").is_some()) else {
        return Ok(false);
    };
    let only = meta.members().count() == 1;
    it.remove(if only { "/meta" } else { "/meta/profile" })?;
    Ok(true)
}

/// The member of an input that holds what is asked for.
const fn member(way: Way) -> &'static str {
    match way {
        Way::Query => "valueString",
        Way::Code => "valueCodeableConcept",
        Way::Questionnaire => "valueCanonical",
    }
}

fn json(value: &impl Serialize) -> Result<String, EditError> {
    let mut document = Document::object();
    document.set("", value)?;
    Ok(document.into_text())
}

/// Whether two values are the same, however they are written.
fn same(one: Value<'_>, other: Value<'_>) -> bool {
    match (one.kind(), other.kind()) {
        (Kind::Object, Kind::Object) => {
            one.members().count() == other.members().count()
                && one
                    .members()
                    .all(|(key, value)| other.get(&key.as_str()).is_some_and(|it| same(value, it)))
        }
        (Kind::Array, Kind::Array) => {
            one.items().count() == other.items().count()
                && one.items().zip(other.items()).all(|(one, other)| same(one, other))
        }
        (Kind::String, Kind::String) => one.as_str() == other.as_str(),
        _ => one.raw() == other.raw(),
    }
}

/// Base64 of RFC 4648, section 4.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group =
            chunk.iter().fold(0_u32, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = ALPHABET[(group >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= chunk.len() { digit.into() } else { '=' });
        }
    }
    text
}
