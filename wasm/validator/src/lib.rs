//! The validator of `fhir-solicit` as seen from JavaScript: conversions, nothing else.
//!
//! It is a module of its own, for who only checks, and the whole module has these exports beside its own.
//! Nothing of a caller's stays in here between two calls, packs aside.
#![forbid(unsafe_code)]

pub mod convert;
mod defect;
mod packs;

use convert::{no_pack, to_js};
use fhir_solicit_validator::validate::{Options, validate_bytes, validate_to_rows};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

#[wasm_bindgen(typescript_custom_section)]
const CONTRACT: &str = r#"import type { Explanation } from "./contract.js";"#;

/// Runs once in every instance, before any other export.
#[wasm_bindgen(start)]
pub fn start() {
    offset_heap();
    defect::surface_panics();
}

/// Takes the first bytes of the heap for good, so that no text is copied to where they are.
///
/// The heap begins 8 bytes into a page, and what a caller hands over is often held from the beginning of one. AMD's
/// processors since Zen 3 take twenty times as long for a copy that is shifted so little, where glibc leaves it to
/// `rep movsb` (its bug 30994): 1.6 µs instead of 0.07 for 5 KB, in a browser that has its `memmove` from there.
fn offset_heap() {
    std::mem::forget(std::hint::black_box(Box::new([0_u8; 16])));
}

/// The version of the package, to be reported with a fault.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// Loads a pack for [`validate`] and gives its name; one that is loaded already changes nothing.
#[wasm_bindgen(js_name = "loadPack")]
pub fn load_pack(pack: Vec<u8>) -> Result<String, JsValue> {
    packs::load(pack).map_err(|error| no_pack(&error))
}

/// Checks a resource: [`validate_to_rows`] against the exchange's own types and the packs loaded. `js/src/report.ts`
/// makes a report of the rows: that costs a fraction of what parsing one does.
///
/// JavaScript has its text before this returns, so that nothing is cut to size, handed over and given back.
#[wasm_bindgen(unchecked_return_type = "string")]
pub fn validate(
    resource: Vec<u8>,
    #[wasm_bindgen(js_name = "maxIssues")] max_issues: Option<u32>,
    #[wasm_bindgen(js_name = "showValues")] show_values: Option<bool>,
    profiles: Option<Vec<String>>,
    #[wasm_bindgen(js_name = "mustSupport")] must_support: Option<bool>,
) -> JsValue {
    let options = options(max_issues, show_values, profiles, must_support);
    JsValue::from_str(&packs::with(|pack| validate_to_rows(resource, pack, &options)))
}

/// The same as an OperationOutcome: [`to_outcome`](fhir_solicit_validator::validate::Report::to_outcome).
#[wasm_bindgen]
pub fn outcome(
    resource: Vec<u8>,
    #[wasm_bindgen(js_name = "maxIssues")] max_issues: Option<u32>,
    #[wasm_bindgen(js_name = "showValues")] show_values: Option<bool>,
    profiles: Option<Vec<String>>,
    #[wasm_bindgen(js_name = "mustSupport")] must_support: Option<bool>,
) -> String {
    let options = options(max_issues, show_values, profiles, must_support);
    packs::with(|pack| validate_bytes(resource, pack, &options)).to_outcome().into_text()
}

/// What a profile demands, in words: [`Pack::explain`](fhir_solicit_validator::pack::Pack::explain).
#[wasm_bindgen(unchecked_return_type = "Explanation | undefined")]
#[expect(clippy::needless_pass_by_value, reason = "wasm-bindgen hands over what may be absent")]
pub fn explain(profile: &str, element: Option<String>) -> Result<JsValue, JsValue> {
    let explained = packs::with(|pack| pack.explain(profile, element.as_deref()));
    explained.map_or(Ok(JsValue::UNDEFINED), |explained| to_js(&explained))
}

fn options(
    max_issues: Option<u32>,
    show_values: Option<bool>,
    profiles: Option<Vec<String>>,
    must_support: Option<bool>,
) -> Options {
    let default = Options::default();
    Options {
        max_issues: max_issues.map_or(default.max_issues, |most| most as usize),
        show_values: show_values.unwrap_or(default.show_values),
        profiles: profiles.unwrap_or_default(),
        must_support: must_support.unwrap_or(default.must_support),
        ..default
    }
}
