//! Writing a CommunicationRequest.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use serde::{Deserialize, Serialize};

use super::{Refusal, embed::embed};
use crate::{
    fhir::{CodeableConcept, Coding, Reference, views::NOTE_TYPE, views::QUERY_STRING},
    json::{Document, FromJson},
    solicitation::{Asked, BESIDE_A_QUERY},
};

/// What to ask, in the terms of the exchange rather than of the resource.
///
/// `sender` and `recipient` of a CommunicationRequest describe the *resulting* Communication
/// (R7), which is why they are named here for what they are.
#[derive(Clone, Default, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequestDraft {
    /// About whom, 1..1.
    pub subject: Reference,
    /// What is asked for, 1..*: by query, by type of note, or in words.
    pub ask: Vec<Asked>,
    /// Who is to answer: Information Sender, 1..1.
    pub information_sender: Reference,
    /// Who is to get the answer: Information Recipients, 1..*.
    pub information_recipients: Vec<Reference>,
    /// Who asks, 0..1.
    #[serde(default)]
    pub requester: Option<Reference>,
    /// Kind of message, 0..1.
    #[serde(default)]
    pub category: Option<CodeableConcept>,
    /// Why it is asked, 0..1.
    #[serde(default)]
    pub reason: Option<CodeableConcept>,
    /// What it is about, such as a Claim, 0..*.
    #[serde(default)]
    pub about: Vec<Reference>,
    /// Until when the answer is expected, as a FHIR dateTime, 0..1.
    #[serde(default)]
    pub due: Option<String>,
    /// `routine`, `urgent`, `asap` or `stat`, 0..1.
    #[serde(default)]
    pub priority: Option<String>,
    /// What it will be used for, as a code and where that is wide a second, more precise one (R36),
    /// 0..*.
    #[serde(default)]
    pub purpose_of_use: Vec<Coding>,
    /// Which work queue of the other side it is for (R37), 0..1.
    #[serde(default)]
    pub work_queue: Option<Coding>,
    /// Whether what is returned has to be signed (R35).
    #[serde(default)]
    pub signature: bool,
    /// Resources to carry along for a recipient that can reach no other server, such as the Patient
    /// and who asks (R112), each with the id by which it is referred to here, 0..*.
    #[serde(default)]
    pub carries: Vec<Document>,
}

/// The tag of a request whose answer has to be signed: the code by which CDex demands it in a Task.
pub(super) const SIGNATURE: (&str, &str) =
    ("http://hl7.org/fhir/us/davinci-cdex/CodeSystem/cdex-temp", "signature-flag");

#[derive(Serialize)]
struct Extension<'a> {
    url: &'a str,
    #[serde(rename = "valueString", skip_serializing_if = "Option::is_none")]
    string: Option<&'a str>,
    #[serde(rename = "valueCodeableConcept", skip_serializing_if = "Option::is_none")]
    concept: Option<&'a CodeableConcept>,
}

