//! What servers do that the specification allows, or that they do all the same.
//!
//! Each was seen at a server that others wrote; none is a reason for an exchange to fail.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::message::{Request, Response};

/// A way of one's own to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quirk {
    /// Calls FHIR `application/json`.
    PlainJson,
    /// Refuses with a status and no body.
    BareErrors,
    /// `Location` names no version.
    BareLocation,
    /// Writes are answered without the resource, whatever `Prefer` says.
    Minimal,
    /// Says 409 where others say 412.
    Conflict409,
    /// For a search, the relative and the absolute form of a reference are two different texts.
    LiteralReferences,
    /// Gives references to its own resources as absolute URLs.
    AbsoluteReferences,
    /// Ignores what a search asks for, and gives the whole table.
    IgnoreParameters,
    /// Searchsets have neither `total` nor `fullUrl` nor `search.mode`, `entry` may be empty, and
    /// an OperationOutcome stands among the rows.
    SparseBundles,
    /// Pages count from the start of the table as it is now: what is stored meanwhile shifts them.
    OffsetPages,
    /// Every searchset has a next page, and that is this one.
    NextForever,
    /// Gives a resource back with members in another order and decimals without closing zeros.
    Reserialized,
    /// Versions are called by names in which there is no order.
    OpaqueVersions,
    /// There are no versions.
    Unversioned,
    /// Answers a write with 202 and nothing more, asked to or not.
    Accepted,
    /// Says 304 without the `ETag` that it is about.
    BareNotModified,
}

impl Quirk {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::PlainJson,
        Self::BareErrors,
        Self::BareLocation,
        Self::Minimal,
        Self::Conflict409,
        Self::LiteralReferences,
        Self::AbsoluteReferences,
        Self::IgnoreParameters,
        Self::SparseBundles,
        Self::OffsetPages,
        Self::NextForever,
        Self::Reserialized,
        Self::OpaqueVersions,
        Self::Unversioned,
        Self::Accepted,
        Self::BareNotModified,
    ];

    /// What the server makes of a request before it looks at it.
    pub(crate) fn arriving(self, request: Cow<'_, Request>) -> Cow<'_, Request> {
        match self {
            Self::IgnoreParameters if !request.query().is_empty() => {
                let kept = request.query().split('&').filter(|one| one.starts_with(['_']) && is_of_page(one));
                let query = kept.collect::<Vec<_>>().join("&");
                let url = format!("{}?{query}", request.path());
                Cow::Owned(Request { url, ..request.into_owned() })
            }
            Self::OpaqueVersions | Self::Unversioned => {
                let conditions = ["If-Match", "If-None-Match"];
                let mut request = request.into_owned();
                for (name, value) in &mut request.headers {
                    if conditions.iter().any(|condition| name.eq_ignore_ascii_case(condition)) {
                        *value = number(value);
                    }
                }
                Cow::Owned(request)
            }
            _ => request,
        }
    }

    /// What the server makes of its answer at last.
    pub(crate) fn leaving(self, base: &str, request: &Request, answer: &mut Leaving) {
        let is_search = request.path().ends_with("/_search");
        let is_write = request.method != crate::Method::Get && !is_search;
        match self {
            Self::PlainJson => answer.set("Content-Type", |_| "application/json".to_owned()),
            Self::BareErrors if answer.response.status >= 400 => answer.drop_body(),
            Self::BareLocation => answer.set("Location", without_version),
            Self::Minimal if is_write && answer.response.status < 300 => answer.drop_body(),
            Self::Accepted if is_write && answer.response.status < 300 => {
                answer.response.status = 202;
                answer.response.headers.clear();
                answer.drop_body();
            }
            Self::Conflict409 if answer.response.status == 412 && request.header("If-Match").is_some() => {
                answer.response.status = 409;
            }
            Self::BareNotModified if answer.response.status == 304 => answer.drop("ETag"),
            Self::AbsoluteReferences => answer.edit(|body| absolute(body, base)),
            Self::SparseBundles => answer.edit(sparse),
            Self::NextForever => answer.edit(|body| {
                if body["type"] == "searchset" {
                    body["link"] = json!([{ "relation": "next", "url": format!("{base}/{}", request.url) }]);
                }
            }),
            Self::Reserialized => answer.edit(|_| {}),
            Self::OpaqueVersions => {
                answer.set("ETag", |etag| format!("W/\"{}\"", name(etag)));
                answer.set("Location", |location| match location.split_once("/_history/") {
                    Some((at, version)) => format!("{at}/_history/{}", name(version)),
                    None => location.to_owned(),
                });
                answer.edit(|body| {
                    each_resource(body, |resource| {
                        if let Some(version) = resource.pointer_mut("/meta/versionId") {
                            *version = name(version.as_str().unwrap_or_default()).into();
                        }
                    });
                });
            }
            Self::Unversioned => {
                answer.drop("ETag");
                answer.set("Location", without_version);
                answer.edit(|body| {
                    each_resource(body, |resource| {
                        if let Some(Value::Object(meta)) = resource.get_mut("meta") {
                            meta.remove("versionId");
                        }
                    });
                });
            }
            _ => {}
        }
    }
}

