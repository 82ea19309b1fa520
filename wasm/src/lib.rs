//! `fhir-solicit` as seen from JavaScript: conversions and fetch, nothing else.
#![forbid(unsafe_code)]

mod defect;

use wasm_bindgen::prelude::wasm_bindgen;

/// Runs once in every instance, before any other export.
#[wasm_bindgen(start)]
pub fn start() {
    defect::surface_panics();
}

/// The version of the package, to be reported with a fault.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
