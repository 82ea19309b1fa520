//! Responses as answers.

use alloc::{
    borrow::ToOwned,
    string::{String, ToString},
    vec::Vec,
};

use serde::{Deserialize, Serialize};

use super::{
    Fault, FaultKind, Headers, HttpRequest, HttpResponse, Located, Method, Servers, request::is_question,
};
use crate::{
    fhir::{Instant, Resource, Target, is_id, outcome, outcome::Severity},
    json::{Document, FromJson},
};

/// A resource as a server holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub struct Stored {
    /// Where.
    pub at: Located,
    /// Its version there, opaque; `None` where the server does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// What a server says to a request that went well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The resource, or the Bundle of a search.
    Resource(Document, Stored),
    /// Done, without the resource in the answer, as servers do that ignore `Prefer` (R83). The
    /// place is `None` where the server did not tell it or CORS hid it.
    Done(Option<Stored>),
    /// 304: still the version that is known.
    NotModified,
}

/// Reads what came back for `request`.
///
/// Tolerates what real servers do: `application/json`, empty bodies, versions only in the header
/// or only in the body, locations that are absolute, relative or missing, with or without history.
///
/// # Errors
/// [`Fault`], by what can be done about it, with the server's own issues (R85).
pub fn read_answer(
    servers: &Servers,
    request: &HttpRequest,
    response: &HttpResponse,
) -> Result<Answer, Fault> {
    match response.status {
        202 => Err(fault(FaultKind::Pending, response)),
        200..=299 => success(servers, request, response),
        304 => Ok(Answer::NotModified),
        status => Err(fault(kind_of(status, request), response)),
    }
}

fn kind_of(status: u16, request: &HttpRequest) -> FaultKind {
    match status {
        400 | 422 => FaultKind::Invalid,
        401 => FaultKind::Unauthorized,
        403 => FaultKind::Forbidden,
        404 => FaultKind::NotFound,
        410 => FaultKind::Gone,
        412 if request.headers.get("if-none-exist").is_some() => FaultKind::SeveralMatches,
        409 | 412 => FaultKind::Conflict,
        413 => FaultKind::TooLarge,
        429 => FaultKind::TooManyRequests,
        408 | 425 | 502..=504 => FaultKind::Unavailable,
        // A read may be repeated; a write that made the server fail is for a person to look at.
        500 if is_question(request) => FaultKind::Unavailable,
        _ => FaultKind::Unexpected,
    }
}

fn fault(kind: FaultKind, response: &HttpResponse) -> Fault {
    let body = Document::parse(response.body.as_str()).ok();
    let issues = body.as_ref().and_then(Resource::read).map(outcome::read).unwrap_or_default();
    let retry_after = asked_to_wait(&response.headers);
    Fault { kind, status: Some(response.status), issues, retry_after, detail: None }
}

/// Some write the time of a reset in seconds of Unix: nobody waits that many.
const UNIX_TIMES: u64 = 1_000_000_000;

/// How long the server asks to wait: by `Retry-After` (RFC 9110), in seconds or until a date by the
/// server's own clock, else by the reset of its rate limit, in the forms of the IETF's drafts and of
/// the servers that were before them.
pub(super) fn asked_to_wait(headers: &Headers) -> Option<u64> {
    let date = || http_date(headers.get("date")?);
    if let Some(value) = headers.get("retry-after") {
        return value.trim().parse().ok().or_else(|| Some(http_date(value)?.since(date()?).as_secs()));
    }
    let named = |field: &str| {
        let mut parts = headers.get(field)?.split([';', ',']).map(str::trim);
        parts.find_map(|part| part.strip_prefix("t=").or_else(|| part.strip_prefix("reset="))?.parse().ok())
    };
    let reset = |field: &str| headers.get(field)?.trim().parse::<u64>().ok();
    let wait =
        named("ratelimit").or_else(|| reset("ratelimit-reset")).or_else(|| reset("x-ratelimit-reset"))?;
    if wait < UNIX_TIMES {
        return Some(wait);
    }
    let at = Instant::from_unix_milliseconds(i64::try_from(wait).ok()?.checked_mul(1000)?);
    Some(at.since(date()?).as_secs())
}

