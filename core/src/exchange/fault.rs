//! What went wrong with a request, by what can be done about it.

use alloc::{string::String, vec::Vec};
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::{fhir::outcome::OutcomeIssue, json::FromJson};

/// The kinds of fault; each calls for another remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FaultKind {
    /// No answer: connection refused or lost, time-out, CORS.
    Network,
    /// 401: the credential is missing or has expired.
    Unauthorized,
    /// 403: the credential does not allow this.
    Forbidden,
    /// 404: the server does not know the resource.
    NotFound,
    /// 410: the resource was deleted.
    Gone,
    /// 409, or 412 on an update: somebody else has changed the resource.
    Conflict,
    /// 412 on a conditional create: several resources carry the identifier.
    SeveralMatches,
    /// 400, 422: the server does not accept the content.
    Invalid,
    /// 413: too much at once.
    TooLarge,
    /// 429: too many requests.
    TooManyRequests,
    /// 408, 425, 5xx: the server cannot answer now.
    Unavailable,
    /// 202: the server has taken the request and will do it later (R82, R4 async.html).
    Pending,
    /// The body is not JSON, as from a proxy's error page, or was cut off.
    Unreadable,
    /// The body is JSON, but not the resource that was asked for.
    WrongResource,
    /// Any other status.
    Unexpected,
}

impl FaultKind {
    /// What the person who runs the application can do.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::Network => {
                "check that the server can be reached from here and, in a browser, that it allows this origin (CORS)"
            }
            Self::Unauthorized => "sign in again or renew the token, then retry",
            Self::Forbidden => "ask for the missing scope or permission at this server, then retry",
            Self::NotFound => "check the base URL and the reference; the resource is not on this server",
            Self::Gone => "the resource was deleted there; ask its owner",
            Self::Conflict => "read the resource again and decide anew",
            Self::SeveralMatches => {
                "several resources carry the same business identifier; remove the duplicates at the server"
            }
            Self::Invalid => "correct the content as the server's issues say",
            Self::TooLarge => "send less at once, or refer to the content by URL",
            Self::TooManyRequests => "wait; the request is repeated when the server allows it",
            Self::Unavailable => "wait; the request is repeated",
            Self::Pending => "wait; whether the server has done it is looked up",
            Self::Unreadable => {
                "check what answers at this URL: it did not send a complete FHIR JSON resource"
            }
            Self::WrongResource => "check the base URL: what answered is not the resource that was asked for",
            Self::Unexpected => "see the status code; this server answers in a way FHIR does not describe",
        }
    }

    /// Whether the same request may succeed later without anybody acting (R81).
    pub const fn is_passing(self) -> bool {
        matches!(
            self,
            Self::Network | Self::TooManyRequests | Self::Unavailable | Self::Pending | Self::Unreadable
        )
    }
}

/// What went wrong with one request.
///
/// `Display` and `Debug` tell kind, status and remedy; the server's own words are in `issues`,
/// which may quote patient data.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    /// What kind it is.
    pub kind: FaultKind,
    /// The status code, where there was an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The issues of the server's OperationOutcome (R85).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<OutcomeIssue>,
    /// Seconds that the server asks to wait (R81).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// Where a body could not be read and why, in words without its content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Fault {
    /// A fault of this kind without an answer.
    pub const fn of(kind: FaultKind) -> Self {
        Self { kind, status: None, issues: Vec::new(), retry_after: None, detail: None }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some(status) => write!(f, "the server answered {status}")?,
            None => f.write_str("the server did not answer")?,
        }
        if let Some(detail) = &self.detail {
            write!(f, " ({detail})")?;
        }
        write!(f, "; {}", self.kind.remedy())
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?}", self.kind, self.status)
    }
}

impl core::error::Error for Fault {}
