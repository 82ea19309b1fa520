//! OperationOutcome: what a server or a validator has to say.

use alloc::{format, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{CodeableConcept, Resource};
use crate::json::Document;

/// How bad an issue is: FHIR `issue-severity`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing could be done.
    Fatal,
    /// The content is not acceptable.
    Error,
    /// The content is acceptable, yet doubtful.
    Warning,
    /// Nothing is wrong.
    Information,
}

impl Severity {
    /// The FHIR code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Fatal => "fatal",
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Information => "information",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        [Self::Fatal, Self::Error, Self::Warning, Self::Information]
            .into_iter()
            .find(|severity| severity.code() == code)
    }
}

/// One `OperationOutcome.issue` as a server sent it. It may quote a patient's data: show it, do
/// not log it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeIssue {
    /// `severity`, 1..1; an unknown code counts as an error.
    pub severity: Severity,
    /// `code` of the value set issue-type, 1..1; `unknown` where it is absent.
    pub code: String,
    /// What happened, from `details`, 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
    /// `diagnostics`, 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diagnostics: Option<String>,
    /// FHIRPath of the elements concerned, 0..*.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expression: Vec<String>,
}

impl core::fmt::Debug for OutcomeIssue {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&format!("{} {}", self.severity.code(), self.code))
    }
}

/// The issues of `resource`; empty where it is no OperationOutcome.
pub fn read(resource: Resource<'_>) -> Vec<OutcomeIssue> {
    if !resource.is("OperationOutcome") {
        return Vec::new();
    }
    resource
        .value()
        .list("issue")
        .map(|issue| OutcomeIssue {
            severity: issue
                .string("severity")
                .and_then(|code| Severity::from_code(&code))
                .unwrap_or(Severity::Error),
            code: issue.string("code").map_or_else(|| "unknown".into(), Into::into),
            details: issue
                .get("details")
                .and_then(|details| CodeableConcept::read(details).words().map(Into::into)),
            diagnostics: issue.string("diagnostics").map(Into::into),
            expression: issue.list("expression").filter_map(|text| text.as_str().map(Into::into)).collect(),
        })
        .collect()
}

/// An OperationOutcome with one issue.
pub fn single(severity: Severity, code: &str, diagnostics: &str) -> Document {
    #[derive(Serialize)]
    struct Outcome<'t> {
        #[serde(rename = "resourceType")]
        resource_type: &'static str,
        issue: [Issue<'t>; 1],
    }
    #[derive(Serialize)]
    struct Issue<'t> {
        severity: Severity,
        code: &'t str,
        diagnostics: &'t str,
    }
    let outcome =
        Outcome { resource_type: "OperationOutcome", issue: [Issue { severity, code, diagnostics }] };
    let mut document = Document::object();
    // Strings always serialize, and the root is always there.
    let _ = document.set("", &outcome);
    document
}
