//! `_name` beside a primitive holds its id and extensions, item by item.

use alloc::format;

use super::{Rule, empty};
use crate::{
    json::{Items, Key, Kind, Value},
    pack::MemberRow,
    validate::{
        path::{Place, Step},
        walk::Walk,
    },
};

pub(super) const RULE: Rule =
    Rule::error("primitive-sibling", "structure", "R4 JSON, representation of primitive elements");

/// Checks the shape of the `_name` member of `element`: like the primitive's own, with an object
/// for each value.
pub(in crate::validate) fn check<'a>(
    walk: &mut Walk<'a>,
    value: Value<'a>,
    key: Key<'a>,
    member: &'a MemberRow,
) -> bool {
    let is_list = member.shape.is_list;
    let expected = if is_list { Kind::Array } else { Kind::Object };
    if value.kind() != expected {
        walk.report(&RULE, walk.here(value), |_| {
            format!(
                "expected an {expected} with the id and extensions of the primitive, found a {}",
                value.kind()
            )
        });
        return false;
    }
    if is_list {
        check_items(walk, value, Step { key, member: Some(member), index: None });
    }
    true
}

fn check_items<'a>(walk: &mut Walk<'a>, siblings: Value<'a>, step: Step<'a>) {
    let Some(frame) = walk.frame() else { return };
    let name = step.key.as_str();
    let Some(values) = frame.value.get(name.strip_prefix('_').unwrap_or(&name)) else {
        for (item, index) in siblings.items().zip(0..).filter(|(item, _)| item.kind() == Kind::Null) {
            let step = Some(step.item(index));
            empty::report_null_item(walk, Place { step, missing: None, offset: item.offset() });
        }
        return;
    };
    let (of_siblings, of_values) = (siblings.items().count(), values.items().count());
    if of_siblings != of_values && values.kind() == Kind::Array {
        walk.report(&RULE, walk.here(siblings), |_| {
            format!(
                "expected {of_values} items, one for each value, found {of_siblings}; null fills the gaps"
            )
        });
    }
}

/// Reports a `_name` member beside an element that is no primitive.
pub(super) fn report_complex<'a>(walk: &mut Walk<'a>, key: Key<'a>, member: &MemberRow) {
    let step = Some(Step { key, member: None, index: None });
    walk.report(&RULE, Place { step, missing: None, offset: key.offset() }, |walk| {
        let name = walk.pack.text(walk.pack.structure_at(member.structure).name);
        format!(
            "expected a name with _ beside primitives only, found it beside a {name}; id and extension \
                 of a {name} stand inside it"
        )
    });
}

/// The items of the `_name` array beside an array of primitives, looked up when there is a gap.
pub(in crate::validate) struct Gaps<'a> {
    object: Value<'a>,
    key: Key<'a>,
    items: Option<Items<'a>>,
    next: u32,
}

impl<'a> Gaps<'a> {
    pub(in crate::validate) fn new(object: Value<'a>, key: Key<'a>) -> Self {
        Self { object, key, items: None, next: 0 }
    }

    /// Whether an object stands in for the item at `index`; asked with ascending indexes.
    pub(in crate::validate) fn is_filled(&mut self, index: u32) -> bool {
        let (object, key) = (self.object, self.key);
        let items = self.items.get_or_insert_with(|| object.list(&format!("_{}", key.as_str())));
        let skipped = index - self.next;
        self.next = index + 1;
        items.nth(skipped as usize).is_some_and(|item| item.kind() == Kind::Object)
    }
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::String};

    use super::super::tests::expect;

    const EXTENDED: &str = r#"{"extension":[{"url":"http://x","valueCode":"a"}]}"#;

    fn profiles(members: &str) -> String {
        format!(r#""meta":{{{members}}}"#)
    }

    #[test]
    fn siblings_are_objects_and_line_up() {
        let place = [("primitive-sibling", "Task.meta.profile")];
        expect(&profiles(&format!(r#""profile":["a",null],"_profile":[null,{EXTENDED}]"#)), &[]);
        expect(&profiles(&format!(r#""_profile":[null,{EXTENDED}],"profile":["a",null]"#)), &[]);
        expect(&profiles(&format!(r#""profile":["a"],"_profile":[null,{EXTENDED}]"#)), &place);
        expect(&profiles(&format!(r#""profile":["a","b"],"_profile":{EXTENDED}"#)), &place);
        expect(r#""_description":"x""#, &[("primitive-sibling", "Task.description")]);
        expect(r#""_description":[{"id":"x"}]"#, &[("primitive-sibling", "Task.description")]);
        expect(&profiles(r#""profile":["a"],"_profile":["x"]"#), &[("json-type", "Task.meta.profile[0]")]);
        expect(r#""_description":{"text":"x"}"#, &[("unknown-element", "Task.description.text")]);
    }

    #[test]
    fn a_gap_is_filled_on_the_other_side() {
        let empty = [("empty", "Task.meta.profile[0]")];
        expect(&profiles(r#""profile":[null]"#), &empty);
        expect(&profiles(&format!(r#""profile":[null,null],"_profile":[null,{EXTENDED}]"#)), &empty);
        expect(&profiles(&format!(r#""_profile":[null,{EXTENDED}]"#)), &empty);
        expect(&profiles(r#""_profile":[{"id":"x"}]"#), &empty);
        expect(&profiles(r#""profile":["a","b"],"_profile":[null,{"id":"x"}]"#), &[]);
    }
}
