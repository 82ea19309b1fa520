//! What paths have led to.
//!
//! Constraints on one element mostly speak of the same few of its descendants: each path from it is followed once.

use alloc::vec::Vec;
use core::ops::Range;

use super::{
    Undecided,
    eval::{Evaluator, Pushed},
    item::Item,
    program::{Node, Op},
};

/// Most to remember.
const MOST_PATHS: usize = 64;

/// About as many as constraints on one element make.
const USUAL_PATHS: usize = 16;

/// The paths that were followed from one element, and what they led to.
#[derive(Default)]
pub(super) struct Paths<'a> {
    known: Vec<Path<'a>>,
    found: Vec<Item<'a>>,
}

struct Path<'a> {
    steps: &'a [Node],
    found: Range<usize>,
}

impl Path<'_> {
    /// Whether it is that of these steps. The last ones differ most.
    fn is_of(&self, steps: &[Node]) -> bool {
        self.steps.len() == steps.len()
            && self
                .steps
                .iter()
                .zip(steps)
                .rev()
                .all(|(one, other)| one.start == other.start && one.end == other.end)
    }
}

impl Paths<'_> {
    pub(super) fn clear(&mut self) {
        self.known.clear();
        self.found.clear();
    }
}

impl<'a> Evaluator<'a> {
    /// Pushes what the path gives whose last step is the node at `at`.
    pub(super) fn push_path(&mut self, at: usize) -> Pushed<'a> {
        let last = self.path(at)?;
        let found = &self.paths.found[self.paths.known[last].found.clone()];
        self.items.extend_from_slice(found);
        let count = found.len() as u64;
        // To look through more of them would take longer than to follow them again.
        if last >= MOST_PATHS {
            self.paths.clear();
        }
        self.spend(1 + count)
    }

    /// The number of the path whose last step is the node at `at`.
    fn path(&mut self, at: usize) -> Result<usize, Undecided<'a>> {
        let node = self.code.nodes[at];
        let steps = &self.code.nodes[at + 1 - node.size as usize..=at];
        if let Some(known) = self.paths.known.iter().position(|path| path.is_of(steps)) {
            return Ok(known);
        }
        if self.paths.known.capacity() == 0 {
            self.paths.known.reserve(USUAL_PATHS);
            self.paths.found.reserve(USUAL_PATHS);
        }
        let start = self.items.len();
        if node.op == Op::Member {
            let from = self.path(at - 1)?;
            for at in self.paths.known[from].found.clone() {
                if let Item::Element(element) = self.paths.found[at] {
                    self.push_named(element, self.node_text(node))?;
                }
            }
        } else {
            self.begin_path(node, 0..1)?;
        }
        let first = self.paths.found.len();
        self.paths.found.extend(self.items.drain(start..));
        self.paths.known.push(Path { steps, found: first..self.paths.found.len() });
        Ok(self.paths.known.len() - 1)
    }
}
