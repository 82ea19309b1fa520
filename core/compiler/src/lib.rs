//! Compiles FHIR definitions into the packs of fhir-solicit.
//!
//! [`Definitions`] takes the files of FHIR packages, as bytes; [`compile_types`] makes a pack of the
//! base types among them. Nothing here reads a file or asks a server.
//!
//! Source of the rules: R4 StructureDefinition, ElementDefinition, ValueSet and CodeSystem.
#![forbid(unsafe_code)]

mod definitions;
mod extension;
mod types;
mod value_set;

// Derived code reads the tape by this name.
use fhir_solicit_validator::json;

pub use definitions::{Definitions, DefinitionsError};
pub use types::{CompileError, Selection, compile as compile_types};
