//! Requests and responses as plain values.

use alloc::{collections::BTreeMap, string::String};
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::{json::FromJson, order::Map};

/// An HTTP method that FHIR REST uses here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Read and search.
    Get,
    /// Create.
    Post,
    /// Update.
    Put,
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
        })
    }
}

/// Header fields; names compare without regard to case (RFC 9110 section 5.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(from = "Map<String, String>")]
pub struct Headers(Map<String, String>);

impl From<Map<String, String>> for Headers {
    fn from(fields: Map<String, String>) -> Self {
        fields.into_iter().collect()
    }
}

impl From<BTreeMap<String, String>> for Headers {
    fn from(fields: BTreeMap<String, String>) -> Self {
        fields.into_iter().collect()
    }
}

impl<N: AsRef<str>, V: Into<String>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Self {
        let mut headers = Self::default();
        for (name, value) in fields {
            headers.0.insert(name.as_ref().to_ascii_lowercase(), value.into());
        }
        headers
    }
}

impl Headers {
    /// The value of the field `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(&name.to_ascii_lowercase()).map(String::as_str)
    }

    /// Sets the field `name`.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.insert(name.to_ascii_lowercase(), value.into());
    }

    /// Every field, its name in lower case.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// A request to be performed. `Debug` shows neither URL nor body: both may hold patient data.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub struct HttpRequest {
    /// Key of the server in [`super::Servers`]; its credential goes there and nowhere else.
    pub server: String,
    /// The method.
    pub method: Method,
    /// URL relative to the server's base, such as `Task/7`; never absolute.
    pub url: String,
    /// Header fields to send, beside those of the transport and the credential.
    pub headers: Headers,
    /// The body, FHIR JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}, {} bytes", self.method, self.server, self.body.as_ref().map_or(0, String::len))
    }
}

/// What came back. `Debug` does not show the body.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// The header fields that could be read; in a browser CORS may hide most of them (R84).
    #[serde(default)]
    pub headers: Headers,
    /// The body as text; empty where there was none.
    #[serde(default)]
    pub body: String,
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} bytes", self.status, self.body.len())
    }
}
