//! The resources that the machines write.

use alloc::{boxed::Box, format, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{Refusal, draft::SIGNATURE};
use crate::{
    exchange::rebase,
    fhir::{CodeableConcept, Coding, CommunicationRequest, Identifier, Instant, Reference, Resource, Target},
    json::{Document, FromJson},
    lifecycle::{Ask, CommunicationRequestStatus, CommunicationStatus, Guide, Status},
    pack::Pack,
    solicitation::{Lost, Translation, carry, translate},
    validate::{Options, validate},
};

/// `meta.tag` that says that the recipient is meant to act (R10).
pub(super) const ACTIONABLE: (&str, &str) =
    ("http://terminology.hl7.org/CodeSystem/common-tags", "actionable");
const ASK_ONE_THING: &str = "this guide asks by Task.input for one thing: one query, one type of note or one text, \
    and nothing beside it; ask for others with requests of their own";
/// `Task.code` of the 2019 guide: fulfill the focal request (R9).
const FULFILL: (&str, &str) = ("http://hl7.org/fhir/CodeSystem/task-code", "fulfill");

/// Content of a Communication: FHIR `Attachment`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Attachment {
    /// MIME type; required where there is `data` (att-1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Base64 of the content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// Where the content can be had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Bytes before base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u32>,
    /// Base64 of the SHA-1 of the content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// What to call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// One payload of a Communication to send: exactly one content, and which item it answers.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PayloadDraft {
    /// Index of the payload of the request that this answers; it then carries the same query or
    /// note type, by which the other side matches it (R15).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<usize>,
    /// Words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_string: Option<String>,
    /// A document in place or by URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_attachment: Option<Attachment>,
    /// A resource on a server that the other side may read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_reference: Option<Reference>,
}

impl PayloadDraft {
    pub(super) fn has_one_content(&self) -> bool {
        let contents = [
            self.content_string.is_some(),
            self.content_attachment.is_some(),
            self.content_reference.is_some(),
        ];
        contents.iter().filter(|present| **present).count() == 1
    }
}

/// The request as it is to be sent from `home`: active, with a business identifier of its own
/// (R18) and the time of writing; without the marks of a copy elsewhere.
pub(super) fn request_to_send(
    draft: &Document,
    identifier: &Identifier,
    now: Instant,
) -> Result<Document, Refusal> {
    let wrong = Refusal::WrongResource { expected: "CommunicationRequest" };
    let status = CommunicationRequest::read(draft).ok_or(wrong)?.status().map(alloc::borrow::Cow::into_owned);
    let sendable = [CommunicationRequestStatus::Draft, CommunicationRequestStatus::Active];
    if !status.is_none_or(|code| sendable.iter().any(|status| status.code() == code)) {
        return Err(Refusal::NotSendable);
    }
    let mut request = draft.clone();
    unmark(&mut request)?;
    request.set("/identifier/-", identifier)?;
    request.set("/status", CommunicationRequestStatus::Active.code())?;
    if request.root().get("authoredOn").is_none() {
        request.set("/authoredOn", &now)?;
    }
    checked(request)
}

/// Takes off what a server has marked its copy with.
pub(super) fn unmark(resource: &mut Document) -> Result<(), Refusal> {
    for pointer in ["/id", "/meta/versionId", "/meta/lastUpdated"] {
        resource.remove(pointer)?;
    }
    if resource.root().get("meta").is_some_and(|meta| meta.members().next().is_none()) {
        resource.remove("/meta")?;
    }
    Ok(())
}

/// Marks the request as one that asks its recipient to act (R10).
pub(super) fn make_actionable(request: &mut Document) -> Result<(), Refusal> {
    let (system, code) = ACTIONABLE;
    if !Resource::read(request).is_some_and(|resource| resource.has_tag(system, code)) {
        request.set("/meta/tag/-", &Coding::new(system, code))?;
    }
    Ok(())
}

/// What `Task` and `Communication` begin with.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Head<'a> {
    resource_type: &'static str,
    identifier: [&'a Identifier; 1],
    status: &'a str,
}

fn begin(resource_type: &'static str, identifier: &Identifier, status: &str) -> Result<Document, Refusal> {
    let mut document = Document::object();
    document.set("", &Head { resource_type, identifier: [identifier], status })?;
    Ok(document)
}

