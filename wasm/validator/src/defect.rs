//! What a defect of ours looks like from outside: an error that says where, then a fresh instance.

use std::panic::PanicHookInfo;

/// Lets a panic throw a JavaScript `Error` where the module would otherwise trap with `unreachable`.
pub(crate) fn surface_panics() {
    std::panic::set_hook(Box::new(throw));
}

/// Throws, and has the next call run on a new instance of the module: this one's memory is no longer to be
/// trusted. Whatever was loaded into it, packs for one, has to be loaded again.
///
/// The panic's own message is left out: it may quote the text it failed on, which is patient data.
fn throw(panic: &PanicHookInfo<'_>) {
    wasm_bindgen::handler::schedule_reinit();
    let at = panic.location().map(|at| format!(" at {}:{}:{}", at.file(), at.line(), at.column()));
    wasm_bindgen::throw_str(&format!(
        "fhir-solicit has a defect{}. The next call starts afresh; please report this line.",
        at.unwrap_or_default()
    ));
}
