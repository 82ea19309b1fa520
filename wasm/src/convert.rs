//! Values to and from JavaScript.

use fhir_solicit::{
    actor::Refusal,
    fhir::Instant,
    json::{Document, FromJson, Unfit},
    solicitation::Untranslatable,
    validate::Report,
};
use fhir_solicit_validator_wasm::convert::{thrown, to_js};
use js_sys::JSON;
use serde::Serialize;
use wasm_bindgen::JsValue;

/// What is thrown where a machine refuses, as [`thrown`] has it.
#[derive(Serialize)]
struct Refused<'a> {
    kind: &'a str,
    message: &'a str,
    /// What a validation found, where that was the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<&'a Report>,
}

/// Reads the argument `name`, plain data: one text to read costs less than a call for each member.
pub(crate) fn from_js<T: FromJson>(name: &str, value: &JsValue) -> Result<T, JsValue> {
    let text = JSON::stringify(value).ok().and_then(|text| text.as_string()).unwrap_or_default();
    let document = Document::parse(text).map_err(|_| Unfit::Form);
    document
        .and_then(|document| T::from_json(document.root()))
        .map_err(|unfit| thrown("argument", &format!("the argument '{name}' cannot be used: {unfit}")))
}

/// Why a machine did not do what it was told.
pub(crate) fn refused(refusal: &Refusal) -> JsValue {
    let report = if let Refusal::Invalid(report) = refusal { Some(&**report) } else { None };
    let refused = Refused { kind: refusal.kind(), message: &refusal.to_string(), report };
    to_js(&refused).unwrap_or(JsValue::NULL)
}

/// Why there is nothing to translate to.
pub(crate) fn untranslated(error: &Untranslatable) -> JsValue {
    thrown("translation", &error.to_string())
}

/// Milliseconds since 1970 as `Date.now()` gives them.
pub(crate) fn instant(milliseconds: f64) -> Instant {
    // `as` saturates, and what is no number becomes 0.
    Instant::from_unix_milliseconds(milliseconds as i64)
}