/// An answer on its way through the quirks, which read its body once at most.
pub(crate) struct Leaving {
    response: Response,
    body: Option<Value>,
}

impl Leaving {
    pub(crate) fn new(response: Response) -> Self {
        Self { response, body: None }
    }

    /// The answer as it leaves. Where it was edited, its members are sorted.
    pub(crate) fn done(mut self) -> Response {
        if let Some(body) = self.body {
            self.response.body = Some(body.to_string());
        }
        self.response
    }

    fn drop_body(&mut self) {
        (self.response.body, self.body) = (None, None);
    }

    fn drop(&mut self, header: &str) {
        self.response.headers.retain(|(name, _)| !name.eq_ignore_ascii_case(header));
    }

    fn set(&mut self, name: &str, to: impl Fn(&str) -> String) {
        for (key, value) in &mut self.response.headers {
            if key.eq_ignore_ascii_case(name) {
                *value = to(value);
            }
        }
    }

    fn edit(&mut self, change: impl FnOnce(&mut Value)) {
        if self.body.is_none() {
            self.body = self.response.body.as_deref().and_then(|body| serde_json::from_str(body).ok());
        }
        self.body.as_mut().map(change);
    }
}

fn without_version(location: &str) -> String {
    location.split("/_history/").next().unwrap_or_default().to_owned()
}

fn is_of_page(parameter: &str) -> bool {
    ["_page=", "_count=", "_sort="].iter().any(|name| parameter.starts_with(name))
}

fn each_resource(body: &mut Value, change: impl Fn(&mut Value)) {
    if let Some(entries) = body.get_mut("entry").and_then(Value::as_array_mut) {
        entries.iter_mut().filter_map(|entry| entry.get_mut("resource")).for_each(change);
    } else {
        change(body);
    }
}

fn absolute(value: &mut Value, base: &str) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(text)
                        if name == "reference" && !text.contains(':') && !text.starts_with('#') =>
                    {
                        *text = format!("{base}/{text}");
                    }
                    _ => absolute(member, base),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| absolute(item, base)),
        _ => {}
    }
}

fn sparse(body: &mut Value) {
    if body["type"] != "searchset" {
        return;
    }
    let Value::Object(bundle) = body else { return };
    bundle.remove("total");
    let entries = bundle.entry("entry").or_insert_with(|| json!([]));
    let Value::Array(entries) = entries else { return };
    for entry in entries.iter_mut().filter_map(Value::as_object_mut) {
        entry.remove("fullUrl");
        entry.remove("search");
    }
    if !entries.is_empty() {
        let issue = json!({ "severity": "warning", "code": "informational" });
        let outcome = json!({ "resourceType": "OperationOutcome", "issue": [issue] });
        entries.insert(0, json!({ "resource": outcome }));
    }
}

const FROM: u32 = 0xffff;

/// What an [`Quirk::OpaqueVersions`] calls a version: later ones come first in any order.
fn name(version: &str) -> String {
    let digits: String = version.chars().filter(char::is_ascii_digit).collect();
    format!("{:04x}-v", FROM - digits.parse::<u32>().unwrap_or(0).min(FROM))
}

/// The entity tag by number; what is no such name stays.
fn number(etag: &str) -> String {
    let opaque = etag.trim_start_matches("W/").trim_matches('"').strip_suffix("-v");
    let version = opaque.and_then(|hex| u32::from_str_radix(hex, 16).ok());
    version.map_or_else(|| etag.to_owned(), |version| format!("W/\"{}\"", FROM - version))
}
