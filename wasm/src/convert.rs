//! Values to and from JavaScript.

use fhir_solicit::{
    actor::Refusal,
    fhir::Instant,
    json::{Document, FromJson, Unfit},
    pack::PackError,
    solicitation::Untranslatable,
    validate::Report,
};
use js_sys::JSON;
use serde::Serialize;
use wasm_bindgen::JsValue;

/// What is thrown: plain data, which `js/src/error.ts` makes a `SolicitError` of.
#[derive(Serialize)]
struct Thrown<'a> {
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

/// Writes a result, in the form that JSON has: one text to parse costs less than a call for each member, too.
pub(crate) fn to_js(value: &impl Serialize) -> Result<JsValue, JsValue> {
    parse(&serde_json::to_string(value).unwrap_or_default())
}

/// The same for what is JSON already.
pub(crate) fn parse(text: &str) -> Result<JsValue, JsValue> {
    JSON::parse(text).map_err(|_| thrown("internal", "a result could not be converted; please report this"))
}

/// Why a machine did not do what it was told.
pub(crate) fn refused(refusal: &Refusal) -> JsValue {
    let report = if let Refusal::Invalid(report) = refusal { Some(&**report) } else { None };
    let thrown = Thrown { kind: refusal.kind(), message: &refusal.to_string(), report };
    to_js(&thrown).unwrap_or(JsValue::NULL)
}

/// Why bytes are not a pack.
pub(crate) fn no_pack(error: &PackError) -> JsValue {
    thrown("pack", &error.to_string())
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

fn thrown(kind: &str, message: &str) -> JsValue {
    to_js(&Thrown { kind, message, report: None }).unwrap_or(JsValue::NULL)
}
