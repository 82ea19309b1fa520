//! A report as JSON, written straight away: it crosses into JavaScript with every check.

use alloc::string::String;

use super::report::{Issue, Report, Unchecked};
use crate::json::plain_run;

/// About what an issue takes, and something that was not decided.
const USUAL: (usize, usize) = (288, 128);

/// As serde writes it.
pub(super) fn to_json(report: &Report) -> String {
    let Report { resource_type, issues, omitted, errors, warnings, unchecked } = report;
    let mut json = String::with_capacity(USUAL.1 + USUAL.0 * issues.len() + USUAL.1 * unchecked.len());
    json.push('{');
    if let Some(of) = resource_type {
        text(&mut json, "\"resourceType\":\"", of);
        json.push_str("\",");
    }
    json.push_str("\"issues\":[");
    for (at, issue) in issues.iter().enumerate() {
        write_issue(&mut json, if at == 0 { "{\"severity\":\"" } else { ",{\"severity\":\"" }, issue);
    }
    number(&mut json, "],\"omitted\":", *omitted);
    number(&mut json, ",\"errors\":", *errors);
    number(&mut json, ",\"warnings\":", *warnings);
    json.push_str(",\"unchecked\":[");
    for (at, one) in unchecked.iter().enumerate() {
        write_unchecked(&mut json, if at == 0 { "{\"kind\":\"" } else { ",{\"kind\":\"" }, one);
    }
    json.push_str("]}");
    json
}

fn write_issue(json: &mut String, start: &str, issue: &Issue) {
    let Issue { severity, code, rule, expression, pointer, position, message } = issue;
    text(json, start, severity.code());
    text(json, "\",\"code\":\"", code);
    text(json, "\",\"rule\":\"", rule);
    text(json, "\",\"expression\":\"", expression);
    text(json, "\",\"pointer\":\"", pointer);
    number(json, "\",\"line\":", position.line as usize);
    number(json, ",\"column\":", position.column as usize);
    text(json, ",\"message\":\"", message);
    json.push_str("\"}");
}

fn write_unchecked(json: &mut String, start: &str, Unchecked { kind, name, count }: &Unchecked) {
    text(json, start, kind.name());
    if !name.is_empty() {
        text(json, "\",\"name\":\"", name);
    }
    number(json, "\",\"count\":", *count as usize);
    json.push('}');
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
    use alloc::{format, string::String, vec};

    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn a_report_is_written_as_serde_writes_it(
            texts in prop::collection::vec("[\u{0}-\u{9f}é𝄞]{0,20}", 0..4),
            line: u32,
            errors: usize,
            name in "[a\"]{0,2}",
        ) {
            let report = Report {
                resource_type: texts.first().cloned(),
                issues: texts.iter().map(|text| issue(text, line)).collect(),
                omitted: errors % 11,
                errors,
                warnings: 0,
                unchecked: vec![
                    Unchecked { kind: UncheckedKind::Binding, name, count: line },
                    Unchecked { kind: UncheckedKind::ResourceType, name: String::new(), count: 10 },
                ],
            };
            prop_assert_eq!(to_json(&report), serde_json::to_string(&report).unwrap());
        }
    }
}
