//! What was found, written as rows: they cross into JavaScript with every check, where the names in a report are known.

use alloc::string::String;

/// Rows that are being written.
///
/// A number is its digits to the base of 64, the last one first, each a character of ASCII; to all but the last written
/// 64 is added. A text goes as it is behind its length, which JavaScript counts in units of UTF-16.
pub(super) struct Rows(String);

impl Rows {
    /// Rows with room for so many bytes.
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self(String::with_capacity(bytes))
    }

    /// Writes a number.
    #[inline]
    pub(super) fn number(&mut self, mut number: usize) {
        while number >= 64 {
            self.0.push(char::from((number % 64) as u8 + 64));
            number /= 64;
        }
        self.0.push(char::from(number as u8));
    }

    /// Writes a text.
    pub(super) fn text(&mut self, text: &str) {
        self.parts(text, &[text.len()]);
    }

    /// Writes texts that are one, by where each of them ends: their lengths go ahead of all.
    #[inline(never)]
    pub(super) fn parts(&mut self, text: &str, ends: &[usize]) {
        let is_ascii = text.is_ascii();
        let mut start = 0;
        for &end in ends {
            let part = || text.get(start..end).unwrap_or_default();
            self.number(if is_ascii { end - start } else { part().encode_utf16().count() });
            start = end;
        }
        self.0.push_str(text);
    }

    /// All that was written.
    pub(super) fn into_text(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::String, vec, vec::Vec};

    use proptest::prelude::*;
    use serde::de::DeserializeOwned;
    use serde_json::Value;

    use crate::{
        fhir::outcome::Severity,
        json::Position,
        validate::{Issue, RULES, Report, Unchecked, UncheckedKind, findings::Findings},
    };

    /// Rows from where they were not read yet, in units of UTF-16.
    struct Rows<'r>(&'r [u16]);

    impl Rows<'_> {
        fn number(&mut self) -> usize {
            let (digit, rest) = self.0.split_first().unwrap();
            self.0 = rest;
            let digit = usize::from(*digit);
            if digit < 64 { digit } else { digit - 64 + 64 * self.number() }
        }

        fn small(&mut self) -> u32 {
            self.number().try_into().unwrap()
        }

        fn take(&mut self, length: usize) -> String {
            let (text, rest) = self.0.split_at(length);
            self.0 = rest;
            String::from_utf16(text).unwrap()
        }

        fn text(&mut self) -> String {
            let length = self.number();
            self.take(length)
        }

        fn named<T: DeserializeOwned>(&mut self) -> T {
            serde_json::from_value(Value::String(self.text())).unwrap()
        }

        fn issue(&mut self, before: Option<&Issue>) -> Issue {
            let (severity, code, rule) = match self.number() {
                0 => before.map(|issue| (issue.severity, issue.code.clone(), issue.rule.clone())).unwrap(),
                _ => (self.named(), self.text().into(), self.text().into()),
            };
            let position = Position { line: self.small(), column: self.small() };
            let lengths = [(); 3].map(|()| self.number());
            let [expression, pointer, message] = lengths.map(|length| self.take(length));
            Issue { severity, code, rule, expression, pointer, position, message }
        }
    }

    /// The report that rows are of, as a reader in JavaScript understands them.
    fn read(rows: &str) -> Report {
        let units: Vec<u16> = rows.encode_utf16().collect();
        let mut rows = Rows(&units);
        let resource_type = Some(rows.text()).filter(|of| !of.is_empty());
        let [omitted, errors, warnings] = [(); 3].map(|()| rows.number());
        let mut issues = Vec::new();
        for _ in 0..rows.number() {
            issues.push(rows.issue(issues.last()));
        }
        let unchecked = (0..rows.number())
            .map(|_| Unchecked { kind: rows.named(), name: rows.text(), count: rows.small() })
            .collect();
        assert!(rows.0.is_empty());
        Report { resource_type, issues, omitted, errors, warnings, unchecked }
    }

    proptest! {
        #[test]
        fn rows_say_what_the_report_says(
            texts in prop::collection::vec("[\u{0}-\u{9f}é𝄞]{0,80}", 0..6),
            line: u32,
            errors: usize,
            name in "[a\"]{0,2}",
        ) {
            let mut found = Findings::default();
            found.resource_type = texts.first().filter(|of| !of.is_empty()).map(|of| &**of);
            found.omitted = errors % 11;
            found.errors = errors;
            for (text, number) in texts.iter().zip(1..) {
                let (rule, severity) = (RULES[number / 2], [Severity::Error, Severity::Warning][number / 3]);
                let pointer = format!("/{text}");
                let message = [&**text, " is ", &pointer];
                found.keep((rule, severity, 0), |to| to.push_str(text), |to| to.push_str(&pointer), &message);
            }
            found.unchecked = vec![
                (UncheckedKind::Binding, name.into(), line),
                (UncheckedKind::ResourceType, "".into(), 10),
            ];
            let found = found.at(Position { line, column: line / 7 });
            prop_assert_eq!(read(&found.to_rows()), found.into_report());
        }
    }
}
