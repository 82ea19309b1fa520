//! How a pack is laid out in bytes.
//!
//! ```text
//! magic "FSPACK\r\n" · format version · pack id · source · life cycle, if any · row count of each table
//! tables, each of rows of 32-bit words · bytes of text · text (UTF-8)
//! ```
//!
//! All words are little-endian. Names are rows of the `TEXTS` table, which is sorted and holds
//! each text once. What belongs together stands together: a structure row says how many rows of
//! the element table are its own, and these follow those of the structure before it. So no row
//! needs an offset, and no offset can be wrong.

use serde::Serialize;

use crate::{fhir::outcome, json::FromJson};

/// The first bytes; the line ending finds transfers that are not binary.
pub(super) const MAGIC: [u8; 8] = *b"FSPACK\r\n";

/// Changes whenever the layout does.
pub(super) const VERSION: u32 = 5;

/// `*` as a maximum.
pub(super) const UNBOUNDED: u32 = u32::MAX;

/// A row that is not there.
pub(super) const NONE: u32 = u32::MAX;

/// The tables, in the order they are written, by the number of words in a row.
pub(super) mod table {
    /// Offset past the end of each text.
    pub(crate) const TEXTS: usize = 0;
    /// Name, kind, number of elements, number of constraints.
    pub(crate) const STRUCTURES: usize = 1;
    /// Name, min, max, is modifier, binding strength, value set, number of members, of constraints.
    pub(crate) const ELEMENTS: usize = 2;
    /// JSON name, structure of its type, number of targets.
    pub(crate) const MEMBERS: usize = 3;
    /// Structure a reference may point at.
    pub(crate) const TARGETS: usize = 4;
    /// Key, severity, FHIRPath expression, number of nodes it compiles to, and the three words of what it says by
    /// what is there (`absent.rs`).
    pub(crate) const CONSTRAINTS: usize = 5;
    /// Constraints of structures, then of elements.
    pub(crate) const STRUCTURE_CONSTRAINTS: usize = 6;
    /// Constraints that hold for an element beside those of its type.
    pub(crate) const ELEMENT_CONSTRAINTS: usize = 7;
    /// URL, kind of its content, number of codes.
    pub(crate) const VALUE_SETS: usize = 8;
    /// Code, system.
    pub(crate) const CODES: usize = 9;
    /// Of compiled expressions what a node does, and its text.
    pub(crate) const NODES: usize = 10;
    /// JSON of a profile, sorted by its URL.
    pub(crate) const PROFILES: usize = 11;
    /// Constraints as profiles call them.
    pub(crate) const PROFILE_CONSTRAINTS: usize = 12;

    /// JSON of a questionnaire, sorted by its URL.
    pub(crate) const QUESTIONNAIRES: usize = 13;
    /// URL of a search parameter, its type.
    pub(crate) const SEARCH_PARAMETERS: usize = 14;

    pub(crate) const WIDTHS: [usize; 15] = [1, 4, 8, 3, 1, 7, 1, 1, 3, 2, 2, 1, 1, 1, 2];
}

/// An enumeration that is written as the index of its variant.
macro_rules! coded {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            pub(super) const fn to_word(self) -> u32 {
                self as u32
            }

            pub(super) fn from_word(word: u32) -> Option<Self> {
                [$(Self::$variant),*].get(word as usize).copied()
            }
        }
    };
}

coded! {
    /// What a structure is.
    Kind {
        /// A resource type that an instance can have.
        Resource,
        /// `Resource` or `DomainResource`: an instance has one of the types derived from it.
        AbstractResource,
        /// A resource type known by name only; its elements are in another pack.
        NamedResource,
        /// A data type known by name only; its elements are in another pack.
        NamedType,
        /// A data type with elements.
        DataType,
        /// A primitive type; its elements are those of its `_name` member.
        Primitive,
        /// Elements defined inside a resource or data type, such as `Task.output`.
        Backbone,
        /// The definition of an extension, called by its URL: the elements of `Extension` as they
        /// are narrowed. The targets of its `extension` are one [`Kind::Nested`], those of its
        /// `url` one [`Kind::Context`].
        Extension,
        /// The same, and it may change the meaning of what it stands in.
        ModifierExtension,
        /// The extensions that an extension is made of; each element is called as their `url`.
        Nested,
        /// Where an extension may stand; each element is called as a path in R4.
        Context,
    }
}

coded! {
    /// How binding a value set is (value set binding-strength).
    #[derive(Serialize, FromJson)]
    #[serde(rename_all = "lowercase")]
    Strength {
        /// A code from the value set.
        Required,
        /// A code from the value set where one fits.
        Extensible,
        /// A code from the value set is recommended.
        Preferred,
        /// The value set only illustrates.
        Example,
    }
}

coded! {
    /// What is known about the content of a value set.
    Binding {
        /// All its codes, in the pack.
        Codes,
        /// Every media type (BCP 13), known by its grammar.
        MediaType,
        /// A terminology server would have to say.
        Open,
    }
}

coded! {
    /// What it means when a constraint fails (value set constraint-severity).
    Severity {
        /// The resource is not valid.
        Error,
        /// The resource is valid, yet doubtful.
        Warning,
        /// Nothing that has to be changed: R4 has no such constraints, a guide's narrative may ask for one.
        Information,
    }
}

impl From<Severity> for outcome::Severity {
    /// How bad it is that a constraint fails which is as serious as that.
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Error => Self::Error,
            Severity::Warning => Self::Warning,
            Severity::Information => Self::Information,
        }
    }
}

impl Kind {
    /// Whether no more is known than the name.
    pub(crate) const fn is_name(self) -> bool {
        matches!(self, Self::NamedResource | Self::NamedType)
    }
}
