//! The history of a resource, of a type, of everything.

use fhir_solicit::{fhir::time::Span, json::Document};

use crate::{
    bundle::{self, Entry, EntryRequest, EntryResponse},
    message::Method,
    page::Page,
    refusal::{Answer, Refusal},
    route::Call,
    server::Server,
    store::Row,
};

/// Whose history.
#[derive(Clone, Copy)]
pub(crate) enum Of<'p> {
    /// Of everything.
    System,
    /// Of a type.
    Type(&'p str),
    /// Of the resource at `Type/id`.
    Instance(&'p str),
}

/// `GET [base]/[Type/[id/]]_history`, newest first, with `_since` and `_count`.
pub(crate) fn history(server: &Server, call: &Call<'_>, of: Of<'_>) -> Answer {
    let pairs: Vec<(String, String)> =
        form_urlencoded::parse(call.request.query().as_bytes()).into_owned().collect();
    let page = Page::read(&pairs, server.store.sequence())?;
    let since = match pairs.iter().find(|(name, _)| name == "_since") {
        None => None,
        Some((_, value)) => {
            let span = Span::parse(value, 0);
            Some(span.ok_or_else(|| Refusal::invalid("_since takes a FHIR instant"))?.start)
        }
    };
    let mut rows: Vec<Row<'_>> = match of {
        Of::System => server.store.rows(None).collect(),
        Of::Type(name) => server.store.rows(Some(name)).collect(),
        Of::Instance(key) => server.store.versions(key).iter().map(|version| Row { key, version }).collect(),
    };
    if rows.is_empty() && matches!(of, Of::Instance(_)) {
        return Err(Refusal::not_found("there has never been a resource here"));
    }
    rows.retain(|row| row.version.sequence <= page.sequence);
    rows.retain(|row| since.is_none_or(|since| row.version.at >= since));
    rows.sort_by_key(|row| std::cmp::Reverse(row.version.sequence));
    let (total, here) = page.cut(&rows);
    let entries: Vec<Entry<'_>> = here.iter().map(|row| entry(server, *row)).collect();
    let used: Vec<_> = pairs.iter().filter(|(name, _)| name == "_since" || Page::owns(name)).collect();
    let links = page.links(&server.absolute(server.relative(call.request.path())), &used, total);
    bundle::respond("history", Some(total), &links, &entries, call.now)
}

fn entry<'s>(server: &Server, row: Row<'s>) -> Entry<'s> {
    let Row { key, version } = row;
    let document: Option<&Document> = version.content.as_deref();
    let (resource_type, _) = key.split_once('/').unwrap_or_default();
    let (status, url) = match version.method {
        Method::Post => ("201", resource_type),
        Method::Delete => ("204", key),
        _ if version.number == 1 => ("201", key),
        _ => ("200", key),
    };
    Entry {
        full_url: Some(server.absolute(key)),
        resource: document.and_then(|document| bundle::raw(document.root().raw())),
        request: Some(EntryRequest { method: version.method.name(), url: url.to_owned() }),
        response: Some(EntryResponse {
            status: status.to_owned(),
            etag: Some(version.etag()),
            last_modified: Some(version.at),
            ..EntryResponse::default()
        }),
        ..Entry::default()
    }
}
