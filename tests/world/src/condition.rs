//! What the headers of a request ask for: conditions, preferences, media types.

use fhir_solicit::{fhir::Resource, json::Document};

use crate::{
    message::Request,
    refusal::Refusal,
    route::Call,
    store::{Store, Version},
};

/// Whether an entity tag of the list in `header` is that of `version`, or `*`.
fn lists(header: &str, version: &Version) -> Result<bool, Refusal> {
    let mut found = false;
    for tag in header.split(',').map(str::trim) {
        let opaque = tag.strip_prefix("W/").unwrap_or(tag);
        let quoted = opaque.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        found |= match quoted {
            Some(number) => number == version.number.to_string(),
            None if tag == "*" => true,
            None => return Err(Refusal::invalid("an entity tag is written W/\"version\", with the quotes")),
        };
    }
    Ok(found)
}

/// Holds a write to its `If-Match` (R4 http, managing resource contention), and to
/// `If-None-Match: *`, which asks that there be nothing yet.
pub(crate) fn guard(call: &Call<'_>, store: &Store, key: &str) -> Result<(), Refusal> {
    let current = store.latest(key).filter(|version| version.content.is_some());
    let fits = match (call.header("If-Match"), current) {
        (Some(header), Some(version)) => lists(header, version)?,
        (Some(_), None) => false,
        (None, _) => true,
    };
    if !fits {
        let advice =
            "If-Match names another version than the current one: read the resource and decide again";
        return Err(Refusal::new(412, "conflict", advice));
    }
    if current.is_some() && call.header("If-None-Match") == Some("*") {
        return Err(Refusal::new(412, "conflict", "the resource exists, and If-None-Match says it must not"));
    }
    Ok(())
}

/// Whether the client has this version already (`If-None-Match` on a read).
pub(crate) fn has_already(call: &Call<'_>, version: &Version) -> Result<bool, Refusal> {
    call.header("If-None-Match").map_or(Ok(false), |header| lists(header, version))
}

/// The preference called `name` in any `Prefer` header (RFC 7240).
pub(crate) fn preference<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
    request
        .headers
        .iter()
        .filter(|(key, _)| key.eq_ignore_ascii_case("Prefer"))
        .flat_map(|(_, value)| value.split([',', ';']))
        .filter_map(|preference| preference.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// The media type of a header's value, without parameters.
fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

const JSON: [&str; 4] = ["application/fhir+json", "application/json", "text/json", "json"];

/// Refuses a client that cannot read JSON (`Accept`, `_format`).
pub(crate) fn acceptable(request: &Request) -> Result<(), Refusal> {
    let format = form_urlencoded::parse(request.query().as_bytes())
        .find(|(name, _)| name == "_format")
        .map(|(_, value)| value);
    let accept = format.as_deref().or(request.header("Accept")).unwrap_or("*/*");
    let readable = |range: &str| JSON.contains(&range) || matches!(range, "*/*" | "application/*");
    if accept.split(',').any(|range| readable(essence(range))) {
        return Ok(());
    }
    Err(Refusal::new(406, "not-supported", "this server speaks application/fhir+json only"))
}

/// The body, where its media type is one of `media_types`.
pub(crate) fn body<'r>(call: &Call<'r>, media_types: &[&str]) -> Result<&'r str, Refusal> {
    let stated = call.header("Content-Type").map_or(media_types[0], essence);
    if !media_types.contains(&stated) {
        let expected = format!("the Content-Type has to be {}", media_types[0]);
        return Err(Refusal::new(415, "not-supported", expected));
    }
    call.request.body.as_deref().ok_or_else(|| Refusal::invalid("the request needs a body"))
}

/// The resource in the body, which has to be a `resource_type`.
pub(crate) fn resource(call: &Call<'_>, resource_type: &str) -> Result<Document, Refusal> {
    let document = Document::parse(body(call, &JSON)?)?;
    let resource = Resource::read(&document)
        .ok_or_else(|| Refusal::new(400, "structure", "the body has to be an object with a resourceType"))?;
    if resource.is(resource_type) {
        return Ok(document);
    }
    Err(Refusal::invalid(format!("the resourceType of the body has to be {resource_type} at this URL")))
}
