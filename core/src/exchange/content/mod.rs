//! What the contents of a Communication or a Task are, and how to get them (R87 to R91).
//!
//! A payload may be words, bytes in the resource, bytes at a URL, or a reference: to a
//! DocumentReference whose attachment is a Binary, to a Bundle, to a resource in the same file. A
//! [`Resolver`] follows all of them. It has the shape of the machines: it is told what happened and says
//! what to do next.
//!
//! ```text
//! begin(resource)            → Give words · Decode base64 · Fetch …
//! Received, Bytes, Failed    → Give · Withhold · Decode · Unwrap · Fetch …      until it is done
//! ```
//!
//! Bytes stay outside: whoever performs the effects decodes and keeps them, and tells what was
//! [`Measured`]. So contents of any size pass beside a wasm module and not through its memory (R90).
//! What was said of bytes and is not so is a [`Finding`] beside them, never silence (R88, R89).
//!
//! A credential goes where [`Servers::place`] says and nowhere else. What lies on another origin is
//! withheld, or, where the application wants it, fetched without credential (R97).
//!
//! [`Servers::place`]: super::Servers::place

mod check;
mod effect;
mod resolver;
mod scan;
mod sniff;

pub use check::{Finding, Measured};
pub use effect::{ContentEffect, ContentInput, Limits, Resolved, Unfetched, Withheld};
pub use resolver::Resolver;
pub use sniff::{Sniffed, sniff};
