//! A module with a defect, for tests/wasm/panic.test.mjs: the package itself offers no way to panic.

use wasm_bindgen::prelude::wasm_bindgen;

thread_local!(static CALLS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) });

/// Counts the calls that this instance has seen; given a name, slices past its end.
#[wasm_bindgen]
pub fn count(name: Option<String>) -> usize {
    fhir_solicit_wasm::start();
    CALLS.set(CALLS.get() + 1);
    CALLS.get() + name.map_or(0, |name| name[name.len() + 1..].len())
}
