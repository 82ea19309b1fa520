//! Two packs as one.

use alloc::{borrow::Cow, vec::Vec};
use core::ops::Range;

use super::{
    Pack,
    demands::Demands,
    format::NONE,
    names::{Slots, Span},
    profile::{Canonicals, ProfileRow},
    rows::{ConstraintRow, ElementRow, MemberRow, Shape, StructureRow, Text, ValueSetRow},
};

use crate::order::sort;

impl Pack {
    /// The definitions of both packs, under the name of this one.
    ///
    /// What both define is taken from this pack, unless it knows no more than the name; so the
    /// exchange's pack and the one with all of R4 make one with all of R4. Every reference to a
    /// structure leads to the one that was taken, and a resource never meets two worlds.
    ///
    /// Costs a pass over both: join when packs are loaded, not when resources are checked.
    #[must_use]
    pub fn join(&self, other: &Self) -> Self {
        let packs = [self, other];
        let mut taken: Vec<(usize, &StructureRow)> = Vec::new();
        for (at, pack) in packs.into_iter().enumerate() {
            taken.extend(pack.structures.iter().map(|row| (at, row)));
        }
        let key = |&(at, row): &(usize, &StructureRow)| (packs[at].bytes_of(row.name), row.kind.is_name());
        sort(&mut taken, |left, right| key(left).cmp(&key(right)));
        taken.dedup_by_key(|(at, row)| packs[*at].bytes_of(row.name));
        let mut joined = Self {
            texts: Cow::Owned(packs.map(|pack| &*pack.texts).concat()),
            id: self.id,
            source: self.source,
            structures: Vec::new(),
            elements: Vec::new(),
            members: Vec::new(),
            targets: Vec::new(),
            constraints: Vec::new(),
            structure_constraints: Vec::new(),
            asked: Vec::new(),
            element_constraints: Vec::new(),
            value_sets: Vec::new(),
            codes: Vec::new(),
            nodes: Vec::new(),
            lifecycle: self.lifecycle,
            profiles: Vec::new(),
            profile_constraints: Vec::new(),
            questionnaires: Vec::new(),
            search_parameters: Vec::new(),
            by_url: Vec::new(),
            slots: Slots::default(),
            names: Span::default(),
            searches: Span::default(),
            canonicals: Canonicals::default(),
            demands: Demands::default(),
        };
        let mut shifts = Vec::new();
        for (pack, text) in [(self, 0), (other, self.texts.len() as u32)] {
            let row = |pack: &Self, structure: u32| {
                let name = pack.bytes_of(pack.structure_at(structure).name);
                let row = taken.binary_search_by(|&(at, row)| packs[at].bytes_of(row.name).cmp(name));
                row.unwrap_or_default() as u32
            };
            shifts.push(joined.append(pack, text, |structure| row(pack, structure)));
        }
        joined.structures = taken.iter().map(|&(at, row)| shifts[at].structure(row)).collect();
        if joined.lifecycle.is_none() {
            let moved = |text: Text| shifts[1].text(text);
            joined.lifecycle = other.lifecycle.map(moved);
        }
        joined.index();
        joined
    }

    /// Adds the rows of `pack`, whose texts start at `text`, its structures aside; says how far they
    /// moved.
    fn append(&mut self, pack: &Self, text: u32, structure: impl Fn(u32) -> u32) -> Shift {
        let shift = Shift {
            text,
            elements: self.elements.len() as u32,
            members: self.members.len() as u32,
            targets: self.targets.len() as u32,
            constraints: self.constraints.len() as u32,
            structure_constraints: self.structure_constraints.len() as u32,
            element_constraints: self.element_constraints.len() as u32,
            value_sets: self.value_sets.len() as u32,
            codes: self.codes.len() as u32,
            nodes: self.nodes.len() as u32,
        };
        self.elements.extend(pack.elements.iter().map(|row| shift.element(row)));
        self.members.extend(pack.members.iter().map(|row| MemberRow {
            id: NONE,
            name: shift.text(row.name),
            element: NONE,
            structure: structure(row.structure),
            targets: moved(&row.targets, shift.targets),
            shape: Shape::default(),
        }));
        self.targets.extend(pack.targets.iter().map(|&row| structure(row)));
        self.constraints.extend(pack.constraints.iter().map(|row| ConstraintRow {
            key: shift.text(row.key),
            severity: row.severity,
            expression: shift.text(row.expression),
            known: row.known,
            of_nothing: row.of_nothing,
            said: row.said,
            of_paths: row.of_paths,
            names: row.names,
            nodes: moved(&row.nodes, shift.nodes),
        }));
        self.nodes.extend(pack.nodes.iter().map(|node| node.moved(text)));
        let constraint = |&row: &u32| row + shift.constraints;
        self.questionnaires.extend(pack.questionnaires.iter().cloned());
        let before = self.profile_constraints.len() as u32;
        self.profile_constraints.extend(pack.profile_constraints.iter().map(constraint));
        self.profiles.extend(pack.profiles.iter().map(|row| ProfileRow {
            profile: row.profile.clone(),
            constraints: row.constraints + before,
            demand: NONE,
        }));
        self.structure_constraints.extend(pack.structure_constraints.iter().map(constraint));
        self.element_constraints.extend(pack.element_constraints.iter().map(constraint));
        self.value_sets.extend(pack.value_sets.iter().map(|row| ValueSetRow {
            url: shift.text(row.url),
            binding: row.binding,
            codes: moved(&row.codes, shift.codes),
        }));
        let both = |&(one, other): &(Text, Text)| (shift.text(one), shift.text(other));
        self.codes.extend(pack.codes.iter().map(both));
        self.search_parameters.extend(pack.search_parameters.iter().map(both));
        shift
    }
}

