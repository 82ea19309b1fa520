//! What paths have led to.
//!
//! Constraints on one element mostly speak of the same few of its descendants: each path from it is followed once.

use alloc::vec::Vec;
use core::ops::Range;

use super::{eval::Evaluator, program::Node};
use crate::json::Value;

/// Most to remember: to look through more would take longer than to follow them again.
const MOST_PATHS: usize = 64;

/// About as many as constraints on one element make.
const USUAL_PATHS: usize = 16;

/// The paths that were followed from one element, and the values they led to.
#[derive(Default)]
pub(super) struct Paths<'a> {
    known: Vec<Path<'a>>,
    found: Vec<Value<'a>>,
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

impl<'a> Paths<'a> {
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

    pub(super) fn found(&self) -> &[Value<'a>] {
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
    pub(super) fn lead_to(&mut self, found: Value<'a>) {
        self.found.push(found);
    }

    /// Remembers where that is which the path with these steps led to.
    pub(super) fn keep(&mut self, steps: &'a [Node], found: Range<usize>) {
        self.known.push(Path { steps, found });
    }

    /// Takes back what was begun at `first`.
    pub(super) fn take_back(&mut self, first: usize) {
        self.found.truncate(first);
    }
}

impl<'a> Evaluator<'a> {
    /// The nodes of which the one at `at` is the last: the steps of a path, where it is one.
    pub(super) fn steps(&self, at: usize) -> &'a [Node] {
        &self.code.nodes[at + 1 - self.code.nodes[at].size as usize..=at]
    }
}
