//! Dates and times, as precise as they were written.

use alloc::{format, string::String};
use core::{
    cmp::Ordering,
    fmt::{self, Write},
};

use crate::{
    fhir::time::{civil_from_days, days_from_civil, days_in_month},
    json::pass,
};

/// What a [`Moment`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Date,
    DateTime,
    Time,
}

/// A date, a date and time or a time of day.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub(super) kind: Kind,
    /// Year, month, day, hour, minute, nanoseconds of the minute.
    parts: [i64; 6],
    /// How many of them are known, counted from the first of the kind.
    known: usize,
    /// Minutes east of UTC.
    zone: Option<i64>,
}

/// More days than the years of FHIR have, counted from 1970.
const DAYS: core::ops::Range<i64> = -1_000_000..4_000_000;

const SECOND: i64 = 1_000_000_000;

impl Moment {
    /// Reads a date, dateTime, instant or time of FHIR, or a literal of FHIRPath without its `@`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.as_bytes();
        let (mut date, time) = match text.iter().position(|byte| *byte == b'T') {
            Some(at) => (&text[..at], Some(&text[at + 1..])),
            None if text.get(2) == Some(&b':') => (&[][..], Some(text)),
            None => (text, None),
        };
        let mut moment = Self { kind: Kind::Date, parts: [0, 1, 1, 0, 0, 0], known: 0, zone: None };
        let is_time = date.is_empty();
        if !is_time {
            moment.read(&mut date, 0, b'-', &[4, 2, 2])?;
            let [year, month, day, ..] = moment.parts;
            let is_month = year > 0 && (1..=12).contains(&month);
            if !date.is_empty() || !is_month || !(1..=days_in_month(year, month)).contains(&day) {
                return None;
            }
        }
        let Some(mut time) = time else { return (moment.known > 0).then_some(moment) };
        moment.kind = if is_time { Kind::Time } else { Kind::DateTime };
        if !matches!(time, [] | [b'Z' | b'+' | b'-', ..]) {
            if moment.kind == Kind::DateTime && moment.known < 3 {
                return None;
            }
            moment.read(&mut time, 3, b':', &[2, 2, 2])?;
            let [.., hour, minute, second] = &mut moment.parts;
            if *hour >= 24 || *minute >= 60 || *second >= 61 {
                return None;
            }
            *second *= SECOND;
            if pass(&mut time, b".") {
                let end = time.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(time.len());
                if moment.known < 6 || end == 0 {
                    return None;
                }
                let digits = time[..end].iter().chain(core::iter::repeat(&b'0')).take(9);
                *second += digits.fold(0, |nanos, digit| nanos * 10 + i64::from(digit - b'0'));
                time = &time[end..];
            }
        }
        moment.zone = match time {
            [] => None,
            [b'Z'] => Some(0),
            [sign @ (b'+' | b'-'), zone @ ..] => {
                let mut zone = zone;
                let hours = number(&mut zone, 2)?;
                let minutes = number(zone.strip_prefix(b":").as_mut()?, 2)?;
                if zone.len() != 3 {
                    return None;
                }
                let minutes = hours * 60 + minutes;
                Some(if *sign == b'-' { -minutes } else { minutes })
            }
            _ => return None,
        };
        Some(moment)
    }

    /// Reads parts of these lengths, of which the first is there, from the beginning of `text`.
    fn read(&mut self, text: &mut &[u8], first: usize, separator: u8, lengths: &[usize]) -> Option<()> {
        self.known = first;
        for (part, length) in self.parts[first..].iter_mut().zip(lengths) {
            if self.known > first && !pass(text, &[separator]) {
                break;
            }
            *part = number(text, *length)?;
            self.known += 1;
        }
        Some(())
    }

    /// The same day, without its time.
    pub(super) fn date(self) -> Self {
        Self { kind: Kind::Date, known: self.known.min(3), zone: None, ..self }
    }

    /// The same as a dateTime.
    pub(super) fn date_time(self) -> Self {
        Self { kind: Kind::DateTime, ..self }
    }

    fn first(self) -> usize {
        if self.kind == Kind::Time { 3 } else { 0 }
    }

    /// In UTC, where zone and time are known.
    fn utc(self) -> Self {
        let Some(zone) = self.zone.filter(|zone| self.known > 4 && *zone != 0) else { return self };
        self.plus(4, -zone).map_or(self, |moved| Self { known: self.known, zone: Some(0), ..moved })
    }

    /// Which comes first; `None` where that depends on what is not known.
    pub(super) fn compare(self, other: Self) -> Option<Ordering> {
        if (self.kind == Kind::Time) != (other.kind == Kind::Time) {
            return None;
        }
        // Without a zone a time may be almost a day off.
        let is_apart = self.known > 3 && other.known > 3 && self.zone.is_some() != other.zone.is_some();
        let (left, right) = if self.zone == other.zone { (self, other) } else { (self.utc(), other.utc()) };
        for part in self.first()..left.known.max(right.known) {
            if part >= left.known.min(right.known) || is_apart {
                return None;
            }
            let order = left.parts[part].cmp(&right.parts[part]);
            if order.is_ne() {
                return Some(order);
            }
        }
        Some(Ordering::Equal)
    }

    /// `count` units later, of the part that the unit is of; months end where the calendar ends them.
    fn plus(self, part: usize, count: i64) -> Option<Self> {
        let mut moment = self;
        let [year, month, day, hour, minute, nanos] = &mut moment.parts;
        match part {
            0 | 1 => {
                let months = (*year * 12 + *month - 1).checked_add(if part == 0 {
                    count.checked_mul(12)?
                } else {
                    count
                })?;
                (*year, *month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
                if !(1..=9999).contains(year) {
                    return None;
                }
                *day = (*day).min(days_in_month(*year, *month));
                return Some(moment);
            }
            2 => {
                let days = days_from_civil(*year, *month, *day).checked_add(count)?;
                (*year, *month, *day) = civil_from_days(Some(days).filter(|days| DAYS.contains(days))?);
                return (1..=9999).contains(year).then_some(moment);
            }
            3 => *hour = hour.checked_add(count)?,
            4 => *minute = minute.checked_add(count)?,
            _ => *nanos = nanos.checked_add(count)?,
        }
        *minute = minute.checked_add(nanos.div_euclid(60 * SECOND))?;
        *nanos = nanos.rem_euclid(60 * SECOND);
        *hour = hour.checked_add(minute.div_euclid(60))?;
        *minute = minute.rem_euclid(60);
        let days = hour.div_euclid(24);
        *hour = hour.rem_euclid(24);
        if days == 0 || self.kind == Kind::Time { Some(moment) } else { moment.plus(2, days) }
    }

    /// The moment `count` of `unit` later; `None` where the unit is no unit of time, or finer than
    /// what is known.
    pub(super) fn later(self, count: i64, unit: &str) -> Option<Self> {
        let (part, factor) = match unit {
            "year" => (0, 1),
            "month" => (1, 1),
            "week" => (2, 7),
            "day" => (2, 1),
            "hour" => (3, 1),
            "minute" => (4, 1),
            "second" | "s" => (5, SECOND),
            "millisecond" | "ms" => (5, SECOND / 1000),
            _ => return None,
        };
        if part >= self.known || part < self.first() {
            return None;
        }
        self.plus(part, count.checked_mul(factor)?)
    }

    /// As it is written in FHIR.
    pub(super) fn text(self) -> String {
        let [year, month, day, hour, minute, nanos] = self.parts;
        let mut text = match self.known {
            _ if self.kind == Kind::Time => String::new(),
            1 => format!("{year:04}"),
            2 => format!("{year:04}-{month:02}"),
            _ => format!("{year:04}-{month:02}-{day:02}"),
        };
        if self.known > 3 {
            if self.kind != Kind::Time {
                text.push('T');
            }
            push(&mut text, format_args!("{hour:02}"));
            if self.known > 4 {
                push(&mut text, format_args!(":{minute:02}"));
            }
            if self.known > 5 {
                push(&mut text, format_args!(":{:02}", nanos / SECOND));
                if nanos % SECOND > 0 {
                    text += format!(".{:09}", nanos % SECOND).trim_end_matches('0');
                }
            }
            match self.zone {
                Some(0) => text.push('Z'),
                Some(zone) => {
                    let sign = if zone < 0 { '-' } else { '+' };
                    push(&mut text, format_args!("{sign}{:02}:{:02}", zone.abs() / 60, zone.abs() % 60));
                }
                None => {}
            }
        }
        text
    }
}

