//! What paths have led to.
//!
//! Constraints on one element mostly speak of the same few of its descendants: each step from it is taken once.

use alloc::vec::Vec;
use core::ops::Range;

use super::{
    Undecided,
    eval::{Evaluator, Pushed},
    item::Item,
    program::Op,
};

/// Most steps to remember.
const MOST_STEPS: usize = 64;

/// The steps that were taken from one element, and what they led to.
#[derive(Default)]
pub(super) struct Paths<'a> {
    steps: Vec<Step>,
    found: Vec<Item<'a>>,
}

/// A step to the children of one name.
struct Step {
    /// The step before it; `None` for the first.
    from: Option<usize>,
    /// Where the name is in the text of the expressions.
    name: (u32, u32),
    found: Range<usize>,
}

impl Paths<'_> {
    pub(super) fn clear(&mut self) {
        self.steps.clear();
        self.found.clear();
    }
}

impl<'a> Evaluator<'a> {
    /// Pushes what the path gives whose last step is the node at `at`.
    pub(super) fn push_path(&mut self, at: usize) -> Pushed<'a> {
        let last = self.path(at)?;
        let found = &self.paths.found[self.paths.steps[last].found.clone()];
        self.items.extend_from_slice(found);
        let count = found.len() as u64;
        // To look through more of them would take longer than to take them again.
        if last >= MOST_STEPS {
            self.paths.clear();
        }
        self.spend(1 + count)
    }

    /// The step that the node at `at` is, and that of all nodes before it.
    fn path(&mut self, at: usize) -> Result<usize, Undecided<'a>> {
        let node = self.code.nodes[at];
        let from = if node.op == Op::Member { Some(self.path(at - 1)?) } else { None };
        let name = (node.start, node.end);
        let known = self.paths.steps.iter().position(|step| step.from == from && step.name == name);
        if let Some(known) = known {
            return Ok(known);
        }
        let start = self.items.len();
        match from {
            None => self.begin_path(node, 0..1)?,
            Some(from) => {
                for at in self.paths.steps[from].found.clone() {
                    if let Item::Element(element) = self.paths.found[at] {
                        self.push_named(element, self.node_text(node))?;
                    }
                }
            }
        }
        let first = self.paths.found.len();
        self.paths.found.extend(self.items.drain(start..));
        self.paths.steps.push(Step { from, name, found: first..self.paths.found.len() });
        Ok(self.paths.steps.len() - 1)
    }
}
