//! What a request carries with it.

use alloc::{format, vec::Vec};

use super::Refusal;
use crate::{
    exchange::redirect,
    fhir::{Resource, Target},
    json::Document,
};

const NO_IDENTITY: &str = "a resource to carry along has a type and an id, by which the request refers to it";
const NESTED: &str = "a resource to carry along contains no others; give these beside it";
const NOT_REFERRED_TO: &str =
    "a resource to carry along is one that the request, or another that is carried, refers to by type and id";

/// Embeds `resources`, each with an id, in `request`: who can reach no other server still sees who
/// asks and about whom (R112). References to them, from one another too, then lead to what is embedded.
///
/// What a server notes of its copy, `meta`, does not come along (R4 dom-4).
///
/// # Errors
/// [`Refusal::Draft`] for a resource without id, for one that contains others (dom-2), and for one
/// that nothing refers to (dom-3).
pub(super) fn embed(request: &mut Document, resources: &[Document]) -> Result<(), Refusal> {
    let mut moves = Vec::new();
    for document in resources {
        let resource = Resource::read(document).ok_or(Refusal::Draft(NO_IDENTITY))?;
        let id = resource.id().ok_or(Refusal::Draft(NO_IDENTITY))?;
        if document.root().get("contained").is_some() {
            return Err(Refusal::Draft(NESTED));
        }
        let from = format!("{}/{id}", resource.resource_type());
        // By number: an id is unique among what is contained and has 64 characters at most.
        let to = format!("{}-{}", resource.resource_type().to_ascii_lowercase(), moves.len() + 1);
        let mut embedded = document.clone();
        embedded.remove("/meta")?;
        embedded.set("/id", &to)?;
        request.set_raw("/contained/-", embedded.text())?;
        moves.push((from, to));
    }
    for (from, to) in moves {
        let lead = |reference: &str| match Target::parse(reference) {
            Target::Literal(literal) if literal.base.is_none() && literal.relative() == from => {
                Some(format!("#{to}"))
            }
            _ => None,
        };
        if redirect(request, lead) == 0 {
            return Err(Refusal::Draft(NOT_REFERRED_TO));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        pack::Pack,
        validate::{Options, validate},
    };

    fn document(text: &str) -> Document {
        Document::parse(text).unwrap()
    }

    fn request() -> Document {
        document(
            r#"{"resourceType":"CommunicationRequest","status":"active","subject":{"reference":"Patient/ann"},
                "requester":{"reference":"PractitionerRole/7/_history/2"},"sender":{"reference":"Organization/clinic"}}"#,
        )
    }

    #[test]
    fn r112_who_asks_and_about_whom_come_along_with_what_they_refer_to_in_turn() {
        let mut it = request();
        let carried = [
            r#"{"resourceType":"Patient","id":"ann","meta":{"versionId":"4"},"gender":"female"}"#,
            r#"{"resourceType":"PractitionerRole","id":"7","organization":{"reference":"Organization/payer"}}"#,
            r#"{"resourceType":"Organization","id":"payer","name":"Example Payer"}"#,
        ];
        embed(&mut it, &carried.map(document)).unwrap();
        let text = |pointer: &str| it.root().pointer(pointer).unwrap().as_str().unwrap().into_owned();
        assert_eq!(text("/subject/reference"), "#patient-1");
        assert_eq!(text("/requester/reference"), "#practitionerrole-2");
        assert_eq!(text("/contained/1/organization/reference"), "#organization-3");
        assert_eq!(text("/sender/reference"), "Organization/clinic", "what is not carried stays where it is");
        assert!(it.root().pointer("/contained/0/meta").is_none());
        let report = validate(&it, Pack::exchange(), &Options::default());
        assert!(report.is_valid(), "{:?}", report.issues);
    }

    #[test]
    fn r112_what_cannot_be_contained_is_refused() {
        let table = [
            (r#"{"resourceType":"Patient","gender":"female"}"#, NO_IDENTITY),
            (r#"{"resourceType":"Patient","id":"bob"}"#, NOT_REFERRED_TO),
            (r#"{"resourceType":"Patient","id":"ann","contained":[{"resourceType":"Basic"}]}"#, NESTED),
        ];
        for (carried, why) in table {
            let refused = embed(&mut request(), &[document(carried)]).unwrap_err();
            assert!(matches!(refused, Refusal::Draft(found) if found == why), "{carried}");
        }
    }
}
