//! Instants, and dates as precise as they were written.

use alloc::{format, string::String};
use core::{fmt, ops::Add, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::json::{FromJson, Unfit, Value};

const MINUTE: i64 = 60_000;
const DAY: i64 = 86_400_000;

/// A point in time with millisecond precision, as FHIR servers exchange it.
///
/// Shown and serialized as a FHIR `instant` in UTC: `2026-11-22T21:46:29.000Z`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant {
    milliseconds: i64,
}

impl Instant {
    /// `milliseconds` after 1970-01-01T00:00:00Z, as JavaScript's `Date.now()` counts.
    pub const fn from_unix_milliseconds(milliseconds: i64) -> Self {
        Self { milliseconds }
    }

    /// Milliseconds after 1970-01-01T00:00:00Z.
    pub const fn unix_milliseconds(self) -> i64 {
        self.milliseconds
    }

    /// Reads a FHIR `instant` or a `dateTime` with a time; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let span = Span::parse(text, 0)?;
        (text.len() > 10).then_some(span.start)
    }

    /// The time from `earlier` to here; zero where `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        let milliseconds = self.milliseconds.saturating_sub(earlier.milliseconds);
        Duration::from_millis(u64::try_from(milliseconds).unwrap_or(0))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        let added = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self { milliseconds: self.milliseconds.saturating_add(added) }
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.milliseconds.div_euclid(DAY));
        let time = self.milliseconds.rem_euclid(DAY);
        let (hour, minute) = (time / (60 * MINUTE), time / MINUTE % 60);
        let (second, milliseconds) = (time / 1000 % 60, time % 1000);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milliseconds:03}Z")
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            de::Error::custom(format!("expected a FHIR instant, found a text of {} bytes", text.len()))
        })
    }
}

impl FromJson for Instant {
    fn blank() -> Self {
        Self::from_unix_milliseconds(0)
    }

    fn read(&mut self, value: Value<'_>) -> Result<(), Unfit> {
        *self = Self::parse(&String::from_json(value)?).ok_or(Unfit::Form)?;
        Ok(())
    }
}

/// All the time that a FHIR `date`, `dateTime` or `instant` may mean: a year is a whole year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first millisecond.
    pub start: Instant,
    /// The last millisecond.
    pub end: Instant,
}

impl Span {
    /// Reads `YYYY`, `YYYY-MM`, `YYYY-MM-DD` or a date and time with seconds and offset (R4
    /// datatypes, date and dateTime). A text without an offset is taken in a zone
    /// `zone_minutes` east of UTC. `None` where the text is no such date, on the calendar too.
    ///
    /// ```
    /// use fhir_solicit::fhir::time::Span;
    ///
    /// let day = Span::parse("2024-02-29", 0).unwrap();
    /// assert_eq!(day.end.to_string(), "2024-02-29T23:59:59.999Z");
    /// assert!(Span::parse("2023-02-29", 0).is_none());
    /// ```
    pub fn parse(text: &str, zone_minutes: i32) -> Option<Self> {
        let bytes = text.as_bytes();
        let year = digits(bytes, 0, 4).filter(|&year| year > 0)?;
        let month = separated(bytes, 4, b'-', 2).ok()?;
        let day = separated(bytes, 7, b'-', 2).ok()?;
        if month.is_some_and(|month| !(1..=12).contains(&month))
            || day.is_some_and(|day| !(1..=days_in_month(year, month.unwrap_or(1))).contains(&day))
        {
            return None;
        }
        let zone = i64::from(zone_minutes) * MINUTE;
        let midnight = |year, month, day| days_from_civil(year, month, day) * DAY - zone;
        let (start, end) = match (month, day) {
            (None, _) => (midnight(year, 1, 1), midnight(year + 1, 1, 1)),
            (Some(12), None) => (midnight(year, 12, 1), midnight(year + 1, 1, 1)),
            (Some(month), None) => (midnight(year, month, 1), midnight(year, month + 1, 1)),
            (Some(month), Some(day)) if bytes.len() == 10 => {
                let start = midnight(year, month, day);
                (start, start + DAY)
            }
            (Some(month), Some(day)) => {
                let start = days_from_civil(year, month, day) * DAY + time_of_day(&bytes[10..])?;
                (start, start + 1)
            }
        };
        Some(Self {
            start: Instant::from_unix_milliseconds(start),
            end: Instant::from_unix_milliseconds(end - 1),
        })
    }
}

