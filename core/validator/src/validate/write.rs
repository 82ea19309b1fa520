//! A report as rows, written straight away: it crosses into JavaScript with every check, where its names are known.

use alloc::string::String;

use super::{
    path::push_number,
    report::{Issue, Report, Unchecked},
};

/// About what an issue takes, and something that was not decided.
const USUAL: (usize, usize) = (192, 96);

/// As [`Report::to_rows`] says.
pub(super) fn to_rows(report: &Report) -> String {
    let Report { resource_type, issues, omitted, errors, warnings, unchecked } = report;
    let mut rows = String::with_capacity(USUAL.1 + USUAL.0 * issues.len() + USUAL.1 * unchecked.len());
    text(&mut rows, resource_type.as_deref().unwrap_or_default());
    for count in [*omitted, *errors, *warnings, issues.len()] {
        number(&mut rows, count);
    }
    for issue in issues {
        write_issue(&mut rows, issue);
    }
    number(&mut rows, unchecked.len());
    for one in unchecked {
        write_unchecked(&mut rows, one);
    }
    rows
}

fn write_issue(rows: &mut String, issue: &Issue) {
    let Issue { severity, code, rule, expression, pointer, position, message } = issue;
    for value in [severity.code(), code, rule, expression, pointer] {
        text(rows, value);
    }
    number(rows, position.line as usize);
    number(rows, position.column as usize);
    text(rows, message);
}

fn write_unchecked(rows: &mut String, Unchecked { kind, name, count }: &Unchecked) {
    text(rows, kind.name());
    text(rows, name);
    number(rows, *count as usize);
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
            prop_assert_eq!(read(&to_rows(&report)), report);
        }
    }
}
