//! What the JSON of an element decides by itself.
//!
//! Most constraints compare texts at the end of paths, or ask whether these lead anywhere:
//! `code.coding.code.where($this = 'x').exists()`. Where all that is met on the way is written as usual, that takes
//! neither types nor collections. Anything else is left to the evaluation as a whole, which says the same of what is
//! decided here.

use core::cmp::Ordering;

use super::{
    condition::is_same_text,
    eval::Evaluator,
    moment::Moment,
    program::{Node, Op},
    visit::Visit,
};
use crate::json::{Kind, Unclear, Value};

/// What kind of expression a node is the last of, as far as it may be decided here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Elements.
    Path,
    /// Elements of which some may be there twice where they are to be there once.
    Union,
    Condition,
    /// A condition for each element.
    Conditions,
    /// A literal.
    Text,
    /// A text that is made of others, or nothing.
    Words,
    /// A text for each element.
    Texts,
    Number,
    Other,
}

impl Shape {
    /// That of `op` with these operands.
    pub(super) fn of(op: Op, operands: &[Self]) -> Self {
        use Op::{
            All, And, Children, Concatenate, Contains, Count, EndsWith, Equal, Exists, First, Greater,
            GreaterOrEqual, HasValue, Iif, Implies, IsDistinct, IsEmpty, Less, LessOrEqual, Matches, Member,
            Name, Not, NotEqual, Or, ReplaceMatches, Select, StartsWith, Tail, This, ToInteger, Trace,
            Variable, Where, Xor,
        };
        // An element is a condition as well, and a text.
        match (op, operands) {
            (Name | This | Variable, [])
            | (Member | First | Tail | Children, [Self::Path])
            | (Trace, [Self::Path, Self::Text])
            | (Where, [Self::Path, Self::Condition | Self::Path])
            | (Select, [Self::Path, Self::Path]) => Self::Path,
            (Op::Union, [Self::Path | Self::Union, Self::Path | Self::Union])
            | (Member, [Self::Union])
            | (Where, [Self::Union, Self::Condition | Self::Path]) => Self::Union,
            (Select, [Self::Path | Self::Union, Self::Condition]) => Self::Conditions,
            (Exists | IsEmpty, [Self::Path | Self::Union | Self::Conditions])
            | (Exists | All, [Self::Path | Self::Union, Self::Condition | Self::Path])
            | (HasValue, [Self::Path])
            | (IsDistinct, [Self::Path | Self::Texts])
            | (Not, [Self::Condition | Self::Path])
            | (And | Or | Xor | Implies, [Self::Condition | Self::Path, Self::Condition | Self::Path])
            | (
                Iif,
                [Self::Path, Self::Condition | Self::Path, Self::Condition]
                | [Self::Path, Self::Condition | Self::Path, Self::Condition, Self::Condition],
            )
            | (
                Equal | NotEqual,
                [Self::Condition, Self::Condition]
                | [Self::Path | Self::Words, Self::Text | Self::Path | Self::Words],
            )
            | (
                Contains | StartsWith | EndsWith,
                [Self::Path | Self::Words, Self::Text | Self::Path | Self::Words],
            )
            | (Matches, [Self::Path | Self::Words, Self::Text])
            | (
                Equal | NotEqual | Less | Greater | LessOrEqual | GreaterOrEqual,
                [Self::Number, Self::Number | Self::Path] | [Self::Path, Self::Number],
            )
            | (Less | Greater | LessOrEqual | GreaterOrEqual, [Self::Path, Self::Path]) => Self::Condition,
            (Op::Text, []) => Self::Text,
            (Concatenate, [Self::Path | Self::Words | Self::Text, Self::Path | Self::Words | Self::Text])
            | (ReplaceMatches, [Self::Path | Self::Words, Self::Text, Self::Text]) => Self::Words,
            (Select, [Self::Path, Self::Words]) => Self::Texts,
            (Op::Number, []) | (Count | ToInteger, [Self::Path]) => Self::Number,
            _ => Self::Other,
        }
    }
}

impl<'a> Evaluator<'a> {
    /// What the node at `at` gives of `this`, where it is a condition; an error where it is not decided here.
    pub(super) fn plainly(&mut self, at: usize, this: Value<'a>) -> Result<Option<bool>, Unclear> {
        let node = self.code.nodes[at];
        if !self.spend_some(1) {
            return Err(Unclear);
        }
        match node.shape {
            Shape::Condition if node.is_choice => self.is_one_of(at, this).map(Some),
            Shape::Condition if node.is_constant => {
                if let Some(value) = self.remembered(at) {
                    return Ok(Some(value));
                }
                let value = self.plain_condition(node, at, this)?;
                self.constants.extend(value.map(|value| (at, value)));
                Ok(value)
            }
            Shape::Condition => self.plain_condition(node, at, this),
            // What is there and no boolean counts as true.
            Shape::Path => Ok(self.plain_item(at, this)?.map(|item| item.as_bool().unwrap_or(true))),
            _ => Err(Unclear),
        }
    }