/// `Thh:mm:ss[.fff](Z|±hh:mm)` as milliseconds after midnight UTC; may be negative.
fn time_of_day(bytes: &[u8]) -> Option<i64> {
    let hour = separated(bytes, 0, b'T', 2).ok()??;
    let minute = separated(bytes, 3, b':', 2).ok()??;
    let second = separated(bytes, 6, b':', 2).ok()??;
    // FHIR allows a leap second, which clocks here fold into the next minute.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut rest = &bytes[9..];
    let mut milliseconds = 0;
    if let Some(fraction) = rest.strip_prefix(b".") {
        let length = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if length == 0 {
            return None;
        }
        for at in 0..3 {
            let digit = fraction[..length].get(at).map_or(0, |byte| i64::from(byte - b'0'));
            milliseconds = milliseconds * 10 + digit;
        }
        rest = &fraction[length..];
    }
    let offset = match rest {
        b"Z" => 0,
        [sign @ (b'+' | b'-'), zone @ ..] if zone.len() == 5 => {
            let hours = digits(zone, 0, 2)?;
            let minutes = separated(zone, 2, b':', 2).ok()??;
            // XML Schema, which FHIR follows, knows offsets up to 14:00.
            if minutes > 59 || hours * 60 + minutes > 14 * 60 {
                return None;
            }
            (hours * 60 + minutes) * if *sign == b'-' { -1 } else { 1 }
        }
        _ => return None,
    };
    Some((hour * 60 + minute - offset) * MINUTE + second * 1000 + milliseconds)
}

fn digits(bytes: &[u8], at: usize, count: usize) -> Option<i64> {
    bytes
        .get(at..at + count)?
        .iter()
        .try_fold(0, |value, byte| byte.is_ascii_digit().then(|| value * 10 + i64::from(byte - b'0')))
}

/// Something else stands where a part of a date was expected.
struct Malformed;

/// The number after `separator` at `at`; `None` where the text ends there.
fn separated(bytes: &[u8], at: usize, separator: u8, count: usize) -> Result<Option<i64>, Malformed> {
    match bytes.get(at) {
        None => Ok(None),
        Some(&byte) if byte == separator => digits(bytes, at + 1, count).map(Some).ok_or(Malformed),
        Some(_) => Err(Malformed),
    }
}

/// Days in a month of the Gregorian calendar.
pub fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar, in years that begin in March so that
/// the leap day comes last.
pub(crate) fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The inverse of [`days_from_civil`].
pub(crate) fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn instants_survive_writing_and_reading() {
        for (text, shown) in [
            ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"),
            ("2016-06-10T11:01:10-08:00", "2016-06-10T19:01:10.000Z"),
            ("2024-02-29T23:59:59.9999+14:00", "2024-02-29T09:59:59.999Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
            ("2015-06-30T23:59:60Z", "2015-07-01T00:00:00.000Z"),
        ] {
            let instant = Instant::parse(text).unwrap();
            assert_eq!(instant.to_string(), shown);
            assert_eq!(Instant::parse(shown), Some(instant));
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "24",
            "2024-",
            "2024-13",
            "2024-00",
            "2024-2-1",
            "2024-04-31",
            "1900-02-29",
            "0000",
            "2024-01-01T",
            "2024-01-01T10:00Z",
            "2024-01-01T10:00:00",
            "2024-01-01T24:00:00Z",
            "2024-01-01T10:00:00.Z",
            "2024-01-01T10:00:00+15:00",
            "2024-01-01T10:00:00+0100",
            "2024-01-01 10:00:00Z",
            "2024-01-01T10:00:00Zx",
            "２０２４",
        ] {
            assert!(Span::parse(text, 0).is_none(), "{text}");
        }
        assert!(Instant::parse("2024-01-01").is_none(), "a day is no instant");
    }

    #[test]
    fn a_partial_date_is_a_span_in_its_zone() {
        let span = |text, zone| {
            let span = Span::parse(text, zone).unwrap();
            (span.start.to_string(), span.end.to_string())
        };
        assert_eq!(span("2024", 0), ("2024-01-01T00:00:00.000Z".into(), "2024-12-31T23:59:59.999Z".into()));
        assert_eq!(span("2024-12", 60).1, "2024-12-31T22:59:59.999Z");
        assert_eq!(span("2024-02-29", -300).0, "2024-02-29T05:00:00.000Z");
    }

    #[test]
    fn the_calendar_is_its_own_inverse() {
        for days in (-719_162..2_932_896).step_by(97) {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year, month, day), days);
            assert!((1..=days_in_month(year, month)).contains(&day));
        }
    }
}
