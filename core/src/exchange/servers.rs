//! The servers of an exchange, and which of them a reference leads to.

use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};

use serde::{Deserialize, Serialize};

use super::url::{Split, stays_inside};
use crate::{
    fhir::Target,
    json::{Document, FromJson},
    order::Map,
};

/// The servers that an exchange may talk to: a base URL for each key.
///
/// What is not listed here is never asked for anything (R97), and nothing but https is listed,
/// loopback aside (R98).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(try_from = "Map<String, String>", into = "Map<String, String>")]
pub struct Servers(Map<String, String>);

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
    /// Not https, or not plain: `javascript:`, `data:`, a user name, `..` in the path (R98).
    #[error("the URL is not a plain https URL and is not followed")]
    Unsafe,
}

impl TryFrom<BTreeMap<String, String>> for Servers {
    type Error = ServerError;

    fn try_from(bases: BTreeMap<String, String>) -> Result<Self, ServerError> {
        bases.into_iter().collect::<Map<_, _>>().try_into()
    }
}

impl TryFrom<Map<String, String>> for Servers {
    type Error = ServerError;

    fn try_from(mut bases: Map<String, String>) -> Result<Self, ServerError> {
        for (key, base) in bases.iter_mut() {
            *base = checked_base(key, base)?;
        }
        Ok(Self(bases))
    }
}

impl From<Servers> for Map<String, String> {
    fn from(servers: Servers) -> Self {
        servers.0
    }
}

impl Servers {
    /// The base URL of a server, without a slash at its end.
    pub fn base(&self, server: &str) -> Option<&str> {
        self.0.get(server).map(String::as_str)
    }

    /// Which server and place `reference` leads to, when it was read on server `from`.
    pub fn locate(&self, reference: &str, from: &str) -> Result<Located, Unlocated> {
        let Target::Literal(literal) = Target::parse(reference) else { return Err(Unlocated::NotRestful) };
        let server = match literal.base {
            None => from,
            Some(base) => {
                let base = Split::parse(base).map(|split| split.origin + split.rest);
                let known = self.0.iter().find(|(_, known)| Some(known) == base.as_ref());
                &known.ok_or(Unlocated::UnknownServer)?.0
            }
        };
        // Both are ids by their characters, and steps in a path.
        if matches!(literal.id, "." | "..") {
            return Err(Unlocated::NotRestful);
        }
        Ok(Located { server: server.to_string(), url: literal.relative() })
    }

    /// The absolute URL of a located resource.
    pub fn absolute(&self, located: &Located) -> Option<String> {
        Some(format!("{}/{}", self.base(&located.server)?, located.url))
    }

    /// The part of an absolute `link` after the base of `server`; `None` where it leads elsewhere.
    pub fn relative(&self, link: &str, server: &str) -> Option<String> {
        let split = Split::parse(link)?;
        let inside = self.base(server)?.strip_prefix(split.origin.as_str())?;
        let rest = split.rest.strip_prefix(inside)?;
        let follows = rest.starts_with(['/', '?']) && !rest.contains('#') && stays_inside(rest);
        follows.then(|| rest.strip_prefix('/').unwrap_or(rest).to_string())
    }

    /// The server with the longest base that `url` lies under, and the rest of `url`.
    pub(super) fn under(&self, url: &str) -> Option<(&str, String)> {
        let rest = |key: &str| {
            let base = self.base(key)?;
            if url.trim_end_matches('/') == base { Some(String::new()) } else { self.relative(url, key) }
        };
        let found = self.0.iter().filter_map(|(key, _)| Some((key.as_str(), rest(key)?)));
        found.min_by_key(|(_, rest)| rest.len())
    }

    /// Whether one of them is at the origin of `url`, wherever below it.
    pub(super) fn have_origin_of(&self, url: &str) -> bool {
        let origin = |url: &str| Split::parse(url).map(|split| split.origin);
        let wanted = origin(url);
        wanted.is_some() && self.0.iter().any(|(_, base)| origin(base) == wanted)
    }

    /// Which server and place `url`, as an attachment has it, leads to when it was read on server
    /// `from`: the one with the longest base that it lies under. It need not be `Type/id`.
    ///
    /// # Errors
    /// [`Unlocated::UnknownServer`] for a URL on a server that is not listed, and
    /// [`Unlocated::Unsafe`] for what nobody should follow: `javascript:`, `data:`, http, `..`.
    pub fn place(&self, url: &str, from: &str) -> Result<Located, Unlocated> {
        let base = self.base(from).ok_or(Unlocated::UnknownServer)?;
        if url.starts_with("//") {
            return Err(Unlocated::Unsafe);
        }
        let absolute = if url.starts_with('/') {
            let origin = Split::parse(base).map(|split| split.origin).unwrap_or_default();
            origin + url
        } else if url.split(['/', '?', '#']).next().is_some_and(|start| start.contains(':')) {
            url.to_string()
        } else {
            format!("{base}/{url}")
        };
        let split = Split::parse(&absolute).filter(|split| split.is_safe() && stays_inside(split.rest));
        split.ok_or(Unlocated::Unsafe)?;
        let (server, url) = self.under(&absolute).ok_or(Unlocated::UnknownServer)?;
        Ok(Located { server: server.to_string(), url })
    }
}

