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

/// Most to remember: to look through more would take longer than to follow them again.
const MOST_PATHS: usize = 64;

/// About as many as constraints on one element make.
const USUAL_PATHS: usize = 16;

/// The paths that were followed from one element, and what they led to: items, or plain values.
pub(super) struct Paths<'a, T> {
    known: Vec<Path<'a>>,
    found: Vec<T>,
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

impl<T> Default for Paths<'_, T> {
    fn default() -> Self {
        Self { known: Vec::new(), found: Vec::new() }
    }
}

impl<'a, T> Paths<'a, T> {
    pub(super) fn clear(&mut self) {
        self.known.clear();
        self.found.clear();
    }

    pub(super) fn is_full(&self) -> bool {
        self.known.len() >= MOST_PATHS
    }

    /// Where that is which the path with these steps led to.
    pub(super) fn find(&self, steps: &[Node]) -> Option<Range<usize>> {
        self.known.iter().find(|path| path.is_of(steps)).map(|path| path.found.clone())
    }

    pub(super) fn found(&self) -> &[T] {
        &self.found
    }

    /// Begins a path; gives where that is which it leads to.
    pub(super) fn begin(&mut self) -> usize {
        if self.known.capacity() == 0 {
            self.known.reserve(USUAL_PATHS);
            self.found.reserve(USUAL_PATHS);
        }
        self.found.len()
    }

    /// Adds to what a path leads to that was begun.
    pub(super) fn lead_to(&mut self, found: impl IntoIterator<Item = T>) {
        self.found.extend(found);
    }

    /// Ends a path that was begun at `first`.
    pub(super) fn end(&mut self, steps: &'a [Node], first: usize) -> Range<usize> {
        let found = first..self.found.len();
        self.known.push(Path { steps, found: found.clone() });
        found
    }

    /// Takes back what was begun at `first`.
    pub(super) fn take_back(&mut self, first: usize) {
        self.found.truncate(first);
    }
}

impl<'a> Evaluator<'a> {
    /// The steps of the path whose last one is the node at `at`.
    pub(super) fn steps(&self, at: usize) -> &'a [Node] {
        &self.code.nodes[at + 1 - self.code.nodes[at].size as usize..=at]
    }

    /// Pushes what the path gives whose last step is the node at `at`.
    pub(super) fn push_path(&mut self, at: usize) -> Pushed<'a> {
        let range = self.path(at)?;
        let count = range.len() as u64;
        self.items.extend_from_slice(&self.paths.found()[range]);
        if self.paths.is_full() {
            self.paths.clear();
        }
        self.spend(1 + count)
    }

    /// Where that is which the path leads to whose last step is the node at `at`.
    fn path(&mut self, at: usize) -> Result<Range<usize>, Undecided<'a>> {
        let (node, steps) = (self.code.nodes[at], self.steps(at));
        if let Some(found) = self.paths.find(steps) {
            return Ok(found);
        }
        let start = self.items.len();
        if node.op == Op::Member {
            for at in self.path(at - 1)? {
                if let Item::Element(element) = self.paths.found()[at] {
                    self.push_named(element, self.node_text(node))?;
                }
            }
        } else {
            self.begin_path(node, 0..1)?;
        }
        let first = self.paths.begin();
        self.paths.lead_to(self.items.drain(start..));
        Ok(self.paths.end(steps, first))
    }
}
