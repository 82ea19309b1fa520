//! Several looks at one server in one request (R61).
//!
//! Each exchange looks for itself and knows of no other. Whoever performs what they ask can ask a server
//! once for all: reads of `Task/1`, `Task/2`, … become `Task?_id=1,2,…`, and searches by one parameter become
//! one with all their values. [`batch`] says what to send, [`unbatch`] what each of them would have been
//! answered. A search decides nothing: who is not found in its answer is not answered, and asks for itself.

use alloc::{
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use serde::Serialize;

use super::{
    FaultKind, Headers, HttpRequest, HttpResponse, Method, Servers, next_page, read_answer, request::encode,
};
use crate::{
    fhir::{Identifier, Reference, Resource, Target},
    json::Document,
    order::{Map, Set},
};

/// The types that exchanges watch by reading them.
const WATCHED: [&str; 2] = ["Task", "CommunicationRequest"];
/// The parameters by which exchanges search for what belongs to them.
const SOUGHT: [&str; 2] = ["based-on", "based-on:identifier"];
/// Requests that one may stand for: servers bound the values of a parameter.
const MOST_MEMBERS: usize = 50;
/// Bytes of a URL: proxies bound them.
const LONGEST_URL: usize = 1900;
/// Pages of one answer, against servers that offer a next page for ever (R63).
const MOST_PAGES: usize = 20;

/// What to send for several requests, or for one.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Batch {
    /// The request, to the server of the first member.
    pub request: HttpRequest,
    /// The requests it stands for, by their place, 1..*.
    pub members: Vec<usize>,
    /// What is asked for and how, such as `Task?_id`: where a server has not answered that usefully, it need
    /// not be tried again soon.
    pub kind: String,
}

/// What the pages so far mean.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unbatched {
    /// This page is to be had, too.
    More(HttpRequest),
    /// What each member is answered, in their order; `None` for those that have to ask for themselves.
    Answers(Vec<Option<HttpResponse>>),
}

/// How a request can be asked together with others.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Kind<'r> {
    resource_type: &'r str,
    /// `None` for a read by id.
    parameter: Option<&'r str>,
}

/// The kind of a request and its value, as it stands in the URL; `None` where it stands alone.
fn kind_of(request: &HttpRequest) -> Option<(Kind<'_>, &str)> {
    if request.method != Method::Get {
        return None;
    }
    if let Some((resource_type, query)) = request.url.split_once('?') {
        let (name, value) = query.split_once('=')?;
        let parameter = SOUGHT.into_iter().find(|sought| encode(sought) == name)?;
        return (!value.contains('&')).then_some((Kind { resource_type, parameter: Some(parameter) }, value));
    }
    let (resource_type, id) = request.url.split_once('/')?;
    let resource_type = WATCHED.into_iter().find(|watched| *watched == resource_type)?;
    crate::fhir::is_id(id).then_some((Kind { resource_type, parameter: None }, id))
}

fn url(kind: Kind<'_>, values: &[&str]) -> String {
    let Kind { resource_type, parameter } = kind;
    let count = values.len().max(MOST_MEMBERS);
    format!("{resource_type}?{}={}&_count={count}", encode(parameter.unwrap_or("_id")), values.join(","))
}

/// Fewer requests that ask for the same. All have to go to one base URL, with one credential.
pub fn batch(requests: &[HttpRequest]) -> Vec<Batch> {
    let mut kinds: Map<Kind<'_>, Vec<(usize, &str)>> = Map::default();
    let mut batches = Vec::new();
    for (at, request) in requests.iter().enumerate() {
        match kind_of(request) {
            Some((kind, value)) => kinds.entry(kind, Vec::new).push((at, value)),
            None => {
                batches.push(Batch { request: request.clone(), members: vec![at], kind: String::new() });
            }
        }
    }
    for (kind, mut rest) in kinds {
        while !rest.is_empty() {
            let room = rest.iter().take(MOST_MEMBERS).scan(0, |length, (_, value)| {
                *length += value.len() + 1;
                Some(*length)
            });
            let fitting = room.take_while(|length| *length < LONGEST_URL).count().max(1);
            let chunk: Vec<(usize, &str)> = rest.drain(..fitting).collect();
            batches.push(joined(kind, &chunk, requests));
        }
    }
    batches
}