/// A base URL in the one form that is compared.
pub(super) fn checked_base(key: &str, base: &str) -> Result<String, ServerError> {
    let malformed = || ServerError::Malformed(key.to_string());
    let split = Split::parse(base.trim_end_matches('/')).ok_or_else(malformed)?;
    if split.rest.contains(['?', '#']) || !stays_inside(split.rest) {
        return Err(malformed());
    }
    if !split.is_safe() {
        return Err(ServerError::Insecure(key.to_string()));
    }
    Ok(split.origin + split.rest)
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
    redirect(document, rebased);
}

/// Has the references of a resource, those of its contained resources too, lead to where `to` says;
/// `None` leaves one as it is. Says how many were changed.
pub(crate) fn redirect(document: &mut Document, to: impl Fn(&str) -> Option<String>) -> usize {
    let mut open = alloc::vec![document.root()];
    let mut edits = Vec::new();
    while let Some(value) = open.pop() {
        for (key, member) in value.members() {
            match member.as_str() {
                Some(reference) if key.is("reference") => {
                    edits.extend(to(&reference).map(|reference| (member.id(), reference)));
                }
                _ => open.push(member),
            }
        }
        open.extend(value.items());
    }
    let count = edits.len();
    document.set_strings(edits);
    count
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
    fn r97_an_origin_is_the_same_however_it_is_spelled_and_only_then() {
        let servers = servers("HTTPS://A.example:443/fhir/").unwrap();
        assert_eq!(servers.base("home"), Some("https://a.example/fhir"));
        for same in ["https://a.example/fhir/Task/1", "https://A.EXAMPLE:443/fhir/Task/1"] {
            assert_eq!(servers.locate(same, "home").unwrap().url, "Task/1", "{same}");
            assert_eq!(servers.relative(same, "home").unwrap(), "Task/1", "{same}");
        }
        for other in [
            "https://a.example:8443/fhir/Task/1",
            "https://a.example./fhir/Task/1",
            "https://a.example/FHIR/Task/1",
            "https://a.example/fhir//Task/1",
            "https://a.example@evil.example/fhir/Task/1",
            "https://user:a.example@evil.example/fhir/Task/1",
            "https://a.example/fhir/../evil/Task/1",
        ] {
            assert_eq!(servers.locate(other, "home"), Err(Unlocated::UnknownServer), "{other}");
        }
        assert_eq!(servers.locate("Task/..", "home"), Err(Unlocated::NotRestful));
    }

    #[test]
    fn r97_the_url_of_an_attachment_leads_under_a_base_or_nowhere() {
        let bases = [("home", "https://a.example/fhir"), ("files", "https://a.example/fhir/files")];
        let bases = bases.map(|(key, base)| (key.to_string(), base.to_string()));
        let servers = Servers::try_from(BTreeMap::from(bases)).unwrap();
        let place = |url| servers.place(url, "home").map(|at| (at.server, at.url));
        let at = |server: &str, url: &str| Ok((server.to_string(), url.to_string()));
        assert_eq!(place("Binary/1"), at("home", "Binary/1"));
        assert_eq!(place("/fhir/Binary/1"), at("home", "Binary/1"));
        assert_eq!(place("https://a.example/fhir/Binary/1"), at("home", "Binary/1"));
        assert_eq!(place("https://a.example/fhir/files/1.pdf?page=2"), at("files", "1.pdf?page=2"));
        for foreign in
            ["https://b.example/Binary/1", "/admin", "https://a.example/admin", "http://localhost/x"]
        {
            assert_eq!(place(foreign), Err(Unlocated::UnknownServer), "{foreign}");
        }
        for never in [
            "javascript:alert(1)",
            "data:text/html,x",
            "JavaScript:alert(1)",
            "http://b.example/Binary/1",
            "//b.example/Binary/1",
            "\\\\b.example\\x",
            "/\\b.example/x",
            "../admin",
            "Binary/..;/x",
            "https://a:b@b.example/x",
            "Binary/1\r\nAuthorization: x",
            "ws://a.example/fhir",
        ] {
            assert_eq!(place(never), Err(Unlocated::Unsafe), "{never:?}");
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
