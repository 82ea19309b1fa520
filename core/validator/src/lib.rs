//! The lower half of `fhir-solicit`: FHIR R4 resources read, and checked against packs of rules.
//!
//! Use the crate `fhir-solicit`, which has all of this under the same names. It is a crate of its own because
//! the two halves are compiled for different ends: checking has to be fast, and the machines above it small.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod fhir;
pub mod fhirpath;
pub mod json;
pub mod order;
pub mod pack;
pub mod validate;