    /// Whether `item` is one of the texts that the node at `at` compares it with.
    fn is_one_of(&mut self, at: usize, item: Value<'a>) -> Result<bool, Unclear> {
        let text = item.as_plain_str().ok_or(Unclear)?;
        for &node in self.steps(at).iter().filter(|node| node.op == Op::Text) {
            if !self.spend_some(1) {
                return Err(Unclear);
            }
            if is_same_text(text, self.node_text(node)).ok_or(Unclear)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn plain_condition(&mut self, node: Node, at: usize, this: Value<'a>) -> Result<Option<bool>, Unclear> {
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
            Op::Exists if node.operands == 1 => Some(self.has_any(last, this)?),
            Op::IsEmpty => Some(!self.has_any(last, this)?),
            Op::Exists => Some(self.has_plain(self.before(last), this, &mut |evaluator, item| {
                Ok(evaluator.plainly(last, item)? == Some(true))
            })?),
            Op::All => Some(!self.has_plain(self.before(last), this, &mut |evaluator, item| {
                Ok(evaluator.plainly(last, item)? != Some(true))
            })?),
            Op::HasValue => {
                let (mut count, mut has_value) = (0, false);
                self.visit(last, this, &mut |_, item| {
                    (count, has_value) = (count + 1, item.kind() != Kind::Object);
                    Ok(true)
                })?;
                Some(count == 1 && has_value)
            }
            Op::IsDistinct => Some(self.is_plainly_distinct(last, this)?),
            Op::Iif => self.plain_choice(at, this)?,
            Op::Contains | Op::StartsWith | Op::EndsWith | Op::Matches => {
                self.plain_text_condition(node.op, last, this)?
            }
            op => self.plain_comparison(op, last, this)?,
        })
    }

    /// `iif` as part of a condition, of the element itself.
    fn plain_choice(&mut self, at: usize, this: Value<'a>) -> Result<Option<bool>, Unclear> {
        let [Some(input), Some(criterion), first, second] = self.operands(at) else { return Err(Unclear) };
        if self.code.nodes[input].op != Op::This {
            return Err(Unclear);
        }
        let chosen = if self.plainly(criterion, this)? == Some(true) { first } else { second };
        chosen.map_or(Ok(None), |chosen| self.plainly(chosen, this))
    }

    /// Compares what the node at `last` gives, and the one before it.
    fn plain_comparison(&mut self, op: Op, last: usize, this: Value<'a>) -> Result<Option<bool>, Unclear> {
        let first = self.before(last);
        let is_equality = matches!(op, Op::Equal | Op::NotEqual);
        let order = match (self.code.nodes[first].shape, self.code.nodes[last].shape) {
            (Shape::Condition, _) => {
                let (left, right) = (self.plainly(first, this)?, self.plainly(last, this)?);
                return Ok(left.zip(right).map(|(left, right)| (left == right) == (op == Op::Equal)));
            }
            (Shape::Path, Shape::Text) => {
                let is_equal = self.is_plain_text(first, this, self.code.nodes[last])?;
                return Ok(is_equal.map(|is_equal| is_equal == (op == Op::Equal)));
            }
            (left, right) if left == Shape::Number || right == Shape::Number => {
                let (left, right) = (self.plain_number(first, this)?, self.plain_number(last, this)?);
                left.zip(right).map(|(left, right)| left.cmp(&right))
            }
            _ if is_equality => {
                let (left, right) = (self.plain_words(first, this)?, self.plain_words(last, this)?);
                let Some((left, right)) = left.zip(right) else { return Ok(None) };
                let is_equal = is_same_text(&left, &right).ok_or(Unclear)?;
                return Ok(Some(is_equal == (op == Op::Equal)));
            }
            _ => {
                let (left, right) = (self.plain_item(first, this)?, self.plain_item(last, this)?);
                let Some((left, right)) = left.zip(right) else { return Ok(None) };
                Some(plain_order(left, right).ok_or(Unclear)?)
            }
        };
        Ok(order.map(|order| match op {
            Op::Equal => order == Ordering::Equal,
            Op::NotEqual => order != Ordering::Equal,
            Op::Less => order.is_lt(),
            Op::Greater => order.is_gt(),
            Op::LessOrEqual => order.is_le(),
            _ => order.is_ge(),
        }))
    }