fn success(servers: &Servers, request: &HttpRequest, response: &HttpResponse) -> Result<Answer, Fault> {
    let path = request.url.split('?').next().unwrap_or_default();
    let expected = path.split('/').next().unwrap_or_default();
    let from_header = response
        .headers
        .get("location")
        .or_else(|| response.headers.get("content-location"))
        .and_then(|location| stored_at(servers, &request.server, location));
    let etag = response.headers.get("etag").map(version_of_etag);
    if response.body.trim().is_empty() {
        if is_question(request) {
            return Err(Fault {
                detail: Some("the body is empty".to_owned()),
                ..fault(FaultKind::Unreadable, response)
            });
        }
        let known = (request.method == Method::Put).then(|| Stored {
            at: Located { server: request.server.clone(), url: request.url.clone() },
            version: None,
        });
        let stored = from_header.or(known);
        return Ok(Answer::Done(stored.map(|stored| Stored { version: etag.or(stored.version), ..stored })));
    }
    let document = Document::parse(response.body.as_str()).map_err(|error| Fault {
        detail: Some(error.to_string()),
        ..fault(FaultKind::Unreadable, response)
    })?;
    let wrong = || fault(FaultKind::WrongResource, response);
    let resource = Resource::read(&document).ok_or_else(wrong)?;
    let id = match path.split('/').collect::<Vec<_>>()[..] {
        [_, id] | [_, id, "_history", _] => Some(id).filter(|id| is_id(id)),
        _ => None,
    };
    let is_search = id.is_none() && is_question(request);
    if resource.is("OperationOutcome") && expected != "OperationOutcome" {
        let failed = outcome::read(resource).iter().any(|issue| issue.severity <= Severity::Error);
        // "Prefer: return=OperationOutcome" by a server of its own mind is still a success.
        return if failed || is_question(request) {
            Err(fault(FaultKind::Invalid, response))
        } else {
            Ok(Answer::Done(from_header.map(|stored| Stored { version: etag.or(stored.version), ..stored })))
        };
    }
    // What an operation returns, its own definition says, and not every server keeps to it.
    let found = resource.resource_type();
    let is_operation = path.rsplit('/').next().is_some_and(|last| last.starts_with('$'));
    let expected = match expected {
        _ if is_operation => &found,
        "metadata" => "CapabilityStatement",
        named if is_search || named.is_empty() => "Bundle",
        named => named,
    };
    let other = |found: alloc::borrow::Cow<'_, str>| id.is_some_and(|id| found != id);
    if !resource.is(expected) || resource.id().is_some_and(other) {
        return Err(wrong());
    }
    let here = || Located { server: request.server.clone(), url: request.url.clone() };
    let from_body = resource
        .id()
        .map(|id| Located { server: request.server.clone(), url: alloc::format!("{expected}/{id}") });
    let version = resource.version_id().map(Into::into).or(etag);
    let at = from_body.or(from_header.map(|stored| stored.at));
    let at = at.or_else(|| (is_search || is_operation || path == "metadata").then(here));
    let stored = Stored { at: at.ok_or_else(wrong)?, version };
    Ok(Answer::Resource(document, stored))
}

/// The resource that a `Location` names: absolute or relative, with or without a version.
fn stored_at(servers: &Servers, server: &str, location: &str) -> Option<Stored> {
    let at = servers.locate(location, server).ok().filter(|at| at.server == server)?;
    let Target::Literal(literal) = Target::parse(location) else { return None };
    Some(Stored { at, version: literal.version.map(ToOwned::to_owned) })
}

/// The version in an entity tag, which servers write weak, strong or bare.
fn version_of_etag(etag: &str) -> String {
    etag.trim().trim_start_matches("W/").trim_matches('"').to_owned()
}

/// The server's own time for a search answer (R62): `Bundle.meta.lastUpdated`, else the latest
/// entry's, else the `Date` header.
pub fn server_time(bundle: Resource<'_>, response: &HttpResponse) -> Option<Instant> {
    bundle
        .last_updated()
        .or_else(|| bundle.entries().filter_map(Resource::last_updated).max())
        .or_else(|| http_date(response.headers.get("date")?))
}

