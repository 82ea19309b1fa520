//! The state machine of Task.
//!
//! Base R4 (task.html, "Task state machine"):
//!
//! ```text
//!            ┌─────── draft ──────────────┐
//!            │          │                 │
//!            ▼          ▼                 ▼
//!          ready    requested ────┬─▶ rejected
//!            │       │  │         │
//!            │       │  ▼         │
//!            │       │ received ──┤
//!            │       ▼  ▼         │
//!            │     accepted       │
//!            ▼        ▼           │
//!          in-progress ◀─▶ on-hold        cancelled ◀─ draft, ready, requested,
//!            │      │                                  received, accepted
//!            ▼      ▼
//!      completed   failed
//! ```
//!
//! HRex and CDex 2 (their task-state-machine picture) keep seven codes:
//!
//! ```text
//!   requested ─▶ accepted ─▶ in-progress ─▶ completed
//!       │                      ▲  │  │
//!       ▼                      │  ▼  └────▶ failed
//!   rejected                  on-hold
//! ```

use super::{Rules, Status, StatusRules, status_codes};

status_codes! {
    /// `Task.status` (value set task-status).
    TaskStatus {
        /// Not yet ready to be acted upon.
        Draft = "draft",
        /// Ready to be acted upon, action is sought.
        Requested = "requested",
        /// Reached the owner, who has not decided.
        Received = "received",
        /// The owner will do it.
        Accepted = "accepted",
        /// The owner will not do it.
        Rejected = "rejected",
        /// Ready to be performed.
        Ready = "ready",
        /// Taken back before it was done.
        Cancelled = "cancelled",
        /// Started, not finished.
        InProgress = "in-progress",
        /// Started, and paused.
        OnHold = "on-hold",
        /// Tried, and could not be done.
        Failed = "failed",
        /// Done.
        Completed = "completed",
        /// Should never have existed.
        EnteredInError = "entered-in-error",
    }
}

impl Status for TaskStatus {
    const ALL: &'static [Self] = Self::CODES;

    fn code(self) -> &'static str {
        self.fhir_code()
    }

    fn is_final(self) -> bool {
        matches!(
            self,
            Self::Rejected | Self::Cancelled | Self::Completed | Self::Failed | Self::EnteredInError
        )
    }

    fn rules(guide: &Rules) -> &StatusRules {
        &guide.task
    }
}
