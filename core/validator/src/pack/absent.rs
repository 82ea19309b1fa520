//! What constraints say of elements that have nothing of what is asked about.
//!
//! Most constraints ask about elements that are not there: `contained.contained.empty()` of a
//! resource that contains none. What such a constraint says then is always the same, so it is
//! worked out when a pack is read; that it is so, a word of bits tells.

use alloc::vec::Vec;

use super::{ConstraintRow, Pack, StructureRow, lookup::range, stem};
use crate::{
    fhirpath::{Context, Element, Evaluator, Type},
    json::Document,
};

/// Enough for every expression, where there is nothing to evaluate it on.
const STEPS: u64 = 10_000;

impl Pack {
    /// Works out what constraints say of elements that have nothing they ask about, and what it is
    /// in each structure that they ask about.
    pub(super) fn index_absent(&mut self) {
        let said: Vec<Option<bool>> = self.constraints.iter().map(|one| self.said_of_nothing(one)).collect();
        for (constraint, said) in self.constraints.iter_mut().zip(said) {
            constraint.of_nothing = said;
        }
        let mut asked = alloc::vec![0; self.structure_constraints.len()];
        for structure in &self.structures {
            for (asked, constraint) in
                asked[range(&structure.constraints)].iter_mut().zip(self.constraints(structure))
            {
                if constraint.of_nothing.is_some() {
                    *asked = self.asked_by(constraint, structure);
                }
            }
        }
        self.asked = asked;
    }

    /// Whether `constraint` lets pass what it finds nothing in; `None` where that takes a look.
    fn said_of_nothing(&self, constraint: &ConstraintRow) -> Option<bool> {
        let code = self.code(constraint);
        if constraint.known.is_some() || !code.asks_by_name() {
            return None;
        }
        let nothing = Document::object();
        let element = Element::new(nothing.root(), Type::UNKNOWN);
        let context = Context { element, resource: element, root: element, now: None };
        let said = Evaluator::new(self, STEPS).test(code, context).ok()?;
        Some(said != Some(false))
    }

    /// The bits of the elements that `constraint` names in a `structure`.
    ///
    /// A name in a criterion is of another structure; what it is here does no harm.
    fn asked_by(&self, constraint: &ConstraintRow, structure: &StructureRow) -> u64 {
        let mut bits = 0;
        for name in self.code(constraint).names() {
            for element in self.elements(structure) {
                let is_it = stem(self.text(element.name)) == name
                    || self.members(element).iter().any(|member| self.text(member.name) == name);
                bits |= if is_it { element.bit } else { 0 };
            }
        }
        bits
    }
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::String};

    use super::*;

    #[test]
    fn what_is_said_of_nothing_is_said_of_everything_else() {
        let pack = Pack::read(&include_bytes!("../../packs/r4.pack")[..]).unwrap();
        let (mut decided, mut all) = (0, 0);
        for structure in pack.structures() {
            for (constraint, asked) in pack.constraints_asking(structure) {
                all += usize::from(constraint.known.is_none());
                let Some(said) = constraint.of_nothing else { continue };
                decided += 1;
                let others = pack.elements(structure).iter().filter(|element| element.bit & asked == 0);
                let members: Vec<String> = others
                    .flat_map(|element| pack.members(element))
                    .map(|member| format!(r#""{0}":{{"id":"x"}},"_{0}":"x""#, pack.text(member.name)))
                    .collect();
                let document = Document::parse(format!("{{{}}}", members.join(","))).unwrap();
                let element = Element::new(document.root(), Type(structure.id));
                let context = Context { element, resource: element, root: element, now: None };
                let plainly = Evaluator::new(&pack, STEPS).test(pack.code(constraint), context);
                let expression = pack.text(constraint.expression);
                assert_eq!(plainly.unwrap() != Some(false), said, "{expression}");
            }
        }
        // Those that ask about more than they name are looked at every time.
        assert!(decided * 10 > all * 8, "{decided} of {all}");
    }
}
