//! What can go wrong on demand.

use std::{ops::ControlFlow, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{
    message::{Delivery, Method, Request, Response},
    quirk::Quirk,
};

/// Something that goes wrong with the next requests it matches.
///
/// Several faults may meet one request; each does its part. As JSON, for `POST /_world/faults`:
/// `{"method":"PUT","url":"Task/","skip":1,"times":2,"effect":{"type":"status","status":503}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Only requests with this method, where given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<Method>,
    /// Only requests whose relative URL contains this.
    #[serde(default)]
    pub url: String,
    /// How many matching requests pass unharmed first.
    #[serde(default)]
    pub skip: u32,
    /// How many are hit after that; `None` (JSON `null`) is all of them, for ever.
    #[serde(default = "once")]
    pub times: Option<u32>,
    /// What happens to them.
    pub effect: Effect,
}

#[expect(clippy::unnecessary_wraps, reason = "serde asks for a function of the field's type")]
fn once() -> Option<u32> {
    Some(1)
}

/// What a [`Fault`] does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Effect {
    /// Answers with this status and does nothing.
    Status {
        /// The HTTP status.
        status: u16,
        /// Sent as `Retry-After`: seconds or an HTTP date.
        #[serde(default, skip_serializing_if = "Option::is_none", rename = "retryAfter")]
        retry_after: Option<String>,
        /// Whether the body is a proxy's HTML page rather than an OperationOutcome.
        #[serde(default)]
        html: bool,
    },
    /// The request never arrives.
    LoseRequest,
    /// The request is carried out, its response never arrives.
    LoseResponse,
    /// The request arrives twice; the second response is the one that comes back.
    Duplicate,
    /// The response body stops half-way.
    Truncate,
    /// The request is carried out, and a proxy answers 200 with an HTML page.
    Html,
    /// The response takes this much longer.
    Delay {
        /// How much.
        milliseconds: u64,
    },
    /// `ETag`, `Location` and `Last-Modified` cannot be read, as with a server that does not
    /// expose them to other origins.
    HideHeaders,
    /// The server does not look at `If-Match`, nor at `ifMatch` in a Bundle.
    IgnoreIfMatch,
    /// The server does not look at `If-None-Exist`, nor at `ifNoneExist` in a Bundle.
    IgnoreIfNoneExist,
    /// The server has a way of its own.
    Quirk {
        /// Which.
        quirk: Quirk,
    },
}

impl Fault {
    /// A fault that hits the next request.
    pub fn next(effect: Effect) -> Self {
        Self { method: None, url: String::new(), skip: 0, times: Some(1), effect }
    }

    /// A fault that hits every request: a quirk.
    pub fn always(effect: Effect) -> Self {
        Self { times: None, ..Self::next(effect) }
    }

    /// The same for requests with this method whose relative URL contains `url` only.
    #[must_use]
    pub fn on(self, method: Method, url: &str) -> Self {
        Self { method: Some(method), url: url.to_owned(), ..self }
    }

    /// The same after `skip` matching requests have passed.
    #[must_use]
    pub fn after(self, skip: u32) -> Self {
        Self { skip, ..self }
    }

    /// The same for so many requests.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times: Some(times), ..self }
    }

    fn matches(&self, request: &Request) -> bool {
        self.method.is_none_or(|method| method == request.method) && request.url.contains(&self.url)
    }
}

/// Takes the effects that `request` meets out of `faults`, which forget those that are spent.
pub(crate) fn meet(faults: &mut Vec<Fault>, request: &Request) -> Vec<Effect> {
    let mut effects = Vec::new();
    for fault in faults.iter_mut().filter(|fault| fault.matches(request)) {
        if fault.skip > 0 {
            fault.skip -= 1;
        } else if fault.times != Some(0) {
            fault.times = fault.times.map(|times| times - 1);
            effects.push(fault.effect.clone());
        }
    }
    faults.retain(|fault| fault.times != Some(0));
    effects
}

/// The headers that the server does not look at.
pub(crate) fn ignored_headers(effects: &[Effect]) -> Vec<&'static str> {
    let ignored = |effect: &Effect| match effect {
        Effect::IgnoreIfMatch => Some("If-Match"),
        Effect::IgnoreIfNoneExist => Some("If-None-Exist"),
        _ => None,
    };
    effects.iter().filter_map(ignored).collect()
}

/// The ways of its own that the server has for a request.
pub(crate) fn quirks(effects: &[Effect]) -> impl Iterator<Item = Quirk> {
    effects.iter().filter_map(|effect| match effect {
        Effect::Quirk { quirk } => Some(*quirk),
        _ => None,
    })
}

/// Breaks with what happens instead of the request, where something does.
pub(crate) fn instead(effects: &[Effect]) -> ControlFlow<Option<Response>> {
    for effect in effects {
        match effect {
            Effect::LoseRequest => return ControlFlow::Break(None),
            Effect::Status { status, retry_after, html } => {
                let response = status_response(*status, retry_after.as_deref(), *html);
                return ControlFlow::Break(Some(response));
            }
            _ => {}
        }
    }
    ControlFlow::Continue(())
}

/// What becomes of the response on its way back.
pub(crate) fn deliver(effects: &[Effect], response: Option<Response>) -> Delivery {
    let mut delivery = Delivery { response, delay: Duration::ZERO };
    for effect in effects {
        delivery.response = delivery.response.take().and_then(|response| alter(effect, response));
        if let Effect::Delay { milliseconds } = effect {
            delivery.delay += Duration::from_millis(*milliseconds);
        }
    }
    delivery
}

fn alter(effect: &Effect, mut response: Response) -> Option<Response> {
    match effect {
        Effect::LoseResponse => return None,
        Effect::Truncate => {
            if let Some(body) = &mut response.body {
                let half = (0..=body.len() / 2).rfind(|&at| body.is_char_boundary(at));
                body.truncate(half.unwrap_or(0));
            }
        }
        Effect::Html => return Some(Response::new(200).with_body("text/html", page(200))),
        Effect::HideHeaders => {
            let hidden = ["ETag", "Location", "Last-Modified"];
            response.headers.retain(|(name, _)| !hidden.iter().any(|hide| name.eq_ignore_ascii_case(hide)));
        }
        _ => {}
    }
    Some(response)
}

fn status_response(status: u16, retry_after: Option<&str>, html: bool) -> Response {
    let mut response = Response::new(status);
    if html {
        response = response.with_body("text/html", page(status));
    } else if status >= 400 {
        response = crate::Refusal::new(status, issue_code(status), "a fault was asked for").into_response();
    }
    match retry_after {
        Some(value) => response.with_header("Retry-After", value),
        None => response,
    }
}

fn page(status: u16) -> String {
    format!(
        "<!DOCTYPE html><html><head><title>{status}</title></head><body>The gateway speaks.</body></html>"
    )
}

/// The issue-type that goes with a status.
fn issue_code(status: u16) -> &'static str {
    match status {
        401 => "login",
        403 => "forbidden",
        404 => "not-found",
        409 | 412 => "conflict",
        410 => "deleted",
        413 => "too-costly",
        422 => "processing",
        429 => "throttled",
        408 | 504 => "timeout",
        500..=599 => "transient",
        _ => "invalid",
    }
}
