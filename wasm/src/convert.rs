//! Values to and from JavaScript.

use fhir_solicit::{actor::Refusal, fhir::Instant, pack::PackError, validate::Report};
use serde::{Serialize, de::DeserializeOwned};
use serde_wasm_bindgen::Serializer;
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

/// Reads the argument `name`.
pub(crate) fn from_js<T: DeserializeOwned>(name: &str, value: JsValue) -> Result<T, JsValue> {
    serde_wasm_bindgen::from_value(value).map_err(|error| {
        // Serde quotes what it found, which may be a patient's; only a missing name is safe to repeat.
        let text = error.to_string();
        let detail = text.split("Error: ").last().filter(|text| text.starts_with("missing field"));
        let detail = detail.unwrap_or("it does not have the form that the type declares").to_owned();
        thrown(
            "argument",
            &format!("the argument '{name}' cannot be used: {}", detail.lines().next().unwrap_or_default()),
        )
    })
}

/// Writes a result, in the form that JSON has: objects, arrays, numbers, strings.
pub(crate) fn to_js(value: &impl Serialize) -> Result<JsValue, JsValue> {
    value
        .serialize(&Serializer::json_compatible())
        .map_err(|_| thrown("internal", "a result could not be converted; please report this"))
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

/// Milliseconds since 1970 as `Date.now()` gives them.
pub(crate) fn instant(milliseconds: f64) -> Instant {
    // `as` saturates, and what is no number becomes 0.
    Instant::from_unix_milliseconds(milliseconds as i64)
}

fn thrown(kind: &str, message: &str) -> JsValue {
    to_js(&Thrown { kind, message, report: None }).unwrap_or(JsValue::NULL)
}
