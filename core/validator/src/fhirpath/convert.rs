//! Conversions between the types of FHIRPath.

use alloc::{borrow::Cow, boxed::Box};
use core::ops::Range;

use super::{
    decimal::Decimal,
    eval::{Evaluator, Pushed},
    item::{Item, Plain},
    moment::{Kind, Moment},
    program::Op,
};

impl<'a> Evaluator<'a> {
    /// `to…` and `convertsTo…`.
    pub(super) fn convert(&mut self, op: Op, ranges: &[Range<usize>; 4]) -> Pushed<'a> {
        let Some(item) = self.single(ranges[0].clone())? else { return Ok(()) };
        let plain = item.plain(self.model);
        let converted = plain.and_then(|plain| converted(op, plain));
        match op {
            Op::ToBoolean
            | Op::ToInteger
            | Op::ToDecimal
            | Op::ToText
            | Op::ToDate
            | Op::ToDateTime
            | Op::ToTime
            | Op::ToQuantity => self.items.extend(converted),
            _ => self.items.push(Item::Boolean(converted.is_some())),
        }
        Ok(())
    }
}

fn converted(op: Op, from: Plain<'_>) -> Option<Item<'_>> {
    Some(match op {
        Op::ToBoolean | Op::ConvertsToBoolean => Item::Boolean(match from {
            Plain::Boolean(value) => value,
            Plain::Number(number) if number == 1.into() => true,
            Plain::Number(number) if number == 0.into() => false,
            Plain::Text(text) => match text.to_ascii_lowercase().as_str() {
                "true" | "t" | "yes" | "y" | "1" | "1.0" => true,
                "false" | "f" | "no" | "n" | "0" | "0.0" => false,
                _ => return None,
            },
            _ => return None,
        }),
        Op::ToInteger | Op::ConvertsToInteger => Item::Integer(match from {
            Plain::Boolean(value) => value.into(),
            Plain::Number(number) if number.places() == 0 => number.to_integer()?,
            Plain::Text(text) => text.parse().ok()?,
            _ => return None,
        }),
        Op::ToDecimal | Op::ConvertsToDecimal => Item::number(decimal(&from)?),
        Op::ToText | Op::ConvertsToText => match from {
            Plain::Text(text) => Item::Text(text),
            other => Item::Text(Cow::Owned(other.to_text())),
        },
        Op::ToQuantity | Op::ConvertsToQuantity => match from {
            Plain::Quantity(number, unit) => Item::Quantity(Box::new((number, unit))),
            Plain::Text(text) => {
                let (number, unit) = text.split_once(' ').unwrap_or((&text, ""));
                let quoted = unit.strip_prefix('\'').and_then(|unit| unit.strip_suffix('\''));
                // Without quotes it is a unit of time, which may be a plural.
                let unit = quoted.unwrap_or_else(|| unit.strip_suffix('s').unwrap_or(unit));
                let unit = if unit.is_empty() { "1" } else { unit };
                Item::Quantity(Box::new((Decimal::parse(number)?, Cow::Owned(unit.into()))))
            }
            from => Item::Quantity(Box::new((decimal(&from)?, Cow::Borrowed("1")))),
        },
        _ => {
            let moment = match from {
                Plain::Moment(moment) => moment,
                Plain::Text(text) => Moment::parse(&text)?,
                _ => return None,
            };
            Item::moment(match (op, moment.kind) {
                (Op::ToTime | Op::ConvertsToTime, Kind::Time) => moment,
                (Op::ToDate | Op::ConvertsToDate, Kind::Date | Kind::DateTime) => moment.date(),
                (Op::ToDateTime | Op::ConvertsToDateTime, Kind::Date | Kind::DateTime) => moment.date_time(),
                _ => return None,
            })
        }
    })
}

fn decimal(from: &Plain<'_>) -> Option<Decimal> {
    match from {
        Plain::Boolean(value) => Some(i64::from(*value).into()),
        Plain::Number(number) => Some(*number),
        Plain::Text(text) => Decimal::parse(text),
        _ => None,
    }
}
