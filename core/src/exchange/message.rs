//! FHIR messaging as another way to bring a request to its recipient (R86).
//!
//! The guide draws its arrows as messages and declares no messaging in its CapabilityStatements, so this
//! is an offer for partners who have agreed on it: a request is wrapped with [`message`], posted with
//! [`process_message`], and what comes back is read by [`read_processed`]; whoever gets one reads it with
//! [`read_message`]. From there on both sides go on as without Task.
//!
//! Source of the rules: R4 messaging.html, messageheader.html and the value set response-code.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use super::{Answer, Fault, FaultKind, HttpRequest, HttpResponse, Servers, read_answer, request};
use crate::{
    fhir::{Coding, Identifier, Instant, Resource, outcome},
    json::{Document, EditError, Value},
};

const PROCESS_MESSAGE: &str = "$process-message";

/// What stands in the header of a message.
#[derive(Clone, PartialEq, Eq)]
pub struct MessageDraft {
    /// UUID of the message. Sent again it has to be the same: by it the recipient knows that it has the
    /// message already.
    pub id: String,
    /// What the message is about, as the partners have agreed, 1..1.
    pub event: Coding,
    /// Endpoint of the sender, an absolute URL, 1..1.
    pub source: String,
    /// Endpoint that it is meant for, an absolute URL, 0..1.
    pub destination: Option<String>,
}

/// A message as it arrived.
#[derive(Clone, Debug)]
pub struct Message {
    /// `MessageHeader.id`, by which one that comes twice is known, 0..1.
    pub id: Option<String>,
    /// Endpoint of the sender, 0..1.
    pub source: Option<String>,
    /// The CommunicationRequest.
    pub request: Document,
    /// What came along with it, 0..*.
    pub carried: Vec<Document>,
}

/// Why a Bundle is no message with a CommunicationRequest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoMessage {
    /// Not a Bundle of type message.
    #[error("expected a Bundle of type message")]
    Bundle,
    /// The first entry is something else (bdl-12).
    #[error("the first entry of a message is its MessageHeader")]
    Header,
    /// What the message is about is something else, or not in it.
    #[error("the focus of the message is no CommunicationRequest that is in it")]
    Focus,
}

/// Why no message can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsendable {
    /// A resource has no id, so that nothing in the message can refer to it.
    #[error("a resource in a message has a type and an id: store the request first, or give it one")]
    Identity,
    /// A resource could not be written.
    #[error(transparent)]
    Edit(#[from] EditError),
}

/// `request` as a message, with `carried` beside it for a recipient that can reach no other server
/// (R112). References to resources of the Bundle resolve by their absolute URL at `base`, the server
/// that holds them.
///
/// # Errors
/// [`Unsendable`] where a resource has no id.
pub fn message(
    draft: &MessageDraft,
    base: &str,
    request: &Document,
    carried: &[Document],
    now: Instant,
) -> Result<Document, Unsendable> {
    let urn = Identifier::uuid(&draft.id).value.unwrap_or_default();
    let full_url = |resource: &Document| {
        let named = Resource::read(resource).and_then(|it| Some((it.resource_type(), it.id()?)));
        let (resource_type, id) = named.ok_or(Unsendable::Identity)?;
        Ok::<_, Unsendable>(format!("{base}/{resource_type}/{id}"))
    };
    let focus = full_url(request)?;
    let mut bundle = Document::object();
    bundle.set("/resourceType", "Bundle")?;
    bundle.set("/type", "message")?;
    bundle.set("/timestamp", &now)?;
    bundle.set("/entry/0/fullUrl", &urn)?;
    let header = "/entry/0/resource";
    bundle.set(&format!("{header}/resourceType"), "MessageHeader")?;
    bundle.set(&format!("{header}/id"), &draft.id)?;
    bundle.set(&format!("{header}/eventCoding"), &draft.event)?;
    if let Some(destination) = &draft.destination {
        bundle.set(&format!("{header}/destination/0/endpoint"), destination)?;
    }
    bundle.set(&format!("{header}/source/endpoint"), &draft.source)?;
    bundle.set(&format!("{header}/focus/0/reference"), &focus)?;
    for (at, resource) in core::iter::once(request).chain(carried).enumerate() {
        let entry = format!("/entry/{}", at + 1);
        bundle.set(&format!("{entry}/fullUrl"), &full_url(resource)?)?;
        bundle.set_raw(&format!("{entry}/resource"), resource.text())?;
    }
    Ok(bundle)
}