fn joined(kind: Kind<'_>, chunk: &[(usize, &str)], requests: &[HttpRequest]) -> Batch {
    let members: Vec<usize> = chunk.iter().map(|(at, _)| *at).collect();
    let first = &requests[members[0]];
    let request = if members.len() == 1 {
        first.clone()
    } else {
        let mut values: Vec<&str> = Vec::with_capacity(chunk.len());
        for (_, value) in chunk.iter().filter(|(_, value)| !value.is_empty()) {
            if !values.contains(value) {
                values.push(value);
            }
        }
        next_page(&first.server, &url(kind, &values))
    };
    let parameter = kind.parameter.unwrap_or("_id");
    Batch { request, members, kind: format!("{}?{parameter}", kind.resource_type) }
}

/// What `pages`, the answer to the batch of `members` and the pages that were to be had after it, mean to each
/// of these. `base` is the server's.
pub fn unbatch(base: &str, members: &[HttpRequest], pages: &[HttpResponse]) -> Unbatched {
    let alone = || Unbatched::Answers(members.iter().map(|_| None).collect());
    let (Some(first), Some(last)) = (members.first(), pages.last()) else { return alone() };
    let [Batch { request, .. }] = &batch(members)[..] else { return alone() };
    let Some((kind, _)) = kind_of(first) else { return alone() };
    let bases = Map::from_iter([(first.server.clone(), base.to_string())]);
    let Ok(servers) = Servers::try_from(bases) else { return alone() };
    if let Err(fault) = read_answer(&servers, request, last) {
        // What keeps the server from answering at all would meet each of them, too.
        let meets_all = fault.kind == FaultKind::Unauthorized
            || (fault.kind.is_passing() && fault.kind != FaultKind::Unreadable);
        return if meets_all && pages.len() == 1 {
            Unbatched::Answers(members.iter().map(|_| Some(last.clone())).collect())
        } else {
            alone()
        };
    }
    let documents: Vec<Document> =
        pages.iter().filter_map(|page| Document::parse(page.body.as_str()).ok()).collect();
    let bundles: Vec<Resource<'_>> = documents.iter().filter_map(Resource::read).collect();
    let answers = match kind.parameter {
        None => by_id(kind, members, &bundles),
        Some(_) => by_link(base, members, &bundles),
    };
    let complete = kind.parameter.is_none() && answers.iter().all(Option::is_some);
    match next(&servers, request, &bundles) {
        _ if complete => Unbatched::Answers(answers),
        Next::None => Unbatched::Answers(answers),
        Next::Page(url) if pages.len() < MOST_PAGES => Unbatched::More(next_page(&first.server, &url)),
        // Something was not seen: who was found has an answer all the same, if there is one only.
        _ if kind.parameter.is_none() => Unbatched::Answers(answers),
        _ => alone(),
    }
}

enum Next {
    None,
    Page(String),
    /// On another server.
    Elsewhere,
}

