//! Create and conditional create; how a write is answered.

use fhir_solicit::fhir::outcome::{self, Severity};

use crate::{
    condition,
    message::{Method, Request, Response},
    read,
    refusal::{Answer, Refusal},
    route::Call,
    search,
    server::Server,
    store::Version,
};

/// `POST [base]/Type`: 201; with `If-None-Exist` 200 where one resource matches, 412 where
/// several do (R4 http, conditional create).
pub(crate) fn create(server: &mut Server, call: &Call<'_>, resource_type: &str) -> Answer {
    let document = condition::resource(call, resource_type)?;
    if let Some(query) = call.header("If-None-Exist") {
        match search::matches(server, resource_type, query)?.as_slice() {
            [] => {}
            [key] => {
                let version = server.store.latest(key);
                return version.map_or_else(
                    || Err(Refusal::not_found("the match is gone")),
                    |version| Ok(written(server, call.request, 200, key, version)),
                );
            }
            _ => return Err(several("If-None-Exist")),
        }
    }
    let id = call.id.map_or_else(|| server.store.mint(resource_type), str::to_owned);
    let key = format!("{resource_type}/{id}");
    server.store.put(&key, document, Method::Post, call.now)?;
    stored(server, call.request, 201, &key)
}

/// The refusal where a condition that has to name one resource names several.
pub(crate) fn several(condition: &str) -> Refusal {
    Refusal::new(412, "multiple-matches", format!("{condition} matches more than one resource"))
}

/// The answer to a write that has just been done.
pub(crate) fn stored(server: &Server, request: &Request, status: u16, key: &str) -> Answer {
    let version = server.store.latest(key).ok_or_else(|| Refusal::not_found("nothing is stored here"))?;
    Ok(written(server, request, status, key, version))
}

/// A version as `Prefer: return=…` asks for it; without a preference, the representation.
/// `Location` comes with what is new only.
fn written(server: &Server, request: &Request, status: u16, key: &str, version: &Version) -> Response {
    let mut response = read::versioned(status, version);
    if status == 201 {
        let location = server.absolute(&format!("{key}/_history/{}", version.number));
        response = response.with_header("Location", &location);
    }
    match (condition::preference(request, "return"), &version.content) {
        (Some("minimal"), _) | (_, None) => response,
        (Some("OperationOutcome"), _) => {
            response.with_resource(&outcome::single(Severity::Information, "informational", "stored"))
        }
        (_, Some(document)) => response.with_resource(document),
    }
}
