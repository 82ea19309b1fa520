//! L0: JSON read once, kept as it was written.
//!
//! [`Document`] holds the source text and a flat tape of nodes over it. Nothing is converted:
//! member order, duplicate members, numbers (`1.00` stays `1.00`) and white space are all still
//! there, every node knows where it stands, and an edit changes only what it names.
//!
//! ```
//! use fhir_solicit::json::Document;
//!
//! let mut task = Document::parse(r#"{ "resourceType": "Task", "status": "requested" }"#)?;
//! task.set("/status", &"accepted")?;
//! assert_eq!(task.text(), r#"{ "resourceType": "Task", "status": "accepted" }"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Source of the rules: RFC 8259 (JSON), RFC 6901 (JSON Pointer), RFC 3629 (UTF-8).

mod block;
mod document;
mod edit;
pub mod from_json;
mod parse;
mod pointer;
mod position;
mod string;
mod unfinished;
mod value;

pub use document::Document;
pub use edit::EditError;
pub use from_json::{FromJson, Unfit};
pub use parse::{Limits, ParseError, ParseErrorKind};
pub use pointer::{escape, tokens};
pub use position::{Locator, Position};
pub(crate) use string::{before, compare, holds, is_same, is_visible, pass, rank, run_to};
pub(crate) use value::Unclear;
pub use value::{Items, Key, Kind, Members, Value};
