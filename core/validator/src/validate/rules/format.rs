//! A primitive has the form of its type.

use alloc::format;

use super::Rule;
use crate::{
    json::Value,
    pack::Primitive,
    validate::{formats, walk::Walk},
};

pub(super) const RULE: Rule = Rule::error("primitive-format", "value", "R4 datatypes, primitive types");

pub(in crate::validate) fn check<'a>(walk: &mut Walk<'a>, value: Value<'a>, primitive: Primitive) -> bool {
    // Markup has a rule of its own, and all JSON numbers and booleans are right.
    if matches!(primitive, Primitive::Boolean | Primitive::Decimal | Primitive::Xhtml) {
        return true;
    }
    let is_valid = match value.as_plain_str().or_else(|| value.as_number()) {
        Some(plain) => formats::is_valid(primitive, plain, false),
        None => formats::is_valid(primitive, &value.as_str().unwrap_or_default(), true),
    };
    if !is_valid {
        walk.report(&RULE, walk.here(value), |walk| {
            format!("not a valid {primitive}: expected {}{}", formats::expected(primitive), walk.found(value))
        });
    }
    is_valid
}

#[cfg(test)]
mod tests {
    use super::super::tests::{expect, issues, report, task};
    use crate::{
        pack::{Pack, Primitive},
        validate::{Options, validate_bytes},
    };

    #[test]
    fn forms_are_checked_where_they_stand() {
        let place = |name| [("primitive-format", name)];
        expect(r#""id":"a_b""#, &place("Task.id"));
        expect(r#""authoredOn":"2023-02-29""#, &place("Task.authoredOn"));
        expect(r#""description":"a\u0001""#, &place("Task.description"));
        expect(r#""description":"a\u0009""#, &[]);
        expect(r#""restriction":{"repetitions":0}"#, &place("Task.restriction.repetitions"));
        let uris = r#""input":[{"type":{"text":"x"},"valueUri":"a b"}]"#;
        expect(uris, &place("Task.input[0].value"));
        expect(r#""meta":{"profile":["http://x","a b"]}"#, &place("Task.meta.profile[1]"));
    }

    /// What is right at first sight is passed by the walk, and what has escapes is not.
    #[test]
    fn what_is_found_does_not_depend_on_how_a_text_is_written() {
        let texts =
            ["a", " ", "a b", " a", "é", "2024-02-29", "2024-02-30", "2024-02-29T23:59:59Z", "12:00:00"];
        let urns =
            ["http://x", "urn:oid:1.2", "urn:uuid:c757873d-ec9a-4326-a141-556f43239520", "QUJD", "QUJ"];
        let mut found = 0;
        for text in texts.into_iter().chain(urns) {
            let first = text.chars().next().unwrap();
            let escaped = std::format!("\\u{:04x}{}", u32::from(first), &text[first.len_utf8()..]);
            for primitive in Primitive::ALL {
                let name = primitive.name();
                let value = std::format!("value{}{}", name[..1].to_uppercase(), &name[1..]);
                let [plain, escaped] = [text, &escaped].map(|text| {
                    issues(&task(&std::format!(r#""input":[{{"type":{{"text":"x"}},"{value}":"{text}"}}]"#)))
                });
                assert_eq!(plain, escaped, "{value} {text}");
                found += plain.iter().filter(|(rule, ..)| rule == super::RULE.name).count();
            }
        }
        assert!(found > 50, "{found}");
    }

    #[test]
    fn values_are_shown_only_on_request() {
        let text = task(r#""authoredOn":"Smith""#);
        assert!(!issues(&text)[0].2.contains("Smith"));
        assert!(!std::format!("{:?}", report(&text)).contains("Smith"));
        let options = Options { show_values: true, ..Options::default() };
        let shown = validate_bytes(text, Pack::exchange(), &options);
        let found = shown.issues.iter().find(|issue| issue.rule == super::RULE.name).unwrap();
        assert!(found.message.ends_with("; found \"Smith\""), "{}", found.message);
    }
}
