//! What collections hold.

use alloc::{borrow::Cow, boxed::Box, format, string::ToString};

use super::{
    decimal::Decimal,
    model::{Class, Element, Model},
    moment::Moment,
};
use crate::json::Kind;

/// An item of a collection: an element of the resource, or a value that was calculated. What is larger than an element
/// is somewhere else, so that items are quick to move.
#[derive(Clone, Debug)]
pub(super) enum Item<'a> {
    Element(Element<'a>),
    Boolean(bool),
    Number(Box<Decimal>),
    Integer(i64),
    Text(Cow<'a, str>),
    Moment(Box<Moment>),
    Quantity(Box<(Decimal, Cow<'a, str>)>),
}

/// An item as a value to calculate and compare with.
#[derive(Clone, Debug)]
pub(super) enum Plain<'a> {
    Boolean(bool),
    Number(Decimal),
    Text(Cow<'a, str>),
    Moment(Moment),
    /// A number with its unit, or with system and code, between which there is a `|`.
    Quantity(Decimal, Cow<'a, str>),
}

impl<'a> Item<'a> {
    /// How many there are of something.
    pub(super) fn count(count: usize) -> Self {
        Self::Integer(i64::try_from(count).unwrap_or(i64::MAX))
    }

    pub(super) fn number(number: Decimal) -> Self {
        Self::Number(Box::new(number))
    }

    pub(super) fn moment(moment: Moment) -> Self {
        Self::Moment(Box::new(moment))
    }

    /// The item as a value; `None` for an element that has none or has elements instead.
    pub(super) fn plain(&self, model: &dyn Model) -> Option<Plain<'a>> {
        Some(match self {
            Self::Boolean(value) => Plain::Boolean(*value),
            Self::Number(value) => Plain::Number(**value),
            Self::Integer(value) => Plain::Number((*value).into()),
            Self::Text(value) => Plain::Text(value.clone()),
            Self::Moment(value) => Plain::Moment(**value),
            Self::Quantity(value) => Plain::Quantity(value.0, value.1.clone()),
            Self::Element(element) => return plain_element(*element, model),
        })
    }

    /// The item as text, where it is a text or a primitive of FHIR that is one in JSON.
    pub(super) fn text(&self) -> Option<Cow<'a, str>> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Element(element) => element.value?.as_str(),
            _ => None,
        }
    }
}

fn plain_element<'a>(element: Element<'a>, model: &dyn Model) -> Option<Plain<'a>> {
    let value = element.value?;
    match value.kind() {
        Kind::Boolean => value.as_bool().map(Plain::Boolean),
        Kind::Number => Decimal::parse(value.raw()).map(Plain::Number),
        Kind::String => {
            let text = value.as_str()?;
            let moment = match model.class(element.of) {
                Some(Class::Moment) => Moment::parse(&text),
                _ => None,
            };
            Some(moment.map_or(Plain::Text(text), Plain::Moment))
        }
        Kind::Object if model.is(element.of, "Quantity") => {
            let number = Decimal::parse(value.get("value")?.as_number()?)?;
            let unit = match value.string("code") {
                Some(code) => format!("{}|{code}", value.string("system").unwrap_or_default()).into(),
                None => value.string("unit").unwrap_or_default(),
            };
            Some(Plain::Quantity(number, unit))
        }
        _ => None,
    }
}

impl Plain<'_> {
    /// The text that `toString` gives.
    pub(super) fn to_text(&self) -> alloc::string::String {
        match self {
            Self::Boolean(value) => value.to_string(),
            Self::Number(value) => value.to_string(),
            Self::Text(value) => value.to_string(),
            Self::Moment(value) => value.text(),
            Self::Quantity(number, unit) => format!("{number} '{}'", ucum(unit)),
        }
    }
}

/// The unit alone, of a unit that may have its system before it.
pub(super) fn ucum(unit: &str) -> &str {
    unit.strip_prefix("http://unitsofmeasure.org|").unwrap_or(unit)
}
