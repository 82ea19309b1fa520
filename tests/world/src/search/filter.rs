//! One parameter of a search, and whether a resource passes it.

use fhir_solicit::json::{Kind as Json, Value};

use super::{
    date, escape,
    parameters::{self, Kind, Parameter},
    reference, string, token,
};
use crate::{refusal::Refusal, server::Server};

/// What may follow a parameter's name after a colon.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Modifier<'q> {
    None,
    Missing,
    Not,
    Exact,
    Contains,
    Identifier,
    Type(&'q str),
}

/// `name:modifier=value,value`: passes where any of the values fits.
pub(crate) struct Filter<'q> {
    parameter: &'static Parameter,
    modifier: Modifier<'q>,
    /// Split at commas, still escaped.
    values: Vec<&'q str>,
}

impl<'q> Filter<'q> {
    /// Reads a parameter; `None` where the type has no such parameter.
    pub(crate) fn read(resource_type: &str, name: &'q str, value: &'q str) -> Result<Option<Self>, Refusal> {
        let (bare, suffix) = name.split_once(':').map_or((name, None), |(bare, suffix)| (bare, Some(suffix)));
        let Some(parameter) = parameters::find(resource_type, bare) else { return Ok(None) };
        let modifier = match (suffix, parameter.kind) {
            (None, _) => Modifier::None,
            (Some("missing"), _) => Modifier::Missing,
            (Some("not"), Kind::Token) => Modifier::Not,
            (Some("exact"), Kind::String) => Modifier::Exact,
            (Some("contains"), Kind::String) => Modifier::Contains,
            (Some("identifier"), Kind::Reference) => Modifier::Identifier,
            (Some(name), Kind::Reference) if crate::types::is_type(name) => Modifier::Type(name),
            _ => return Err(Refusal::invalid(format!("{bare} does not take this modifier"))),
        };
        let values = escape::split(value, ',');
        if parameter.kind == Kind::Date && modifier == Modifier::None {
            for value in &values {
                date::Range::read(value).ok_or_else(|| {
                    Refusal::invalid(format!(
                        "{bare} takes a FHIR date after eq, ne, gt, lt, ge, le, sa or eb"
                    ))
                })?;
            }
        }
        Ok(Some(Self { parameter, modifier, values }))
    }

    /// Whether a resource of `server` passes.
    pub(crate) fn passes(&self, server: &Server, resource: Value<'_>) -> bool {
        let elements = elements(resource, self.parameter);
        match self.modifier {
            Modifier::Missing => {
                let wanted = self.values.contains(&"true");
                elements.is_empty() == wanted
            }
            Modifier::Not => !self.any(server, &elements),
            _ => self.any(server, &elements),
        }
    }

    fn any(&self, server: &Server, elements: &[Value<'_>]) -> bool {
        self.values.iter().any(|value| elements.iter().any(|element| self.fits(server, *element, value)))
    }

    fn fits(&self, server: &Server, element: Value<'_>, value: &str) -> bool {
        match (self.parameter.kind, self.modifier) {
            (Kind::Token, _) => token::fits(element, value),
            (Kind::Date, _) => date::fits(element, value),
            (Kind::Reference, Modifier::Identifier) => {
                element.get("identifier").is_some_and(|identifier| token::fits(identifier, value))
            }
            (Kind::Reference, Modifier::Type(name)) => reference::fits(server, element, value, Some(name)),
            (Kind::Reference, _) => reference::fits(server, element, value, self.parameter.target),
            (Kind::String, Modifier::Exact) => string::fits(element, value, |text, part| text == part),
            (Kind::String, Modifier::Contains) => {
                string::fits(element, value, |text, part| string::fold(text).contains(&string::fold(part)))
            }
            (Kind::String, _) => {
                string::fits(element, value, |text, part| string::fold(text).starts_with(&string::fold(part)))
            }
            (Kind::Uri, _) => element.as_str().is_some_and(|uri| uri == escape::unescape(value)),
        }
    }
}

/// The elements of `resource` that `parameter` looks at.
pub(super) fn elements<'d>(resource: Value<'d>, parameter: &Parameter) -> Vec<Value<'d>> {
    parameter.paths.iter().flat_map(|path| at(resource, path)).collect()
}

fn at<'d>(resource: Value<'d>, path: &str) -> Vec<Value<'d>> {
    path.split('.').fold(vec![resource], |values, name| {
        let found = values.into_iter().filter_map(|value| value.get(name));
        found.flat_map(each).collect()
    })
}

/// The items of an array; anything else is its own only item.
fn each(value: Value<'_>) -> Vec<Value<'_>> {
    if value.kind() == Json::Array { value.items().collect() } else { vec![value] }
}
