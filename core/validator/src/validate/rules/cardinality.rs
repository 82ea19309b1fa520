//! As many as there must be, no more than there may be.

use alloc::format;

use super::Rule;
use crate::{
    json::Value,
    pack::ElementRow,
    validate::{path::Place, walk::Walk},
};

pub(super) const RULE: Rule = Rule::error("cardinality", "required", "R4 conformance, cardinality");

/// Reports what is missing from the innermost object, all of whose members were seen.
pub(in crate::validate) fn check_missing(walk: &mut Walk<'_>) {
    let Some(frame) = walk.frame() else { return };
    let missing = frame.structure.required & !(frame.seen | frame.siblings);
    if missing == 0 {
        return;
    }
    let (structure, offset) = (frame.structure, frame.value.offset());
    for element in walk.pack.elements(structure).iter().filter(|element| element.bit & missing != 0) {
        let place = Place { step: None, missing: Some(element.name), offset };
        walk.report(&RULE, place, |walk| {
            let count = if element.is_list() { "at least" } else { "exactly" };
            let (name, around) = (walk.pack.text(element.name), walk.pack.text(structure.name));
            format!("{name} is missing: {around} has {count} {}", element.min)
        });
    }
}

/// Checks that an array has no more items than it may have.
pub(in crate::validate) fn check_most<'a>(walk: &mut Walk<'a>, array: Value<'a>, element: &ElementRow) {
    let most = element.max;
    if most != u32::MAX && array.items().nth(most as usize).is_some() {
        walk.report(&RULE, walk.here(array), |_| {
            format!("expected at most {most}, found {}", array.items().count())
        });
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::super::tests::{expect, issues};

    #[test]
    fn what_is_missing_is_named() {
        let found = issues(r#"{"resourceType":"Task","status":"requested"}"#);
        let message = "intent is missing: Task has exactly 1";
        assert_eq!(found, [("cardinality".into(), "Task.intent".into(), message.into())]);
        expect(r#""note":[{"time":"2024"}]"#, &[("cardinality", "Task.note[0].text")]);
        expect(r#""input":[{"type":{"text":"x"}}]"#, &[("cardinality", "Task.input[0].value")]);
    }

    #[test]
    fn an_extension_stands_in_for_a_value() {
        let absent = r#"{"extension":[{"url":"http://x","valueCode":"unknown"}]}"#;
        expect(&format!(r#""note":[{{"_text":{absent}}}]"#), &[]);
        expect(&format!(r#""input":[{{"type":{{"text":"x"}},"_valueString":{absent}}}]"#), &[]);
    }
}
