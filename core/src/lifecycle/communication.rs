//! The state machine of Communication.
//!
//! R4 event pattern (event.html, "State machine"), in the codes of this resource:
//!
//! ```text
//!   preparation ─▶ in-progress ◀─▶ on-hold        any ─▶ entered-in-error
//!        │           │     │
//!        ▼           ▼     ▼
//!    not-done   completed  stopped
//! ```

use super::{Rules, Status, StatusRules, status_codes};

status_codes! {
    /// `Communication.status` (value set event-status).
    CommunicationStatus {
        /// Not yet begun.
        Preparation = "preparation",
        /// Being sent.
        InProgress = "in-progress",
        /// It will not take place; `statusReason` says why.
        NotDone = "not-done",
        /// Suspended.
        OnHold = "on-hold",
        /// Ended before it was complete.
        Stopped = "stopped",
        /// It took place.
        Completed = "completed",
        /// Should never have existed.
        EnteredInError = "entered-in-error",
        /// The source does not know; reported, never written.
        Unknown = "unknown",
    }
}

impl Status for CommunicationStatus {
    const ALL: &'static [Self] = Self::CODES;

    fn code(self) -> &'static str {
        self.fhir_code()
    }

    fn is_final(self) -> bool {
        matches!(self, Self::NotDone | Self::Stopped | Self::Completed | Self::EnteredInError)
    }

    fn rules(guide: &Rules) -> &StatusRules {
        &guide.communication
    }
}
