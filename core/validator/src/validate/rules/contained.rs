//! The contained resources of one resource are told apart by their ids.

use alloc::{borrow::Cow, vec::Vec};

use super::Rule;
use crate::{
    json::{Value, is_same, rank},
    order::{Map, sort},
    pack::StructureRow,
    validate::walk::Walk,
};

pub(super) const RULE: Rule = Rule::error("contained-id", "invariant", "R4 references, contained resources");

/// So many are quicker to look through than to search.
const FEW: usize = 8;

/// The contained resources of one resource that have an id, as [`rank`] sorts these.
#[derive(Debug)]
pub(in crate::validate) struct Contained<'a> {
    all: Vec<One<'a>>,
    /// Whether several have the same id.
    has_doubles: bool,
}

#[derive(Debug)]
pub(super) struct One<'a> {
    id: Cow<'a, str>,
    pub(super) resource: Value<'a>,
    /// What the walk has found it to be, once it was there and where they are few.
    pub(super) of: Option<&'a StructureRow>,
    is_referenced: bool,
}

impl<'a> Contained<'a> {
    fn new(container: Value<'a>) -> Self {
        let resources = container.list("contained");
        let one = |resource: Value<'a>| {
            Some(One { id: resource.string("id")?, resource, of: None, is_referenced: false })
        };
        let mut all: Vec<_> = resources.filter_map(one).collect();
        sort(&mut all, |left, right| rank(left.id.as_bytes(), right.id.as_bytes()));
        let is_double = |pair: &[One<'_>]| is_same(pair[0].id.as_bytes(), pair[1].id.as_bytes());
        let has_doubles = all.windows(2).any(is_double);
        Self { all, has_doubles }
    }

    /// The first one called `id`.
    fn first(&mut self, id: &str) -> Option<&mut One<'a>> {
        let is_it = |one: &One<'_>| is_same(one.id.as_bytes(), id.as_bytes());
        if self.all.len() <= FEW {
            return self.all.iter_mut().find(|one| is_it(one));
        }
        let at = self.all.partition_point(|one| rank(one.id.as_bytes(), id.as_bytes()).is_lt());
        self.all.get_mut(at).filter(|one| is_it(one))
    }

    /// Notes what `resource` is.
    fn note(&mut self, resource: Value<'a>, of: &'a StructureRow) {
        if self.all.len() <= FEW
            && let Some(one) = self.all.iter_mut().find(|one| one.resource.id() == resource.id())
        {
            one.of = Some(of);
        }
    }

    /// Notes a reference to what is called `id`.
    pub(super) fn refer(&mut self, id: &str) {
        if let Some(one) = self.first(id) {
            one.is_referenced = true;
        }
    }

    /// Those that nothing was noted to refer to.
    pub(super) fn unreferenced(&self) -> impl Iterator<Item = Value<'a>> {
        let by_id = self.all.chunk_by(|one, next| is_same(one.id.as_bytes(), next.id.as_bytes()));
        let others = by_id.filter(|same| !same.iter().any(|one| one.is_referenced));
        others.flatten().map(|one| one.resource)
    }
}

/// Refuses the innermost object, a contained resource, where one before it has the same id.
pub(in crate::validate) fn check(walk: &mut Walk<'_>) {
    let (Some(frame), Some(container)) = (walk.frame(), walk.container()) else { return };
    let (value, of_type, Some(container)) = (frame.value, frame.structure, container.value) else { return };
    let all = of(&mut walk.contained, container);
    all.note(value, of_type);
    if !all.has_doubles {
        return;
    }
    let Some(id) = value.string("id") else { return };
    if all.first(&id).is_some_and(|first| first.resource.id() != value.id()) {
        walk.report(&RULE, walk.place("id"), |_| {
            "expected an id that no other contained resource has; a reference to it could mean either".into()
        });
    }
}

/// What is contained in `container`. The list is sorted once for each container, so that many references into many
/// resources cost no more than both together.
pub(super) fn of<'w, 'a>(
    known: &'w mut Map<usize, Contained<'a>>,
    container: Value<'a>,
) -> &'w mut Contained<'a> {
    known.entry(container.id(), || Contained::new(container))
}

/// The first contained resource called `id`.
pub(super) fn find<'a>(walk: &mut Walk<'a>, id: &str) -> Option<Value<'a>> {
    look_up(walk, id).map(|one| one.resource)
}

/// The same with what is known of it.
pub(super) fn look_up<'w, 'a>(walk: &'w mut Walk<'a>, id: &str) -> Option<&'w One<'a>> {
    let container = walk.container()?.value?;
    of(&mut walk.contained, container).first(id).map(|one| &*one)
}

/// The first resource called `id` that is contained in `container`.
pub(in crate::validate) fn find_in<'a>(
    walk: &mut Walk<'a>,
    container: Value<'a>,
    id: &str,
) -> Option<Value<'a>> {
    of(&mut walk.contained, container).first(id).map(|one| one.resource)
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::super::tests::{expect, report};
    use crate::fhir::outcome::Severity;

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

    #[test]
    fn few_and_many_are_found() {
        for count in [2, super::FEW, super::FEW + 1, 3 * super::FEW] {
            let one =
                |at: usize| alloc::format!(r#"{{"resourceType":"Organization","id":"{at}","name":"x"}}"#);
            let reference = |to: usize| alloc::format!(r##"{{"reference":"#{to}"}}"##);
            let text = |ids: &[usize], references: &[usize]| {
                let all = ids.iter().map(|&at| one(at)).collect::<Vec<_>>().join(",");
                let to = references.iter().map(|&to| reference(to)).collect::<Vec<_>>().join(",");
                alloc::format!(
                    r#"{{"resourceType":"CommunicationRequest","status":"active","contained":[{all}],"recipient":[{to}]}}"#
                )
            };
            let errors = |ids: &[usize], references: &[usize]| {
                let found = report(&text(ids, references)).issues;
                let errors = found.into_iter().filter(|one| one.severity == Severity::Error);
                errors.map(|one| one.expression).collect::<Vec<_>>()
            };
            let ids: Vec<usize> = (0..count).rev().collect();
            assert_eq!(errors(&ids, &ids), [""; 0], "{count}");
            assert_eq!(errors(&ids, &ids[1..]), ["CommunicationRequest"], "{count}");
            assert_eq!(errors(&ids[1..], &ids), ["CommunicationRequest.recipient[0]"], "{count}");
            let doubled = [&ids[..], &ids[..1]].concat();
            let place = alloc::format!("CommunicationRequest.contained[{count}].id");
            assert_eq!(errors(&doubled, &ids), [place], "{count}");
        }
    }
}
