//! Nothing is said by leaving it out: no nulls, empty texts, arrays or objects.

use alloc::format;

use super::Rule;
use crate::{
    json::{Kind, Value},
    pack,
    validate::{path::Place, walk::Walk},
};

pub(super) const RULE: Rule = Rule::error("empty", "structure", "R4 JSON; constraint ele-1");

/// Refuses `null` and empty arrays.
pub(in crate::validate) fn check<'a>(walk: &mut Walk<'a>, value: Value<'a>) -> bool {
    let is_empty = match value.kind() {
        Kind::Null => true,
        Kind::Array => value.items().next().is_none(),
        _ => false,
    };
    if is_empty {
        report(walk, value);
    }
    !is_empty
}

/// Refuses empty objects.
pub(in crate::validate) fn check_object<'a>(walk: &mut Walk<'a>, value: Value<'a>) -> bool {
    let is_empty = value.members().next().is_none();
    if is_empty {
        report(walk, value);
    }
    !is_empty
}

/// Refuses empty texts.
pub(in crate::validate) fn check_string<'a>(walk: &mut Walk<'a>, value: Value<'a>) -> bool {
    let is_empty = matches!(value.raw_bytes(), [b'"', b'"']);
    if is_empty {
        report(walk, value);
    }
    !is_empty
}

/// Refuses an element of which there is nothing but its `id` (constraint ele-1).
#[inline]
pub(in crate::validate) fn check_id_only(walk: &mut Walk<'_>) {
    let Some(frame) = walk.frame() else { return };
    let id = frame.structure.id_bit;
    if (frame.seen | frame.siblings) == id && id != 0 {
        check_id(walk);
    }
}

#[cold]
fn check_id(walk: &mut Walk<'_>) {
    let Some(frame) = walk.frame() else { return };
    // Beside the value of a primitive an id is enough.
    if frame.has_value || frame.structure.kind == pack::Kind::Resource {
        return;
    }
    let offset = frame.value.offset();
    if frame.value.members().all(|(key, _)| key.is("id") || key.is("_id")) {
        walk.report(&RULE, Place { step: None, missing: None, offset }, |_| {
            "expected a value or other elements beside the id, found the id alone".into()
        });
    }
}

/// Reports a `null` in an array that nothing in the `_name` array stands in for.
pub(in crate::validate) fn report_null_item(walk: &mut Walk<'_>, place: Place<'_>) {
    walk.report(&RULE, place, |_| {
        "expected a value, found null; only an item that has an extension instead of a value is null".into()
    });
}

fn report<'a>(walk: &mut Walk<'a>, value: Value<'a>) {
    walk.report(&RULE, walk.here(value), |_| match value.kind() {
        Kind::Null => "expected a value, found null; what there is not is left out".into(),
        kind => format!("expected content, found an empty {kind}; what there is not is left out"),
    });
}

#[cfg(test)]
mod tests {
    use super::super::tests::{expect, issues};

    #[test]
    fn nothing_is_left_out() {
        expect(r#""priority":null"#, &[("empty", "Task.priority")]);
        expect(r#""focus":null"#, &[("empty", "Task.focus")]);
        expect(r#""description":"""#, &[("empty", "Task.description")]);
        expect(r#""note":[]"#, &[("empty", "Task.note")]);
        expect(r#""focus":{}"#, &[("empty", "Task.focus")]);
        expect(r#""note":[{"text":"x"},{}]"#, &[("empty", "Task.note[1]")]);
        expect(r#""note":[null]"#, &[("json-type", "Task.note[0]")]);
        expect(r#""_description":null"#, &[("empty", "Task.description")]);
        expect(r#""_description":{}"#, &[("empty", "Task.description")]);
        assert_eq!(issues("{}"), issues("{ }"));
        assert_eq!(issues("{}")[0].0, "empty");
    }

    #[test]
    fn an_id_alone_is_nothing() {
        expect(r#""focus":{"id":"a"}"#, &[("empty", "Task.focus")]);
        expect(r#""_description":{"id":"a"}"#, &[("empty", "Task.description")]);
        expect(r#""_description":{"id":"a"},"description":"x""#, &[]);
        expect(r#""focus":{"id":"a","display":"x"}"#, &[]);
    }
}
