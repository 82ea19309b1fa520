//! The input is JSON at all, and within the limits.

use alloc::string::ToString;

use super::Rule;
use crate::{
    fhir::outcome::Severity,
    json::{ParseError, ParseErrorKind},
    validate::{findings::Findings, path},
};

pub(super) const RULE: Rule =
    Rule { name: "json", severity: Severity::Fatal, code: "structure", source: "RFC 8259; R4 JSON" };

/// What there is beyond the limits may be JSON.
const BEYOND: Rule = Rule { code: "too-long", ..RULE };

/// What is found in what cannot be read.
pub(in crate::validate) fn unreadable(error: &ParseError) -> Findings<'static> {
    let rule = match error.kind {
        ParseErrorKind::TooLarge(_) | ParseErrorKind::TooDeep(_) => &BEYOND,
        _ => &RULE,
    };
    let mut found = Findings::default();
    found.errors = 1;
    found.keep(
        (rule, rule.severity, error.offset),
        |text| path::push_of_pointer(text, &error.pointer),
        |text| text.push_str(&error.pointer),
        &[&error.kind.to_string()],
    );
    found.at(error.position)
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