/// An IMF-fixdate (RFC 9110 section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(text: &str) -> Option<Instant> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (_, rest) = text.trim().split_once(", ")?;
    let mut parts = rest.split(' ');
    let (day, month, year, time) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    Instant::parse(&alloc::format!("{year}-{month:02}-{day}T{time}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::{Headers, create, read, search, update};
    use crate::fhir::Identifier;
    use alloc::collections::BTreeMap;

    fn answer(
        request: &HttpRequest,
        status: u16,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Answer, Fault> {
        let bases = BTreeMap::from([("p".to_string(), "https://p.example/fhir".to_string())]);
        let servers = Servers::try_from(bases).unwrap();
        let headers = headers.iter().copied().collect::<Headers>();
        read_answer(&servers, request, &HttpResponse { status, headers, body: body.to_string() })
    }

    fn stored(answer: Answer) -> (String, Option<String>) {
        match answer {
            Answer::Resource(_, stored) | Answer::Done(Some(stored)) => (stored.at.url, stored.version),
            other => panic!("no place: {other:?}"),
        }
    }

    #[test]
    fn r43_a_task_is_created_with_200_as_with_201() {
        let task = Document::parse(r#"{"resourceType":"Task"}"#).unwrap();
        let post = create("p", &task, &Identifier::new("urn:s", "a"));
        let body = r#"{"resourceType":"Task","id":"7","meta":{"versionId":"2"}}"#;
        let versioned = [("Location", "https://p.example/fhir/Task/7/_history/2")];
        for status in [200, 201] {
            for (headers, body) in [(&versioned[..], ""), (&[], body)] {
                let created = stored(answer(&post, status, headers, body).unwrap());
                assert_eq!(created, ("Task/7".to_string(), Some("2".to_string())), "{status}");
            }
        }
    }

    #[test]
    fn r96_a_search_that_names_a_person_is_posted_and_read_as_any_other() {
        let url = |parameter: &'static str, value: &str| {
            let request = search("p", "Task", [("status", "requested".into()), (parameter, value.into())]);
            (request.method, request.url)
        };
        for parameter in ["identifier", "based-on:identifier", "patient.identifier", "owner:identifier"] {
            let posted = (Method::Post, "Task/_search".to_string());
            assert_eq!(url(parameter, "http://hospital.example/mrn|12345"), posted, "{parameter}");
            let uuid = "urn:ietf:rfc:3986|urn:uuid:0f0e";
            assert_eq!(url(parameter, uuid).0, Method::Get, "{parameter}: a random number names nobody");
            assert_eq!(url(parameter, &alloc::format!("{uuid},http://h|1")).0, Method::Post, "{parameter}");
        }
        assert_eq!(url("_id", "7"), (Method::Get, "Task?status=requested&_id=7".to_string()));
        let posted = search("p", "Task", [("identifier", "http://h|a&b".to_string())]);
        assert_eq!(posted.body.as_deref(), Some("identifier=http://h|a%26b"));
        assert_eq!(posted.headers.get("content-type"), Some("application/x-www-form-urlencoded"));
        let bundle = r#"{"resourceType":"Bundle","type":"searchset"}"#;
        assert!(matches!(answer(&posted, 200, &[], bundle), Ok(Answer::Resource(..))));
        assert_eq!(answer(&posted, 200, &[], "").unwrap_err().kind, FaultKind::Unreadable);
        assert_eq!(answer(&posted, 500, &[], "").unwrap_err().kind, FaultKind::Unavailable);
        let outcome = r#"{"resourceType":"OperationOutcome","issue":[]}"#;
        assert_eq!(answer(&posted, 200, &[], outcome).unwrap_err().kind, FaultKind::Invalid);
    }

    #[test]
    fn a_created_resource_is_found_wherever_the_server_names_it() {
        let task = Document::parse(r#"{"resourceType":"Task"}"#).unwrap();
        let post = create("p", &task, &Identifier::new("urn:s", "a|b"));
        assert_eq!(post.headers.get("If-None-Exist"), Some("identifier=urn:s|a%5C|b"));
        let body = r#"{"resourceType":"Task","id":"7","meta":{"versionId":"2"}}"#;
        let seven = |version: Option<&str>| ("Task/7".to_string(), version.map(str::to_string));
        assert_eq!(stored(answer(&post, 201, &[], body).unwrap()), seven(Some("2")));
        for (location, etag, version) in [
            ("https://p.example/fhir/Task/7/_history/2", None, Some("2")),
            ("Task/7/_history/2", None, Some("2")),
            ("https://p.example/fhir/Task/7", Some("W/\"2\""), Some("2")),
            ("Task/7", Some("\"2\""), Some("2")),
            ("Task/7", Some("2"), Some("2")),
            ("Task/7", None, None),
        ] {
            let headers: Vec<_> =
                [("Location", location)].into_iter().chain(etag.map(|etag| ("ETag", etag))).collect();
            assert_eq!(
                stored(answer(&post, 201, &headers, "").unwrap()),
                seven(version),
                "{location} {etag:?}"
            );
        }
        assert_eq!(answer(&post, 200, &[], "").unwrap(), Answer::Done(None), "hidden by CORS");
        let elsewhere = [("Location", "https://evil.example/fhir/Task/7")];
        assert_eq!(answer(&post, 201, &elsewhere, "").unwrap(), Answer::Done(None));
    }

    #[test]
    fn an_operation_may_return_any_resource_and_a_fault_is_still_one() {
        let status = read("p", "Subscription/7/$status", None);
        for body in [r#"{"resourceType":"Parameters"}"#, r#"{"resourceType":"Bundle","id":"1"}"#] {
            assert!(matches!(answer(&status, 200, &[], body), Ok(Answer::Resource(..))), "{body}");
        }
        let metadata = read("p", "metadata", None);
        let body = r#"{"resourceType":"CapabilityStatement"}"#;
        assert!(matches!(answer(&metadata, 200, &[], body), Ok(Answer::Resource(..))));
        let outcome = outcome::single(Severity::Error, "not-supported", "no");
        assert_eq!(answer(&status, 200, &[], outcome.text()).unwrap_err().kind, FaultKind::Invalid);
        assert_eq!(answer(&status, 404, &[], "").unwrap_err().kind, FaultKind::NotFound);
    }

    #[test]
    fn faults_are_told_apart_by_what_can_be_done() {
        let task = Document::parse(r#"{"resourceType":"Task"}"#).unwrap();
        let kind = |request: &HttpRequest, status, body| answer(request, status, &[], body).unwrap_err().kind;
        let (get, put) = (read("p", "Task/7", Some("1")), update("p", "Task/7", &task, Some("1")));
        let post = create("p", &task, &Identifier::uuid("u"));
        assert_eq!(kind(&post, 412, ""), FaultKind::SeveralMatches);
        assert_eq!(kind(&put, 412, ""), FaultKind::Conflict);
        assert_eq!(kind(&put, 409, ""), FaultKind::Conflict);
        assert_eq!(kind(&get, 401, "<html>"), FaultKind::Unauthorized);
        assert_eq!(kind(&get, 503, ""), FaultKind::Unavailable);
        assert_eq!(kind(&get, 200, "<html>Sign in</html>"), FaultKind::Unreadable);
        assert_eq!(kind(&get, 200, "{\"resourceType\":\"Task\""), FaultKind::Unreadable);
        assert_eq!(kind(&get, 200, ""), FaultKind::Unreadable);
        assert_eq!(kind(&get, 200, "[]"), FaultKind::WrongResource);
        assert_eq!(kind(&get, 200, r#"{"resourceType":"Patient","id":"7"}"#), FaultKind::WrongResource);
        assert_eq!(answer(&get, 304, &[], "").unwrap(), Answer::NotModified);
        let outcome = outcome::single(Severity::Error, "invalid", "no");
        let search = search("p", "Task", [("focus", "https://h/Task/1".to_string())]);
        let fault = answer(&search, 200, &[], outcome.text()).unwrap_err();
        assert_eq!((fault.kind, fault.issues.len()), (FaultKind::Invalid, 1), "R85: 200 with an outcome");
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_by_the_servers_clock() {
        let get = read("p", "Task/7", None);
        let wait = |headers: &[(&str, &str)]| answer(&get, 429, headers, "").unwrap_err().retry_after;
        assert_eq!(wait(&[("Retry-After", "30")]), Some(30));
        let dates =
            [("Retry-After", "Sun, 06 Nov 1994 08:50:37 GMT"), ("Date", "Sun, 06 Nov 1994 08:49:37 GMT")];
        assert_eq!(wait(&dates), Some(60));
        assert_eq!(wait(&[("Retry-After", "soon")]), None);
    }

    #[test]
    fn r81_a_rate_limit_says_when_it_is_lifted() {
        let get = read("p", "Task/7", None);
        let wait = |headers: &[(&str, &str)]| answer(&get, 429, headers, "").unwrap_err().retry_after;
        assert_eq!(wait(&[("RateLimit", "\"default\";r=0;t=30")]), Some(30));
        assert_eq!(wait(&[("RateLimit", "limit=100, remaining=0, reset=7")]), Some(7));
        assert_eq!(wait(&[("RateLimit-Reset", "12")]), Some(12));
        let date = ("Date", "Sun, 06 Nov 2033 08:49:37 GMT");
        assert_eq!(wait(&[("X-RateLimit-Reset", "2014879837"), date]), Some(60));
        assert_eq!(wait(&[("X-RateLimit-Reset", "2014879837")]), None, "whose clock?");
        assert_eq!(
            wait(&[("RateLimit-Reset", "12"), ("Retry-After", "5")]),
            Some(5),
            "what is said outright"
        );
        assert_eq!(wait(&[("RateLimit", "t=")]), None);
    }

    /// Which answers are repeated by themselves: only what passes, and only what may be sent twice.
    #[test]
    fn r81_every_status_has_its_remedy() {
        let task = Document::parse(r#"{"resourceType":"Task"}"#).unwrap();
        let requests = [
            read("p", "Task/7", None),
            update("p", "Task/7", &task, Some("1")),
            create("p", &task, &Identifier::uuid("u")),
        ];
        let passes =
            |status| requests.each_ref().map(|it| answer(it, status, &[], "").unwrap_err().kind.is_passing());
        for status in [202, 408, 425, 429, 502, 503, 504] {
            assert_eq!(passes(status), [true; 3], "{status}");
        }
        assert_eq!(passes(500), [true, false, false], "a write that made the server fail is not repeated");
        for status in [300, 301, 302, 307, 308, 400, 401, 403, 404, 405, 409, 410, 412, 413, 415, 422, 501] {
            assert_eq!(passes(status), [false; 3], "{status}");
        }
    }
}
