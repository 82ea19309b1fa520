//! A report as rows, written straight away: it crosses into JavaScript with every check, where its names are known.

use alloc::string::String;

use super::report::{Issue, Report, Unchecked};
use crate::json::plain_run;

/// About what an issue takes, and something that was not decided.
const USUAL: (usize, usize) = (192, 96);

/// As [`Report::to_rows`] says.
pub(super) fn to_rows(report: &Report) -> String {
    let Report { resource_type, issues, omitted, errors, warnings, unchecked } = report;
    let mut json = String::with_capacity(USUAL.1 + USUAL.0 * issues.len() + USUAL.1 * unchecked.len());
    text(&mut json, "[\"", resource_type.as_deref().unwrap_or_default());
    number(&mut json, "\",", *omitted);
    number(&mut json, ",", *errors);
    number(&mut json, ",", *warnings);
    json.push_str(",[");
    for (at, issue) in issues.iter().enumerate() {
        write_issue(&mut json, if at == 0 { "\"" } else { ",\"" }, issue);
    }
    json.push_str("],[");
    for (at, one) in unchecked.iter().enumerate() {
        write_unchecked(&mut json, if at == 0 { "\"" } else { ",\"" }, one);
    }
    json.push_str("]]");
    json
}

fn write_issue(json: &mut String, start: &str, issue: &Issue) {
    let Issue { severity, code, rule, expression, pointer, position, message } = issue;
    text(json, start, severity.code());
    text(json, "\",\"", code);
    text(json, "\",\"", rule);
    text(json, "\",\"", expression);
    text(json, "\",\"", pointer);
    number(json, "\",", position.line as usize);
    number(json, ",", position.column as usize);
    text(json, ",\"", message);
    json.push('"');
}

fn write_unchecked(json: &mut String, start: &str, Unchecked { kind, name, count }: &Unchecked) {
    text(json, start, kind.name());
    text(json, "\",\"", name);
    number(json, "\",", *count as usize);
}

/// `before`, and `value` as it stands between quotes.
fn text(json: &mut String, before: &str, value: &str) {
    json.push_str(before);
    let mut rest = value;
    loop {
        let (plain, other) = rest.split_at(plain_run(rest.as_bytes()));
        json.push_str(plain);
        let mut characters = other.chars();
        let Some(character) = characters.next() else { return };
        match character {
            '"' | '\\' => json.extend(['\\', character]),
            '\n' => json.push_str("\\n"),
            '\t' => json.push_str("\\t"),
            '\r' => json.push_str("\\r"),
            '\u{8}' => json.push_str("\\b"),
            '\u{c}' => json.push_str("\\f"),
            other => {
                let digits = [other as u32 >> 4, other as u32 & 15].map(|digit| char::from_digit(digit, 16));
                json.push_str("\\u00");
                json.extend(digits.into_iter().flatten());
            }
        }
        rest = characters.as_str();
    }
}

fn number(json: &mut String, before: &str, value: usize) {
    json.push_str(before);
    let mut unit = 1;
    while value / unit > 9 {
        unit *= 10;
    }
    while unit > 0 {
        json.extend(char::from_digit((value / unit % 10) as u32, 10));
        unit /= 10;
    }
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::String, vec, vec::Vec};

    use proptest::prelude::*;
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

    type OneIssue = (Severity, String, String, String, String, u32, u32, String);
    type Rows = (String, usize, usize, usize, Vec<Value>, Vec<Value>);

    /// The report that rows are of, as a reader of JSON understands them.
    fn read(rows: &str) -> Report {
        let (of, omitted, errors, warnings, issues, unchecked): Rows = serde_json::from_str(rows).unwrap();
        let issue = |row: &[Value]| {
            let (severity, code, rule, expression, pointer, line, column, message): OneIssue =
                serde_json::from_value(Value::Array(row.to_vec())).unwrap();
            let (code, rule, position) = (code.into(), rule.into(), Position { line, column });
            Issue { severity, code, rule, expression, pointer, position, message }
        };
        let unchecked = unchecked.chunks(3).map(|row| {
            let (kind, name, count) = serde_json::from_value(Value::Array(row.to_vec())).unwrap();
            Unchecked { kind, name, count }
        });
        Report {
            resource_type: Some(of).filter(|of| !of.is_empty()),
            issues: issues.chunks(8).map(issue).collect(),
            omitted,
            errors,
            warnings,
            unchecked: unchecked.collect(),
        }
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
