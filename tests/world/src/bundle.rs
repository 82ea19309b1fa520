//! Bundles as they are written.

use fhir_solicit::{
    fhir::{
        Instant,
        outcome::{self, Severity},
    },
    json::Document,
};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::{
    message::{FHIR_JSON, Response},
    refusal::{Answer, Refusal},
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Bundle<'b> {
    resource_type: &'static str,
    meta: Meta,
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    link: Vec<Link<'b>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    entry: &'b [Entry<'b>],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    last_updated: Instant,
}

#[derive(Serialize)]
struct Link<'b> {
    relation: &'b str,
    url: &'b str,
}

/// `Bundle.entry`.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry<'b> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) full_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resource: Option<&'b RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) search: Option<Mode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request: Option<EntryRequest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) response: Option<EntryResponse<'b>>,
}

/// `Bundle.entry.search`.
#[derive(Serialize)]
pub(crate) struct Mode {
    mode: &'static str,
}

impl Mode {
    pub(crate) const MATCH: Self = Self { mode: "match" };
    pub(crate) const OUTCOME: Self = Self { mode: "outcome" };
}

/// `Bundle.entry.request`.
#[derive(Serialize)]
pub(crate) struct EntryRequest {
    pub(crate) method: &'static str,
    pub(crate) url: String,
}

/// `Bundle.entry.response`.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EntryResponse<'b> {
    pub(crate) status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) location: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) etag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_modified: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) outcome: Option<&'b RawValue>,
}

/// JSON text to stand in a Bundle as it is.
pub(crate) fn raw(json: &str) -> Option<&RawValue> {
    serde_json::from_str(json).ok()
}

/// An OperationOutcome about something that was done, if not quite as asked.
pub(crate) fn warning(diagnostics: &str) -> Document {
    outcome::single(Severity::Warning, "not-supported", diagnostics)
}

/// 200 with a Bundle.
pub(crate) fn respond(
    r#type: &'static str,
    total: Option<usize>,
    links: &[(&'static str, String)],
    entry: &[Entry<'_>],
    now: Instant,
) -> Answer {
    let link = links.iter().map(|(relation, url)| Link { relation, url }).collect();
    let meta = Meta { last_updated: now };
    let bundle = Bundle { resource_type: "Bundle", meta, r#type, total, link, entry };
    let body = serde_json::to_string(&bundle)
        .map_err(|_| Refusal::new(500, "exception", "the Bundle cannot be written"))?;
    Ok(Response::new(200).with_body(FHIR_JSON, body))
}
