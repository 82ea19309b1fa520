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

use super::{
    Edge, Guide, Role,
    Source::{Drawn, Prose},
    Status, rows, status_codes,
};

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

const R4: &[Edge<TaskStatus>] = rows! { TaskStatus:
    Drawn => {
        start -> Draft;
        Draft -> Ready, Requested, Cancelled;
        Requested -> Received, Accepted, Rejected, Cancelled;
        Received -> Accepted, Rejected, Cancelled;
        Accepted -> InProgress, Cancelled;
        Ready -> InProgress, Cancelled;
        InProgress -> OnHold, Completed, Failed;
        OnHold -> InProgress;
    }
    Prose("a Task that others see may begin as requested, its draft never stored") => {
        start -> Requested;
    }
    Prose("work that has begun may already have had effects when it is cancelled") => {
        InProgress -> Cancelled;
        OnHold -> Cancelled;
    }
    Prose("a suspended Task resumes where it was") => {
        Draft -> OnHold;
        Ready -> OnHold;
        OnHold -> Draft, Ready;
    }
    Prose("going back from in-progress to ready gives up what was begun") => {
        InProgress -> Ready;
    }
    Prose("entered-in-error withdraws the Task from the record") => {
        Draft -> EnteredInError;
        Requested -> EnteredInError;
        Received -> EnteredInError;
        Accepted -> EnteredInError;
        Ready -> EnteredInError;
        InProgress -> EnteredInError;
        OnHold -> EnteredInError;
    }
};

const SEVEN_CODES: &[Edge<TaskStatus>] = rows! { TaskStatus:
    Drawn => {
        start -> Requested;
        Requested -> Accepted, Rejected;
        Accepted -> InProgress;
        InProgress -> OnHold, Failed, Completed;
        OnHold -> InProgress;
    }
};

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

    fn set_by(self) -> Role {
        match self {
            Self::Draft | Self::Requested | Self::Cancelled | Self::EnteredInError => Role::Requester,
            _ => Role::Responder,
        }
    }

    fn table(guide: Guide) -> &'static [Edge<Self>] {
        if guide.has_seven_task_codes() { SEVEN_CODES } else { R4 }
    }

    /// HRex value set `hrex-task-status`, which CDex 2 uses too: no `cancelled` among them.
    fn codes(guide: Guide) -> &'static [Self] {
        const SEVEN: &[TaskStatus] = &[
            TaskStatus::Requested,
            TaskStatus::Accepted,
            TaskStatus::Rejected,
            TaskStatus::InProgress,
            TaskStatus::Failed,
            TaskStatus::Completed,
            TaskStatus::OnHold,
        ];
        if guide.has_seven_task_codes() { SEVEN } else { Self::ALL }
    }
}
