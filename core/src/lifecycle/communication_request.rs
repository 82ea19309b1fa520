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

use super::{Rules, Status, StatusRules, status_codes};

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

    fn rules(guide: &Rules) -> &StatusRules {
        &guide.communication_request
    }
}
