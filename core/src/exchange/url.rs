//! An absolute URL, read as strictly as a credential demands (R97, R98).
//!
//! Programs read odd URLs differently: one takes `\` for `/`, drops a tab or decodes twice where
//! another does not. So what is odd is not interpreted here, it is no URL at all.

use alloc::string::String;

/// Scheme, host and port of a URL, and what follows them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Split<'t> {
    /// In lower case, without a default port.
    pub(super) origin: String,
    /// Path, query and fragment as they stand.
    pub(super) rest: &'t str,
}

impl<'t> Split<'t> {
    /// Takes `url` apart; `None` for what is not plain http or https: user or password, a backslash,
    /// white space, characters that are not ASCII, a host that is empty, percent-encoded or ends in a
    /// dot, a port that is none.
    pub(super) fn parse(url: &'t str) -> Option<Self> {
        if !is_plain(url) {
            return None;
        }
        let (scheme, rest) = url.split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        let default_port = match scheme.as_str() {
            "https" => "443",
            "http" => "80",
            _ => return None,
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (authority, None),
        };
        let is_port =
            |port: &str| port.parse::<u16>().is_ok_and(|number| number > 0) && !port.starts_with('0');
        if !is_host(host) || !port.is_none_or(is_port) {
            return None;
        }
        let port = port.filter(|port| *port != default_port);
        let mut origin = scheme + "://" + &host.to_ascii_lowercase();
        if let Some(port) = port {
            origin.push(':');
            origin.push_str(port);
        }
        Some(Self { origin, rest })
    }

    /// Whether a request to it may be made at all: by https, or on this very machine (R98).
    pub(super) fn is_safe(&self) -> bool {
        self.origin.starts_with("https://") || self.is_loopback()
    }

    fn is_loopback(&self) -> bool {
        let authority = self.origin.split_once("://").map_or("", |(_, authority)| authority);
        let host = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => host,
            _ => authority,
        };
        let digits = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        matches!(host, "localhost" | "[::1]") || host.strip_prefix("127.").is_some_and(digits)
    }
}

/// Whether a request to this absolute URL may be made at all: by https, or on this very machine (R98).
pub(crate) fn is_safe(url: &str) -> bool {
    Split::parse(url).is_some_and(|split| split.is_safe())
}

/// Whether every program reads `text` the same way, as far as single characters go.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\\\"<>^`{|}".contains(&byte))
}

fn is_host(host: &str) -> bool {
    let name = |host: &str| host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    let address = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match address {
        Some(address) => address.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':' || byte == b'.'),
        None => !host.is_empty() && name(host) && !host.starts_with('.') && !host.ends_with('.'),
    }
}

/// Whether the path of `rest`, which follows a base, leads out of it for nobody: not by `..`, however
/// often encoded and whatever parameters it has, nor by a separator that is only one once decoded.
pub(super) fn stays_inside(rest: &str) -> bool {
    const DELIMITERS: [char; 4] = ['/', '\\', '?', '#'];
    let mut path = String::from(rest.split(['?', '#']).next().unwrap_or_default());
    if !is_plain(rest) {
        return false;
    }
    loop {
        let is_step = |segment: &str| matches!(segment.split(';').next(), Some("." | ".."));
        if path.split('/').any(is_step) || path.contains(|character: char| character.is_ascii_control()) {
            return false;
        }
        let decoded = decode(&path);
        if decoded == path {
            return true;
        }
        // One that hides a separator, a control character or a delimiter is not a path of FHIR.
        if decoded.matches(DELIMITERS).count() != path.matches(DELIMITERS).count() {
            return false;
        }
        path = decoded;
    }
}

/// Decodes what is percent-encoded ASCII, once.
fn decode(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        decoded.push_str(before);
        let byte = after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let byte = byte.filter(u8::is_ascii);
        decoded.push(byte.map_or('%', char::from));
        rest = if byte.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    decoded + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_origin_has_one_form() {
        for (url, origin, rest) in [
            ("https://a.example/fhir", "https://a.example", "/fhir"),
            ("HTTPS://A.Example:443/FHIR", "https://a.example", "/FHIR"),
            ("http://localhost:80?x", "http://localhost", "?x"),
            ("http://localhost:8080", "http://localhost:8080", ""),
            ("https://[::1]:8443/x", "https://[::1]:8443", "/x"),
            ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example", "/"),
            ("https://a.example/fhir/Task/a%7Cb", "https://a.example", "/fhir/Task/a%7Cb"),
        ] {
            assert_eq!(Split::parse(url), Some(Split { origin: origin.into(), rest }), "{url}");
        }
    }

    #[test]
    fn r98_what_is_odd_is_no_url() {
        for url in [
            "",
            "//a.example/fhir",
            "https:a.example",
            "https:/a.example",
            "https:///a.example",
            "https://",
            "https://user@a.example/fhir",
            "https://a.example@evil.example/fhir",
            "https://a.example\\@evil.example/fhir",
            "https:\\\\a.example/fhir",
            "https://a.example./fhir",
            "https://a%2eexample/fhir",
            "https://bücher.example/fhir",
            "https://а.example/fhir",
            "https://a.example:0/fhir",
            "https://a.example:99999/fhir",
            "https://a.example:0443/fhir",
            "https://a.example:/fhir",
            "https://a.example:8o/fhir",
            " https://a.example/fhir",
            "https://a.exa\tmple/fhir",
            "https://a.example/fhir\n",
            "javascript://a.example/%0aalert(1)",
            "data:text/html,x",
            "blob:https://a.example/1",
            "ftp://a.example/fhir",
            "ws://a.example/fhir",
        ] {
            assert_eq!(Split::parse(url), None, "{url:?}");
        }
    }

    #[test]
    fn r98_http_is_for_this_machine() {
        let is_safe = |url| Split::parse(url).unwrap().is_safe();
        for url in ["https://a.example", "http://localhost:1", "http://127.0.0.1", "http://[::1]:8"] {
            assert!(is_safe(url), "{url}");
        }
        for url in ["http://a.example", "http://localhost.evil.example", "http://127.0.0.1.evil.example"] {
            assert!(!is_safe(url), "{url}");
        }
    }

    #[test]
    fn r97_no_spelling_of_dots_leads_out() {
        for rest in [
            "/Task/1",
            "?_page=2",
            "/Task?x=../..",
            "/Binary/a.b",
            "/Task/...",
            "/Task/a%20b",
            "/Task/50%",
            "",
        ] {
            assert!(stays_inside(rest), "{rest}");
        }
        for rest in [
            "/..",
            "/../admin",
            "/Task/../../admin",
            "/./Task",
            "/%2e%2e/admin",
            "/%2E./admin",
            "/%252e%252e/admin",
            "/%25252e%25252e/admin",
            "/..;/admin",
            "/..;a=b/admin",
            "/%2e%2e;x/admin",
            "/..%2fadmin",
            "/Task%2f..%2fadmin",
            "/..%5cadmin",
            "/Task%3f",
            "/Task%00",
            "/Task%0d%0aX:y",
        ] {
            assert!(!stays_inside(rest), "{rest}");
        }
    }
}