/// The page after the last (R63).
fn next(servers: &Servers, request: &HttpRequest, bundles: &[Resource<'_>]) -> Next {
    let relative = |url: &str| servers.relative(url, &request.server);
    let Some(last) = bundles.last().filter(|last| last.entries().next().is_some()) else { return Next::None };
    let Some(url) = last.next_page() else { return Next::None };
    let Some(url) = relative(&url) else { return Next::Elsewhere };
    let before = &bundles[..bundles.len() - 1];
    let seen = before.iter().filter_map(|bundle| relative(&bundle.next_page()?)).any(|seen| seen == url);
    if seen || url == request.url { Next::None } else { Next::Page(url) }
}

/// What each read would have been answered: what it reads, or that it has not changed (R66).
fn by_id(kind: Kind<'_>, members: &[HttpRequest], bundles: &[Resource<'_>]) -> Vec<Option<HttpResponse>> {
    let mut found: Map<String, Resource<'_>> = Map::default();
    for entry in bundles.iter().flat_map(|bundle| bundle.entries()).filter(|it| it.is(kind.resource_type)) {
        let Some(id) = entry.id() else { continue };
        let known = found.get(id.as_ref());
        if known.is_none_or(|known| known.last_updated() < entry.last_updated()) {
            found.insert(id.into_owned(), entry);
        }
    }
    let answer = |member: &HttpRequest| {
        let entry = found.get(kind_of(member)?.1)?;
        let known = member.headers.get("if-none-match");
        let version = entry.version_id().and_then(|version| super::request::etag(&version));
        let same = known.is_some() && version.as_deref() == known;
        let (status, body) = if same { (304, String::new()) } else { (200, entry.value().raw().to_string()) };
        Some(HttpResponse { status, headers: Headers::default(), body })
    };
    members.iter().map(answer).collect()
}

