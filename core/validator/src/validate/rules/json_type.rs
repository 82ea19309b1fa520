//! Each type has its kind of JSON value.

use alloc::format;

use super::Rule;
use crate::{
    json::{Kind, Value},
    pack::{Primitive, StructureRow},
    validate::walk::Walk,
};

pub(super) const RULE: Rule = Rule::error("json-type", "structure", "R4 JSON");

/// Checks that `value` is an object, as a `structure` or any resource has to be.
pub(in crate::validate) fn check_object<'a>(
    walk: &mut Walk<'a>,
    value: Value<'a>,
    structure: Option<&StructureRow>,
) -> bool {
    let is_object = value.kind() == Kind::Object;
    if !is_object {
        walk.report(&RULE, walk.here(value), |walk| {
            let name = structure.map_or("resource", |structure| walk.pack.text(structure.name));
            format!("expected an object ({name}), found {}", article(value.kind()))
        });
    }
    is_object
}

/// Checks that `value` is of the kind that a `primitive` has.
pub(in crate::validate) fn check_primitive<'a>(
    walk: &mut Walk<'a>,
    value: Value<'a>,
    primitive: Primitive,
) -> bool {
    let is_kind = value.kind() == primitive.json_kind();
    if !is_kind {
        walk.report(&RULE, walk.here(value), |_| {
            let (expected, found) = (article(primitive.json_kind()), article(value.kind()));
            format!("expected {expected} ({primitive}), found {found}")
        });
    }
    is_kind
}

fn article(kind: Kind) -> &'static str {
    match kind {
        Kind::Null => "null",
        Kind::Boolean => "a boolean",
        Kind::Number => "a number",
        Kind::String => "a string",
        Kind::Array => "an array",
        Kind::Object => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{expect, issues};

    #[test]
    fn kinds_of_json() {
        expect(r#""description":1"#, &[("json-type", "Task.description")]);
        expect(r#""focus":"Task/1""#, &[("json-type", "Task.focus")]);
        expect(r#""restriction":{"repetitions":"1"}"#, &[("json-type", "Task.restriction.repetitions")]);
        expect(r#""meta":{"profile":[{}]}"#, &[("json-type", "Task.meta.profile[0]")]);
        expect(
            r#""input":[{"type":{"text":"x"},"valueBoolean":"true"}]"#,
            &[("json-type", "Task.input[0].value")],
        );
        for text in ["null", "[]", "1", "\"x\""] {
            let (rule, place, _) = &issues(text)[0];
            assert_eq!((rule.as_str(), place.as_str()), ("json-type", "$this"), "{text}");
        }
    }
}
