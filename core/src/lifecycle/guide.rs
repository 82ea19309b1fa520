//! The rule sets a conversation can follow.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::json::FromJson;

/// A published rule set, named as its pack is (R1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, FromJson)]
pub enum Guide {
    /// Base FHIR R4, 4.0.1.
    #[serde(rename = "r4")]
    R4,
    /// Da Vinci CDex 0.1.0, the 2019 ballot that has the solicited communication.
    #[default]
    #[serde(rename = "cdex-2019")]
    Cdex2019,
    /// Da Vinci HRex 1.1.0.
    #[serde(rename = "hrex-1.1")]
    Hrex11,
    /// Da Vinci CDex 2.1.0.
    #[serde(rename = "cdex-2.1.0")]
    Cdex210,
    /// The continuous build of CDex towards 3.0; it changes without notice.
    #[serde(rename = "cdex-ci")]
    CdexCi,
}

impl Guide {
    /// Every guide.
    pub const ALL: [Self; 5] = [Self::R4, Self::Cdex2019, Self::Hrex11, Self::Cdex210, Self::CdexCi];

    /// The name of its pack.
    pub const fn name(self) -> &'static str {
        match self {
            Self::R4 => "r4",
            Self::Cdex2019 => "cdex-2019",
            Self::Hrex11 => "hrex-1.1",
            Self::Cdex210 => "cdex-2.1.0",
            Self::CdexCi => "cdex-ci",
        }
    }

    /// Whether its Tasks follow the state machine that HRex and CDex 2 draw, with seven codes.
    /// The 2019 ballot leaves the machine of base R4 as it is.
    pub(super) const fn has_seven_task_codes(self) -> bool {
        matches!(self, Self::Hrex11 | Self::Cdex210 | Self::CdexCi)
    }

    /// Whether it has the exchange of this crate's machines: a Task whose focus is the
    /// CommunicationRequest. HRex and CDex 2 forbid `Task.focus` and ask in `Task.input`.
    pub const fn has_solicited_communication(self) -> bool {
        matches!(self, Self::R4 | Self::Cdex2019)
    }
}

impl fmt::Display for Guide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
