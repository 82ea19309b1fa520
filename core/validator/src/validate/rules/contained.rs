//! The contained resources of one resource are told apart by their ids.

use alloc::{borrow::Cow, vec::Vec};

use super::Rule;
use crate::{
    json::{Value, is_same, rank},
    order::sort,
    validate::walk::Walk,
};

pub(super) const RULE: Rule = Rule::error("contained-id", "invariant", "R4 references, contained resources");

/// The contained resources of one resource by id, as [`rank`] sorts.
pub(in crate::validate) type Contained<'a> = Vec<(Cow<'a, str>, Value<'a>)>;

/// Refuses the innermost object, a contained resource, where one before it has the same id.
pub(in crate::validate) fn check(walk: &mut Walk<'_>) {
    let Some(frame) = walk.frame() else { return };
    let value = frame.value;
    let Some(id) = value.string("id") else { return };
    if find(walk, &id).is_some_and(|first| first.id() != value.id()) {
        walk.report(&RULE, walk.place("id"), |_| {
            "expected an id that no other contained resource has; a reference to it could mean either".into()
        });
    }
}

/// The first contained resource called `id`.
pub(super) fn find<'a>(walk: &mut Walk<'a>, id: &str) -> Option<Value<'a>> {
    let container = walk.container()?.value?;
    find_in(walk, container, id)
}

/// The first resource called `id` that is contained in `container`. The list is sorted once for each
/// container, so that many references into many resources cost no more than both together.
pub(in crate::validate) fn find_in<'a>(
    walk: &mut Walk<'a>,
    container: Value<'a>,
    id: &str,
) -> Option<Value<'a>> {
    let all = walk.contained.entry(container.id(), || {
        let resources = container.list("contained");
        let mut all: Contained<'a> = resources.filter_map(|one| Some((one.string("id")?, one))).collect();
        sort(&mut all, |left, right| rank(left.0.as_bytes(), right.0.as_bytes()));
        all
    });
    let at = all.partition_point(|(other, _)| rank(other.as_bytes(), id.as_bytes()).is_lt());
    all.get(at).filter(|(other, _)| is_same(other.as_bytes(), id.as_bytes())).map(|(_, resource)| *resource)
}

#[cfg(test)]
mod tests {
    use super::super::tests::expect;

    #[test]
    fn ids_are_used_once() {
        let of = |id: &str| {
            alloc::format!(
                r#""contained":[{{"resourceType":"Organization","id":"a","name":"x"}},
                {{"resourceType":"Organization","id":"{id}","name":"x"}}]"#
            )
        };
        expect(&of("b"), &[]);
        expect(&of("a"), &[("contained-id", "Task.contained[1].id")]);
    }
}
