//! Requests and responses as values.

use std::{fmt, str::FromStr, time::Duration};

use fhir_solicit::json::Document;
use serde::{Deserialize, Serialize};

/// The media type of FHIR JSON (R4 http, content types).
pub(crate) const FHIR_JSON: &str = "application/fhir+json; charset=utf-8";

/// The methods of FHIR's REST interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Read, search, history, capabilities.
    Get,
    /// Create, search by form, batch and transaction.
    Post,
    /// Update.
    Put,
    /// JSON Patch.
    Patch,
    /// Delete.
    Delete,
}

impl Method {
    const ALL: [Self; 5] = [Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl FromStr for Method {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|method| method.name() == name).ok_or(())
    }
}

type Headers = Vec<(String, String)>;

fn header<'h>(headers: &'h Headers, name: &str) -> Option<&'h str> {
    headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// What a client sends. `Debug` shows neither query nor body.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Relative to the base: `Task?owner=…`, empty for the base itself; or absolute.
    pub url: String,
    /// Names in any case; the first of a name counts.
    pub headers: Vec<(String, String)>,
    /// The body, where there is one.
    pub body: Option<String>,
}

impl Request {
    /// A request without headers and body.
    pub fn new(method: Method, url: &str) -> Self {
        Self { method, url: url.to_owned(), headers: Vec::new(), body: None }
    }

    /// `GET url`.
    pub fn get(url: &str) -> Self {
        Self::new(Method::Get, url)
    }

    /// `POST url` with a resource.
    pub fn post(url: &str, resource: &Document) -> Self {
        Self::new(Method::Post, url).with_body("application/fhir+json", resource.text())
    }

    /// `PUT url` with a resource.
    pub fn put(url: &str, resource: &Document) -> Self {
        Self::new(Method::Put, url).with_body("application/fhir+json", resource.text())
    }

    /// `PATCH url` with a JSON Patch.
    pub fn patch(url: &str, patch: &str) -> Self {
        Self::new(Method::Patch, url).with_body("application/json-patch+json", patch)
    }

    /// The same with a header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same with a body of this media type.
    #[must_use]
    pub fn with_body(mut self, media_type: &str, body: &str) -> Self {
        self.body = Some(body.to_owned());
        self.with_header("Content-Type", media_type)
    }

    /// The first header called `name`, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// The URL without its query.
    pub fn path(&self) -> &str {
        self.url.split(['?', '#']).next().unwrap_or_default()
    }

    /// The query, still encoded; empty where there is none.
    pub fn query(&self) -> &str {
        let url = self.url.split('#').next().unwrap_or_default();
        url.split_once('?').map_or("", |(_, query)| query)
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.body.as_ref().map_or(0, String::len);
        write!(f, "{} {} ({bytes} bytes)", self.method.name(), self.path())
    }
}

/// What a server sends back. `Debug` does not show the body.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Each name at most once.
    pub headers: Vec<(String, String)>,
    /// The body, where there is one.
    pub body: Option<String>,
}

impl Response {
    pub(crate) fn new(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: None }
    }

    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn with_body(mut self, media_type: &str, body: String) -> Self {
        self.body = Some(body);
        self.with_header("Content-Type", media_type)
    }

    pub(crate) fn with_resource(self, resource: &Document) -> Self {
        self.with_body(FHIR_JSON, resource.text().to_owned())
    }

    /// The first header called `name`, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} bytes)", self.status, self.body.as_ref().map_or(0, String::len))
    }
}

/// What reaches the caller of a request, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The response; `None` where the connection broke and nobody can say whether the request
    /// was carried out.
    pub response: Option<Response>,
    /// How long the caller waits for it.
    pub delay: Duration,
}
