//! L3: what is true of a resource.
//!
//! [`validate`] walks a [`Document`] once beside the compiled definitions of a [`Pack`] and says
//! what does not agree, where, and what was expected there. The files in `rules/` are the list of
//! what is checked. What cannot be decided is in [`Report::unchecked`], never passed in silence.
//!
//! ```
//! use fhir_solicit::{json::Document, pack::Pack, validate::{Options, validate}};
//!
//! let task = Document::parse(r#"{
//!   "resourceType": "Task", "status": "requestd", "intent": "order"
//! }"#)?;
//! let report = validate(&task, Pack::exchange(), &Options::default());
//! assert!(!report.is_valid());
//! let issue = report.issues.iter().find(|issue| issue.expression == "Task.status").expect("no such code");
//! assert_eq!((&*issue.rule, issue.position.line), ("required-binding", 2));
//! # Ok::<(), fhir_solicit::json::ParseError>(())
//! ```
//!
//! Nothing is allocated for what is valid, apart from a few words for each open object: paths are
//! built when there is an issue to report. The depth of a document costs memory, never stack.

mod findings;
mod formats;
mod nearest;
mod path;
mod profile;
mod report;
mod rules;
#[cfg(test)]
mod short_ways;
mod tally;
mod walk;
mod write;
mod xhtml;

pub use report::{Issue, Report, Unchecked, UncheckedKind};
pub use rules::{RULES, Rule};

use alloc::{string::String, vec::Vec};

use crate::{
    json::{Document, Limits},
    pack::Pack,
};

/// What to check and how to report it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Most issues to describe, of which warnings and advice begin no more than half; what is found
    /// beyond is counted.
    pub max_issues: usize,
    /// Whether messages may quote the values they speak of, which may be a patient's data.
    pub show_values: bool,
    /// Profiles by canonical URL that the resource has to keep, beside those it claims itself.
    pub profiles: Vec<String>,
    /// Whether to note which elements are missing that a profile asks to support.
    pub must_support: bool,
    /// How much [`validate_bytes`] reads.
    pub limits: Limits,
}

impl Default for Options {
    /// 100 issues, no values, no profiles but those that are claimed, the limits of [`Document::parse`].
    fn default() -> Self {
        Self {
            max_issues: 100,
            show_values: false,
            profiles: Vec::new(),
            must_support: false,
            limits: Limits::default(),
        }
    }
}

/// Checks the resource that `document` holds against the definitions in `pack`.
pub fn validate(document: &Document, pack: &Pack, options: &Options) -> Report {
    walk::Walk::new(document, pack, options).run().into_report()
}

/// Reads `bytes` and checks the resource in them; what is not JSON is one fatal issue.
pub fn validate_bytes(bytes: impl Into<Vec<u8>>, pack: &Pack, options: &Options) -> Report {
    match Document::parse_within(bytes, options.limits) {
        Ok(document) => validate(&document, pack, options),
        Err(error) => rules::json::unreadable(&error).into_report(),
    }
}

/// As [`validate_bytes`], for a reader that knows the names in a report: its values as numbers and texts, one behind the
/// other.
///
/// They are the resource type, or an empty text; the numbers omitted, of errors and of warnings; how many issues follow,
/// and each of them; how many that were not decided follow, and the kind, name and count of each. An issue is 0 where
/// severity, code and rule are those of the one before it, else 1 and these three; line and column; expression, pointer
/// and message. `Rows` says what numbers and texts look like.
pub fn validate_to_rows(bytes: impl Into<Vec<u8>>, pack: &Pack, options: &Options) -> String {
    match Document::parse_within(bytes, options.limits) {
        Ok(document) => walk::Walk::new(&document, pack, options).run().to_rows(),
        Err(error) => rules::json::unreadable(&error).to_rows(),
    }
}