/// How far the rows of each table moved.
struct Shift {
    text: u32,
    elements: u32,
    members: u32,
    targets: u32,
    constraints: u32,
    structure_constraints: u32,
    element_constraints: u32,
    value_sets: u32,
    codes: u32,
    nodes: u32,
}

impl Shift {
    fn text(&self, text: Text) -> Text {
        Text { start: text.start + self.text, end: text.end + self.text }
    }

    fn structure(&self, row: &StructureRow) -> StructureRow {
        StructureRow {
            name: self.text(row.name),
            elements: moved(&row.elements, self.elements),
            constraints: moved(&row.constraints, self.structure_constraints),
            required: 0,
            id_bit: 0,
            meta_bit: 0,
            contained_bit: 0,
            span: Span::default(),
            ..*row
        }
    }

    fn element(&self, row: &ElementRow) -> ElementRow {
        ElementRow {
            name: self.text(row.name),
            value_set: row.value_set.saturating_add(self.value_sets),
            members: moved(&row.members, self.members),
            constraints: moved(&row.constraints, self.element_constraints),
            ..*row
        }
    }
}

fn moved(rows: &Range<u32>, by: u32) -> Range<u32> {
    rows.start + by..rows.end + by
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::pack::{Constraint, Draft, Kind, Profile, ProfileElement, Severity};

    fn r4() -> Pack {
        Pack::read(&include_bytes!("../../packs/r4.pack")[..]).unwrap()
    }

    #[test]
    fn the_parts_and_the_whole_say_the_same() {
        let (exchange, r4) = (Pack::exchange(), r4());
        let facts = |pack: &Pack| BTreeSet::from_iter(pack.lines().split_off(1));
        for joined in [exchange.join(&r4), r4.join(exchange), r4.join(&r4)] {
            assert_eq!(facts(&joined), facts(&r4));
            assert!(joined.resource_types().is_sorted());
            assert_eq!(joined.resource_types().count(), 146);
        }
        assert_eq!(exchange.join(&r4).id(), "exchange");
    }

    #[test]
    fn profiles_keep_their_constraints() {
        let pack = |id: &str, expression: &str| {
            let constraint =
                Constraint { key: id.into(), severity: Severity::Error, expression: expression.into() };
            let root =
                ProfileElement { name: "Task".into(), constraints: alloc::vec![0], ..Default::default() };
            let profile = Profile {
                url: alloc::format!("http://{id}"),
                version: Some("1".into()),
                of: "Task".into(),
                base: None,
                root,
            };
            let draft = Draft {
                id: id.into(),
                profiles: [(profile.url.clone(), profile)].into(),
                profile_constraints: alloc::vec![constraint],
                lifecycle: Some(alloc::format!(r#"{{"of":"{id}"}}"#)),
                ..Draft::default()
            };
            Pack::read(draft.to_bytes().unwrap()).unwrap()
        };
        let joined = Pack::exchange().join(&pack("b", "true")).join(&pack("a", "1 = 1"));
        for (url, key) in [("http://a", "a"), ("http://b|1", "b")] {
            let row = joined.profile_row(url).unwrap();
            let constraint = joined.profile_constraint(row, 0).unwrap();
            assert_eq!(joined.text(constraint.key), key);
        }
        assert!(joined.profile("http://a|2").is_none());
        assert_eq!(joined.lifecycle(), Some(r#"{"of":"b"}"#));
    }

    #[test]
    fn what_is_known_in_full_is_taken() {
        let joined = Pack::exchange().join(&r4());
        let bundle = joined.structure("Bundle.entry").unwrap();
        let claim = joined.structure("Claim").unwrap();
        assert_eq!(claim.kind, Kind::Resource);
        let item = joined.member(claim, "item").unwrap();
        assert_eq!(joined.text(joined.structure_at(item.structure).name), "Claim.item");
        let resource = joined.member(bundle, "resource").unwrap();
        assert_eq!(joined.text(joined.structure_at(resource.structure).name), "Resource");
    }
}
