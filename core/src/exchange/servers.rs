//! The servers of an exchange, and which of them a reference leads to.

use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};

use serde::{Deserialize, Serialize};

use crate::{
    fhir::Target,
    json::{Document, FromJson},
};

/// The servers that an exchange may talk to: a base URL for each key.
///
/// What is not listed here is never asked for anything (R97), and nothing but https is listed,
/// loopback aside (R98).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(try_from = "BTreeMap<String, String>", into = "BTreeMap<String, String>")]
pub struct Servers(BTreeMap<String, String>);

/// Why a base URL is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServerError {
    /// Neither https nor loopback.
    #[error("the base URL of server '{0}' must be https; http is for localhost only")]
    Insecure(String),
    /// Not a plain base URL.
    #[error("the base URL of server '{0}' must be scheme, host and path only: no user, query or fragment")]
    Malformed(String),
}

/// A resource on a known server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub struct Located {
    /// Key of the server.
    pub server: String,
    /// `Type/id`, relative to its base.
    pub url: String,
}

/// Why a reference leads to no known server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Unlocated {
    /// An absolute reference to a server that is not listed.
    #[error(
        "the reference leads to a server that is not registered for this exchange; register its base URL to allow it"
    )]
    UnknownServer,
    /// No `[base/]Type/id`.
    #[error("the reference does not have the form [base/]Type/id and cannot be fetched")]
    NotRestful,
}

impl TryFrom<BTreeMap<String, String>> for Servers {
    type Error = ServerError;

    fn try_from(mut bases: BTreeMap<String, String>) -> Result<Self, ServerError> {
        for (key, base) in &mut bases {
            *base = checked_base(key, base)?;
        }
        Ok(Self(bases))
    }
}

impl From<Servers> for BTreeMap<String, String> {
    fn from(servers: Servers) -> Self {
        servers.0
    }
}

impl Servers {
    /// The base URL of a server, without a slash at its end.
    pub fn base(&self, server: &str) -> Option<&str> {
        self.0.get(server).map(String::as_str)
    }

    /// The keys of all servers.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Which server and place `reference` leads to, when it was read on server `from`.
    pub fn locate(&self, reference: &str, from: &str) -> Result<Located, Unlocated> {
        let Target::Literal(literal) = Target::parse(reference) else { return Err(Unlocated::NotRestful) };
        let server = match literal.base {
            None => from,
            Some(base) => {
                let known = self.0.iter().find(|(_, known)| *known == base);
                known.ok_or(Unlocated::UnknownServer)?.0
            }
        };
        Ok(Located { server: server.to_string(), url: literal.relative() })
    }

    /// The absolute URL of a located resource.
    pub fn absolute(&self, located: &Located) -> Option<String> {
        Some(format!("{}/{}", self.base(&located.server)?, located.url))
    }

    /// The part of an absolute `link` after the base of `server`; `None` where it leads elsewhere.
    pub fn relative(&self, link: &str, server: &str) -> Option<String> {
        let base = self.base(server)?;
        let rest = link.strip_prefix(base)?;
        let path = rest.split('?').next().unwrap_or_default().to_ascii_lowercase().replace("%2e", ".");
        let plain = rest.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\' && byte != b'#');
        let inside = rest.starts_with(['/', '?']) && !path.split('/').any(|part| part == "..");
        (plain && inside).then(|| rest.strip_prefix('/').unwrap_or(rest).to_string())
    }
}

pub(super) fn checked_base(key: &str, base: &str) -> Result<String, ServerError> {
    let malformed = || ServerError::Malformed(key.to_string());
    let base = base.trim_end_matches('/');
    let (scheme, rest) = base.split_once("://").ok_or_else(malformed)?;
    let authority = rest.split('/').next().unwrap_or_default();
    let odd = |character: char| {
        character.is_whitespace() || character.is_control() || "?#@\\\"<>".contains(character)
    };
    if authority.is_empty() || rest.contains(odd) {
        return Err(malformed());
    }
    let host = authority.rsplit_once(':').map_or(authority, |(host, port)| {
        if port.bytes().all(|byte| byte.is_ascii_digit()) { host } else { authority }
    });
    let loopback = matches!(host, "localhost" | "[::1]")
        || host
            .strip_prefix("127.")
            .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'));
    match scheme {
        "https" => Ok(base.to_string()),
        "http" if loopback => Ok(base.to_string()),
        "http" => Err(ServerError::Insecure(key.to_string())),
        _ => Err(malformed()),
    }
}

