//! Update, and update as create.

use crate::{
    condition, create,
    message::Method,
    refusal::{Answer, Refusal},
    route::Call,
    server::Server,
};

/// `PUT [base]/Type/id`: 200, 201 where there was nothing, 400 where body and URL disagree on the
/// id, 412 where `If-Match` does not fit.
pub(crate) fn update(server: &mut Server, call: &Call<'_>, key: &str) -> Answer {
    let (resource_type, id) = key.split_once('/').unwrap_or_default();
    let document = condition::resource(call, resource_type)?;
    if document.root().string("id").as_deref() != Some(id) {
        return Err(Refusal::invalid("the body needs the same id as the URL"));
    }
    condition::guard(call, &server.store, key)?;
    let status = if server.read(key).is_some() { 200 } else { 201 };
    server.store.put(key, document, Method::Put, call.now)?;
    create::stored(server, call.request, status, key)
}
