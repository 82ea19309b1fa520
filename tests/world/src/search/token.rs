//! Tokens: `code`, `system|code`, `|code` and `system|` (R4 search, token).

use std::borrow::Cow;

use fhir_solicit::json::{Kind, Value};

use super::escape;

/// Whether an element means what a token says.
pub(super) fn fits(element: Value<'_>, value: &str) -> bool {
    let (system, code) = match escape::split(value, '|').as_slice() {
        [code] => (None, escape::unescape(code)),
        [system, code, ..] => (Some(escape::unescape(system)), escape::unescape(code)),
        [] => return false,
    };
    let codings: Vec<Value<'_>> = match element.get("coding") {
        Some(codings) => codings.items().collect(),
        None => vec![element],
    };
    codings.into_iter().any(|coding| {
        if coding.kind() != Kind::Object {
            // The system of a `code` or `boolean` goes without saying.
            return plain(coding).is_some_and(|text| text == code);
        }
        let found = coding.string("code").or_else(|| coding.string("value"));
        let same_code = code.is_empty() || found.as_deref() == Some(code.as_str());
        let same_system = system
            .as_ref()
            .is_none_or(|system| coding.string("system").unwrap_or_default() == system.as_str());
        found.is_some() && same_code && same_system
    })
}

fn plain(value: Value<'_>) -> Option<Cow<'_, str>> {
    value.as_str().or_else(|| value.as_bool().map(|_| Cow::Borrowed(value.raw())))
}
