//! Conditions: what gives true, false or nothing.
//!
//! Most of what constraints say is made of these, so they are decided without a collection for what they give.

use core::{cmp::Ordering, ops::Range};

use super::{
    Undecided,
    equal::Likeness::{Equal, Equivalent},
    eval::{Evaluator, Scope},
    item::Item,
    program::{Node, Op},
};
use crate::json::{Value, is_same};

/// What a condition gives.
type Decided<'a> = Result<Option<bool>, Undecided<'a>>;

impl Op {
    /// Whether it is decided here: it gives a boolean or nothing.
    pub(super) const fn is_condition(self) -> bool {
        use Op::{
            All, And, Equal, Equivalent, Exists, Greater, GreaterOrEqual, HasValue, Implies, IsEmpty, Less,
            LessOrEqual, Not, NotEqual, NotEquivalent, Or, Xor,
        };
        matches!(
            self,
            All | And
                | Equal
                | Equivalent
                | Exists
                | Greater
                | GreaterOrEqual
                | HasValue
                | Implies
                | IsEmpty
                | Less
                | LessOrEqual
                | Not
                | NotEqual
                | NotEquivalent
                | Or
                | Xor
        )
    }

    /// What `and`, `or`, `xor` or `implies` gives where its left side is `left`, if that decides.
    pub(super) fn by_left(self, left: Option<bool>) -> Option<bool> {
        match (self, left?) {
            (Self::And, false) => Some(false),
            (Self::Or, true) | (Self::Implies, false) => Some(true),
            _ => None,
        }
    }

    /// What it gives of both sides.
    pub(super) fn by_both(self, left: Option<bool>, right: Option<bool>) -> Option<bool> {
        match (self, left, right) {
            (Self::And, _, Some(false)) => Some(false),
            (Self::Or | Self::Implies, _, Some(true)) => Some(true),
            (Self::Xor, left, right) => Some(left? != right?),
            // The left side did not decide: it was true, or false with `or`, or nothing.
            (_, left, right) => left.and(right),
        }
    }
}

impl<'a> Evaluator<'a> {
    /// Evaluates the node at `at` as a condition, leaving nothing behind.
    pub(super) fn condition(&mut self, at: usize, scope: &Scope) -> Decided<'a> {
        let (node, start) = (self.code.nodes[at], self.items.len());
        if !node.op.is_condition() {
            let range = self.items_of(at, scope);
            let value = range.and_then(|range| self.boolean(range));
            self.items.truncate(start);
            return value;
        }
        let is_again = node.is_constant && scope.index.is_some();
        if is_again && let Some(value) = self.remembered(at) {
            return Ok(Some(value));
        }
        self.spend(1)?;
        let value = self.decide(node, at, scope);
        self.items.truncate(start);
        if is_again && let Ok(Some(value)) = value {
            self.constants.push((at, value));
        }
        value
    }

    fn decide(&mut self, node: Node, at: usize, scope: &Scope) -> Decided<'a> {
        let last = at - 1;
        match node.op {
            Op::And | Op::Or | Op::Xor | Op::Implies => self.logic(node.op, last, scope),
            Op::Not => Ok(self.condition(last, scope)?.map(|value| !value)),
            Op::Exists if node.operands == 2 => self.has_one(last, scope, true).map(Some),
            Op::All => Ok(Some(!self.has_one(last, scope, false)?)),
            Op::Exists if self.code.nodes[last].op == Op::Where => {
                self.has_one(last - 1, scope, true).map(Some)
            }
            Op::Exists => Ok(Some(!self.items_of(last, scope)?.is_empty())),
            Op::IsEmpty => Ok(Some(self.items_of(last, scope)?.is_empty())),
            Op::HasValue => {
                let range = self.items_of(last, scope)?;
                Ok(Some(match &self.items[range] {
                    [Item::Element(element)] => element.primitive().is_some(),
                    [_] => true,
                    _ => false,
                }))
            }
            op => {
                let left = self.view_of(self.before(last), scope)?;
                let right = self.view_of(last, scope)?;
                match op {
                    Op::Equal => self.are_alike(left, right, Equal),
                    Op::NotEqual => Ok(self.are_alike(left, right, Equal)?.map(|alike| !alike)),
                    Op::Equivalent => self.are_alike(left, right, Equivalent),
                    Op::NotEquivalent => Ok(self.are_alike(left, right, Equivalent)?.map(|alike| !alike)),
                    Op::Less => self.compare(left, right, Ordering::is_lt),
                    Op::Greater => self.compare(left, right, Ordering::is_gt),
                    Op::LessOrEqual => self.compare(left, right, Ordering::is_le),
                    _ => self.compare(left, right, Ordering::is_ge),
                }
            }
        }
    }

    /// Where the items of the node at `at` are, to be looked at: those of `$this` need not be pushed again.
    fn view_of(&mut self, at: usize, scope: &Scope) -> Result<Range<usize>, Undecided<'a>> {
        if self.code.nodes[at].op == Op::This { Ok(scope.this.clone()) } else { self.items_of(at, scope) }
    }

    /// Whether the collection before `criterion` has an item that meets it, or one that does not.
    fn has_one(&mut self, criterion: usize, scope: &Scope, meets: bool) -> Result<bool, Undecided<'a>> {
        let input = self.items_of(self.before(criterion), scope)?;
        for (at, index) in input.zip(0..) {
            let is_met = self.condition(criterion, &Scope::item(at, index))? == Some(true);
            if is_met == meets {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// `and`, `or`, `xor`, `implies`: what one side decides alone does not wait for the other.
    fn logic(&mut self, op: Op, right: usize, scope: &Scope) -> Decided<'a> {
        let left = self.condition(self.before(right), scope);
        if let Some(value) = op.by_left(left.unwrap_or_default()) {
            return Ok(Some(value));
        }
        let right = self.condition(right, scope);
        // What the right side decides alone does not depend on the left one.
        match op.by_both(None, right.unwrap_or_default()) {
            Some(value) => Ok(Some(value)),
            None => Ok(op.by_both(left?, right?)),
        }
    }

    /// A collection as a condition: its only item, which counts as true where it is no boolean
    /// (N1, singleton evaluation of collections).
    pub(super) fn boolean(&self, range: Range<usize>) -> Decided<'a> {
        match &self.items[range] {
            [] => Ok(None),
            [Item::Boolean(value)] => Ok(Some(*value)),
            [Item::Element(element)] => Ok(Some(element.value.and_then(Value::as_bool).unwrap_or(true))),
            [_] => Ok(Some(true)),
            _ => Err(Undecided("several items where one is expected")),
        }
    }

    fn compare(
        &mut self,
        left: Range<usize>,
        right: Range<usize>,
        holds: fn(Ordering) -> bool,
    ) -> Decided<'a> {
        if self.single(left.clone())?.is_none() || self.single(right.clone())?.is_none() {
            return Ok(None);
        }
        Ok(self.order(left.start, right.start)?.map(holds))
    }
}

/// Whether two texts are the same; `None` where that takes their types. Dates are texts too, and equal where they look
/// different; so are times, which a `T` may stand before.
pub(super) fn is_same_text(one: &str, other: &str) -> Option<bool> {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let is_same = is_same(one, other);
    let may_be_moment = |text: &[u8]| matches!(text, [b'0'..=b'9' | b'T', ..]);
    (is_same || !may_be_moment(one) || !may_be_moment(other)).then_some(is_same)
}