/// Makes the references of a resource that stood at base `from` mean the same at base `to`:
/// relative ones become absolute, absolute ones to `to` become relative.
pub fn rebase(document: &mut Document, from: &str, to: &str) {
    let rebased = |reference: &str| {
        let Target::Literal(literal) = Target::parse(reference) else { return None };
        let version = literal.version.map_or_else(String::new, |version| format!("/_history/{version}"));
        let relative = literal.relative();
        match literal.base {
            None if from != to => Some(format!("{from}/{relative}{version}")),
            Some(base) if base == to => Some(format!("{relative}{version}")),
            _ => None,
        }
    };
    let mut open = alloc::vec![document.root()];
    let mut edits = Vec::new();
    while let Some(value) = open.pop() {
        for (key, member) in value.members() {
            match member.as_str() {
                Some(reference) if key.is("reference") => {
                    edits.extend(rebased(&reference).map(|reference| (member.id(), reference)));
                }
                _ => open.push(member),
            }
        }
        open.extend(value.items());
    }
    document.set_strings(edits);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn servers(base: &str) -> Result<Servers, ServerError> {
        Servers::try_from(BTreeMap::from([("home".to_string(), base.to_string())]))
    }

    #[test]
    fn only_https_and_loopback_are_servers() {
        for base in [
            "https://a.example/fhir/",
            "http://localhost:8080",
            "http://127.0.0.1:1/fhir",
            "http://[::1]:8/f",
        ] {
            assert!(servers(base).is_ok(), "{base}");
        }
        for base in [
            "http://a.example/fhir",
            "http://127.0.0.1.evil.example",
            "http://localhost.evil.example",
            "ftp://a",
            "javascript:alert(1)",
            "https://",
            "https://user@a.example",
            "https://a.example/?x",
            "https://a b",
            "data:text/html,x",
            "https://a.example\\@b.example",
        ] {
            assert!(servers(base).is_err(), "{base}");
        }
    }

    #[test]
    fn references_lead_to_listed_servers_only() {
        let servers = servers("https://a.example/fhir/").unwrap();
        let url = |reference| servers.locate(reference, "home").map(|located| located.url);
        assert_eq!(url("Task/1").unwrap(), "Task/1");
        assert_eq!(url("https://a.example/fhir/Task/1/_history/3").unwrap(), "Task/1");
        for foreign in [
            "https://a.example/other/Task/1",
            "https://a.example.evil/fhir/Task/1",
            "http://a.example/fhir/Task/1",
        ] {
            assert_eq!(url(foreign), Err(Unlocated::UnknownServer), "{foreign}");
        }
        assert_eq!(url("javascript:Task/1"), Err(Unlocated::NotRestful));
        assert_eq!(servers.relative("https://a.example/fhir?_page=2", "home").unwrap(), "?_page=2");
        assert_eq!(servers.relative("https://a.example/fhir/Task?_page=2", "home").unwrap(), "Task?_page=2");
        for foreign in [
            "https://a.example/fhirx/Task",
            "https://evil/fhir/Task",
            "https://a.example/fhir/../admin",
            "https://a.example/fhir/%2E%2e/admin",
            "https://a.example/fhir/Task?a\r\nb",
        ] {
            assert!(servers.relative(foreign, "home").is_none(), "{foreign}");
        }
    }

    #[test]
    fn rebasing_keeps_meaning() {
        let text = r##"{"a":[{"reference":"Patient/1"},{"reference":"#c"}],"b":{"reference":"https://to/Task/2/_history/1"},"c":{"reference":"https://else/Task/2"}}"##;
        let mut document = Document::parse(text).unwrap();
        rebase(&mut document, "https://from", "https://to");
        let expected = text.replace("Patient/1", "https://from/Patient/1").replace("https://to/Task", "Task");
        assert_eq!(document.text(), expected);
    }
}
