//! Batch and transaction.

use std::{
    collections::BTreeMap,
    time::{Duration, UNIX_EPOCH},
};

use fhir_solicit::{
    fhir::{Instant, Resource},
    json::{Document, Value},
};
use serde_json::value::RawValue;

use crate::{
    bundle::{self, Entry, EntryResponse},
    condition, create,
    message::{Method, Request, Response},
    refusal::{Answer, Refusal},
    route::{self, Call},
    search,
    server::Server,
};

/// One entry of the Bundle, as the request it stands for.
struct Step {
    request: Request,
    full_url: Option<String>,
    /// The id that a create has been promised.
    id: Option<String>,
}

/// From what an entry calls itself to the `Type/id` it gets.
type Links = BTreeMap<String, String>;

/// `POST [base]` with a Bundle: each entry for itself in a batch, all or nothing in a
/// transaction (R4 http, batch and transaction).
pub(crate) fn batch(server: &mut Server, call: &Call<'_>) -> Answer {
    let document = condition::resource(call, "Bundle")?;
    let steps = document
        .root()
        .list("entry")
        .enumerate()
        .map(|(at, entry)| read_step(server, call, entry).map_err(|refusal| in_entry(at, refusal)))
        .collect::<Result<Vec<_>, _>>()?;
    match document.root().string("type").as_deref() {
        Some("batch") => {
            let carry_out =
                |step: &Step| carry_out(server, call, step).unwrap_or_else(Refusal::into_response);
            respond("batch-response", &steps.iter().map(carry_out).collect::<Vec<_>>(), call)
        }
        Some("transaction") => {
            let before = server.store.clone();
            let responses = transaction(server, call, steps).inspect_err(|_| server.store = before)?;
            respond("transaction-response", &responses, call)
        }
        _ => {
            Err(Refusal::new(400, "not-supported", "the type of a Bundle sent here is batch or transaction"))
        }
    }
}

fn in_entry(at: usize, refusal: Refusal) -> Refusal {
    Refusal { diagnostics: format!("Bundle.entry[{at}]: {}", refusal.diagnostics), ..refusal }
}

fn read_step(server: &Server, call: &Call<'_>, entry: Value<'_>) -> Result<Step, Refusal> {
    let asked = entry.get("request").ok_or_else(|| Refusal::invalid("request is missing"))?;
    let method = asked.string("method").and_then(|name| name.parse().ok());
    let method: Method = method.ok_or_else(|| Refusal::invalid("request.method is not supported"))?;
    let url = asked.string("url").ok_or_else(|| Refusal::invalid("request.url is missing"))?;
    let url = url.strip_prefix(server.base()).unwrap_or(&url).trim_start_matches('/');
    let mut request = Request::new(method, url);
    for (element, header) in
        [("ifMatch", "If-Match"), ("ifNoneMatch", "If-None-Match"), ("ifNoneExist", "If-None-Exist")]
    {
        if let Some(value) = asked.string(element) {
            request = request.with_header(header, &value);
        }
    }
    // The preferences of the whole hold for each part; unless asked for, resources written are
    // not sent back.
    for (_, value) in call.request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("Prefer")) {
        request = request.with_header("Prefer", value);
    }
    request = request.with_header("Prefer", "return=minimal");
    if let Some(resource) = entry.get("resource") {
        request = request.with_body("application/fhir+json", resource.raw());
    }
    Ok(Step { request, full_url: entry.string("fullUrl").map(Into::into), id: None })
}

fn carry_out(server: &mut Server, call: &Call<'_>, step: &Step) -> Answer {
    if server.relative(step.request.path()).is_empty() {
        return Err(Refusal::invalid("request.url names no resource"));
    }
    let call = Call { request: &step.request, now: call.now, ignored: call.ignored, id: step.id.as_deref() };
    route::dispatch(server, &call)
}

/// Carries out all steps in R4's order (delete, create, update, read); the first refusal ends it.
/// Gives the responses in the order of the entries.
fn transaction(server: &mut Server, call: &Call<'_>, mut steps: Vec<Step>) -> Result<Vec<Response>, Refusal> {
    let links = promise(server, call, &mut steps)?;
    let mut order: Vec<usize> = (0..steps.len()).collect();
    order.sort_by_key(|&at| match steps[at].request.method {
        Method::Delete => 0,
        Method::Post => 1,
        Method::Put | Method::Patch => 2,
        Method::Get => 3,
    });
    let mut responses = BTreeMap::new();
    for at in order {
        let step = &mut steps[at];
        let done = resolve(server, step, &links).and_then(|()| carry_out(server, call, step));
        responses.insert(at, done.map_err(|refusal| in_entry(at, refusal))?);
    }
    Ok(responses.into_values().collect())
}

