//! References: `Type/id`, a bare id, or a URL (R4 search, reference).

use fhir_solicit::{
    fhir::{Target, is_id},
    json::Value,
};

use super::escape;
use crate::{quirk::Quirk, server::Server};

/// Whether an element refers to what `value` names, and to a `target`, where one is given.
///
/// `Type/id` and the absolute URL are the same for this server's own resources, and a version in
/// the element does not matter.
pub(super) fn fits(server: &Server, element: Value<'_>, value: &str, target: Option<&str>) -> bool {
    // A canonical is a reference too, and stands there as text.
    let Some(text) = element.string("reference").or_else(|| element.as_str()) else { return false };
    let value = escape::unescape(value);
    let Target::Literal(literal) = Target::parse(&text) else { return target.is_none() && text == value };
    if target.is_some_and(|target| target != literal.resource_type) {
        return false;
    }
    match (server.own(&text), server.own(&value)) {
        (Some(_), Some(_)) if server.has(Quirk::LiteralReferences) => literal.unversioned() == value,
        (Some(own), Some(asked)) => own.relative() == asked.relative(),
        (Some(own), None) => is_id(&value) && own.id == value,
        (None, _) => literal.unversioned() == value.trim_end_matches('/'),
    }
}