impl RequestDraft {
    /// The CommunicationRequest, as a draft (R6).
    ///
    /// # Errors
    /// [`Refusal::Draft`] where something is missing or a query is none that another server may
    /// be asked to run (R17).
    pub fn build(&self) -> Result<Document, Refusal> {
        if self.ask.is_empty() {
            return Err(Refusal::Draft("ask for at least one thing"));
        }
        if self.information_recipients.is_empty() {
            return Err(Refusal::Draft("name at least one information recipient"));
        }
        let mut request = Document::object();
        request.set("/resourceType", "CommunicationRequest")?;
        for label in &self.purpose_of_use {
            request.set("/meta/security/-", label)?;
        }
        let signature = self.signature.then(|| Coding::new(SIGNATURE.0, SIGNATURE.1));
        for tag in self.work_queue.iter().chain(&signature) {
            request.set("/meta/tag/-", tag)?;
        }
        request.set("/status", "draft")?;
        if let Some(category) = &self.category {
            request.set("/category/-", category)?;
        }
        if let Some(priority) = &self.priority {
            request.set("/priority", priority)?;
        }
        request.set("/subject", &self.subject)?;
        for about in &self.about {
            request.set("/about/-", about)?;
        }
        for (at, asked) in self.ask.iter().enumerate() {
            let (extension, text) = match asked {
                Asked::Query(query) => {
                    let query = Some(checked_query(query)?);
                    (Some(Extension { url: QUERY_STRING, string: query, concept: None }), None)
                }
                Asked::NoteType(concept) => {
                    let extension = Extension { url: NOTE_TYPE, string: None, concept: Some(concept) };
                    (Some(extension), concept.words().map(ToString::to_string))
                }
                Asked::Text(text) => (None, Some(text.clone())),
                Asked::Content => return Err(Refusal::Draft("ask by query, by note type or in words")),
            };
            if let Some(extension) = &extension {
                request.set(&format!("/payload/{at}/extension/-"), extension)?;
            }
            // payload.content[x] is 1..1 in R4, whatever an extension says beside it.
            let text = text.unwrap_or_else(|| BESIDE_A_QUERY.to_string());
            request.set(&format!("/payload/{at}/contentString"), &text)?;
        }
        if let Some(due) = &self.due {
            request.set("/occurrencePeriod/end", due)?;
        }
        if let Some(requester) = &self.requester {
            request.set("/requester", requester)?;
        }
        for recipient in &self.information_recipients {
            request.set("/recipient/-", recipient)?;
        }
        request.set("/sender", &self.information_sender)?;
        if let Some(reason) = &self.reason {
            request.set("/reasonCode/-", reason)?;
        }
        embed(&mut request, &self.carries)?;
        Ok(request)
    }
}

/// A query of the form `Type?parameters` that stays on the server it is run on (R17).
fn checked_query(query: &str) -> Result<&str, Refusal> {
    let (resource_type, parameters) =
        query.split_once('?').ok_or(Refusal::Draft("a query has the form Type?parameter=value"))?;
    let is_type = resource_type.starts_with(|first: char| first.is_ascii_uppercase())
        && resource_type.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let odd = |character: char| character.is_whitespace() || character.is_control() || character == '#';
    if !is_type || parameters.is_empty() || parameters.contains(odd) {
        return Err(Refusal::Draft(
            "a query starts with a resource type and has parameters; no absolute URL, no operation, no path",
        ));
    }
    Ok(query)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r17_a_query_names_a_type_and_parameters_and_nothing_else() {
        assert!(checked_query("Condition?patient=1&category=problem-list-item").is_ok());
        for query in [
            "Condition",
            "?patient=1",
            "Condition?",
            "https://evil/Condition?patient=1",
            "$everything?x=1",
            "Patient/1/$everything?x=1",
            "../Condition?patient=1",
            "condition?patient=1",
            "Condition?a=1#b",
            "Condition?a= 1",
        ] {
            assert!(checked_query(query).is_err(), "{query}");
        }
    }

    #[test]
    fn r7_roles_are_those_of_the_resulting_communication() {
        let draft = RequestDraft {
            subject: Reference::to("Patient/1"),
            ask: alloc::vec![
                Asked::Query("Condition?patient=1".into()),
                Asked::Text("Anything else?".into())
            ],
            information_sender: Reference::to("Organization/clinic"),
            information_recipients: alloc::vec![Reference::to("Organization/payer")],
            requester: Some(Reference::to("Organization/payer")),
            ..RequestDraft::default()
        };
        let request = draft.build().unwrap();
        let text = |pointer: &str| {
            request.root().pointer(pointer).and_then(crate::json::Value::as_str).unwrap().into_owned()
        };
        assert_eq!(text("/sender/reference"), "Organization/clinic");
        assert_eq!(text("/recipient/0/reference"), "Organization/payer");
        assert_eq!(text("/payload/0/extension/0/valueString"), "Condition?patient=1");
        assert_eq!(text("/payload/1/contentString"), "Anything else?");
    }
}
