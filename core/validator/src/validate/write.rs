//! A report as rows, written straight away: it crosses into JavaScript with every check, where its names are known.

use alloc::string::String;

use super::{
    path::push_number,
    report::{Issue, Report, Unchecked},
};
use crate::{fhir::outcome::Severity, json::Position};

/// About what an issue takes, and something that was not decided.
const USUAL: (usize, usize) = (192, 96);

/// An issue to write; its texts are somebody else's.
pub(super) struct Row<'r> {
    pub(super) severity: Severity,
    pub(super) code: &'r str,
    pub(super) rule: &'r str,
    pub(super) expression: &'r str,
    pub(super) pointer: &'r str,
    pub(super) position: Position,
    pub(super) message: &'r str,
}

impl<'r> From<&'r Issue> for Row<'r> {
    fn from(issue: &'r Issue) -> Self {
        let Issue { severity, code, rule, expression, pointer, position, message } = issue;
        Self { severity: *severity, code, rule, expression, pointer, position: *position, message }
    }
}

/// As [`Report::to_rows`] says.
pub(super) fn of_report(report: &Report) -> String {
    let Report { resource_type, issues, omitted, errors, warnings, unchecked } = report;
    to_rows(resource_type.as_deref(), [*omitted, *errors, *warnings], issues.iter().map(Row::from), unchecked)
}

/// The rows of a report that has these parts; the counts are of what was omitted, of errors and of warnings.
pub(super) fn to_rows<'r>(
    resource_type: Option<&str>,
    counts: [usize; 3],
    issues: impl ExactSizeIterator<Item = Row<'r>>,
    unchecked: &[Unchecked],
) -> String {
    let mut rows = String::with_capacity(USUAL.1 + USUAL.0 * issues.len() + USUAL.1 * unchecked.len());
    text(&mut rows, resource_type.unwrap_or_default());
    for count in counts {
        number(&mut rows, count);
    }
    number(&mut rows, issues.len());
    for Row { severity, code, rule, expression, pointer, position, message } in issues {
        for value in [severity.code(), code, rule, expression, pointer] {
            text(&mut rows, value);
        }
        number(&mut rows, position.line as usize);
        number(&mut rows, position.column as usize);
        text(&mut rows, message);
    }
    number(&mut rows, unchecked.len());
    for Unchecked { kind, name, count } in unchecked {
        text(&mut rows, kind.name());
        text(&mut rows, name);
        number(&mut rows, *count as usize);
    }
    rows
}

/// A text goes as it is behind its length, which JavaScript counts in units of UTF-16.
fn text(rows: &mut String, value: &str) {
    number(rows, if value.is_ascii() { value.len() } else { value.encode_utf16().count() });
    rows.push_str(value);
}

fn number(rows: &mut String, value: usize) {
    push_number(rows, value);
    rows.push(':');
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::String, vec, vec::Vec};

    use proptest::prelude::*;
    use serde::de::DeserializeOwned;
    use serde_json::Value;

    use super::*;
    use crate::{fhir::outcome::Severity, json::Position, validate::UncheckedKind};

    fn issue(text: &str, line: u32) -> Issue {
        Issue {
            severity: Severity::Warning,
            code: "invalid".into(),
            rule: "json".into(),
            expression: text.into(),
            pointer: format!("/{text}"),
            position: Position { line, column: line / 7 },
            message: text.into(),
        }
    }

    /// Rows from where they were not read yet, in units of UTF-16.
    struct Rows<'r>(&'r [u16]);

    impl Rows<'_> {
        fn number(&mut self) -> usize {
            let end = self.0.iter().position(|&unit| unit == u16::from(b':')).unwrap();
            let digits = String::from_utf16(&self.0[..end]).unwrap();
            self.0 = &self.0[end + 1..];
            digits.parse().unwrap()
        }

        fn small(&mut self) -> u32 {
            self.number().try_into().unwrap()
        }

        fn text(&mut self) -> String {
            let length = self.number();
            let (text, rest) = self.0.split_at(length);
            self.0 = rest;
            String::from_utf16(text).unwrap()
        }

        fn named<T: DeserializeOwned>(&mut self) -> T {
            serde_json::from_value(Value::String(self.text())).unwrap()
        }

        fn issue(&mut self) -> Issue {
            Issue {
                severity: self.named(),
                code: self.text().into(),
                rule: self.text().into(),
                expression: self.text(),
                pointer: self.text(),
                position: Position { line: self.small(), column: self.small() },
                message: self.text(),
            }
        }
    }

    /// The report that rows are of, as a reader in JavaScript understands them.
    fn read(rows: &str) -> Report {
        let units: Vec<u16> = rows.encode_utf16().collect();
        let mut rows = Rows(&units);
        let resource_type = Some(rows.text()).filter(|of| !of.is_empty());
        let [omitted, errors, warnings] = [(); 3].map(|()| rows.number());
        let issues = (0..rows.number()).map(|_| rows.issue()).collect();
        let unchecked = (0..rows.number())
            .map(|_| Unchecked { kind: rows.named(), name: rows.text(), count: rows.small() })
            .collect();
        assert!(rows.0.is_empty());
        Report { resource_type, issues, omitted, errors, warnings, unchecked }
    }

    proptest! {
        #[test]
        fn rows_say_what_the_report_says(
            texts in prop::collection::vec("[\u{0}-\u{9f}é𝄞]{0,20}", 0..4),
            line: u32,
            errors: usize,
            name in "[a\"]{0,2}",
        ) {
            let report = Report {
                resource_type: texts.first().filter(|of| !of.is_empty()).cloned(),
                issues: texts.iter().map(|text| issue(text, line)).collect(),
                omitted: errors % 11,
                errors,
                warnings: 0,
                unchecked: vec![
                    Unchecked { kind: UncheckedKind::Binding, name, count: line },
                    Unchecked { kind: UncheckedKind::ResourceType, name: String::new(), count: 10 },
                ],
            };
            prop_assert_eq!(read(&of_report(&report)), report);
        }
    }
}
