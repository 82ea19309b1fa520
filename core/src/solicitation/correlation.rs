//! Whether something that arrived belongs to a request.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::{
    fhir::{Communication, Identifier, Reference, Target},
    json::FromJson,
};

/// How sure it is that a Communication answers a request, surest first (R14).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// `basedOn.reference` is the absolute URL of a copy of the request.
    Absolute,
    /// `basedOn.reference` is relative, and the server it was read from holds that copy.
    Relative,
    /// `basedOn.identifier` is a business identifier of the request.
    Identifier,
    /// The Task of the request names it in `output`.
    TaskOutput,
}

/// What is known of a request, to recognise answers by.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// Each copy of the request: base URL of its server and `Type/id` there.
    pub copies: Vec<(String, String)>,
    /// The business identifiers of the request.
    pub identifiers: Vec<Identifier>,
}

/// Whether `based_on`, read from the server at base `from`, means the request.
///
/// A version or a slash at the end of a reference does not matter. Nothing is ever concluded from
/// the patient alone.
pub fn correlate(based_on: &[Reference], from: &str, known: &Known) -> Option<Confidence> {
    let confidence = |reference: &Reference| {
        if let Some(Target::Literal(literal)) = reference.target() {
            let base = literal.base.unwrap_or(from);
            let relative = literal.relative();
            if known.copies.iter().any(|(server, url)| server == base && *url == relative) {
                return Some(if literal.base.is_some() {
                    Confidence::Absolute
                } else {
                    Confidence::Relative
                });
            }
        }
        let identifier = reference.identifier.as_ref()?;
        let same = known.identifiers.iter().any(|known| known.same(identifier));
        same.then_some(Confidence::Identifier)
    };
    based_on.iter().filter_map(confidence).min()
}

/// Whether somebody has asked for a Communication, whoever that was: it is based on a CommunicationRequest. What its
/// category says of it does not count (R14).
pub fn is_solicited(communication: Communication<'_>) -> bool {
    communication.based_on().iter().any(|reference| match reference.target() {
        Some(Target::Literal(literal)) => literal.resource_type == "CommunicationRequest",
        _ => reference.identifier.is_some(),
    })
}

#[cfg(test)]
mod tests {
    use super::{Confidence as C, *};
    use alloc::string::ToString;

    #[test]
    fn r14_a_communication_is_recognised_by_its_links_alone() {
        let known = Known {
            copies: [
                ("https://a/fhir", "CommunicationRequest/1"),
                ("https://b/fhir", "CommunicationRequest/9"),
            ]
            .map(|(base, url)| (base.to_string(), url.to_string()))
            .to_vec(),
            identifiers: alloc::vec![Identifier::new("urn:s", "x")],
        };
        let logical = |system, value| Reference::default().with_identifier(Identifier::new(system, value));
        for (reference, expected) in [
            (Reference::to("https://a/fhir/CommunicationRequest/1"), Some(C::Absolute)),
            (Reference::to("https://a/fhir/CommunicationRequest/1/_history/4"), Some(C::Absolute)),
            (Reference::to("https://b/fhir/CommunicationRequest/9/"), Some(C::Absolute)),
            (Reference::to("CommunicationRequest/1"), Some(C::Relative)),
            (Reference::to("CommunicationRequest/9"), None),
            (Reference::to("https://b/fhir/CommunicationRequest/1"), None),
            (Reference::to("https://a/fhir/CommunicationRequest/2"), None),
            (Reference::to("#request"), None),
            (logical("urn:s", "x"), Some(C::Identifier)),
            (logical("urn:other", "x"), None),
            (
                Reference::to("CommunicationRequest/1").with_identifier(Identifier::new("urn:s", "x")),
                Some(C::Relative),
            ),
            (
                Reference::to("CommunicationRequest/2").with_identifier(Identifier::new("urn:s", "x")),
                Some(C::Identifier),
            ),
        ] {
            let shown = reference.reference.clone().unwrap_or_default();
            assert_eq!(correlate(&[reference], "https://a/fhir", &known), expected, "{shown}");
        }
        assert_eq!(correlate(&[], "https://a/fhir", &known), None);
    }
}
