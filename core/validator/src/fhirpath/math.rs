//! Arithmetic, of numbers, quantities and dates.

use alloc::{borrow::Cow, boxed::Box};
use core::ops::Range;

use super::{
    Undecided,
    decimal::{Decimal, Rounding},
    eval::{Evaluator, Pushed},
    item::{Item, Plain, ucum},
    moment::{Kind, Moment},
    program::{Node, Op},
};

impl<'a> Evaluator<'a> {
    pub(super) fn calculate(&mut self, node: Node, ranges: &[Range<usize>; 4]) -> Pushed<'a> {
        let [input, other, ..] = ranges.clone();
        let op = node.op;
        match op {
            Op::Now | Op::Today | Op::TimeOfDay => return self.push_now(op),
            Op::Concatenate => return self.concatenate(input, other),
            _ => {}
        }
        let Some(left) = self.single(input)?.map(|item| item.plain(self.model)) else { return Ok(()) };
        let left = left.ok_or(Undecided(op.name()))?;
        let right = match self.single(other)? {
            Some(item) => Some(item.plain(self.model).ok_or(Undecided(op.name()))?),
            None if node.operands == 2 => return Ok(()),
            None => None,
        };
        let result = match (left, right) {
            (Plain::Number(left), Some(Plain::Number(right))) => numbers(op, left, right).map(Item::number),
            (Plain::Number(number), None) if op == Op::Unit => {
                let unit = Cow::Borrowed(self.node_text(node));
                Some(Item::Quantity(Box::new((number, unit))))
            }
            (Plain::Number(number), None) => {
                Some(Item::number(rounded(op, number).ok_or(Undecided(op.name()))?))
            }
            (Plain::Quantity(number, unit), None) => {
                let number = rounded(op, number).ok_or(Undecided(op.name()))?;
                Some(Item::Quantity(Box::new((number, unit))))
            }
            (Plain::Text(left), Some(Plain::Text(right))) if op == Op::Add => {
                self.spend((left.len() + right.len()) as u64 / 16)?;
                Some(Item::Text(Cow::Owned(left.into_owned() + &right)))
            }
            (Plain::Quantity(left, unit), Some(Plain::Quantity(right, other)))
                if matches!(op, Op::Add | Op::Subtract) =>
            {
                if ucum(&unit) != ucum(&other) {
                    return Err(Undecided("unit conversion"));
                }
                numbers(op, left, right).map(|sum| Item::Quantity(Box::new((sum, unit))))
            }
            (Plain::Moment(moment), Some(Plain::Quantity(number, unit)))
                if matches!(op, Op::Add | Op::Subtract) =>
            {
                let count = number.to_integer().ok_or(Undecided("a part of a calendar unit"))?;
                let count = if op == Op::Subtract { count.checked_neg() } else { Some(count) };
                let later = count.and_then(|count| moment.later(count, ucum(&unit)));
                Some(Item::moment(later.ok_or(Undecided("calendar arithmetic with this unit"))?))
            }
            _ => return Err(Undecided(op.name())),
        };
        // An integer stays one where nothing has made it a fraction.
        self.items.extend(result.map(|item| match &item {
            Item::Number(number) if number.places() == 0 && op != Op::Divide => {
                number.to_integer().map_or(item, Item::Integer)
            }
            _ => item,
        }));
        Ok(())
    }

    fn push_now(&mut self, op: Op) -> Pushed<'a> {
        let now = self.context.now.and_then(Moment::parse).ok_or(Undecided(op.name()))?;
        self.items.push(match op {
            Op::Now => Item::moment(now),
            Op::Today => Item::moment(now.date()),
            _ => {
                let text = now.text();
                let time = text.split_once('T').map(|(_, time)| time.trim_end_matches('Z'));
                let time = time.and_then(|time| time.split(['+', '-']).next()).and_then(Moment::parse);
                Item::moment(time.filter(|time| time.kind == Kind::Time).ok_or(Undecided(op.name()))?)
            }
        });
        Ok(())
    }
}

/// `None` where the result is empty: a division by zero, or a number beyond what is calculated with.
fn numbers(op: Op, left: Decimal, right: Decimal) -> Option<Decimal> {
    match op {
        Op::Add => left.add(right),
        Op::Subtract => left.add(right.negate()),
        Op::Multiply => left.multiply(right),
        Op::Divide => left.divide(right),
        Op::IntegerDivide => left.divide_whole(right).map(|(whole, _)| whole),
        Op::Modulo => left.divide_whole(right).map(|(_, rest)| rest),
        Op::Round => Some(left.round(u32::try_from(right.to_integer()?).ok()?, Rounding::Nearest)),
        Op::Power => {
            let exponent = u32::try_from(right.to_integer()?).ok().filter(|exponent| *exponent <= 100)?;
            (0..exponent).try_fold(Decimal::from(1), |power, _| power.multiply(left))
        }
        _ => None,
    }
}

fn rounded(op: Op, number: Decimal) -> Option<Decimal> {
    Some(match op {
        Op::Negate => number.negate(),
        Op::Abs => number.abs(),
        Op::Ceiling => number.round(0, Rounding::Up),
        Op::Floor => number.round(0, Rounding::Down),
        Op::Round => number.round(0, Rounding::Nearest),
        Op::Truncate => number.round(0, Rounding::Zero),
        _ => return None,
    })
}
