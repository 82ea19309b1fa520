//! L3: who may move what.
//!
//! Three machines as tables: [`TaskStatus`], [`CommunicationRequestStatus`] and
//! [`CommunicationStatus`]. Each file opens with the picture of the specification; each row of a
//! table says where it comes from.
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
pub use guide::Guide;
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

/// Where a row of a table comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// An arrow of the specification's state machine.
    Drawn,
    /// Not drawn, but allowed by the prose beside it; the words say why to think twice.
    Prose(&'static str),
}

/// A row of a table: one change that may be written.
#[derive(Clone, Copy, Debug)]
pub struct Edge<S> {
    /// The status before; `None` where the resource begins.
    pub from: Option<S>,
    /// The status after.
    pub to: S,
    /// Where the row comes from.
    pub source: Source,
}

/// The status element of a resource with a life cycle.
pub trait Status: Copy + Eq + fmt::Debug + 'static {
    /// Every code of the required value set, in its order.
    const ALL: &'static [Self];

    /// The FHIR code.
    fn code(self) -> &'static str;

    /// Whether nothing follows: no arrow leaves it.
    fn is_final(self) -> bool;

    /// Who sets this status.
    fn set_by(self) -> Role;

    /// The table that holds under `guide`.
    fn table(guide: Guide) -> &'static [Edge<Self>];

    /// The codes that may be used under `guide`.
    fn codes(guide: Guide) -> &'static [Self] {
        let _ = guide;
        Self::ALL
    }

    /// The status with this code.
    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|status| status.code() == code)
    }
}

/// What the authoring guard says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The change is drawn in the specification.
    Allowed,
    /// The change is possible; the words say what speaks against it.
    AllowedWithWarning(&'static str),
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
/// let cancel = |guide| transition(Some(TaskStatus::Requested), TaskStatus::Cancelled, guide, Role::Requester);
/// assert_eq!(cancel(Guide::R4), Verdict::Allowed);
/// assert_eq!(cancel(Guide::Hrex11), Verdict::Refused(Refused::NotInGuide));
/// ```
pub fn transition<S: Status>(from: Option<S>, to: S, guide: Guide, role: Role) -> Verdict {
    if from.is_some_and(S::is_final) {
        return Verdict::Refused(Refused::Final);
    }
    if !S::codes(guide).contains(&to) {
        return Verdict::Refused(Refused::NotInGuide);
    }
    if from == Some(to) {
        return Verdict::Allowed;
    }
    let Some(edge) = S::table(guide).iter().find(|edge| edge.from == from && edge.to == to) else {
        return Verdict::Refused(Refused::NoSuchStep);
    };
    if to.set_by() != role {
        return Verdict::Refused(Refused::OtherRole);
    }
    match edge.source {
        Source::Drawn => Verdict::Allowed,
        Source::Prose(words) => Verdict::AllowedWithWarning(words),
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
pub fn observe<S: Status>(from: Option<S>, to: &str, guide: Guide) -> Observation {
    let Some(to) = S::from_code(to).filter(|status| S::codes(guide).contains(status)) else {
        return Observation::IllegalCode;
    };
    if from == Some(to) {
        return Observation::Same;
    }
    if from.is_some_and(S::is_final) {
        return Observation::Reopen;
    }
    let table = S::table(guide);
    if table.iter().any(|edge| edge.from == from && edge.to == to) {
        return Observation::Step;
    }
    // Steps that only prose allows lead in circles; several at once are not taken for progress.
    let drawn = |status| table.iter().filter(move |edge| edge.from == status && edge.source == Source::Drawn);
    let mut reached: Vec<Option<S>> = alloc::vec![from];
    let mut next = 0;
    while let Some(&status) = reached.get(next) {
        next += 1;
        for edge in drawn(status) {
            if edge.to == to {
                return Observation::Compressed;
            }
            if !reached.contains(&Some(edge.to)) {
                reached.push(Some(edge.to));
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

/// Writes rows of a table as `from -> to, to;` after the source they share.
macro_rules! rows {
    ($status:ident: $($source:expr => { $($from:tt -> $($to:ident),+;)* })*) => {
        &[$($($(Edge { from: rows!(@from $status $from), to: $status::$to, source: $source },)+)*)*]
    };
    (@from $status:ident start) => { None };
    (@from $status:ident $from:ident) => { Some($status::$from) };
}
use rows;
