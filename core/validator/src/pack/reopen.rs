//! A pack as the draft it was written from.

use alloc::string::String;

use super::{
    Constraint, Draft, Element, Pack, ProfileElement, Structure, Type, ValueSet,
    format::{Binding, UNBOUNDED},
    lookup::range,
    rows::{ConstraintRow, ElementRow},
};

impl Pack {
    /// The definitions of the pack, to be added to or to compile others against. Written, they are the pack again.
    pub fn to_draft(&self) -> Draft {
        let structures = self.structures().iter().map(|row| {
            let elements = self.elements(row).iter().map(|element| self.draft_element(element)).collect();
            let constraints = self.constraints(row).map(|one| self.draft_constraint(one)).collect();
            (self.text(row.name).into(), Structure { kind: row.kind, elements, constraints })
        });
        let value_sets = self.value_sets.iter().map(|row| {
            let codes = self.codes[range(&row.codes)].iter();
            let codes = codes.map(|&(code, system)| (self.text(code).into(), self.text(system).into()));
            let known = match row.binding {
                Binding::Codes => ValueSet::Codes(codes.collect()),
                Binding::MediaType => ValueSet::MediaType,
                Binding::Open => ValueSet::Open,
            };
            (String::from(self.text(row.url)), known)
        });
        let profiles = self.profile_rows().iter().map(|row| {
            let mut profile = (*row.profile).clone();
            profile.root.renumber(&mut |index| index + row.constraints);
            (profile.url.clone(), profile)
        });
        let profile_constraints = self.profile_constraints.iter();
        let profile_constraints = profile_constraints.map(|&row| &self.constraints[row as usize]);
        let questionnaires = self.questionnaires.iter().map(|one| {
            let url = one.root().string("url").unwrap_or_default();
            (url.into_owned(), one.text().into())
        });
        let search_parameters = self.search_parameters();
        Draft {
            id: self.id().into(),
            source: self.source().into(),
            structures: structures.collect(),
            value_sets: value_sets.collect(),
            profiles: profiles.collect(),
            profile_constraints: profile_constraints.map(|one| self.draft_constraint(one)).collect(),
            questionnaires: questionnaires.collect(),
            search_parameters: search_parameters.map(|(url, of)| (url.into(), of.into())).collect(),
            lifecycle: self.lifecycle().map(Into::into),
        }
    }
    fn draft_element(&self, row: &ElementRow) -> Element {
        let max = (row.max != UNBOUNDED).then_some(row.max);
        let types = self.members(row).iter().map(|member| Type {
            name: self.text(self.structure_at(member.structure).name).into(),
            targets: self.targets(member).map(|target| self.text(target.name).into()).collect(),
        });
        Element {
            name: self.text(row.name).into(),
            min: row.min,
            max,
            is_modifier: row.is_modifier,
            types: types.collect(),
            binding: self.binding(row).map(|(strength, codes)| (strength, codes.url().into())),
            constraints: self.element_constraints(row).map(|one| self.draft_constraint(one)).collect(),
        }
    }

    fn draft_constraint(&self, row: &ConstraintRow) -> Constraint {
        let [key, expression] = [row.key, row.expression].map(|text| self.text(text).into());
        Constraint { key, severity: row.severity, expression }
    }
}

impl ProfileElement {
    /// Calls the constraints of this element and of all below it by other indices.
    pub fn renumber(&mut self, index: &mut impl FnMut(u32) -> u32) {
        for row in &mut self.constraints {
            *row = index(*row);
        }
        for one in self.slices.iter_mut().chain(&mut self.elements) {
            one.renumber(index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_reopened_and_written_is_the_same() {
        let r4 = Pack::read(&include_bytes!("../../packs/r4.pack")[..]).unwrap();
        let bytes = r4.to_draft().to_bytes().unwrap();
        assert!(bytes == include_bytes!("../../packs/r4.pack"));
    }
}
