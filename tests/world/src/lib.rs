//! A FHIR R4 server in memory, as a pure function: state and request in, state and answer out.
//!
//! It is the other side in tests and in the demo. It keeps to R4's REST rules so that what works
//! here works elsewhere, and it misbehaves on demand ([`Fault`]) so that what fails elsewhere
//! fails here first. Nothing in it reads a clock, a socket or a random number: the time is an
//! argument, ids are counted, and a run can be repeated to the byte.
//!
//! ```
//! use fhir_solicit::{fhir::Instant, json::Document};
//! use fhir_solicit_world::{Effect, Fault, Method, Request, Server};
//!
//! let mut server = Server::new("http://payer.example/fhir");
//! let now = Instant::from_unix_milliseconds(0);
//! let task = Document::parse(r#"{"resourceType":"Task","status":"requested"}"#)?;
//!
//! let created = server.handle(&Request::post("Task", &task), now).response.unwrap();
//! assert_eq!((created.status, created.header("ETag")), (201, Some(r#"W/"1""#)));
//!
//! server.inject(Fault::next(Effect::LoseResponse).on(Method::Post, "Task"));
//! assert!(server.handle(&Request::post("Task", &task), now).response.is_none());
//! assert_eq!(server.resources().count(), 2, "stored, though the answer was lost");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! One file is one interaction or one idea:
//!
//! | file | what |
//! | --- | --- |
//! | `message` | requests and responses as values |
//! | `server`, `route` | the state; which interaction a request asks for |
//! | `store` | every version of every resource |
//! | `create`, `read`, `update`, `patch`, `delete`, `search`, `history`, `batch`, `metadata` | one interaction each |
//! | `subscription` | topic-based subscriptions |
//! | `submit` | `$submit-attachment`, as a payer's server has it |
//! | `condition` | If-Match, If-None-Match, Prefer, media types |
//! | `page`, `bundle` | pages of a snapshot, written as Bundles |
//! | `fault` | what can go wrong on demand |
//! | `quirk` | what servers do their own way |
//! | `http` (feature `http`) | the same over TCP, with CORS |
#![forbid(unsafe_code)]

mod batch;
mod bundle;
mod condition;
mod create;
mod delete;
mod fault;
mod history;
#[cfg(feature = "http")]
pub mod http;
mod message;
mod metadata;
mod page;
mod patch;
mod quirk;
mod read;
mod refusal;
mod route;
mod search;
mod server;
mod store;
mod submit;
mod subscription;
mod types;
mod update;

pub use fault::{Effect, Fault};
pub use message::{Delivery, Method, Request, Response};
pub use quirk::Quirk;
pub use refusal::Refusal;
pub use server::{Logged, Server};
pub use subscription::{Habit, Outgoing, Via};
