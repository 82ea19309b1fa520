//! L3: who may move what.
//!
//! Three statuses, [`TaskStatus`], [`CommunicationRequestStatus`] and [`CommunicationStatus`], whose
//! files open with the picture of the specification, and one [`Guide`] whose tables say what may be
//! done with them: data, which stands in `core/profiles/<guide>/lifecycle.json`.
//!
//! There are two guards. *Authoring* is strict: [`transition`] says whether a role may write a
//! status, and a machine never writes what it refuses. *Observing* is tolerant: [`observe`] never
//! refuses, it names what kind of change a partner made.

mod communication;
mod communication_request;
mod guide;
mod task;

pub use communication::CommunicationStatus;
pub use communication_request::CommunicationRequestStatus;
pub(crate) use guide::input_of;
pub use guide::{Ask, AttachmentRules, Beside, Cancel, Codes, Guide, Rules, Slot, StatusRules, Step, Way};
pub use task::TaskStatus;

use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::json::FromJson;

/// Who moves a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The side that asked: Information Request Sender.
    Requester,
    /// The side that was asked: Information Request Recipient and Information Sender.
    Responder,
}

/// The status element of a resource with a life cycle.
pub trait Status: Copy + Eq + fmt::Debug + 'static {
    /// Every code of the required value set, in its order.
    const ALL: &'static [Self];

    /// The FHIR code.
    fn code(self) -> &'static str;

    /// Whether nothing follows: no arrow leaves it.
    fn is_final(self) -> bool;

    /// What a guide says of this status.
    fn rules(guide: &Rules) -> &StatusRules;

    /// The status with this code.
    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|status| status.code() == code)
    }
}

/// What the authoring guard says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict<'g> {
    /// The change is drawn in the specification.
    Allowed,
    /// The change is possible; the words say what speaks against it.
    AllowedWithWarning(&'g str),
    /// The change must not be written.
    Refused(Refused),
}

/// Why the authoring guard refuses a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// From a final status nothing is written.
    #[error("the status is final; nothing may change it")]
    Final,
    /// The other side sets this status.
    #[error("only the other side may set this status")]
    OtherRole,
    /// The guide's value set does not hold the code.
    #[error("the guide's value set for this status does not hold the code")]
    NotInGuide,
    /// No row of the table leads there.
    #[error("the specification has no step from the present status to this one")]
    NoSuchStep,
}

/// The authoring guard (R20): whether `role` may write the change from `from` to `to`.
///
/// Writing without changing the status, as for progress, is allowed until it is final.
///
/// ```
/// use fhir_solicit::lifecycle::{Guide, Refused, Role, TaskStatus, Verdict, transition};
///
/// let (r4, hrex) = (Guide::r4(), Guide::named("hrex-1.1").unwrap());
/// let cancel = |guide| transition(Some(TaskStatus::Requested), TaskStatus::Cancelled, guide, Role::Requester);
/// assert_eq!(cancel(&r4), Verdict::Allowed);
/// assert_eq!(cancel(&hrex), Verdict::Refused(Refused::NotInGuide));
/// ```
pub fn transition<S: Status>(from: Option<S>, to: S, guide: &Guide, role: Role) -> Verdict<'_> {
    let rules = S::rules(guide);
    if from.is_some_and(S::is_final) {
        return Verdict::Refused(Refused::Final);
    }
    if !rules.codes.iter().any(|code| code == to.code()) {
        return Verdict::Refused(Refused::NotInGuide);
    }
    if from == Some(to) {
        return Verdict::Allowed;
    }
    let mut steps = rules.steps.iter().filter(|step| step.is(from.map(S::code), to.code())).peekable();
    if steps.peek().is_none() {
        return Verdict::Refused(Refused::NoSuchStep);
    }
    match steps.find(|step| step.by == role) {
        None => Verdict::Refused(Refused::OtherRole),
        Some(Step { caution: None, .. }) => Verdict::Allowed,
        Some(Step { caution: Some(words), .. }) => Verdict::AllowedWithWarning(words),
    }
}

/// What the observation guard says of a change that was seen (R21).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "kebab-case")]
pub enum Observation {
    /// Nothing changed.
    Same,
    /// One row of the table.
    Step,
    /// Several rows at once, as between two looks.
    Compressed,
    /// Away from a final status.
    Reopen,
    /// To a status that no rows lead to from here.
    Regress,
    /// A code that the guide's value set does not hold.
    IllegalCode,
}

/// The observation guard (R21): names the change from `from` to the code `to`; never refuses.
pub fn observe<S: Status>(from: Option<S>, to: &str, guide: &Guide) -> Observation {
    let rules = S::rules(guide);
    if !rules.codes.iter().any(|code| code == to) {
        return Observation::IllegalCode;
    }
    let code = from.map(S::code);
    if code == Some(to) {
        return Observation::Same;
    }
    if from.is_some_and(S::is_final) {
        return Observation::Reopen;
    }
    if rules.steps.iter().any(|step| step.is(code, to)) {
        return Observation::Step;
    }
    // Steps with a caution lead in circles; several at once are not taken for progress.
    let drawn =
        |status| rules.steps.iter().filter(move |step| step.caution.is_none() && step.begins_at(status));
    let mut reached: Vec<Option<&str>> = alloc::vec![code];
    let mut next = 0;
    while let Some(&status) = reached.get(next) {
        next += 1;
        for after in drawn(status).flat_map(|step| &step.to) {
            if after == to {
                return Observation::Compressed;
            }
            if !reached.contains(&Some(after)) {
                reached.push(Some(after));
            }
        }
    }
    Observation::Regress
}

/// Declares a status enum with its FHIR codes.
macro_rules! status_codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $code:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, crate::json::FromJson)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $code)] $variant,)*
        }

        impl $name {
            const CODES: &'static [Self] = &[$(Self::$variant),*];

            const fn fhir_code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.fhir_code())
            }
        }
    };
}
use status_codes;
