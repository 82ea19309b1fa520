//! The handshake over a websocket (R72): a token by HTTP, which is then said over the socket.
//!
//! ```text
//! GET Subscription/id/$get-ws-binding-token ─▶ token, expiration, websocket-url
//! open the socket, say  bind-with-token TOKEN  ─▶ handshake, then heartbeats and events
//! before the expiration: another token, said over the same socket
//! ```

use alloc::{borrow::Cow, format, string::String};
use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    exchange::{HttpRequest, Servers, read},
    fhir::Instant,
    json::{Document, FromJson, Value},
};

/// The longest time before its expiration that a token is replaced.
const LEAD: Duration = Duration::from_secs(60);
/// A token that lives less is not replaced, or nothing else would be done.
const SHORTEST: Duration = Duration::from_secs(10);

/// What binds a socket to a subscription. `Debug` shows neither token nor URL.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub struct Binding {
    /// Where to open the socket. It never has a credential in it.
    pub url: String,
    /// What to say over it: for this once, and for nobody else.
    pub token: String,
    /// When the token ends, by the server's clock.
    pub expiration: Option<Instant>,
}

impl core::fmt::Debug for Binding {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "binding until {:?}", self.expiration)
    }
}

/// Why a binding is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unbindable {
    /// No token, or one that cannot be said in a line.
    #[error("the server gave no token that can be used")]
    Token,
    /// The socket is at a server that is not registered, or in the clear (R97, R98).
    #[error(
        "the server names a websocket that is not at a registered server over TLS; register its https URL to allow it"
    )]
    Url,
}

/// Asks for a token for the subscription at `Subscription/id`.
pub fn binding_token(server: &str, subscription: &str) -> HttpRequest {
    // It changes nothing, so GET is as good as POST, and some servers have that alone.
    read(server, &format!("{subscription}/$get-ws-binding-token"), None)
}

/// Reads what `$get-ws-binding-token` returned.
///
/// # Errors
/// [`Unbindable`] where the socket should not be opened.
pub fn read_binding(returned: &Document, servers: &Servers) -> Result<Binding, Unbindable> {
    let token = parameter(returned, "token").filter(|token| is_plain(token)).ok_or(Unbindable::Token)?;
    let url = parameter(returned, "websocket-url").ok_or(Unbindable::Url)?;
    let secret = url.contains(&*token) || url.contains(['@', '#']);
    if secret || !is_registered(&url, servers) {
        return Err(Unbindable::Url);
    }
    let expiration = parameter(returned, "expiration").and_then(|text| Instant::parse(&text));
    Ok(Binding { url: url.into_owned(), token: token.into_owned(), expiration })
}

impl Binding {
    /// What is said over the socket, first of all.
    pub fn message(&self) -> String {
        format!("bind-with-token {}", self.token)
    }

    /// When to ask for the next token, if this one was had at `now`: a minute before it ends, or where
    /// it does not live four minutes, after three quarters of its life. `None` where it has ended by
    /// the clock here, which then tells nothing: the server closes the socket when it is time.
    pub fn rebind_at(&self, now: Instant) -> Option<Instant> {
        let left = Some(self.expiration?.since(now)).filter(|left| *left > SHORTEST)?;
        Some(now + left.saturating_sub(LEAD.min(left / 4)))
    }
}

fn parameter<'d>(parameters: &'d Document, name: &str) -> Option<Cow<'d, str>> {
    let named = |it: &Value<'_>| it.string("name").as_deref() == Some(name);
    let parameter = parameters.root().list("parameter").find(named)?;
    let (_, value) = parameter.members().find(|(key, _)| key.as_str().starts_with("value"))?;
    value.as_str()
}

fn is_plain(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Whether a socket is at the origin of a registered server, with the same protection.
fn is_registered(url: &str, servers: &Servers) -> bool {
    url.strip_prefix("ws").is_some_and(|rest| servers.have_origin_of(&format!("http{rest}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{collections::BTreeMap, string::ToString};

    fn servers() -> Servers {
        let bases = [("home", "https://payer.example/fhir"), ("test", "http://localhost:8080/fhir")];
        let bases = bases.map(|(key, base)| (key.to_string(), base.to_string()));
        Servers::try_from(BTreeMap::from(bases)).unwrap()
    }

    fn returned(token: &str, url: &str) -> Result<Binding, Unbindable> {
        let text = format!(
            r#"{{"resourceType":"Parameters","parameter":[{{"name":"token","valueString":"{token}"}},
            {{"name":"expiration","valueDateTime":"2026-01-01T01:00:00Z"}},{{"name":"subscription","valueString":"7"}},
            {{"name":"websocket-url","valueUrl":"{url}"}}]}}"#
        );
        read_binding(&Document::parse(text).unwrap(), &servers())
    }

    #[test]
    fn r72_a_socket_is_opened_at_a_registered_server_only() {
        for url in [
            "wss://payer.example/ws",
            "wss://payer.example:443/fhir/ws?tenant=1",
            "wss://PAYER.example/ws",
            "ws://localhost:8080/ws",
        ] {
            assert!(returned("0f3a", url).is_ok(), "{url}");
        }
        for url in [
            "ws://payer.example/ws",
            "wss://evil.example/ws",
            "wss://payer.example.evil/ws",
            "wss://payer.example@evil.example/ws",
            "wss://payer.example:8443/ws",
            "wss://localhost:8080/ws",
            "https://payer.example/ws",
            "wss://payer.example\\\\@evil.example/",
            "wss:payer.example",
            "",
        ] {
            assert_eq!(returned("0f3a", url), Err(Unbindable::Url), "{url}");
        }
    }

    #[test]
    fn r72_the_token_is_said_and_never_written_into_a_url() {
        let binding = returned("abc.def", "wss://payer.example/ws").unwrap();
        assert_eq!(binding.message(), "bind-with-token abc.def");
        assert!(!format!("{binding:?}").contains("abc"));
        assert_eq!(returned("abc", "wss://payer.example/ws?token=abc"), Err(Unbindable::Url));
        for token in ["", "a b", "a\\nb"] {
            assert_eq!(returned(token, "wss://payer.example/ws"), Err(Unbindable::Token), "{token:?}");
        }
        let request = binding_token("home", "Subscription/7");
        assert_eq!(
            (request.server.as_str(), request.url.as_str()),
            ("home", "Subscription/7/$get-ws-binding-token")
        );
    }

    #[test]
    fn r72_the_next_token_is_asked_for_before_the_last_expires() {
        let binding = returned("0f3a", "wss://payer.example/ws").unwrap();
        let at = |text| Instant::parse(text).unwrap();
        assert_eq!(binding.rebind_at(at("2026-01-01T00:00:00Z")), Some(at("2026-01-01T00:59:00Z")));
        assert_eq!(
            binding.rebind_at(at("2026-01-01T00:59:20Z")),
            Some(at("2026-01-01T00:59:50Z")),
            "a short one"
        );
        assert_eq!(binding.rebind_at(at("2026-01-01T02:00:00Z")), None, "the clocks differ");
    }
}
