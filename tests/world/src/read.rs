//! Read and vread; what every answer with a version has.

use std::time::{Duration, UNIX_EPOCH};

use fhir_solicit::fhir::Instant;

use crate::{
    condition,
    message::Response,
    refusal::{Answer, Refusal},
    route::Call,
    server::Server,
    store::Version,
};

/// `GET [base]/Type/id`: 200, 304 where the client has it, 404, 410 where it was deleted.
pub(crate) fn read(server: &Server, call: &Call<'_>, key: &str) -> Answer {
    let version = server.store.latest(key);
    let version = version.ok_or_else(|| Refusal::not_found("there has never been a resource here"))?;
    if condition::has_already(call, version)? && version.content.is_some() {
        return Ok(versioned(304, version));
    }
    content(version)
}

/// `GET [base]/Type/id/_history/version`.
pub(crate) fn vread(server: &Server, key: &str, version: &str) -> Answer {
    let mut versions = server.store.versions(key).iter();
    let version = versions.find(|candidate| candidate.number.to_string() == version);
    content(version.ok_or_else(|| Refusal::not_found("there is no such version"))?)
}

fn content(version: &Version) -> Answer {
    let deleted =
        || Refusal::new(410, "deleted", "the resource was deleted").with_header("ETag", version.etag());
    let document = version.content.as_ref().ok_or_else(deleted)?;
    Ok(versioned(200, version).with_resource(document))
}

/// A response about a version: `ETag` and `Last-Modified`.
pub(crate) fn versioned(status: u16, version: &Version) -> Response {
    Response::new(status)
        .with_header("ETag", &version.etag())
        .with_header("Last-Modified", &http_date(version.at))
}

/// The last second that an HTTP date can name: 9999-12-31T23:59:59Z.
const LAST_SECOND: u64 = 253_402_300_799;

/// An instant as an HTTP date, in whole seconds.
pub(crate) fn http_date(at: Instant) -> String {
    let seconds = u64::try_from(at.unix_milliseconds() / 1000).unwrap_or(0).min(LAST_SECOND);
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds))
}
