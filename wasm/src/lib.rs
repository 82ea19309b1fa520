//! `fhir-solicit` as seen from JavaScript: conversions, nothing else.
//!
//! Every export converts its arguments, calls one function of the core and converts the result.
//! Nothing of a caller's stays in here between two calls.
#![forbid(unsafe_code)]

mod convert;

use convert::{from_js, instant, refused, untranslated};
use fhir_solicit::{
    actor::{Machine, RequestDraft, Snapshot},
    exchange::{self, HttpRequest, HttpResponse, content::Resolver},
    json::Document,
    solicitation::{self, AttachmentDraft},
};
// Whatever the validator exports, this module exports too.
use fhir_solicit_validator_wasm::convert::{thrown, to_js};
pub use fhir_solicit_validator_wasm::{explain, load_pack, outcome, start, validate, version};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

#[wasm_bindgen(typescript_custom_section)]
const CONTENT: &str = r#"import type { Batch, ContentInput, ContentLimits, ContentStep, HttpRequest, HttpResponse, Resolver, Servers, Unbatched } from "./contract.js";"#;

#[wasm_bindgen(typescript_custom_section)]
const CONTRACT: &str = r#"import type { AttachmentDraft, Guide, Input, Machine, RequestDraft, ResourceText, Restored, Start, Step, Translation, View } from "./contract.js";"#;

/// Writes a CommunicationRequest: [`RequestDraft::build`].
#[wasm_bindgen]
pub fn draft(
    #[wasm_bindgen(unchecked_param_type = "RequestDraft")] draft: &JsValue,
) -> Result<String, JsValue> {
    let draft: RequestDraft = from_js("draft", draft)?;
    Ok(draft.build().map_err(|refusal| refused(&refusal))?.into_text())
}

/// Writes the Task that asks for attachments: [`AttachmentDraft::build`].
#[wasm_bindgen(js_name = "draftAttachments")]
pub fn draft_attachments(
    #[wasm_bindgen(unchecked_param_type = "AttachmentDraft")] draft: &JsValue,
    #[wasm_bindgen(unchecked_param_type = "Guide")] guide: &JsValue,
    now: f64,
) -> Result<String, JsValue> {
    let draft: AttachmentDraft = from_js("draft", draft)?;
    let task = draft.build(&from_js("guide", guide)?, instant(now));
    Ok(task.map_err(|error| refused(&error.into()))?.into_text())
}

/// Says an exchange in the words of another guide: [`solicitation::translate`].
#[wasm_bindgen(unchecked_return_type = "Translation")]
pub fn translate(
    #[wasm_bindgen(unchecked_param_type = "ResourceText[]")] resources: &JsValue,
    #[wasm_bindgen(unchecked_param_type = "Guide")] from: &JsValue,
    #[wasm_bindgen(unchecked_param_type = "Guide")] to: &JsValue,
) -> Result<JsValue, JsValue> {
    let resources: Vec<Document> = from_js("resources", resources)?;
    let (from, to) = (from_js("from", from)?, from_js("to", to)?);
    to_js(&solicitation::translate(&resources, &from, &to).map_err(|error| untranslated(&error))?)
}

/// Begins a machine: [`Machine::begin`].
#[wasm_bindgen(unchecked_return_type = "Step")]
pub fn begin(
    #[wasm_bindgen(unchecked_param_type = "Start")] start: &JsValue,
    now: f64,
) -> Result<JsValue, JsValue> {
    let start = from_js("start", start)?;
    to_js(&Machine::begin(start, instant(now)).map_err(|refusal| refused(&refusal))?)
}

/// Reads what any version has saved: [`Snapshot::restore`].
#[wasm_bindgen(unchecked_return_type = "Restored")]
pub fn restore(snapshot: &str) -> Result<JsValue, JsValue> {
    to_js(&Snapshot::restore(snapshot).map_err(|error| thrown("snapshot", &error.to_string()))?)
}

/// Takes what happened and says what to do next: [`Machine::handle`].
#[wasm_bindgen(unchecked_return_type = "Step")]
pub fn handle(
    #[wasm_bindgen(unchecked_param_type = "Machine")] state: &JsValue,
    #[wasm_bindgen(unchecked_param_type = "Input")] input: &JsValue,
    now: f64,
) -> Result<JsValue, JsValue> {
    let machine: Machine = from_js("state", state)?;
    let input = from_js("input", input)?;
    to_js(&machine.handle(input, instant(now)).map_err(|refusal| refused(&refusal))?)
}

/// What an application may show: [`Machine::view`].
#[wasm_bindgen(unchecked_return_type = "View")]
pub fn view(
    #[wasm_bindgen(unchecked_param_type = "Machine")] state: &JsValue,
    now: f64,
) -> Result<JsValue, JsValue> {
    let machine: Machine = from_js("state", state)?;
    to_js(&machine.view(instant(now)))
}

/// Begins to follow the contents of a resource: [`Resolver::begin`].
#[wasm_bindgen(js_name = "beginContent", unchecked_return_type = "ContentStep")]
pub fn begin_content(
    #[wasm_bindgen(unchecked_param_type = "ResourceText")] resource: &JsValue,
    from: &str,
    #[wasm_bindgen(unchecked_param_type = "Servers")] servers: &JsValue,
    #[wasm_bindgen(unchecked_param_type = "Partial<ContentLimits>")] limits: &JsValue,
) -> Result<JsValue, JsValue> {
    let resource: Document = from_js("resource", resource)?;
    let (servers, limits) = (from_js("servers", servers)?, from_js("limits", limits)?);
    to_js(&Resolver::begin(&resource, from, servers, limits))
}

/// Takes what came of an effect and says what to do next: [`Resolver::handle`].
#[wasm_bindgen(js_name = "handleContent", unchecked_return_type = "ContentStep")]
pub fn handle_content(
    #[wasm_bindgen(unchecked_param_type = "Resolver")] state: &JsValue,
    #[wasm_bindgen(unchecked_param_type = "ContentInput")] input: &JsValue,
) -> Result<JsValue, JsValue> {
    let state: Resolver = from_js("state", state)?;
    to_js(&state.handle(from_js("input", input)?))
}

/// For how many seconds a server that answers so is to be left alone: [`exchange::hold`].
#[wasm_bindgen]
pub fn hold(
    #[wasm_bindgen(unchecked_param_type = "HttpResponse")] response: &JsValue,
) -> Result<Option<u32>, JsValue> {
    let response: HttpResponse = from_js("response", response)?;
    Ok(exchange::hold(&response))
}

/// Fewer requests that ask for the same: [`exchange::batch`].
#[wasm_bindgen(unchecked_return_type = "Batch[]")]
pub fn batch(
    #[wasm_bindgen(unchecked_param_type = "HttpRequest[]")] requests: &JsValue,
) -> Result<JsValue, JsValue> {
    let requests: Vec<HttpRequest> = from_js("requests", requests)?;
    to_js(&exchange::batch(&requests))
}

/// What the answer to several requests means to each: [`exchange::unbatch`].
#[wasm_bindgen(unchecked_return_type = "Unbatched")]
pub fn unbatch(
    base: &str,
    #[wasm_bindgen(unchecked_param_type = "HttpRequest[]")] members: &JsValue,
    #[wasm_bindgen(unchecked_param_type = "HttpResponse[]")] pages: &JsValue,
) -> Result<JsValue, JsValue> {
    let members: Vec<HttpRequest> = from_js("members", members)?;
    let pages: Vec<HttpResponse> = from_js("pages", pages)?;
    to_js(&exchange::unbatch(base, &members, &pages))
}