/// Posts a message to the server registered as `server`.
pub fn process_message(server: &str, message: &Document) -> HttpRequest {
    request::post(server, PROCESS_MESSAGE.to_string(), message)
}

/// What the recipient says to a message; `response` is `None` where nothing came back.
///
/// # Errors
/// [`Fault`]: of a passing kind where the same message may be sent again, which `transient-error` and a
/// lost answer allow and `fatal-error` does not.
pub fn read_processed(
    servers: &Servers,
    request: &HttpRequest,
    response: Option<&HttpResponse>,
) -> Result<(), Fault> {
    let response = response.ok_or(Fault::of(FaultKind::Network))?;
    let Answer::Resource(answer, _) = read_answer(servers, request, response)? else { return Ok(()) };
    let fault = |kind, issues| Fault { status: Some(response.status), issues, ..Fault::of(kind) };
    let Some(bundle) = Resource::read(&answer) else {
        return Err(fault(FaultKind::WrongResource, Vec::new()));
    };
    let header = bundle.entries().find(|entry| entry.is("MessageHeader"));
    let code = header.and_then(|it| it.value().pointer("/response/code")).and_then(Value::as_str);
    let issues = bundle.entries().flat_map(outcome::read).collect();
    match code.as_deref() {
        Some("ok") => Ok(()),
        Some("transient-error") => Err(fault(FaultKind::Unavailable, issues)),
        Some("fatal-error") => Err(fault(FaultKind::Invalid, issues)),
        _ => Err(fault(FaultKind::WrongResource, issues)),
    }
}

/// Takes a message apart.
///
/// # Errors
/// [`NoMessage`] where it holds no CommunicationRequest to act on.
pub fn read_message(bundle: &Document) -> Result<Message, NoMessage> {
    let resource = Resource::read(bundle).filter(|it| it.is("Bundle")).ok_or(NoMessage::Bundle)?;
    if resource.value().string("type").as_deref() != Some("message") {
        return Err(NoMessage::Bundle);
    }
    let mut entries = bundle.root().list("entry");
    let header = entries.next().and_then(|entry| entry.get("resource")).ok_or(NoMessage::Header)?;
    if header.string("resourceType").as_deref() != Some("MessageHeader") {
        return Err(NoMessage::Header);
    }
    let focus = header.pointer("/focus/0/reference").and_then(Value::as_str).ok_or(NoMessage::Focus)?;
    let owned = |it: Option<Value<'_>>| it.and_then(Value::as_str).map(Into::into);
    let (mut request, mut carried) = (None, Vec::new());
    for entry in entries {
        let Some(resource) = entry.get("resource") else { continue };
        let Ok(document) = Document::parse(resource.raw()) else { continue };
        let is_focus = entry.string("fullUrl").is_some_and(|url| url == focus || ends_with(&url, &focus));
        let is_request = resource.string("resourceType").as_deref() == Some("CommunicationRequest");
        if is_focus && is_request && request.is_none() {
            request = Some(document);
        } else {
            carried.push(document);
        }
    }
    Ok(Message {
        id: owned(header.get("id")),
        source: owned(header.pointer("/source/endpoint")),
        request: request.ok_or(NoMessage::Focus)?,
        carried,
    })
}

