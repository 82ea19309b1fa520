//! Functions and operators on collections.

use alloc::vec::Vec;
use core::ops::Range;

use super::{
    Undecided,
    eval::{Evaluator, Pushed, Scope},
    item::{Item, Plain},
    program::{Node, Op},
};
use crate::json::Value;

impl<'a> Evaluator<'a> {
    /// Pushes what `node` makes of its operands, which are at `ranges`.
    pub(super) fn apply(&mut self, node: Node, ranges: &[Range<usize>; 4]) -> Pushed<'a> {
        let [input, other, ..] = ranges.clone();
        match node.op {
            Op::Count => self.items.push(Item::count(input.len())),
            Op::AllTrue => self.quantify(input, |all| all.iter().all(|one| *one))?,
            Op::AnyTrue => self.quantify(input, |all| all.iter().any(|one| *one))?,
            Op::AllFalse => self.quantify(input, |all| all.iter().all(|one| !one))?,
            Op::AnyFalse => self.quantify(input, |all| all.iter().any(|one| !one))?,
            Op::In => self.push_membership(input, other)?,
            Op::Holds => self.push_membership(other, input)?,
            Op::SubsetOf => self.push_subset(input, other)?,
            Op::SupersetOf => self.push_subset(other, input)?,
            Op::Distinct => self.push_distinct(input)?,
            Op::IsDistinct => {
                let count = input.len();
                let distinct = self.distinct(input)?.len();
                self.items.push(Item::Boolean(count == distinct));
            }
            Op::Union => {
                let start = self.items.len();
                self.push_copies(input)?;
                self.push_copies(other)?;
                let end = self.items.len();
                self.push_distinct(start..end)?;
                self.keep(start, end);
            }
            Op::Combine => {
                self.push_copies(input)?;
                self.push_copies(other)?;
            }
            Op::Intersect | Op::Exclude => {
                let is_in = self.membership(input.clone(), other)?;
                let start = self.items.len();
                for (at, is_in) in input.zip(is_in) {
                    if is_in == (node.op == Op::Intersect) {
                        self.push_copies(at..at + 1)?;
                    }
                }
                if node.op == Op::Intersect {
                    let end = self.items.len();
                    self.push_distinct(start..end)?;
                    self.keep(start, end);
                }
            }
            Op::Single => {
                self.single(input.clone())?;
                self.push_copies(input)?;
            }
            Op::First => self.push_copies(input.start..input.end.min(input.start + 1))?,
            Op::Last => self.push_copies(input.end - input.len().min(1)..input.end)?,
            Op::Tail => self.push_copies(input.end.min(input.start + 1)..input.end)?,
            Op::Item | Op::Skip | Op::Take => {
                let Some(count) = self.integer(other)? else { return Ok(()) };
                let from = input.start + usize::try_from(count).unwrap_or(0).min(input.len());
                match node.op {
                    Op::Item if count >= 0 => self.push_copies(from..input.end.min(from + 1))?,
                    Op::Item => {}
                    Op::Skip => self.push_copies(from..input.end)?,
                    _ => self.push_copies(input.start..from)?,
                }
            }
            Op::Is
            | Op::As
            | Op::Children
            | Op::Descendants
            | Op::Extension
            | Op::GetValue
            | Op::Resolve
            | Op::Other => self.apply_navigation(node, ranges)?,
            _ if node.op as u8 >= Op::IndexOf as u8 && node.op as u8 <= Op::Join as u8 => {
                self.apply_text(node.op, ranges)?;
            }
            _ if node.op as u8 >= Op::ToBoolean as u8 && node.op as u8 <= Op::ConvertsToQuantity as u8 => {
                self.convert(node.op, ranges)?;
            }
            _ => self.calculate(node, ranges)?,
        }
        Ok(())
    }

    /// Functions that evaluate an argument once for each item.
    pub(super) fn criteria(&mut self, op: Op, at: usize, scope: &Scope) -> Pushed<'a> {
        let [Some(input), Some(argument), second, third] = self.operands(at) else { return Ok(()) };
        let start = self.items.len();
        let input = self.items_of(input, scope)?;
        let end = input.end;
        match op {
            Op::Where => {
                let mut kept = start;
                for (at, index) in input.zip(0..) {
                    if self.condition(argument, &Scope::item(at, index))? == Some(true) {
                        self.items.swap(kept, at);
                        kept += 1;
                    }
                }
                self.items.truncate(kept);
            }
            Op::Select => {
                for (at, index) in input.zip(0..) {
                    self.eval(argument, &Scope::item(at, index))?;
                }
                self.keep(start, end);
            }
            Op::Repeat => {
                let mut round = input;
                while !round.is_empty() {
                    let before = self.items.len();
                    for (at, index) in round.zip(0..) {
                        self.eval(argument, &Scope::item(at, index))?;
                    }
                    let new = before..self.items.len();
                    // Only what was not there yet goes another round.
                    let known = self.membership(new.clone(), end..before)?;
                    let fresh = self.distinct(new.clone())?;
                    let mut kept = before;
                    for at in fresh.into_iter().filter(|at| !known[at - before]) {
                        self.items.swap(kept, at);
                        kept += 1;
                    }
                    self.items.truncate(kept);
                    round = before..kept;
                }
                self.keep(start, end);
            }
            Op::Aggregate => {
                let mut total = match second {
                    Some(first) => self.items_of(first, scope)?,
                    None => end..end,
                };
                for (at, index) in input.zip(0..) {
                    let scope = Scope { total: total.clone(), ..Scope::item(at, index) };
                    let made = self.items_of(argument, &scope)?;
                    self.keep(end, made.start);
                    total = end..self.items.len();
                }
                self.keep(start, end);
            }
            Op::Iif => {
                let inner = Scope { this: input, ..scope.clone() };
                let is_true = self.condition(argument, &inner)? == Some(true);
                if let Some(result) = if is_true { second } else { third } {
                    self.eval(result, &inner)?;
                }
                self.keep(start, end);
            }
            // `trace` shows what passes; there is nobody here to show it to.
            _ => {}
        }
        Ok(())
    }

    fn quantify(&mut self, range: Range<usize>, decide: impl Fn(&[bool]) -> bool) -> Pushed<'a> {
        let values = self.items[range].iter().map(|item| match item {
            Item::Boolean(value) => Ok(*value),
            Item::Element(element) => {
                element.value.and_then(Value::as_bool).ok_or(Undecided("a condition that is no boolean"))
            }
            _ => Err(Undecided("a condition that is no boolean")),
        });
        let values: Vec<bool> = values.collect::<Result<_, _>>()?;
        self.items.push(Item::Boolean(decide(&values)));
        Ok(())
    }

    fn push_membership(&mut self, one: Range<usize>, among: Range<usize>) -> Pushed<'a> {
        if self.single(one.clone())?.is_some() {
            let found = self.is_member(one.start, among)?;
            self.items.push(Item::Boolean(found));
        }
        Ok(())
    }

    fn push_subset(&mut self, small: Range<usize>, large: Range<usize>) -> Pushed<'a> {
        let found = self.membership(small, large)?.into_iter().all(|is_in| is_in);
        self.items.push(Item::Boolean(found));
        Ok(())
    }

    fn push_distinct(&mut self, range: Range<usize>) -> Pushed<'a> {
        for at in self.distinct(range)? {
            self.push_copies(at..at + 1)?;
        }
        Ok(())
    }

    /// A collection as a whole number; `None` where it is empty.
    pub(super) fn integer(&self, range: Range<usize>) -> Result<Option<i64>, Undecided<'a>> {
        let Some(item) = self.single(range)? else { return Ok(None) };
        match item.plain(self.model) {
            Some(Plain::Number(number)) => {
                number.to_integer().map(Some).ok_or(Undecided("a count that is no whole number"))
            }
            _ => Err(Undecided("a count that is no whole number")),
        }
    }
}
