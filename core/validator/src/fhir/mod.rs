//! L1: the nouns of FHIR that the rest of the crate speaks in.
//!
//! Types here are either *views* that read a [`crate::json::Value`] and tolerate whatever stands
//! there ([`Resource`], [`Task`], …), or small *values* that serialize to FHIR JSON and are
//! written into a document ([`Reference`], [`Identifier`], …).

pub mod base64;
mod concept;
mod identifier;
pub mod outcome;
mod reference;
mod resource;
pub mod time;
pub mod views;

pub use concept::{CodeableConcept, Coding};
pub use identifier::Identifier;
pub use reference::{Literal, Reference, Target, split_canonical};
pub use resource::{Resource, is_id};
pub use time::Instant;
pub use views::{Communication, CommunicationRequest, Payload, Task, extension};
