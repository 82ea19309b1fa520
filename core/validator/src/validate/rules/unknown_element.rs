//! Every member is an element that the definitions know.

use alloc::format;

use super::{Rule, choice, primitive_sibling, suggestion};
use crate::{
    json::Key,
    validate::{
        nearest::nearest,
        path::{Place, Step},
        walk::Walk,
    },
};

pub(super) const RULE: Rule = Rule::error("unknown-element", "structure", "R4 formats; R4 JSON");

/// Reports the member `name` of the innermost object, which is no element of it.
pub(in crate::validate) fn report<'a>(walk: &mut Walk<'a>, key: Key<'a>, name: &str) {
    let Some(structure) = walk.frame().map(|frame| frame.structure) else { return };
    let pack = walk.pack;
    // Past the last issue that is listed nobody reads what was meant.
    if !walk.is_full() {
        let complex = name.strip_prefix('_').and_then(|name| pack.member(structure, name));
        if let Some(member) = complex {
            return primitive_sibling::report_complex(walk, key, member);
        }
        if choice::is_wrong_type(walk, key, name) {
            return;
        }
    }
    let step = Step { key, member: None, index: None };
    walk.report(&RULE, Place { step: Some(step), missing: None, offset: key.offset() }, |walk| {
        let names = walk.elements_here().iter().flat_map(|element| pack.members(element));
        let meant = nearest(name, names.map(|member| pack.text(member.name)));
        format!("{} has no such element{}", pack.text(structure.name), suggestion(meant))
    });
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::super::tests::{expect, issues, task};

    #[test]
    fn unknown_names_are_found_and_what_was_meant_is_suggested() {
        let found = issues(&task(r#""desription":"x""#));
        let message = "Task has no such element; did you mean description?";
        assert_eq!(found, [("unknown-element".into(), "Task.desription".into(), message.into())]);
        expect(r#""colour":{"status":1}"#, &[("unknown-element", "Task.colour")]);
        expect(r#""note":[{"text":"x","a b":1}]"#, &[("unknown-element", "Task.note[0].`a b`")]);
        expect(
            r#""focus":{"display":"x","resourceType":"Task"}"#,
            &[("unknown-element", "Task.focus.resourceType")],
        );
        for name in ["__proto__", "constructor", "toString", "_", ""] {
            assert_eq!(issues(&task(&format!(r#""{name}":1"#)))[0].0, "unknown-element", "{name}");
        }
    }

    #[test]
    fn beside_a_complex_element_there_is_no_sibling() {
        expect(r#""focus":{"display":"x"},"_focus":{"id":"x"}"#, &[("primitive-sibling", "Task._focus")]);
        expect(r#""_colour":{"id":"x"}"#, &[("unknown-element", "Task._colour")]);
    }
}
