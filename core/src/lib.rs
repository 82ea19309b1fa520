//! Solicited communications in FHIR R4, as values.
//!
//! One organisation asks another for information with a `CommunicationRequest`, with or without a
//! `Task`, and gets `Communication`s back. This crate reads and checks those resources and runs
//! their life cycle. It cannot do I/O: time, identifiers and HTTP answers come in as arguments,
//! and what is to be done next goes out as values.
//!
//! The modules form layers, and each uses only those above it in this list:
//!
//! | layer | modules |
//! | --- | --- |
//! | L0 | [`json`]: bytes to [`json::Document`], positions, edits |
//! | L1 | [`fhir`]: references, identifiers, time, outcomes |
//! | L2 | [`fhirpath`]: expressions over documents · [`pack`]: compiled definitions, expressions among them |
//! | L3 | [`validate`]: what is true of a resource · [`lifecycle`]: who may move what status · [`exchange`]: FHIR REST as values |
//! | L4 | [`solicitation`]: one derived state of request, Task and Communications |
//! | L5 | [`actor`]: the machines of requester, responder and inbox |
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod actor;
pub mod exchange;
pub mod lifecycle;
pub mod solicitation;

pub use fhir_solicit_validator::{fhir, fhirpath, json, order, pack, validate};

/// The README's examples, run with this crate's own.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