    /// Whether the collection that the node at `at` gives has an item.
    fn has_any(&mut self, at: usize, this: Value<'a>) -> Result<bool, Unclear> {
        if self.code.nodes[at].shape != Shape::Conditions {
            return Ok(self.count(at, this, 1)? > 0);
        }
        let condition = at - 1;
        self.has_plain(self.before(condition), this, &mut |evaluator, item| {
            Ok(evaluator.plainly(condition, item)?.is_some())
        })
    }

    /// How many items the collection has that the node at `at` gives; no more than `most` are looked for.
    fn count(&mut self, at: usize, this: Value<'a>, most: usize) -> Result<usize, Unclear> {
        let criterion = at.wrapping_sub(1);
        let is_choice = self.code.nodes[at].op == Op::Where && self.code.nodes[criterion].is_choice;
        let path = if is_choice { self.before(criterion) } else { at };
        let mut count = 0;
        if let Some(found) = self.followed(path, this)? {
            if !self.spend_some(found.len() as u64) {
                return Err(Unclear);
            }
            for at in found {
                let item = self.paths.found()[at];
                count += usize::from(!is_choice || self.is_one_of(criterion, item)?);
                if count == most {
                    break;
                }
            }
            return Ok(count);
        }
        self.visit(at, this, &mut |_, _| {
            count += 1;
            Ok(count < most)
        })?;
        Ok(count)
    }

    /// Whether the collection that the node at `at` gives has an item that meets `criterion`.
    fn has_plain(&mut self, at: usize, this: Value<'a>, criterion: Visit<'_, 'a>) -> Result<bool, Unclear> {
        let wants_next = self.visit(at, this, &mut |evaluator, item| Ok(!criterion(evaluator, item)?));
        wants_next.map(|wants_next| !wants_next)
    }

    /// Whether the only item of a collection is the text `literal`; of none, nothing.
    fn is_plain_text(&mut self, at: usize, this: Value<'a>, literal: Node) -> Result<Option<bool>, Unclear> {
        let literal = self.node_text(literal);
        let is_same = |item: Value<'a>| {
            let text = item.as_plain_str().ok_or(Unclear)?;
            is_same_text(text, literal).ok_or(Unclear)
        };
        let node = self.code.nodes[at];
        match node.op {
            Op::This => return is_same(this).map(Some),
            Op::Name if !self.is_outermost(this) => {
                let found = self.children(this, self.node_text(node))?;
                if found.is_none_or(|found| found.kind() == Kind::String) {
                    return found.map(is_same).transpose();
                }
            }
            _ => {}
        }
        let mut found = None;
        self.visit(at, this, &mut |_, item| {
            found = match found {
                None => Some(is_same(item)?),
                // Several are not one.
                Some(_) => Some(false),
            };
            Ok(true)
        })?;
        Ok(found)
    }

    fn plain_number(&mut self, at: usize, this: Value<'a>) -> Result<Option<i64>, Unclear> {
        let node = self.code.nodes[at];
        match node.op {
            Op::Number => self.node_text(node).parse().map(Some).map_err(|_| Unclear),
            Op::Count => {
                let count = self.count(at - 1, this, usize::MAX)?;
                i64::try_from(count).map(Some).map_err(|_| Unclear)
            }
            Op::ToInteger => {
                let Some(item) = self.plain_item(at - 1, this)? else { return Ok(None) };
                match item.as_plain_str() {
                    // Four digits may be a year.
                    Some(text) if text.len() != 4 => Ok(text.parse().ok()),
                    _ => whole(item).map(Some),
                }
            }
            _ => self.plain_item(at, this)?.map(whole).transpose(),
        }
    }

    /// The only item that the node at `at` gives.
    pub(super) fn plain_item(&mut self, at: usize, this: Value<'a>) -> Result<Option<Value<'a>>, Unclear> {
        if self.code.nodes[at].op == Op::This {
            return Ok(Some(this));
        }
        let mut found = None;
        self.visit(at, this, &mut |_, item| match found.replace(item) {
            None => Ok(true),
            Some(_) => Err(Unclear),
        })?;
        Ok(found)
    }
}

/// A number that is written without a fraction.
fn whole(item: Value<'_>) -> Result<i64, Unclear> {
    if item.kind() == Kind::Number { item.raw().parse().map_err(|_| Unclear) } else { Err(Unclear) }
}

/// Which of two values comes first, where that is so whatever types they have.
fn plain_order(left: Value<'_>, right: Value<'_>) -> Option<Ordering> {
    let Some((left, right)) = left.as_plain_str().zip(right.as_plain_str()) else {
        return Some(whole(left).ok()?.cmp(&whole(right).ok()?));
    };
    let order = Moment::parse(left)?.compare(Moment::parse(right)?)?;
    (order == left.cmp(right)).then_some(order)
}