/// The Task that asks for `request`, whose absolute URL is `focus` (R9, R11, R30 to R34). References
/// are still those of `home`.
pub(super) fn task_for(
    guide: &Guide,
    request: &Document,
    focus: &str,
    owner: Option<&Reference>,
    identifier: &Identifier,
    now: Instant,
) -> Result<Document, Refusal> {
    let source = request.root();
    let mut task = begin("Task", identifier, "requested")?;
    carry(&mut task, "/groupIdentifier", source.get("groupIdentifier"))?;
    task.set("/intent", "order")?;
    carry(&mut task, "/priority", source.get("priority"))?;
    task.set("/code", &CodeableConcept::code(FULFILL.0, FULFILL.1))?;
    task.set("/focus", &Reference::to(focus))?;
    carry(&mut task, "/for", source.get("subject"))?;
    task.set("/authoredOn", &now)?;
    task.set("/lastModified", &now)?;
    carry(&mut task, "/requester", source.get("requester"))?;
    match owner {
        Some(owner) => task.set("/owner", owner)?,
        None => carry(&mut task, "/owner", Some(source.get("sender").ok_or(Refusal::MissingOwner)?))?,
    }
    carry(&mut task, "/restriction/period/start", source.pointer("/occurrencePeriod/start"))?;
    let due = source.pointer("/occurrencePeriod/end").or_else(|| source.get("occurrenceDateTime"));
    if let Some(due) = due {
        task.set_raw("/restriction/period/end", due.raw())?;
    }
    if matches!(guide.ask, Ask::Focus { .. }) {
        return checked(task);
    }
    let translated = translate(&[task, request.clone()], &Guide::r4(), guide);
    let Translation { mut resources, lost } = translated.map_err(|_| Refusal::Draft(ASK_ONE_THING))?;
    check_marks(guide, request, &lost)?;
    if lost.iter().any(|lost| lost.path.starts_with("CommunicationRequest.payload")) {
        return Err(Refusal::Draft(ASK_ONE_THING));
    }
    checked(resources.swap_remove(0))
}

/// What is said beside the request must reach the other side, and be enough (R35 to R37).
fn check_marks(guide: &Guide, request: &Document, lost: &[Lost]) -> Result<(), Refusal> {
    let beside = guide.ask.beside();
    let signed = Resource::read(request).is_some_and(|it| it.has_tag(SIGNATURE.0, SIGNATURE.1));
    if signed && beside.is_none() {
        return Err(Refusal::Draft("this guide has no way to demand a signature"));
    }
    let Some(beside) = beside else { return Ok(()) };
    let tags = request.root().get("meta").into_iter().flat_map(|meta| meta.list("tag")).map(Coding::read);
    let of_guide = |(at, tag): (usize, Coding)| {
        tag.system.as_ref() == Some(&beside.work_queues.system)
            && lost.iter().any(|lost| lost.path == format!("CommunicationRequest.meta.tag[{at}]"))
    };
    if tags.enumerate().any(of_guide) {
        return Err(Refusal::Draft("the guide has no work queue of this code"));
    }
    let labels = request.root().get("meta").into_iter().flat_map(|meta| meta.list("security"));
    let coding = labels.map(Coding::read).filter(|label| beside.is_purpose(label)).collect();
    if beside.is_unspecific(&CodeableConcept { coding, text: None }) {
        return Err(Refusal::Draft(
            "a purpose of use not explained elsewhere needs a second code that says which (CONF-083)",
        ));
    }
    Ok(())
}

/// What a data request returns where it is no resource yet: a document of the owner.
pub(super) fn returned_document(
    request: &Document,
    attachment: &impl Serialize,
    identifier: &Identifier,
) -> Result<Document, Refusal> {
    let mut document = begin("DocumentReference", identifier, "current")?;
    carry(&mut document, "/subject", request.root().get("subject"))?;
    document.set("/content/0/attachment", attachment)?;
    checked(document)
}

