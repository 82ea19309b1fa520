//! The input is JSON at all, and within the limits.

use alloc::string::ToString;

use super::Rule;
use crate::{
    fhir::outcome::Severity,
    json::{ParseError, ParseErrorKind},
    validate::{Issue, Report, path},
};

pub(super) const RULE: Rule =
    Rule { name: "json", severity: Severity::Fatal, code: "structure", source: "RFC 8259; R4 JSON" };

/// The report for what cannot be read.
pub(in crate::validate) fn unreadable(error: &ParseError) -> Report {
    let code = match error.kind {
        ParseErrorKind::TooLarge(_) | ParseErrorKind::TooDeep(_) => "too-long",
        _ => RULE.code,
    };
    let issue = Issue {
        severity: RULE.severity,
        code: code.into(),
        rule: RULE.name.into(),
        expression: path::of_pointer(&error.pointer),
        pointer: error.pointer.clone(),
        position: error.position,
        message: error.kind.to_string(),
    };
    Report { issues: alloc::vec![issue], errors: 1, ..Report::default() }
}

#[cfg(test)]
mod tests {
    use super::super::tests::report;

    #[test]
    fn what_cannot_be_read_is_one_fatal_issue_with_its_place() {
        let report = report("{\n  \"status\": nul }");
        assert!(!report.is_valid());
        let [issue] = &report.issues[..] else { panic!("one issue") };
        assert_eq!((issue.position.line, issue.position.column), (2, 13));
        assert_eq!((&*issue.rule, &*issue.code, &*issue.expression), ("json", "structure", "$this"));
    }

    #[test]
    fn a_string_that_is_no_text_has_a_place() {
        let report = report(r#"{"input":[{"type":{"text":"\ud800"}}]}"#);
        assert_eq!(report.issues[0].expression, "$this.input[0].type.text");
        assert_eq!(report.issues[0].pointer, "/input/0/type/text");
    }
}
