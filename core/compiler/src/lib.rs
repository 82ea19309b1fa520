//! Compiles FHIR definitions into the packs of fhir-solicit.
//!
//! [`Definitions`] takes the files of FHIR packages, as bytes; [`compile_types`] makes a pack of the
//! base types among them, [`compile_guide`] one of the profiles. Nothing here reads a file or asks a
//! server.
//!
//! Source of the rules: R4 StructureDefinition, ElementDefinition, ValueSet and CodeSystem.
#![forbid(unsafe_code)]

mod corrections;
mod definitions;
mod error;
mod extension;
pub mod fsh;
mod guide;
mod package;
mod profile;
mod types;
mod value_set;
mod xml;

/// Where R4 itself has the definitions of its types.
const BASE: &str = "http://hl7.org/fhir/StructureDefinition/";

// Derived code reads the tape by this name.
use fhir_solicit_validator::json;

pub use definitions::Definitions;
pub use error::Error;
pub use guide::{Compiled, compile_guide, compile_some};
pub use package::{Manifest, PackageError};
pub use types::{Selection, compile as compile_types};
pub use xml::{XmlError, is_xml, to_json as xml_to_json};