/// Decides which `Type/id` each entry will have, before anything is stored, so that entries can
/// refer to one another in any order.
fn promise(server: &mut Server, call: &Call<'_>, steps: &mut [Step]) -> Result<Links, Refusal> {
    let mut links = Links::new();
    let mut conditions = BTreeMap::new();
    let mut written = Vec::new();
    for (at, step) in steps.iter_mut().enumerate() {
        let path = server.relative(step.request.path()).to_owned();
        let key = match step.request.method {
            Method::Post => {
                let condition = step.request.header("If-None-Exist");
                let condition = condition.filter(|_| !call.ignored.contains(&"If-None-Exist"));
                let condition = condition.map(|query| (path.clone(), query.to_owned()));
                let known = match &condition {
                    Some(same) if conditions.contains_key(same) => conditions.get(same).cloned(),
                    Some((_, query)) => search::matches(server, &path, query)
                        .map_err(|refusal| in_entry(at, refusal))?
                        .into_iter()
                        .next(),
                    None => None,
                };
                let key = known.unwrap_or_else(|| {
                    let id = server.store.mint(&path);
                    let key = format!("{path}/{id}");
                    step.id = Some(id);
                    key
                });
                conditions.extend(condition.map(|condition| (condition, key.clone())));
                key
            }
            Method::Get => continue,
            _ if written.contains(&path) => {
                let twice = Refusal::invalid("another entry writes the same resource");
                return Err(in_entry(at, twice));
            }
            _ => {
                written.push(path.clone());
                path
            }
        };
        links.extend(step.full_url.take().map(|full_url| (full_url, key)));
    }
    Ok(links)
}

/// Elements that may hold the `fullUrl` of another entry. An `identifier.value` is none of them,
/// though it often has the same UUID.
const LINKS: [&str; 7] = ["reference", "url", "uri", "valueUri", "valueUrl", "valueUuid", "valueCanonical"];

/// Rewrites, in the body of a step, links to other entries and conditional references
/// (`Patient?identifier=…`).
fn resolve(server: &Server, step: &mut Step, links: &Links) -> Result<(), Refusal> {
    let Some(body) = &step.request.body else { return Ok(()) };
    let document = Document::parse(body.as_str())?;
    let mut edits = Vec::new();
    let mut open = vec![document.root()];
    while let Some(value) = open.pop() {
        open.extend(value.items());
        for (name, member) in value.members() {
            open.push(member);
            let Some(text) = member.as_str().filter(|_| LINKS.iter().any(|link| name.is(link))) else {
                continue;
            };
            let target = match links.get(text.as_ref()) {
                Some(key) => Some(key.clone()),
                None if name.is("reference") => conditional(server, &text)?,
                None => None,
            };
            edits.extend(target.map(|key| (member.offset(), member.raw().len(), key)));
        }
    }
    edits.sort_unstable_by_key(|&(offset, ..)| std::cmp::Reverse(offset));
    let mut text = document.into_text();
    for (offset, length, key) in edits {
        text.replace_range(offset..offset + length, &format!("\"{key}\""));
    }
    step.request.body = Some(text);
    Ok(())
}

/// The resource that a conditional reference names; `None` where it is no such reference.
fn conditional(server: &Server, reference: &str) -> Result<Option<String>, Refusal> {
    let Some((resource_type, query)) = reference.split_once('?') else { return Ok(None) };
    if !crate::types::is_type(resource_type) {
        return Ok(None);
    }
    match search::matches(server, resource_type, query)?.as_slice() {
        [] => Err(Refusal::new(412, "not-found", "a conditional reference matches nothing")),
        [key] => Ok(Some(key.clone())),
        _ => Err(create::several("a conditional reference")),
    }
}

fn respond(r#type: &'static str, responses: &[Response], call: &Call<'_>) -> Answer {
    let entries: Vec<Entry<'_>> = responses.iter().map(entry).collect();
    bundle::respond(r#type, None, &[], &entries, call.now)
}

fn entry(response: &Response) -> Entry<'_> {
    let body = response.body.as_deref().and_then(bundle::raw);
    let is_outcome = |json: &RawValue| {
        let document = Document::parse(json.get()).ok();
        document
            .is_some_and(|document| Resource::read(&document).is_some_and(|body| body.is("OperationOutcome")))
    };
    let (outcome, resource) = match body {
        Some(json) if is_outcome(json) => (Some(json), None),
        other => (None, other),
    };
    let header = |name| response.header(name).map(str::to_owned);
    let last_modified =
        response.header("Last-Modified").and_then(|text| httpdate::parse_http_date(text).ok());
    Entry {
        resource,
        response: Some(EntryResponse {
            status: response.status.to_string(),
            location: header("Location"),
            etag: header("ETag"),
            last_modified: last_modified.map(|time| {
                let since = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
                Instant::from_unix_milliseconds(0) + since
            }),
            outcome,
        }),
        ..Entry::default()
    }
}
