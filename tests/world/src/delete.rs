//! Delete.

use crate::{
    condition,
    message::Response,
    read,
    refusal::{Answer, Refusal},
    route::Call,
    server::Server,
};

/// `DELETE [base]/Type/id`: 204, also where it was deleted before; 404 where there never was
/// anything, 412 where `If-Match` does not fit.
pub(crate) fn delete(server: &mut Server, call: &Call<'_>, key: &str) -> Answer {
    match server.store.latest(key) {
        None => return Err(Refusal::not_found("there has never been a resource here")),
        Some(version) if version.content.is_none() => return Ok(Response::new(204)),
        Some(_) => {}
    }
    condition::guard(call, &server.store, key)?;
    Ok(read::versioned(204, server.store.delete(key, call.now)))
}