/// Whether `url` is what the relative `reference` means in its Bundle (R4 bundle.html#references).
fn ends_with(url: &str, reference: &str) -> bool {
    url.strip_suffix(reference).is_some_and(|base| base.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Headers;
    use alloc::collections::BTreeMap;

    const HOME: &str = "https://payer.example/fhir";

    fn document(text: &str) -> Document {
        Document::parse(text).unwrap()
    }

    fn draft() -> MessageDraft {
        MessageDraft {
            id: "7d5ee6e6-0ff5-4d2c-9d0c-5b1e8b0d2f10".into(),
            event: Coding::new("http://payer.example/events", "solicit"),
            source: "https://payer.example/messages".into(),
            destination: Some("https://clinic.example/messages".into()),
        }
    }

    fn sent() -> Document {
        let request = document(
            r#"{"resourceType":"CommunicationRequest","id":"1","status":"active",
                "subject":{"reference":"Patient/ann"}}"#,
        );
        let patient = document(r#"{"resourceType":"Patient","id":"ann","gender":"female"}"#);
        message(&draft(), HOME, &request, &[patient], Instant::from_unix_milliseconds(0)).unwrap()
    }

    fn processed(status: u16, body: &str) -> Result<(), FaultKind> {
        let bases = [("partner".to_string(), "https://clinic.example/fhir".to_string())];
        let servers = Servers::try_from(BTreeMap::from(bases)).unwrap();
        let response = HttpResponse { status, headers: Headers::default(), body: body.into() };
        read_processed(&servers, &process_message("partner", &sent()), Some(&response))
            .map_err(|fault| fault.kind)
    }

    fn response(code: &str) -> String {
        format!(
            r#"{{"resourceType":"Bundle","type":"message","entry":[{{"resource":{{"resourceType":"MessageHeader",
                "response":{{"identifier":"x","code":"{code}"}}}}}}]}}"#
        )
    }

    #[test]
    fn r86_a_message_is_read_as_it_was_written() {
        let sent = sent();
        let read = read_message(&sent).unwrap();
        assert_eq!(read.id.as_deref(), Some(draft().id.as_str()), "known again when it comes twice");
        assert_eq!(read.source.as_deref(), Some("https://payer.example/messages"));
        assert_eq!(read.request.root().string("id").as_deref(), Some("1"));
        assert_eq!(read.carried.len(), 1);
        assert_eq!(process_message("partner", &sent).url, "$process-message");
    }

    #[test]
    fn r86_only_a_transient_error_is_sent_again() {
        assert_eq!(processed(200, &response("ok")), Ok(()));
        assert_eq!(processed(200, &response("transient-error")), Err(FaultKind::Unavailable));
        assert_eq!(processed(200, &response("fatal-error")), Err(FaultKind::Invalid));
        assert_eq!(processed(200, &response("perhaps")), Err(FaultKind::WrongResource));
        assert_eq!(processed(503, ""), Err(FaultKind::Unavailable));
        assert_eq!(processed(404, ""), Err(FaultKind::NotFound), "a server without messaging");
        assert_eq!(processed(200, ""), Ok(()), "taken, without a word");
        assert!(FaultKind::Unavailable.is_passing() && !FaultKind::Invalid.is_passing());
    }

    #[test]
    fn r86_what_is_no_message_is_named() {
        let read = |edit: &dyn Fn(&mut Document)| {
            let mut bundle = sent();
            edit(&mut bundle);
            read_message(&bundle).map(|_| ()).unwrap_err()
        };
        assert_eq!(read(&|bundle| bundle.set("/type", "collection").unwrap()), NoMessage::Bundle);
        assert_eq!(read(&|bundle| bundle.remove("/entry/0").unwrap()), NoMessage::Header);
        assert_eq!(read(&|bundle| bundle.remove("/entry/1").unwrap()), NoMessage::Focus);
        let elsewhere = |bundle: &mut Document| {
            bundle.set("/entry/0/resource/focus/0/reference", "CommunicationRequest/2").unwrap();
        };
        assert_eq!(read(&elsewhere), NoMessage::Focus);
    }

    #[test]
    fn r86_what_nothing_could_refer_to_is_not_sent() {
        let request = document(r#"{"resourceType":"CommunicationRequest","status":"draft"}"#);
        let sent = message(&draft(), HOME, &request, &[], Instant::from_unix_milliseconds(0));
        assert_eq!(sent.map(|_| ()), Err(Unsendable::Identity));
    }

    #[test]
    fn r86_a_relative_focus_is_found_by_its_place() {
        let mut bundle = sent();
        bundle.set("/entry/0/resource/focus/0/reference", "CommunicationRequest/1").unwrap();
        assert!(read_message(&bundle).is_ok());
    }
}
