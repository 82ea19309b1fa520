//! The state machine of CommunicationRequest.
//!
//! R4 request pattern (request.html, "State machine"), in the codes of this resource:
//!
//! ```text
//!   draft ─▶ active ◀─▶ on-hold        any ─▶ entered-in-error
//!             │   │
//!             ▼   ▼
//!      completed  revoked
//! ```

use super::{
    Edge, Guide, Role,
    Source::{Drawn, Prose},
    Status, rows, status_codes,
};

status_codes! {
    /// `CommunicationRequest.status` (value set request-status).
    CommunicationRequestStatus {
        /// Being written; nobody is to act on it.
        Draft = "draft",
        /// To be acted upon.
        Active = "active",
        /// Suspended.
        OnHold = "on-hold",
        /// Taken back.
        Revoked = "revoked",
        /// Everything asked for has been done.
        Completed = "completed",
        /// Should never have existed.
        EnteredInError = "entered-in-error",
        /// The source does not know; reported, never written.
        Unknown = "unknown",
    }
}

impl Status for CommunicationRequestStatus {
    const ALL: &'static [Self] = Self::CODES;

    fn code(self) -> &'static str {
        self.fhir_code()
    }

    fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Revoked | Self::EnteredInError)
    }

    fn set_by(self) -> Role {
        Role::Requester
    }

    fn table(_: Guide) -> &'static [Edge<Self>] {
        rows! { CommunicationRequestStatus:
            Drawn => {
                start -> Draft, Active;
                Draft -> Active, EnteredInError;
                Active -> OnHold, Completed, Revoked, EnteredInError;
                OnHold -> Active, EnteredInError;
            }
            Prose("the picture lets a suspended request only resume; revoking it is safe") => {
                OnHold -> Revoked;
            }
            Prose("a draft that is given up is revoked rather than deleted") => {
                Draft -> Revoked;
            }
        }
    }
}
