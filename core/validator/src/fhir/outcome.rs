//! OperationOutcome: what a server or a validator has to say.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use serde::{Deserialize, Serialize};

use super::{CodeableConcept, Resource, extension};
use crate::json::{Document, FromJson, Position, Value};

/// How bad an issue is: FHIR `issue-severity`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, FromJson)]
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
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
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
    /// The rule that was broken, as its sender calls it, 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Where in the text of the resource, 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
}

/// The extensions of an issue that HL7's own validator uses.
const LINE: &str = "http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-line";
const COLUMN: &str = "http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-col";
const RULE: &str = "http://hl7.org/fhir/StructureDefinition/operationoutcome-message-id";

impl OutcomeIssue {
    /// An issue that says no more than its severity and code.
    pub fn new(severity: Severity, code: &str) -> Self {
        Self {
            severity,
            code: code.into(),
            details: None,
            diagnostics: None,
            expression: Vec::new(),
            rule: None,
            position: None,
        }
    }
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
            rule: extension(issue, RULE)
                .and_then(|rule| rule.string("valueCode").or_else(|| rule.string("valueString")))
                .map(Into::into),
            position: number(issue, LINE)
                .zip(number(issue, COLUMN))
                .map(|(line, column)| Position { line, column }),
        })
        .collect()
}

fn number(issue: Value<'_>, url: &str) -> Option<u32> {
    extension(issue, url)?.get("valueInteger")?.as_number()?.parse().ok()
}

/// An OperationOutcome with one issue.
pub fn single(severity: Severity, code: &str, diagnostics: &str) -> Document {
    write(&[OutcomeIssue { diagnostics: Some(diagnostics.into()), ..OutcomeIssue::new(severity, code) }])
}

/// An OperationOutcome with these issues, of which there has to be one (R4 OperationOutcome).
pub fn write(issues: &[OutcomeIssue]) -> Document {
    let issues = issues.iter().map(|issue| {
        let place = issue.position.map(|place| [(LINE, place.line), (COLUMN, place.column)]);
        let place = place.into_iter().flatten().map(|(url, number)| {
            object(&[("url", Some(string(url))), ("valueInteger", Some(number.to_string()))])
        });
        let rule = issue.rule.as_deref().map(string);
        let rule = rule.map(|rule| object(&[("url", Some(string(RULE))), ("valueCode", Some(rule))]));
        object(&[
            ("extension", array(&place.chain(rule).collect::<Vec<_>>())),
            ("severity", Some(string(issue.severity.code()))),
            ("code", Some(string(&issue.code))),
            ("details", issue.details.as_deref().map(|text| object(&[("text", Some(string(text)))]))),
            ("diagnostics", issue.diagnostics.as_deref().map(string)),
            ("expression", array(&issue.expression.iter().map(|text| string(text)).collect::<Vec<_>>())),
        ])
    });
    let outcome = object(&[
        ("resourceType", Some(string("OperationOutcome"))),
        ("issue", array(&issues.collect::<Vec<_>>())),
    ]);
    // What was put together here is JSON.
    Document::parse(outcome).unwrap_or_else(|_| Document::object())
}

// These few lines are a tenth of what serde makes of types for the same.

fn object(members: &[(&str, Option<String>)]) -> String {
    let members = members.iter().filter_map(|(name, value)| Some(format!("\"{name}\":{}", value.as_ref()?)));
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

/// FHIR has no empty arrays.
fn array(items: &[String]) -> Option<String> {
    (!items.is_empty()).then(|| format!("[{}]", items.join(",")))
}

fn string(text: &str) -> String {
    // A string always serializes.
    serde_json::to_string(text).unwrap_or_default()
}
