//! What constraints say of elements by what there is of what they ask about.
//!
//! Most constraints ask about elements that are not there: `contained.contained.empty()` of a
//! resource that contains none. What such a constraint says then is always the same, so it is
//! worked out when a pack is written; that it is so, a word of bits tells. Others ask only whether
//! elements are there, and the same bits tell what they say.

use alloc::vec::Vec;

use super::{
    ConstraintRow, Pack, StructureRow,
    lookup::range,
    rows::{Asked, MOST_ASKED, Said},
    stem,
};
use crate::{
    fhirpath::{Beginnings, Code, Context, Element, Evaluator, Known, Type},
    json::Document,
};

/// Enough for every expression, where there is nothing to evaluate it on.
const STEPS: u64 = 10_000;

/// The names that an expression asks about, once each.
pub(super) fn names(code: Code<'_>) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for name in code.names() {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Whether all paths in an expression go through contained resources, to what these may not have.
fn is_of_contained(code: Code<'_>) -> bool {
    let is_of = |path: &mut dyn Iterator<Item = &str>| {
        path.next() == Some("contained") && matches!(path.next(), Some("contained" | "meta"))
    };
    let is_all = code.long_paths().all(|(_, mut path)| is_of(&mut path));
    is_all && code.names().count() == code.long_paths().count()
}

impl Pack {
    /// What each constraint says by what there is of what it asks about, as a pack has it: of nothing, of each
    /// combination of names, and of paths beside them.
    pub(super) fn said(&self) -> impl Iterator<Item = [u32; 3]> {
        self.constraints.iter().map(|one| match self.said_of_nothing(one) {
            Some(passes) => [
                1 + u32::from(passes),
                self.said_of_each(one, false).to_word(),
                self.said_of_each(one, true).to_word(),
            ],
            None => [0; 3],
        })
    }

    /// Looks up what it is in each structure that constraints ask about.
    pub(super) fn index_asked(&mut self) {
        let mut asked = alloc::vec![Asked::default(); self.structure_constraints.len()];
        for structure in &self.structures {
            for (asked, constraint) in
                asked[range(&structure.constraints)].iter_mut().zip(self.constraints(structure))
            {
                *asked = self.asked_by(constraint, structure);
            }
        }
        self.asked = asked;
        for structure in &mut self.structures {
            let rows = range(&structure.constraints);
            let constraints = self.structure_constraints[rows.clone()].iter().zip(&self.asked[rows]);
            let mut others =
                constraints.filter(|(row, _)| !self.constraints[**row as usize].is_told_otherwise());
            let all = |all: u64, (_, asked): (_, &Asked)| asked.is_quiet().then_some(all | asked.all);
            structure.quiet = others.try_fold(0, all);
        }
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
        Some(said == Some(true))
    }

    /// What `constraint` says of each combination of the elements it names, and of its paths where that
    /// is known, too.
    fn said_of_each(&self, constraint: &ConstraintRow, with_paths: bool) -> Said {
        let code = self.code(constraint);
        let names = names(code);
        // A `resourceType` is no element, but an element may be called so.
        let paths: Vec<usize> = match with_paths {
            true if code.long_paths().any(|(_, mut path)| path.any(|name| name == "resourceType")) => {
                return Said::default();
            }
            true => code.long_paths().map(|(end, _)| end).collect(),
            false => Vec::new(),
        };
        let count = names.len() + paths.len();
        let mut said = Said::default();
        if count > MOST_ASKED || (with_paths && paths.is_empty()) {
            return said;
        }
        for bits in 0..1_u16 << count {
            let has = |at: usize| bits >> at & 1 != 0;
            let is_there = |name: &str| names.iter().position(|other| *other == name).is_some_and(has);
            let leads = |end| paths.iter().position(|path| *path == end).map(|at| has(names.len() + at));
            match code.by_presence(is_there, leads) {
                Some(true) => said.passing |= 1 << bits,
                Some(false) => said.failing |= 1 << bits,
                None => {}
            }
        }
        said
    }

    /// What `constraint` says `of` an element, of which the elements `there` are there, if it asks no more than where paths
    /// lead; `None` where that takes a look.
    pub(crate) fn by_paths<'a>(
        &'a self,
        constraint: &ConstraintRow,
        asked: &Asked,
        there: u64,
        of: &mut Beginnings<'a>,
    ) -> Option<bool> {
        let paths = self.code(constraint).long_paths();
        constraint.by_paths(asked, there, paths.map(|(_, path)| of.lead(path)))
    }

    /// What `constraint` asks about in a `structure`.
    ///
    /// A name in a criterion is of another structure; what it is here does no harm.
    fn asked_by(&self, constraint: &ConstraintRow, structure: &StructureRow) -> Asked {
        let known = |all| Asked { all, of_nothing: Some(true), ..Asked::default() };
        match constraint.known {
            Some(Known::ContainedIsReferenced) => return known(structure.contained_bit),
            // The rule for targets of references sees where one leads, and that is a fault of it if it is nowhere.
            Some(Known::ReferenceIsContained) => return known(0),
            _ if constraint.of_nothing.is_none() => return Asked::default(),
            _ => {}
        }
        let (mut all, mut each, mut is_whole) = (0, [0; MOST_ASKED], true);
        let code = self.code(constraint);
        for (at, name) in names(code).into_iter().enumerate() {
            for element in self.elements(structure) {
                if stem(self.text(element.name)) == name {
                    all |= element.bit;
                    each.iter_mut().skip(at).take(1).for_each(|each| *each |= element.bit);
                } else if self.members(element).iter().any(|member| self.text(member.name) == name) {
                    // That a choice is there does not tell which type it has.
                    all |= element.bit;
                    is_whole = false;
                }
            }
        }
        let each = if is_whole { each } else { Default::default() };
        Asked { all, each, of_nothing: constraint.of_nothing, is_of_contained: is_of_contained(code) }
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
                let others = pack.elements(structure).iter().filter(|element| element.bit & asked.all == 0);
                let members: Vec<String> = others
                    .flat_map(|element| pack.members(element))
                    .map(|member| format!(r#""{0}":{{"id":"x"}},"_{0}":"x""#, pack.text(member.name)))
                    .collect();
                let document = Document::parse(format!("{{{}}}", members.join(","))).unwrap();
                let element = Element::new(document.root(), Type(structure.id));
                let context = Context { element, resource: element, root: element, now: None };
                let plainly = Evaluator::new(&pack, STEPS).test(pack.code(constraint), context);
                let expression = pack.text(constraint.expression);
                assert_eq!(plainly.unwrap() == Some(true), said, "{expression}");
            }
        }
        // Those that ask about more than they name are looked at every time.
        assert!(decided * 10 > all * 8, "{decided} of {all}");
    }

    #[test]
    fn what_is_written_is_what_a_pack_with_all_definitions_finds() {
        let packs: [&'static [u8]; 3] = [
            include_bytes!("../../packs/r4.pack"),
            include_bytes!("../../packs/hrex-1.1.pack"),
            include_bytes!("../../packs/cdex-2.1.0.pack"),
        ];
        let [r4, hrex, cdex] = packs.map(|bytes| Pack::read(bytes).unwrap());
        let joined = Pack::exchange().join(&r4).join(&hrex).join(&cdex);
        for (one, found) in joined.constraints.iter().zip(joined.said()) {
            let of_nothing = one.of_nothing.map_or(0, |passes| 1 + u32::from(passes));
            let written = [of_nothing, one.said.to_word(), one.of_paths.to_word()];
            assert_eq!(written, found, "{}", joined.text(one.expression));
        }
    }

    #[test]
    fn what_presence_tells_is_what_the_expression_gives() {
        let pack = Pack::read(&include_bytes!("../../packs/r4.pack")[..]).unwrap();
        let mut told = 0;
        for structure in pack.structures() {
            let by_code = pack.constraints_asking(structure).filter(|(one, _)| one.known.is_none());
            for (constraint, asked) in by_code {
                let names = names(pack.code(constraint));
                for bits in 0..1_u32 << names.len().min(MOST_ASKED) {
                    let of = |name: &&str| {
                        let mut elements = pack.elements(structure).iter();
                        elements.find(|element| stem(pack.text(element.name)) == *name)
                    };
                    let chosen = names.iter().enumerate().filter(|(at, _)| bits >> at & 1 != 0);
                    let elements: Vec<_> = chosen.filter_map(|(_, name)| of(name)).collect();
                    let there = elements.iter().fold(0, |there, element| there | element.bit);
                    let Some(said) = constraint.by_presence(asked, there, false) else { continue };
                    told += usize::from(there != 0);
                    let members: Vec<String> = elements
                        .iter()
                        .map(|element| {
                            let member = &pack.members(element)[0];
                            format!(r#""{}":{{"id":"x"}}"#, pack.text(member.name))
                        })
                        .collect();
                    let document = Document::parse(format!("{{{}}}", members.join(","))).unwrap();
                    let element = Element::new(document.root(), Type(structure.id));
                    let context = Context { element, resource: element, root: element, now: None };
                    let plainly = Evaluator::new(&pack, STEPS).test(pack.code(constraint), context);
                    let expression = pack.text(constraint.expression);
                    assert_eq!(plainly.unwrap() == Some(true), said, "{expression} {members:?}");
                }
            }
        }
        assert!(told > 100, "{told}");
    }

    #[test]
    fn what_paths_tell_is_what_the_expression_gives() {
        let pack = Pack::read(&include_bytes!("../../packs/r4.pack")[..]).unwrap();
        let structure = pack.structure("Patient").unwrap();
        let (mut passed, mut failed) = (0, 0);
        for contained in [
            r#"[{"resourceType":"Task"}]"#,
            r#"[{"resourceType":"Task","contained":[{"resourceType":"Task"}]}]"#,
            r#"[{"resourceType":"Task","meta":{"security":[{"code":"x"}]}}]"#,
            r#"[{"meta":{"security":[null],"versionId":null,"_versionId":{"id":"x"}}}]"#,
            r#"[null, {"resourceType":"Task","m\u0065ta":{"versionId":"1"}}]"#,
            r#"[{"meta":{"tag":[]}},{"meta":{"lastUpdated":"2024"}},[{"contained":1}]]"#,
            r#"{"contained":{"resourceType":"Task"},"contained":null}"#,
            r#""contained""#,
        ] {
            for text in ["null", "{}", r#"{"div":"x"}"#, r#"{"_div":{"id":"x"}}"#, r#"{"divs":"x"}"#] {
                let text = format!(r#"{{"resourceType":"Patient","text":{text},"contained":{contained}}}"#);
                let document = Document::parse(text.as_str()).unwrap();
                let names = ["text", "contained"].map(|name| pack.member(structure, name).unwrap());
                let there = names.iter().fold(0, |there, member| there | pack.element(member).bit);
                let element = Element::new(document.root(), Type(structure.id));
                let context = Context { element, resource: element, root: element, now: None };
                let mut beginnings = Beginnings::of(document.root());
                for (constraint, asked) in pack.constraints_asking(structure) {
                    let Some(said) = pack.by_paths(constraint, asked, there, &mut beginnings) else {
                        continue;
                    };
                    let plainly = Evaluator::new(&pack, 1_000_000).test(pack.code(constraint), context);
                    assert_eq!(plainly.unwrap() == Some(true), said, "{} {text}", pack.text(constraint.key));
                    *if said { &mut passed } else { &mut failed } += 1;
                }
            }
        }
        assert!(passed > 20 && failed > 10, "{passed} and {failed}");
    }
}