/// The Task that asks an Information Recipient to fetch a Communication, whose absolute URL is
/// `focus` (R13, form ii).
pub(super) fn communication_task(
    request: &Document,
    request_url: &str,
    focus: &str,
    recipient: Option<&Reference>,
    identifier: &Identifier,
    now: Instant,
) -> Result<Document, Refusal> {
    let source = request.root();
    let mut task = begin("Task", identifier, "requested")?;
    task.set("/basedOn/-", &Reference::to(request_url))?;
    carry(&mut task, "/groupIdentifier", source.get("groupIdentifier"))?;
    task.set("/intent", "order")?;
    task.set("/code", &CodeableConcept::code(FULFILL.0, FULFILL.1))?;
    task.set("/focus", &Reference::to(focus))?;
    carry(&mut task, "/for", source.get("subject"))?;
    task.set("/authoredOn", &now)?;
    task.set("/lastModified", &now)?;
    carry(&mut task, "/requester", source.get("sender"))?;
    if let Some(recipient) = recipient {
        task.set("/owner", recipient)?;
    }
    checked(task)
}

/// What a Communication says.
pub(super) struct Message<'a> {
    pub(super) status: CommunicationStatus,
    pub(super) reason: Option<&'a CodeableConcept>,
    pub(super) payloads: &'a [PayloadDraft],
    pub(super) note: Option<&'a str>,
}

/// The Communication that answers `request`, which stands at `request_url` (R8, R12): from `sender`, else from
/// whom the request names.
pub(super) fn communication(
    request: &Document,
    request_url: &str,
    message: &Message<'_>,
    sender: Option<&Reference>,
    identifier: &Identifier,
    now: Instant,
) -> Result<Document, Refusal> {
    let source = request.root();
    let mut document = begin("Communication", identifier, message.status.code())?;
    let mut based_on = Reference::to(request_url);
    based_on.identifier = Resource::read(request).and_then(|request| request.identifiers().last());
    document.set("/basedOn/-", &based_on)?;
    if let Some(reason) = message.reason {
        document.set("/statusReason", reason)?;
    }
    carry(&mut document, "/category", source.get("category"))?;
    carry(&mut document, "/subject", source.get("subject"))?;
    carry(&mut document, "/recipient", source.get("recipient"))?;
    match sender {
        Some(sender) => document.set("/sender", sender)?,
        None => carry(&mut document, "/sender", source.get("sender"))?,
    }
    if message.status == CommunicationStatus::Completed {
        if message.payloads.is_empty() || !message.payloads.iter().all(PayloadDraft::has_one_content) {
            return Err(Refusal::PayloadRequired);
        }
        document.set("/sent", &now)?;
    }
    for (at, payload) in message.payloads.iter().enumerate() {
        let pointer = format!("/payload/{at}");
        if let Some(item) = payload.answers {
            let asked = source.get("payload").and_then(|payloads| payloads.item(item));
            let asked = asked.ok_or(Refusal::NoSuchItem(item))?;
            if let Some(extension) = asked.get("extension") {
                document.set_raw(&format!("{pointer}/extension"), extension.raw())?;
            }
        }
        if let Some(text) = &payload.content_string {
            document.set(&format!("{pointer}/contentString"), text)?;
        }
        if let Some(attachment) = &payload.content_attachment {
            document.set(&format!("{pointer}/contentAttachment"), attachment)?;
        }
        if let Some(reference) = &payload.content_reference {
            document.set(&format!("{pointer}/contentReference"), reference)?;
        }
    }
    if let Some(note) = message.note {
        document.set("/note/-/text", note)?;
    }
    checked(document)
}

/// Authoring is strict: what breaks R4 is not sent.
pub(super) fn checked(document: Document) -> Result<Document, Refusal> {
    let report = validate(&document, Pack::exchange(), &Options::default());
    if report.is_valid() { Ok(document) } else { Err(Refusal::Invalid(Box::new(report))) }
}

/// `document` with its references meant at `to` instead of `from`.
pub(super) fn rebased(mut document: Document, from: &str, to: &str) -> Document {
    rebase(&mut document, from, to);
    document
}

/// The references of the Communications that a Task has for its output or its focus.
pub(super) fn communications_of(references: Vec<Reference>) -> impl Iterator<Item = String> {
    references.into_iter().filter_map(|reference| match reference.target()? {
        Target::Literal(literal) if literal.resource_type == "Communication" => reference.reference,
        _ => None,
    })
}
