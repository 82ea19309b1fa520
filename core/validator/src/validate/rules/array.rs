//! What may repeat is an array, even when there is one; what may not is none.

use alloc::format;

use super::Rule;
use crate::{
    json::{Kind, Value},
    pack::MemberRow,
    validate::walk::Walk,
};

pub(super) const RULE: Rule =
    Rule::error("array", "structure", "R4 JSON, representation of repeating elements");

pub(in crate::validate) fn check<'a>(walk: &mut Walk<'a>, value: Value<'a>, member: &MemberRow) -> bool {
    if member.shape.is_list == (value.kind() == Kind::Array) {
        return true;
    }
    walk.report(&RULE, walk.here(value), |walk| {
        let name = walk.pack.text(walk.pack.structure_at(member.structure).name);
        if member.shape.is_list {
            format!("expected an array of {name}, found a single {}", value.kind())
        } else {
            format!("expected a single {name}, found an array")
        }
    });
    false
}

#[cfg(test)]
mod tests {
    use super::super::tests::expect;

    #[test]
    fn arrays_are_arrays() {
        expect(r#""note":{"text":"x"}"#, &[("array", "Task.note")]);
        expect(r#""description":["x"]"#, &[("array", "Task.description")]);
        expect(r#""note":[[{"text":"x"}]]"#, &[("json-type", "Task.note[0]")]);
    }
}
