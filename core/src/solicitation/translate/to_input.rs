//! What is asked in the focus of a Task, in its input.

use alloc::{borrow::ToOwned, format, string::String, vec::Vec};

use super::{
    BESIDE_A_QUERY, DOCUMENT, Lost, NOT_CLAIMED, SHARED, Untranslatable, carry, carry_contained, held, json,
    same, unclaim, uncontain,
};
use crate::{
    fhir::{
        CodeableConcept, Coding, Communication, CommunicationRequest, Reference, Resource, Target, Task,
        base64,
        views::{NOTE_TYPE, QUERY_STRING},
    },
    json::{Document, EditError, Value},
    lifecycle::{Beside, Slot, Way},
    solicitation::{Asked, ledger::asked_by},
};

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

/// A translation under way.
pub(super) struct ToInput<'g> {
    slots: &'g [Slot],
    output: &'g Coding,
    pub(super) beside: Option<&'g Beside>,
    pub(super) lost: Vec<Lost>,
}

impl<'g> ToInput<'g> {
    pub(super) const fn new(slots: &'g [Slot], output: &'g Coding, beside: Option<&'g Beside>) -> Self {
        Self { slots, output, beside, lost: Vec::new() }
    }

    pub(super) fn lose(&mut self, path: impl Into<String>, reason: &'static str) {
        self.lost.push(Lost { path: path.into(), reason });
    }

    pub(super) fn translate(
        &mut self,
        task: &Document,
        resources: &[Document],
    ) -> Result<Document, Untranslatable> {
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
        self.mark(&mut it, request)?;
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
                    format!(r#"{{"contentType":"text/plain","data":"{}"}}"#, base64::encode(text.as_bytes()))
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

/// The member of an input that holds what is asked for.
const fn member(way: Way) -> &'static str {
    match way {
        Way::Query => "valueString",
        Way::Code => "valueCodeableConcept",
        Way::Questionnaire => "valueCanonical",
    }
}
