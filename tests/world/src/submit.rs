//! `POST [base]/$submit-attachment` (OperationDefinition submit-attachment of Da Vinci CDex): the server of a payer.
//!
//! Written from the definition of the operation and not with the library's own reader of submissions, so that each
//! has the other to disagree with. What is taken is kept as it came; what the payer makes of it is its own affair.

use std::{borrow::Cow, collections::BTreeMap};

use fhir_solicit::json::{Document, Value};

use crate::{
    message::Response,
    refusal::{Answer, Refusal},
    route::Call,
    server::Server,
};

/// Names of parameters and how often each is to be there, at least and at most.
const PARAMETERS: [(&str, usize, usize); 9] = [
    ("TrackingId", 1, 1),
    ("AttachTo", 1, 1),
    ("PayerId", 0, 1),
    ("OrganizationId", 0, 1),
    ("ProviderId", 0, 1),
    ("MemberId", 1, 1),
    ("ServiceDate", 0, 1),
    ("Attachment", 1, usize::MAX),
    ("Final", 0, 1),
];

/// What a payer's server knows of attachments, and what it was given.
#[derive(Clone, Default)]
pub(crate) struct Attachments {
    /// The values of the tracking ids that are waited for, and whether what comes has to be signed.
    awaited: BTreeMap<String, bool>,
    /// Most bytes of a submission.
    limit: Option<usize>,
    taken: Vec<Document>,
}

impl Server {
    /// Waits for attachments under this tracking id; those under others are held for a claim yet to come.
    pub fn await_attachments(&mut self, tracking_id: &str, signed: bool) {
        self.attachments.awaited.insert(tracking_id.to_owned(), signed);
    }

    /// Takes no more than so many bytes in one submission.
    pub fn limit_submissions(&mut self, bytes: usize) {
        self.attachments.limit = Some(bytes);
    }

    /// What was submitted and not refused, oldest first: each as often as it arrived.
    pub fn submissions(&self) -> &[Document] {
        &self.attachments.taken
    }
}

pub(crate) fn submit(server: &mut Server, call: &Call<'_>) -> Answer {
    let body = call.request.body.as_deref().unwrap_or_default();
    let attachments = &mut server.attachments;
    if let Some(limit) = attachments.limit.filter(|limit| body.len() > *limit) {
        let said = format!("a submission has {limit} bytes at most; divide it where the request allows that");
        return Err(Refusal::new(413, "too-costly", said));
    }
    let submission = Document::parse(body)?;
    let tracking = check(submission.root())?;
    let known = attachments.awaited.get(&tracking);
    if known == Some(&true) && !body.contains(r#""signature""#) {
        return Err(Refusal::new(400, "security", "what is attached has to be signed"));
    }
    let is_known = known.is_some();
    attachments.taken.push(submission);
    let response = Response::new(200);
    Ok(if is_known {
        response
    } else {
        let held = r#"{"resourceType":"OperationOutcome","issue":[{"severity":"information","code":"informational","diagnostics":"held for a claim to come"}]}"#;
        response.with_body(crate::message::FHIR_JSON, held.to_owned())
    })
}

/// The value of the tracking id, where everything is there that has to be.
fn check(root: Value<'_>) -> Result<String, Refusal> {
    if root.string("resourceType").as_deref() != Some("Parameters") {
        return Err(Refusal::invalid("a submission is a Parameters resource"));
    }
    let all = |name: &'static str| {
        root.list("parameter").filter(move |it| it.string("name").as_deref() == Some(name))
    };
    let known = |it: Value<'_>| {
        let name = it.string("name").unwrap_or_default();
        name == "AdminRefNumber" || PARAMETERS.iter().any(|(known, ..)| *known == name)
    };
    if !root.list("parameter").all(known) {
        return Err(Refusal::invalid("a parameter is not one of the operation's"));
    }
    for (name, least, most) in PARAMETERS {
        let count = all(name).count();
        if count < least || count > most {
            return Err(Refusal::invalid(format!("{name} is there {count} times")));
        }
    }
    if all("OrganizationId").chain(all("ProviderId")).next().is_none() {
        return Err(Refusal::invalid("neither OrganizationId nor ProviderId is there"));
    }
    let is_claim = all("AttachTo").any(|it| it.string("valueCode").as_deref() == Some("claim"));
    if is_claim && all("ServiceDate").next().is_none() {
        return Err(Refusal::invalid("a claim needs the ServiceDate"));
    }
    let has_content =
        |it: Value<'_>| it.list("part").filter(|part| part.get("resource").is_some()).count() == 1;
    if !all("Attachment").all(has_content) {
        return Err(Refusal::invalid("an Attachment has one Content"));
    }
    let tracking = all("TrackingId").next().and_then(|it| it.get("valueIdentifier"));
    let value = tracking.and_then(|it| it.string("value").map(Cow::into_owned));
    value.ok_or_else(|| Refusal::invalid("the TrackingId has no value"))
}
