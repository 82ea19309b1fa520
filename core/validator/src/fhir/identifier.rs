//! Business identifiers.

use alloc::{format, string::String};

use serde::{Deserialize, Serialize};

use crate::json::{FromJson, Value};

/// The system of identifiers that are URIs themselves (R4 datatypes, Identifier).
const URI_SYSTEM: &str = "urn:ietf:rfc:3986";

/// A business identifier: FHIR `Identifier`, of which `system` and `value` are kept.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub struct Identifier {
    /// The namespace of the value, 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// The value, unique within the system, 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

impl Identifier {
    /// The identifier `value` in `system`.
    pub fn new(system: &str, value: &str) -> Self {
        Self { system: Some(system.into()), value: Some(value.into()) }
    }

    /// A UUID as a business identifier: `urn:uuid:…` in the system of URIs.
    pub fn uuid(uuid: &str) -> Self {
        Self::new(URI_SYSTEM, &format!("urn:uuid:{uuid}"))
    }

    /// Reads an `Identifier` element.
    pub fn read(value: Value<'_>) -> Self {
        Self { system: value.string("system").map(Into::into), value: value.string("value").map(Into::into) }
    }

    /// Whether both name the same thing: equal value, present, and equal system.
    pub fn same(&self, other: &Self) -> bool {
        self.value.is_some() && self == other
    }

    /// The search token `system|value`, with `\`, `,`, `$` and `|` of the parts escaped
    /// (R4 search, escaping); `None` without a value.
    pub fn token(&self) -> Option<String> {
        let escape = |part: &str| {
            part.chars().fold(String::new(), |mut text, character| {
                if matches!(character, '\\' | ',' | '$' | '|') {
                    text.push('\\');
                }
                text.push(character);
                text
            })
        };
        let value = escape(self.value.as_deref()?);
        Some(match &self.system {
            Some(system) => format!("{}|{value}", escape(system)),
            None => value,
        })
    }
}