fn push(text: &mut String, more: fmt::Arguments<'_>) {
    // Writing to a String never fails.
    let _ = text.write_fmt(more);
}

/// Takes a number of this many digits from the beginning of `text`.
fn number(text: &mut &[u8], digits: usize) -> Option<i64> {
    let (number, rest) = text.split_at_checked(digits)?;
    *text = rest;
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| i64::from(byte - b'0'));
    number.iter().try_fold(0, |number, byte| Some(number * 10 + digit(byte)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Moment {
        Moment::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn what_is_read_is_written() {
        for text in [
            "2024",
            "2024-02",
            "2024-02-29",
            "2024-02-29T10:00:00Z",
            "2024-02-29T10:00:00.5-05:30",
            "10:30",
            "10:30:01.123456789",
            "2024-02-29T10:30",
        ] {
            assert_eq!(of(text).text(), text);
        }
        for text in [
            "",
            "24",
            "2024-13",
            "2023-02-29",
            "2024-1",
            "2024-01T10:00",
            "T25:00",
            "2024-01-01T10:00:00.",
            "10:00:00:00",
            "x",
            "2024-01-01-01",
            "2024-01-01-",
            "10:00:",
            "10:00:00:",
            "10:00.5",
            "2024-01-01T10:00:00+02",
            "2024-01-01T10:00:00+02:00Z",
        ] {
            assert!(Moment::parse(text).is_none(), "{text}");
        }
        assert_eq!(of("T10:30").kind, Kind::Time);
        assert_eq!(of("2024T").kind, Kind::DateTime);
    }

    #[test]
    fn what_is_not_known_is_not_decided() {
        use Ordering::{Equal, Greater, Less};
        for (left, right, order) in [
            ("2024", "2024", Some(Equal)),
            ("2024", "2025-01", Some(Less)),
            ("2024", "2024-01", None),
            ("2024-01-01", "2024-01-01T10:00:00Z", None),
            ("2024-01-02", "2024-01-01T10:00:00Z", Some(Greater)),
            ("2024-01-01T10:00:00Z", "2024-01-01T10:00:00.000Z", Some(Equal)),
            ("2024-01-01T10:00:00+02:00", "2024-01-01T08:30:00Z", Some(Less)),
            ("2024-01-01T23:30:00-01:00", "2024-01-02T00:30:00Z", Some(Equal)),
            ("2024-01-01T10:00:00", "2024-01-01T10:00:00Z", None),
            ("10:00", "10:00:00", None),
            ("10:00", "11:00:00", Some(Less)),
            ("10:00", "2024", None),
        ] {
            assert_eq!(of(left).compare(of(right)), order, "{left} {right}");
        }
    }

    #[test]
    fn the_calendar_goes_on() {
        for (text, count, unit, expected) in [
            ("2024-01-31", 1, "month", Some("2024-02-29")),
            ("2024-02-29", -1, "year", Some("2023-02-28")),
            ("2023-12-31", 1, "day", Some("2024-01-01")),
            ("2024-03-01", -1, "week", Some("2024-02-23")),
            ("2024-12-31T23:59:59Z", 1, "second", Some("2025-01-01T00:00:00Z")),
            ("23:30", 45, "minute", Some("00:15")),
            ("2024", 1, "day", None),
            ("9999-12-31", 1, "day", None),
            ("0001-01-01", -1, "day", None),
            ("2024-01-01", i64::MAX, "day", None),
            ("2024-01-01", 1, "mg", None),
        ] {
            let found = of(text).later(count, unit).map(Moment::text);
            assert_eq!(found.as_deref(), expected, "{text} {count} {unit}");
        }
    }
}