/// What each search would have been answered: what links to a value of its own, and what links to none that
/// was asked for, since servers write links in ways of their own.
fn by_link(base: &str, members: &[HttpRequest], bundles: &[Resource<'_>]) -> Vec<Option<HttpResponse>> {
    let mut wanted: Map<&str, Set<usize>> = Map::default();
    for (at, member) in members.iter().enumerate() {
        for value in kind_of(member).into_iter().flat_map(|(_, value)| value.split(',')) {
            wanted.entry(value, Set::default).insert(at);
        }
    }
    let everybody: Set<usize> = (0..members.len()).collect();
    let mut entries: Vec<Vec<&str>> = vec![Vec::new(); members.len()];
    let mut kept = Set::default();
    for entry in bundles.iter().flat_map(|bundle| bundle.entries()) {
        // Pages that shift show the same twice.
        if entry.id().is_some_and(|id| !kept.insert(format!("{}/{id}", entry.resource_type()))) {
            continue;
        }
        let links = entry.value().list("basedOn").map(Reference::read);
        let whose: Set<usize> = links
            .flat_map(|link| values_of(&link, base))
            .filter_map(|value| wanted.get(value.as_str()))
            .flatten()
            .copied()
            .collect();
        for at in if whose.is_empty() { &everybody } else { &whose } {
            entries[*at].push(entry.value().raw());
        }
    }
    let bundle = |entries: Vec<&str>| {
        let entries: Vec<String> =
            entries.into_iter().map(|raw| format!(r#"{{"resource":{raw}}}"#)).collect();
        let entry =
            if entries.is_empty() { String::new() } else { format!(r#","entry":[{}]"#, entries.join(",")) };
        let body = format!(r#"{{"resourceType":"Bundle","type":"searchset"{entry}}}"#);
        Some(HttpResponse { status: 200, headers: Headers::default(), body })
    };
    entries.into_iter().map(bundle).collect()
}

/// The values, as they stand in a URL, by which a link is searched for.
fn values_of(link: &Reference, base: &str) -> Vec<String> {
    let token = link.identifier.as_ref().and_then(Identifier::token);
    let mut values: Vec<String> = token.into_iter().collect();
    if let Some(Target::Literal(literal)) = link.target() {
        let relative = literal.relative();
        values.push(format!("{}/{relative}", literal.base.unwrap_or(base)));
        if literal.base.is_none_or(|of| of == base) {
            values.push(relative);
        }
    }
    values.iter().map(|value| encode(value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::{read, search};

    const BASE: &str = "https://p.example/fhir";

    fn page(entries: &[&str], next: Option<&str>) -> HttpResponse {
        let entries: Vec<String> = entries.iter().map(|raw| format!(r#"{{"resource":{raw}}}"#)).collect();
        let link = next.map(|url| format!(r#","link":[{{"relation":"next","url":"{url}"}}]"#));
        let body = format!(
            r#"{{"resourceType":"Bundle","type":"searchset"{},"entry":[{}]}}"#,
            link.unwrap_or_default(),
            entries.join(",")
        );
        answered(200, &body)
    }

    fn answered(status: u16, body: &str) -> HttpResponse {
        HttpResponse { status, headers: Headers::default(), body: body.into() }
    }

    fn task(id: &str, version: &str) -> String {
        format!(r#"{{"resourceType":"Task","id":"{id}","meta":{{"versionId":"{version}"}}}}"#)
    }

    fn reads() -> Vec<HttpRequest> {
        vec![read("a", "Task/1", Some("1")), read("b", "Task/2", Some("1")), read("a", "Task/3", None)]
    }

    fn statuses(pages: &[HttpResponse]) -> Vec<Option<u16>> {
        match unbatch(BASE, &reads(), pages) {
            Unbatched::Answers(answers) => answers.iter().map(|one| Some(one.as_ref()?.status)).collect(),
            Unbatched::More(_) => panic!("a page is missing"),
        }
    }

    #[test]
    fn r61_known_ids_are_searched_for_in_chunks() {
        for (count, expected) in [(1, 1), (2, 1), (50, 1), (51, 2), (1000, 20)] {
            let requests: Vec<HttpRequest> =
                (0..count).map(|id| read("p", &format!("Task/{id}"), Some("1"))).collect();
            let batches = batch(&requests);
            assert_eq!(batches.len(), expected, "{count}");
            assert!(batches.iter().all(|one| one.request.url.len() < 2000));
            let members: usize = batches.iter().map(|one| one.members.len()).sum();
            assert_eq!(members, count);
        }
        let url = |requests: &[HttpRequest]| batch(requests)[0].request.url.clone();
        assert_eq!(url(&reads()), "Task?_id=1,2,3&_count=50");
        assert_eq!(url(&reads()[..1]), "Task/1", "R66: one alone is read, on its condition");
        let long: Vec<HttpRequest> = (0..60).map(|id| read("p", &format!("Task/{id:064}"), None)).collect();
        assert!(batch(&long).iter().all(|one| one.request.url.len() < 2000));
    }

    #[test]
    fn r61_what_is_no_look_stands_alone() {
        let task = Document::parse(r#"{"resourceType":"Task"}"#).unwrap();
        let update = super::super::update("p", "Task/1", &task, Some("1"));
        let others = [update, read("p", "Binary/1", None), search("p", "Task", [("owner", "x".to_string())])];
        assert!(batch(&others).iter().all(|one| one.members.len() == 1));
    }

    #[test]
    fn r66_a_version_that_is_known_is_not_modified_and_what_is_absent_not_answered() {
        let (one, two) = (task("1", "1"), task("2", "2"));
        assert_eq!(statuses(&[page(&[&one, &two], None)]), [Some(304), Some(200), None]);
        assert_eq!(statuses(&[page(&[], None)]), [None; 3], "absent is not unchanged");
    }

    #[test]
    fn r69_what_meets_the_search_alone_is_asked_for_singly() {
        let outcome =
            r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"not-supported"}]}"#;
        for (status, body) in
            [(400, ""), (403, ""), (404, ""), (405, ""), (200, outcome), (200, "<html>"), (200, "")]
        {
            assert_eq!(statuses(&[answered(status, body)]), [None; 3], "{status} {body}");
        }
        for status in [401, 429, 503] {
            assert_eq!(statuses(&[answered(status, "")]), [Some(status); 3]);
        }
    }

    #[test]
    fn r63_pages_are_followed_on_the_same_base_and_not_for_ever() {
        let [one, two, three] = ["1", "2", "3"].map(|id| task(id, "9"));
        let next = format!("{BASE}?_page=2");
        let first = page(&[&one, &two], Some(&next));
        match unbatch(BASE, &reads(), core::slice::from_ref(&first)) {
            Unbatched::More(request) => {
                assert_eq!((request.server.as_str(), request.url.as_str()), ("a", "?_page=2"));
            }
            Unbatched::Answers(_) => panic!("there is more"),
        }
        let all = [Some(200); 3];
        assert_eq!(statuses(&[first.clone(), page(&[&three], None)]), all);
        assert_eq!(statuses(&[page(&[&one, &two, &three], Some(&next))]), all, "nobody is missing");
        let some = [Some(200), Some(200), None];
        assert_eq!(statuses(&[first.clone(), first.clone()]), some, "the same page again");
        assert_eq!(
            statuses(&[first.clone(), page(&[], Some(&format!("{BASE}?_page=3")))]),
            some,
            "an empty page"
        );
        for elsewhere in ["https://evil.example/fhir?_page=2", "https://p.example/other?_page=2"] {
            assert_eq!(statuses(&[page(&[&one, &two], Some(elsewhere))]), some, "{elsewhere}");
        }
        let endless: Vec<HttpResponse> =
            (0..20).map(|at| page(&[&one, &two], Some(&format!("{BASE}?_page={at}")))).collect();
        assert_eq!(statuses(&endless), some);
    }

    #[test]
    fn r61_what_links_to_one_of_several_goes_to_that_one_alone() {
        let value = |id: u32| format!("CommunicationRequest/{id},{BASE}/CommunicationRequest/{id}");
        let searches: Vec<HttpRequest> =
            (1..4).map(|id| search("home", "Communication", [("based-on", value(id))])).collect();
        let batches = batch(&searches);
        assert_eq!(batches.len(), 1);
        let linked = |id: u32, to: &str| {
            format!(r#"{{"resourceType":"Communication","id":"{id}","basedOn":[{{"reference":"{to}"}}]}}"#)
        };
        let found = [
            linked(1, "CommunicationRequest/1"),
            linked(2, &format!("{BASE}/CommunicationRequest/2/_history/1")),
            linked(3, "urn:uuid:0"),
        ];
        let raws: Vec<&str> = found.iter().map(String::as_str).collect();
        let Unbatched::Answers(answers) = unbatch(BASE, &searches, &[page(&raws, None)]) else {
            panic!("nothing more")
        };
        let ids = |at: usize| {
            let body = Document::parse(answers[at].as_ref().unwrap().body.as_str()).unwrap();
            let bundle = Resource::read(&body).unwrap();
            bundle
                .entries()
                .filter_map(|entry| entry.id().map(alloc::borrow::Cow::into_owned))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            (ids(0), ids(1), ids(2)),
            (vec!["1".into(), "3".into()], vec!["2".into(), "3".into()], vec!["3".to_string()])
        );
    }

    #[test]
    fn r61_searches_by_identifier_go_together_too() {
        let value = |id: u32| format!("urn:ietf:rfc:3986|urn:uuid:00000000-0000-4000-8000-00000000000{id}");
        let searches: Vec<HttpRequest> =
            (1..3).map(|id| search("home", "Communication", [("based-on:identifier", value(id))])).collect();
        assert_eq!(batch(&searches).len(), 1);
        let linked = format!(
            r#"{{"resourceType":"Communication","id":"1","basedOn":[{{"identifier":{{"system":"urn:ietf:rfc:3986","value":"{}"}}}}]}}"#,
            value(2).split_once('|').unwrap().1
        );
        let Unbatched::Answers(answers) = unbatch(BASE, &searches, &[page(&[&linked], None)]) else {
            panic!("nothing more")
        };
        let has = |at: usize| answers[at].as_ref().unwrap().body.contains("entry");
        assert_eq!((has(0), has(1)), (false, true));
    }
}
