//! What the JSON of an element decides by itself.
//!
//! Most constraints of profiles compare texts at the end of paths: `code.coding.code.where($this = 'x').exists()`.
//! Where all that is met on the way is written as usual, that takes neither types nor collections. Anything else
//! is left to the evaluation as a whole, which says the same of what is decided here.

use core::cmp::Ordering;

use super::{
    eval::Evaluator,
    program::{Node, Op},
};
use crate::json::{Kind, Unclear, Value};

/// What kind of expression a node is the last of, as far as it may be decided here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Path,
    Condition,
    Text,
    Number,
    Other,
}

impl Shape {
    /// That of `op` with these operands.
    pub(super) fn of(op: Op, operands: &[Self]) -> Self {
        use Op::{
            All, And, Count, Equal, Exists, Greater, GreaterOrEqual, Implies, IsEmpty, Less, LessOrEqual,
            Member, Name, Not, NotEqual, Or, This, Where, Xor,
        };
        match (op, operands) {
            (Name | This, []) | (Member, [Self::Path]) | (Where, [Self::Path, Self::Condition]) => Self::Path,
            (Exists | IsEmpty, [Self::Path])
            | (Exists | All, [Self::Path, Self::Condition])
            | (Not, [Self::Condition])
            | (And | Or | Xor | Implies, [Self::Condition, Self::Condition])
            | (Equal | NotEqual, [Self::Path, Self::Text])
            | (
                Equal | NotEqual | Less | Greater | LessOrEqual | GreaterOrEqual,
                [Self::Number, Self::Number],
            ) => Self::Condition,
            (Op::Text, []) => Self::Text,
            (Op::Number, []) | (Count, [Self::Path]) => Self::Number,
            _ => Self::Other,
        }
    }
}

/// Takes an item of a collection and says whether it wants the next.
type Visit<'v, 'a> = &'v mut dyn FnMut(&mut Evaluator<'a>, Value<'a>) -> Result<bool, Unclear>;

impl<'a> Evaluator<'a> {
    /// What the node at `at` gives of `this`, where it is a condition; an error where it is not decided here.
    pub(super) fn plainly(&mut self, at: usize, this: Value<'a>) -> Result<Option<bool>, Unclear> {
        let node = self.code.nodes[at];
        if node.shape != Shape::Condition || !self.spend_some(1) {
            return Err(Unclear);
        }
        let last = at - 1;
        Ok(match node.op {
            Op::Not => self.plainly(last, this)?.map(|value| !value),
            Op::And | Op::Or | Op::Xor | Op::Implies => {
                let left = self.plainly(self.before(last), this)?;
                match node.op.by_left(left) {
                    Some(value) => Some(value),
                    None => node.op.by_both(left, self.plainly(last, this)?),
                }
            }
            Op::Exists if node.operands == 1 => Some(self.has_plain(last, this, &mut |_, _| Ok(true))?),
            Op::IsEmpty => Some(!self.has_plain(last, this, &mut |_, _| Ok(true))?),
            Op::Exists => Some(self.has_plain(self.before(last), this, &mut |evaluator, item| {
                Ok(evaluator.plainly(last, item)? == Some(true))
            })?),
            Op::All => Some(!self.has_plain(self.before(last), this, &mut |evaluator, item| {
                Ok(evaluator.plainly(last, item)? != Some(true))
            })?),
            op if self.code.nodes[last].shape == Shape::Text => {
                let is_equal = self.is_plain_text(self.before(last), this, self.code.nodes[last])?;
                is_equal.map(|is_equal| is_equal == (op == Op::Equal))
            }
            op => {
                let left = self.plain_number(self.before(last), this)?;
                let order = left.cmp(&self.plain_number(last, this)?);
                Some(match op {
                    Op::Equal => order == Ordering::Equal,
                    Op::NotEqual => order != Ordering::Equal,
                    Op::Less => order.is_lt(),
                    Op::Greater => order.is_gt(),
                    Op::LessOrEqual => order.is_le(),
                    _ => order.is_ge(),
                })
            }
        })
    }

    /// Whether the collection that the node at `at` gives has an item that meets `criterion`.
    fn has_plain(&mut self, at: usize, this: Value<'a>, criterion: Visit<'_, 'a>) -> Result<bool, Unclear> {
        let wants_next = self.visit(at, this, &mut |evaluator, item| Ok(!criterion(evaluator, item)?));
        wants_next.map(|wants_next| !wants_next)
    }

