//! Search, by GET and by form.

mod date;
mod escape;
mod filter;
pub(crate) mod parameters;
mod reference;
mod sort;
mod string;
mod token;

use std::sync::Arc;

use fhir_solicit::json::Document;

use self::{filter::Filter, sort::Sort};
use crate::{
    bundle::{self, Entry, Mode},
    condition,
    message::Method,
    page::Page,
    quirk::Quirk,
    refusal::{Answer, Refusal},
    route::Call,
    server::Server,
    store::Row,
};

type Pair = (String, String);

/// Parameters about the answer that change nothing here.
const HARMLESS: [&str; 3] = ["_format", "_pretty", "_total"];

/// What a query asks for.
struct Query<'q> {
    filters: Vec<Filter<'q>>,
    sort: Sort,
    page: Page,
    /// The parameters that count, for the links.
    used: Vec<&'q Pair>,
    /// Names of parameters that this server does not know.
    unknown: Vec<&'q str>,
}

impl<'q> Query<'q> {
    fn read(resource_type: &str, pairs: &'q [Pair], sequence: u64) -> Result<Self, Refusal> {
        let mut query = Self {
            filters: Vec::new(),
            sort: Sort::default(),
            page: Page::read(pairs, sequence)?,
            used: Vec::new(),
            unknown: Vec::new(),
        };
        for pair in pairs {
            let (name, value) = (pair.0.as_str(), pair.1.as_str());
            let known = if value.is_empty() || HARMLESS.contains(&name) {
                continue; // R4: an empty parameter is as none.
            } else if name == "_sort" {
                query.sort = Sort::read(resource_type, value)?;
                true
            } else if let Some(filter) = Filter::read(resource_type, name, value)? {
                query.filters.push(filter);
                true
            } else {
                Page::owns(name)
            };
            if known {
                query.used.push(pair);
            } else {
                query.unknown.push(name);
            }
        }
        Ok(query)
    }

    fn rows<'s>(&self, server: &'s Server, resource_type: &str) -> Vec<(Row<'s>, &'s Arc<Document>)> {
        let all = server.store.snapshot(Some(resource_type), self.page.sequence);
        all.filter(|(_, document)| self.filters.iter().all(|filter| filter.passes(server, document.root())))
            .collect()
    }
}

fn pairs(query: &str) -> Vec<Pair> {
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// `GET [base]/Type?…` and `POST [base]/Type/_search`: a searchset.
///
/// Unknown parameters are ignored and named in an outcome entry; with `Prefer: handling=strict`
/// they are refused (R4 search, handling errors).
pub(crate) fn search(server: &Server, call: &Call<'_>, resource_type: &str) -> Answer {
    let mut pairs = pairs(call.request.query());
    if call.request.method == Method::Post && call.request.body.is_some() {
        pairs.extend(self::pairs(condition::body(call, &["application/x-www-form-urlencoded"])?));
    }
    let mut query = Query::read(resource_type, &pairs, server.store.sequence())?;
    if server.has(Quirk::OffsetPages) {
        query.page.sequence = server.store.sequence();
    }
    if !query.unknown.is_empty() && condition::preference(call.request, "handling") == Some("strict") {
        return Err(Refusal::new(400, "not-supported", unknown(resource_type, &query.unknown)));
    }
    let mut rows = query.rows(server, resource_type);
    query.sort.apply(&mut rows);
    let (total, here) = query.page.cut(&rows);
    let mut entries: Vec<Entry<'_>> = here
        .iter()
        .map(|(row, document)| Entry {
            full_url: Some(server.absolute(row.key)),
            resource: bundle::raw(document.root().raw()),
            search: Some(Mode::MATCH),
            ..Entry::default()
        })
        .collect();
    let outcome = bundle::warning(&unknown(resource_type, &query.unknown));
    if !query.unknown.is_empty() {
        let resource = bundle::raw(outcome.text());
        entries.push(Entry { resource, search: Some(Mode::OUTCOME), ..Entry::default() });
    }
    let links = query.page.links(&server.absolute(resource_type), &query.used, total);
    bundle::respond("searchset", Some(total), &links, &entries, call.now)
}

fn unknown(resource_type: &str, names: &[&str]) -> String {
    format!("{resource_type} is not searchable here by {}", names.join(", "))
}

/// The `Type/id` of the resources that the condition of a conditional interaction matches.
///
/// A condition that does not say what it means, because it is empty or has a parameter that is
/// unknown, is refused: ignoring it would match too much.
pub(crate) fn matches(server: &Server, resource_type: &str, query: &str) -> Result<Vec<String>, Refusal> {
    let pairs = pairs(query.trim_start_matches('?'));
    let query = Query::read(resource_type, &pairs, server.store.sequence())?;
    if !query.unknown.is_empty() {
        return Err(Refusal::new(400, "not-supported", unknown(resource_type, &query.unknown)));
    }
    if query.filters.is_empty() {
        return Err(Refusal::invalid("the condition has no search parameter"));
    }
    Ok(query.rows(server, resource_type).into_iter().map(|(row, _)| row.key.to_owned()).collect())
}
