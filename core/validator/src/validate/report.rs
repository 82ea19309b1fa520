//! What a validation found.

use alloc::{borrow::Cow, format, string::String, vec::Vec};
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    fhir::outcome::{self, OutcomeIssue, Severity},
    json::{Document, Position},
};

/// One thing that is not as it should be.
///
/// `Debug` shows the rule and the place in the text, never a path or a message.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// How bad it is.
    pub severity: Severity,
    /// The FHIR code for its kind (value set issue-type).
    pub code: Cow<'static, str>,
    /// The name of the rule it breaks, one of [`RULES`](super::RULES).
    pub rule: Cow<'static, str>,
    /// The element as FHIRPath: `Task.output[0].value`. For an element that is missing, where it
    /// should be.
    pub expression: String,
    /// The element as JSON Pointer: `/output/0/valueString`. For an element that is missing, the
    /// object it is missing from.
    pub pointer: String,
    /// Line and column of what the pointer points at.
    #[serde(flatten)]
    pub position: Position,
    /// What was found and what was expected, in words for people.
    pub message: String,
}

/// Something in the resource that was not decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unchecked {
    /// What kind of rule it would have been.
    pub kind: UncheckedKind,
    /// Its name: a resource type, the URL of a value set, the key of a constraint with the construct
    /// that could not be decided. Empty where only the number matters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// How many times it would have applied.
    pub count: u32,
}

/// What kind of thing was not decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum UncheckedKind {
    /// The elements of a resource type that is not in the pack.
    ResourceType,
    /// Whether codes are in a value set that is not in the pack.
    Binding,
    /// A constraint, because of a construct of FHIRPath.
    Constraint,
    /// Whether an extension is used as it is defined; its definition is not in the pack.
    Extension,
    /// What a profile demands that is claimed or asked for: it is not in the pack, or not decidable.
    Profile,
    /// The answers to a Questionnaire that is not at hand, or a limit that it sets.
    Questionnaire,
    /// Whether a search parameter is of the type that is said; its definition is not in the pack.
    SearchParameter,
}

impl UncheckedKind {
    /// Its name, as in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ResourceType => "resource-type",
            Self::Binding => "binding",
            Self::Constraint => "constraint",
            Self::Extension => "extension",
            Self::Profile => "profile",
            Self::Questionnaire => "questionnaire",
            Self::SearchParameter => "search-parameter",
        }
    }
}

/// What a validation found, in the order of the document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The type of the resource, where it has one that FHIR knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<String>,
    /// What was found, up to [`Options::max_issues`](super::Options::max_issues).
    pub issues: Vec<Issue>,
    /// How many more were found.
    pub omitted: usize,
    /// How many of all were errors, fatal ones included.
    pub errors: usize,
    /// How many of all were warnings.
    pub warnings: usize,
    /// What was not decided, sorted by kind and name.
    pub unchecked: Vec<Unchecked>,
}

impl Report {
    /// Whether nothing was found that makes the resource unacceptable.
    pub fn is_valid(&self) -> bool {
        self.errors == 0
    }

    /// The report as an OperationOutcome.
    ///
    /// Line and column travel in the extensions that HL7's own validator uses; what was not
    /// decided is an `information` of its own. [`outcome::read`] reads it back.
    pub fn to_outcome(&self) -> Document {
        let mut issues: Vec<OutcomeIssue> = self.issues.iter().map(Issue::to_outcome).collect();
        let mut note = |code: &str, text: String| {
            issues.push(OutcomeIssue {
                diagnostics: Some(text),
                ..OutcomeIssue::new(Severity::Information, code)
            });
        };
        if self.omitted > 0 {
            note("incomplete", format!("{} more issues are not listed", self.omitted));
        }
        for one in &self.unchecked {
            let name = if one.name.is_empty() { String::new() } else { format!(" {}", one.name) };
            note("not-supported", format!("not checked: {}{name} ({})", one.kind.name(), one.count));
        }
        if issues.is_empty() {
            let text = Some("no issues found".into());
            issues.push(OutcomeIssue {
                diagnostics: text,
                ..OutcomeIssue::new(Severity::Information, "informational")
            });
        }
        outcome::write(&issues)
    }
}

impl Issue {
    fn to_outcome(&self) -> OutcomeIssue {
        OutcomeIssue {
            diagnostics: Some(self.message.clone()),
            expression: alloc::vec![self.expression.clone()],
            rule: Some(self.rule.clone().into_owned()),
            position: Some(self.position),
            ..OutcomeIssue::new(self.severity, &self.code)
        }
    }
}

impl fmt::Debug for Issue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} at {}", self.severity.code(), self.rule, self.position)
    }
}

impl fmt::Display for Issue {
    /// `3:12 error Task.status: …`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { line, column } = self.position;
        write!(f, "{line}:{column} {} {}: {}", self.severity.code(), self.expression, self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fhir::Resource, pack::Pack, validate};

    #[test]
    fn a_report_becomes_an_outcome_that_is_valid_and_reads_back() {
        let text = r#"{"resourceType":"Task","status":"x","intent":"order","owner":{"reference":"Task/1"},
            "text":{"status":"generated","div":"<div xmlns='http://www.w3.org/1999/xhtml'>x</div>"},
            "\u000c`":1}"#;
        let report = validate::validate_bytes(text, Pack::exchange(), &validate::Options::default());
        assert_eq!(report.issues.len(), 3, "{:?}", report.issues);
        let outcome = report.to_outcome();
        let read = outcome::read(Resource::read(&outcome).unwrap());
        for (issue, read) in report.issues.iter().zip(&read) {
            assert_eq!(read.severity, issue.severity);
            assert_eq!(read.code, issue.code);
            assert_eq!(read.rule.as_deref(), Some(&*issue.rule));
            assert_eq!(read.position, Some(issue.position));
            assert_eq!(read.expression.join(" "), issue.expression);
            assert_eq!(read.diagnostics.as_deref(), Some(&*issue.message));
        }
        assert!(read[3..].iter().all(|issue| issue.severity == Severity::Information));
        let again = validate::validate(&outcome, Pack::exchange(), &validate::Options::default());
        assert!(again.is_valid(), "{:?}", again.issues);
    }

    #[test]
    fn a_report_is_plain_json() {
        let report = validate::validate_bytes("{ nul }", Pack::exchange(), &validate::Options::default());
        assert!(!report.is_valid());
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["issues"][0]["line"], 1);
        assert_eq!(json["issues"][0]["column"], 3);
        assert_eq!(json["issues"][0]["severity"], "fatal");
        assert!(json.get("resourceType").is_none());
        assert_eq!(serde_json::from_value::<Report>(json).unwrap(), report);
    }
}
