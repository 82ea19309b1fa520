//! L2: FHIRPath over a [`Document`](crate::json::Document).
//!
//! An expression is compiled once to a [`Program`], a flat table that a pack can hold, and
//! evaluated many times. What it knows of types comes from a [`Model`]. Time comes in as an
//! argument; nothing here looks anything up by itself.
//!
//! What cannot be decided is [`Undecided`] by the name of the construct and never true or false:
//! a function that takes a server, units that would have to be converted, an evaluation that
//! would take more steps than the document is worth.
//!
//! Source of the rules: FHIRPath N1 (2.0.0) and what R4 adds to it (R4 fhirpath).

mod case;
mod collections;
mod condition;
mod convert;
mod decimal;
mod equal;
mod eval;
mod item;
mod known;
mod lex;
mod math;
mod model;
mod moment;
mod navigate;
mod parse;
mod paths;
mod patterns;
mod plain;
mod presence;
mod program;
mod runs;
mod texts;
mod unit;
mod visit;
mod words;

pub(crate) use equal::order;
pub use eval::{Context, Evaluator};
pub use known::Known;
pub use model::{Child, Class, Element, Model, Type};
pub use parse::ParseError;
pub(crate) use presence::Beginnings;
pub(crate) use program::{Builder, Node};
pub use program::{Code, Program};

/// What could not be decided, by the name of the construct.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Undecided<'a>(pub &'a str);

impl core::fmt::Display for Undecided<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} cannot be decided here", self.0)
    }
}
