//! L2: the rules of FHIR as data.
//!
//! A pack holds compiled definitions: which elements a type has, how many of each, of which types,
//! bound to which codes, under which constraints. It holds facts and no prose, so that a report
//! speaks with one voice and a pack stays small enough to travel with an app.
//!
//! ```
//! use fhir_solicit::pack::Pack;
//!
//! let pack = Pack::exchange();
//! assert!(pack.has_type("CommunicationRequest") && !pack.has_type("Claim"));
//! assert!(pack.knows_resource("Claim"), "the name is known, its elements are in another pack");
//! ```
//!
//! The exchange's own types are part of the library. All of R4, with the extensions it defines, is
//! the file `packs/r4.pack` of this crate, for [`Pack::read`]; [`Pack::join`] makes one of several.
//!
//! The bytes are laid out in `format.rs`; [`Draft`] writes them, [`Pack::read`] reads them.
//! Source of the rules: the StructureDefinitions and ValueSets of FHIR R4 (4.0.1).

mod absent;
mod demands;
mod describe;
mod draft;
mod explain;
mod format;
mod join;
mod lookup;
mod names;
mod primitive;
mod profile;
mod read;
mod reopen;
mod rows;

pub(crate) use demands::{Demand, DemandType, Place};
pub use draft::{Constraint, Draft, DraftError, Element, Structure, Type, ValueSet};
pub use explain::{ElementExplanation, Explanation};
pub use format::{Binding, Kind, Severity, Strength};
pub use lookup::Pack;
pub(crate) use lookup::{Codes, stem};
pub use primitive::Primitive;
pub use profile::{
    Aggregation, Discriminator, DiscriminatorKind, Profile, ProfileBinding, ProfileElement, ProfileType,
    Slicing, SlicingRules, Versioning,
};
pub(crate) use profile::{BASE, Called, ProfileRow};
pub use read::PackError;
pub(crate) use rows::{Bound, ConstraintRow, ElementRow, MemberRow, Role, StructureRow, Text};
