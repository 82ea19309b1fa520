//! Dates with prefixes: `ge2026-11-22` (R4 search, date).

use std::time::Duration;

use fhir_solicit::{
    fhir::{Instant, time::Span},
    json::Value,
};

/// A prefix and all the time that a date may mean.
pub(super) struct Range {
    prefix: Prefix,
    span: Span,
}

/// How the time of an element has to lie to the time of the value: the span of the value is the
/// second argument.
type Prefix = fn(Span, Span) -> bool;

fn within(element: Span, value: Span) -> bool {
    value.start <= element.start && element.end <= value.end
}

const PREFIXES: [(&str, Prefix); 8] = [
    ("eq", within),
    ("ne", |element, value| !within(element, value)),
    ("gt", |element, value| element.end > value.end),
    ("lt", |element, value| element.start < value.start),
    ("ge", |element, value| element.end > value.end || within(element, value)),
    ("le", |element, value| element.start < value.start || within(element, value)),
    ("sa", |element, value| element.start > value.end),
    ("eb", |element, value| element.end < value.start),
];

impl Range {
    /// Reads a date with or without prefix; `None` for anything else.
    pub(super) fn read(value: &str) -> Option<Self> {
        let prefixed = PREFIXES.iter().find_map(|(name, prefix)| Some((*prefix, value.strip_prefix(name)?)));
        let (prefix, date) = prefixed.unwrap_or((within, value));
        let mut span = Span::parse(date, 0)?;
        if date.contains('T') && !date.contains('.') {
            span.end = span.end + Duration::from_millis(999);
        }
        Some(Self { prefix, span })
    }
}

/// Whether the time of an element lies as the value asks.
pub(super) fn fits(element: Value<'_>, value: &str) -> bool {
    let range = Range::read(value);
    range.zip(span(element)).is_some_and(|(range, span)| (range.prefix)(span, range.span))
}

/// The time of a date, dateTime, instant or Period; an open end is open.
pub(super) fn span(element: Value<'_>) -> Option<Span> {
    if let Some(text) = element.as_str() {
        return Span::parse(&text, 0);
    }
    let limit = |name| element.string(name).and_then(|text| Span::parse(&text, 0));
    let (start, end) = (limit("start"), limit("end"));
    if start.is_none() && end.is_none() {
        return None;
    }
    Some(Span {
        start: start.map_or(Instant::from_unix_milliseconds(i64::MIN), |span| span.start),
        end: end.map_or(Instant::from_unix_milliseconds(i64::MAX), |span| span.end),
    })
}
