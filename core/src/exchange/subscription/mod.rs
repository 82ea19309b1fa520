//! Topic-based subscriptions, as the backport of R5 has them in R4 (R70 to R74).
//!
//! A subscription spares polling; it never replaces it. What a notification says is a hint, whoever
//! brought it: nothing of its content is taken over, it only causes a look at the server that is
//! registered. So one that is forged can cost a request, and one that is lost can cost time, and
//! neither can do more.
//!
//! | file | what |
//! | --- | --- |
//! | `draft` | the Subscription to create |
//! | `discovery` | what a server's CapabilityStatement offers |
//! | `notification` | what a notification says |
//! | `operation` | `$status` and `$events` |
//! | `websocket` | `$get-ws-binding-token`, and what is said over the socket |
//! | `gap` | which events are missing |
//! | `guard` | how often notifications may cause a look |
//!
//! Source: Subscriptions R5 Backport 1.1, pages conformance, channels, notifications, errors and
//! `safety_security`.

mod discovery;
mod draft;
mod gap;
mod guard;
mod notification;
mod operation;
mod websocket;

pub use discovery::Offer;
pub use draft::{Channel, Content, Filter, SubscriptionDraft, TASK_TOPIC, Undraftable};
pub use gap::{Sequence, Sighting};
pub use guard::{About, Guard};
pub use notification::{Deviation, Notification, NotificationEvent, NotificationKind, Unreadable};
pub use operation::{events, read_state, status};
pub use websocket::{Binding, Unbindable, binding_token, read_binding};

/// Where the extensions of the backport are defined.
const BACKPORT: &str = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/";

use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::json::FromJson;

/// `Subscription.status` (R4 value set subscription-status).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "kebab-case")]
pub enum SubscriptionStatus {
    /// The server has not begun to notify.
    Requested,
    /// The server notifies.
    Active,
    /// The server could not notify; it does so again only when asked to.
    Error,
    /// The server has ended it.
    Off,
}

impl SubscriptionStatus {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Requested, "requested"),
        (Self::Active, "active"),
        (Self::Error, "error"),
        (Self::Off, "off"),
    ];

    /// The status with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        // R5 has one more, for one that should never have been: it notifies as little.
        let code = if code == "entered-in-error" { "off" } else { code };
        Self::ALL.iter().find(|(_, known)| *known == code).map(|(status, _)| *status)
    }

    /// Its code.
    pub fn code(self) -> &'static str {
        Self::ALL.iter().find(|(status, _)| *status == self).map_or("", |(_, code)| code)
    }
}

/// The URL of an extension of the backport.
fn extension_url(name: &str) -> String {
    [BACKPORT, name].concat()
}
