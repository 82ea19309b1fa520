//! Intentions as requests.

use alloc::{
    format,
    string::{String, ToString},
};
use core::fmt::Write;

use super::{Headers, HttpRequest, Method};
use crate::{
    fhir::{Identifier, Resource},
    json::Document,
};

const FHIR_JSON: &str = "application/fhir+json";
/// Where a search is posted to, below the type.
const SEARCH: &str = "_search";
/// How the token of a UUID begins.
const UUID: &str = "urn:ietf:rfc:3986|urn:uuid:";

fn request(server: &str, method: Method, url: String) -> HttpRequest {
    let headers = Headers::from_iter([("accept", FHIR_JSON)]);
    HttpRequest { server: server.to_string(), method, url, headers, body: None }
}

fn with_body(mut request: HttpRequest, resource: &Document) -> HttpRequest {
    request.headers.set("content-type", FHIR_JSON);
    // Version and id are then in the body, where CORS cannot hide them (R83, R84).
    request.headers.set("prefer", "return=representation");
    request.body = Some(resource.text().to_string());
    request
}

/// Reads `Type/id`, unless it still is `known_version` (R66, R4 http.html#read).
pub fn read(server: &str, url: &str, known_version: Option<&str>) -> HttpRequest {
    let mut request = request(server, Method::Get, url.to_string());
    if let Some(etag) = known_version.and_then(etag) {
        request.headers.set("if-none-match", etag);
    }
    request
}

/// The search parameter and value that find what is known by `identifier`; a type that has no business
/// identifiers bears it as a tag.
pub fn known_by(resource_type: &str, identifier: &Identifier) -> Option<(&'static str, String)> {
    Some((if resource_type == "Subscription" { "_tag" } else { "identifier" }, identifier.token()?))
}

/// Creates `resource` unless one with `identifier` exists (R79, R4 http.html#ccreate): sending
/// it twice is sending it once.
pub fn create(server: &str, resource: &Document, identifier: &Identifier) -> HttpRequest {
    let resource_type = Resource::read(resource).map(|resource| resource.resource_type().into_owned());
    let resource_type = resource_type.unwrap_or_default();
    let known_by = known_by(&resource_type, identifier);
    let mut request = with_body(request(server, Method::Post, resource_type), resource);
    if let Some((parameter, token)) = known_by {
        request.headers.set("if-none-exist", format!("{parameter}={}", encode(&token)));
    }
    request
}

/// Updates the resource at `url`, provided it still is `version` (R80, R4 http.html#concurrency).
pub fn update(server: &str, url: &str, resource: &Document, version: Option<&str>) -> HttpRequest {
    let mut request = with_body(request(server, Method::Put, url.to_string()), resource);
    if let Some(etag) = version.and_then(etag) {
        request.headers.set("if-match", etag);
    }
    request
}

/// Posts `parameters` to an operation.
pub(super) fn post(server: &str, url: String, parameters: &Document) -> HttpRequest {
    let mut request = request(server, Method::Post, url);
    request.headers.set("content-type", FHIR_JSON);
    request.body = Some(parameters.text().to_string());
    request
}

/// Searches `resource_type` by parameters whose values are not yet encoded.
///
/// URLs end up in logs and histories. So a business identifier, which may be that of a patient, goes
/// into the body of a `POST _search` (R96, R4 http.html#search); a random UUID names nobody.
pub fn search<'p>(
    server: &str,
    resource_type: &str,
    parameters: impl IntoIterator<Item = (&'p str, String)>,
) -> HttpRequest {
    let (mut query, mut telling) = (String::new(), false);
    for (name, value) in parameters {
        let separator = if query.is_empty() { "" } else { "&" };
        telling |= is_identifier(name) && !value.split(',').all(|token| token.starts_with(UUID));
        // Writing to a String cannot fail.
        let _ = write!(query, "{separator}{name}={}", encode(&value));
    }
    if telling {
        let mut request = request(server, Method::Post, format!("{resource_type}/{SEARCH}"));
        request.headers.set("content-type", "application/x-www-form-urlencoded");
        request.body = Some(query);
        return request;
    }
    let separator = if query.is_empty() { "" } else { "?" };
    request(server, Method::Get, format!("{resource_type}{separator}{query}"))
}

/// Whether a search parameter takes business identifiers: by itself, of a reference, or chained.
fn is_identifier(parameter: &str) -> bool {
    parameter.rsplit(['.', ':']).next() == Some("identifier")
}

/// Whether a request only asks, so that it may be repeated at will.
pub(super) fn is_question(request: &HttpRequest) -> bool {
    let is_posted_search = request.method == Method::Post && request.url.rsplit('/').next() == Some(SEARCH);
    request.method == Method::Get || is_posted_search
}

/// The next page of a search, by the relative form of the link that the server gave.
pub fn next_page(server: &str, relative: &str) -> HttpRequest {
    request(server, Method::Get, relative.to_string())
}

/// The weak entity tag of a version: the form that every server tried understands. `None` where
/// the version holds what may not stand in a header.
pub(super) fn etag(version: &str) -> Option<String> {
    let plain = version.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"');
    plain.then(|| format!("W/\"{version}\""))
}

/// Percent-encodes a query value: all but unreserved characters and those that FHIR search gives
/// a meaning and servers expect bare.
pub(super) fn encode(value: &str) -> String {
    value.bytes().fold(String::with_capacity(value.len()), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~:/,|$".contains(&byte) {
            text.push(byte as char);
        } else {
            // Writing to a String cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}
