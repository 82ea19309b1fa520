//! Values to JavaScript.

use fhir_solicit_validator::pack::PackError;
use js_sys::JSON;
use serde::Serialize;
use wasm_bindgen::JsValue;

/// What is thrown: plain data, which `js/src/error.ts` makes a `SolicitError` of.
#[derive(Serialize)]
struct Thrown<'a> {
    kind: &'a str,
    message: &'a str,
}

/// Writes a result, in the form that JSON has: one text to parse costs less than a call for each member.
///
/// # Errors
/// What there is to throw, where it cannot be written.
pub fn to_js(value: &impl Serialize) -> Result<JsValue, JsValue> {
    let text = serde_json::to_string(value).unwrap_or_default();
    JSON::parse(&text).map_err(|_| thrown("internal", "a result could not be converted; please report this"))
}

/// What there is to throw: a `kind` that `js/src/error.ts` lists, and what to do.
pub fn thrown(kind: &str, message: &str) -> JsValue {
    to_js(&Thrown { kind, message }).unwrap_or(JsValue::NULL)
}

/// Why bytes are not a pack.
pub(crate) fn no_pack(error: &PackError) -> JsValue {
    thrown("pack", &error.to_string())
}