    /// Whether the only item of a collection is the text `literal`; of none, nothing.
    fn is_plain_text(&mut self, at: usize, this: Value<'a>, literal: Node) -> Result<Option<bool>, Unclear> {
        let is_same = |evaluator: &Self, item: Value<'a>| {
            let text = item.as_plain_str().ok_or(Unclear)?;
            evaluator.is_same_text(text, literal).ok_or(Unclear)
        };
        if self.code.nodes[at].op == Op::This {
            return is_same(self, this).map(Some);
        }
        let mut found = None;
        self.visit(at, this, &mut |evaluator, item| {
            found = match found {
                None => Some(is_same(evaluator, item)?),
                // Several are not one.
                Some(_) => Some(false),
            };
            Ok(true)
        })?;
        Ok(found)
    }

    fn plain_number(&mut self, at: usize, this: Value<'a>) -> Result<u64, Unclear> {
        let node = self.code.nodes[at];
        if node.op == Op::Number {
            return self.node_text(node).parse().map_err(|_| Unclear);
        }
        let mut count = 0;
        self.visit(at - 1, this, &mut |_, _| {
            count += 1;
            Ok(true)
        })?;
        Ok(count)
    }

    /// Calls `visit` for each item that the node at `at` gives, until it wants no more; says whether it wants more.
    fn visit(&mut self, at: usize, this: Value<'a>, visit: Visit<'_, 'a>) -> Result<bool, Unclear> {
        if !self.code.nodes[at].is_path || !self.is_outermost(this) || self.plain_paths.is_full() {
            return self.visit_anew(at, this, visit);
        }
        let steps = self.steps(at);
        let found = if let Some(found) = self.plain_paths.find(steps) {
            found
        } else {
            let first = self.plain_paths.begin();
            let all = self.visit_anew(at, this, &mut |evaluator, item| {
                evaluator.plain_paths.lead_to([item]);
                Ok(true)
            });
            if all.is_err() {
                self.plain_paths.take_back(first);
            }
            all?;
            self.plain_paths.end(steps, first)
        };
        for at in found {
            let item = self.plain_paths.found()[at];
            if !self.spend_some(1) || !visit(self, item)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn is_outermost(&self, this: Value<'a>) -> bool {
        self.context.element.value.is_some_and(|value| value.id() == this.id())
    }

    /// The same for what is no path from the outermost element, or one that was not followed before.
    fn visit_anew(&mut self, at: usize, this: Value<'a>, visit: Visit<'_, 'a>) -> Result<bool, Unclear> {
        let node = self.code.nodes[at];
        let name = self.node_text(node);
        match node.op {
            Op::This => visit(self, this),
            Op::Name if name.as_bytes().first().is_some_and(u8::is_ascii_uppercase) => {
                let is_it = self.is_outermost(this) && self.model.is(self.context.element.of, name);
                if is_it { visit(self, this) } else { Err(Unclear) }
            }
            Op::Name => self.visit_children(this, name, visit),
            Op::Where => self.visit(self.before(at - 1), this, &mut |evaluator, item| match evaluator
                .plainly(at - 1, item)?
            {
                Some(true) => visit(evaluator, item),
                _ => Ok(true),
            }),
            _ => self
                .visit_anew(at - 1, this, &mut |evaluator, item| evaluator.visit_children(item, name, visit)),
        }
    }

    fn visit_children(&mut self, of: Value<'a>, name: &str, visit: Visit<'_, 'a>) -> Result<bool, Unclear> {
        let mut passed = 0;
        let found = of.plain_member(name.as_bytes(), &mut passed);
        if !self.spend_some(1 + passed / 4) || name == "resourceType" {
            return Err(Unclear);
        }
        let Some(found) = found?.filter(|value| value.kind() != Kind::Null) else { return Ok(true) };
        if found.kind() != Kind::Array {
            return visit(self, found);
        }
        for item in found.items() {
            match item.kind() {
                Kind::Null => {}
                Kind::Array => return Err(Unclear),
                _ if !self.spend_some(1) => return Err(Unclear),
                _ if visit(self, item)? => {}
                _ => return Ok(false),
            }
        }
        Ok(true)
    }
}
