//! The world, from outside: only its public API.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "the helpers of tests are tests too")]

mod batch;
mod faults;
mod interactions;
mod laws;
mod search;

use fhir_solicit::{fhir::Instant, json::Document};
use fhir_solicit_world::{Request, Response, Server};

const BASE: &str = "http://payer.example/fhir";

/// A server and a clock that a test moves.
struct World {
    server: Server,
    now: Instant,
}

impl World {
    fn new() -> Self {
        Self::with(&[])
    }

    /// A world that holds these resources already.
    fn with(resources: &[&str]) -> Self {
        Self::at("2026-11-22T10:00:00Z", resources)
    }

    fn at(now: &str, resources: &[&str]) -> Self {
        let mut world = Self { server: Server::new(BASE), now: Instant::parse(now).unwrap() };
        for resource in resources {
            world.server.insert(document(resource), world.now).unwrap();
        }
        world
    }

    fn wait(&mut self, milliseconds: i64) {
        self.now = Instant::from_unix_milliseconds(self.now.unix_milliseconds() + milliseconds);
    }

    /// The response, which must not be lost.
    fn send(&mut self, request: &Request) -> Response {
        self.try_send(request).expect("the response was lost")
    }

    fn try_send(&mut self, request: &Request) -> Option<Response> {
        self.server.handle(request, self.now).response
    }

    fn get(&mut self, url: &str) -> Response {
        self.send(&Request::get(url))
    }

    /// The ids of a searchset's matches, in order.
    fn ids(&mut self, url: &str) -> Vec<String> {
        let response = self.get(url);
        assert_eq!(response.status, 200, "{url}: {:?}", response.body);
        ids(&response)
    }
}

fn document(text: &str) -> Document {
    Document::parse(text).unwrap()
}

fn body(response: &Response) -> Document {
    document(response.body.as_deref().unwrap())
}

/// The text at a JSON Pointer in the body.
fn text(response: &Response, pointer: &str) -> Option<String> {
    let body = body(response);
    let value = body.root().pointer(pointer)?;
    Some(value.as_str().map_or_else(|| value.raw().to_owned(), Into::into))
}

fn ids(searchset: &Response) -> Vec<String> {
    let bundle = body(searchset);
    let entries = fhir_solicit::fhir::Resource::read(&bundle).unwrap().entries();
    entries.map(|resource| resource.id().unwrap().into_owned()).collect()
}

/// The link `next`, where there is one.
fn next(bundle: &Response) -> Option<String> {
    let bundle = body(bundle);
    let link = bundle.root().list("link").find(|link| link.string("relation").as_deref() == Some("next"));
    link.map(|link| link.string("url").unwrap().into_owned())
}

/// Status and issue code of an OperationOutcome.
fn refusal(response: &Response) -> (u16, String) {
    assert_eq!(text(response, "/resourceType").as_deref(), Some("OperationOutcome"));
    (response.status, text(response, "/issue/0/code").unwrap())
}
