//! Strings (R4 search, string).

use fhir_solicit::json::{Kind, Value};

use super::escape;

/// Whether the text of an element, or any text in it as in a HumanName or an Address, compares.
pub(super) fn fits(element: Value<'_>, value: &str, compare: impl Fn(&str, &str) -> bool) -> bool {
    let value = escape::unescape(value);
    let compares = |text: Value<'_>| text.as_str().is_some_and(|text| compare(&text, &value));
    if element.kind() != Kind::Object {
        return compares(element);
    }
    element.members().any(|(_, member)| compares(member) || member.items().any(compares))
}

/// Without regard to case.
pub(super) fn fold(text: &str) -> String {
    text.to_lowercase()
}
