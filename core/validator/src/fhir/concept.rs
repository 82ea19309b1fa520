//! Codes with their systems.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::json::{FromJson, Value};

/// A code defined by a system: FHIR `Coding`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub struct Coding {
    /// The system that defines the code, 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// The code, 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What the system calls it, 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
}

impl Coding {
    /// A coding without display.
    pub fn new(system: &str, code: &str) -> Self {
        Self { system: Some(system.into()), code: Some(code.into()), display: None }
    }

    /// Reads a `Coding` element; what is absent or of another kind is `None`.
    pub fn read(value: Value<'_>) -> Self {
        let text = |name| value.string(name).map(Into::into);
        Self { system: text("system"), code: text("code"), display: text("display") }
    }

    /// Whether both mean the same code: equal system and equal, present code.
    pub fn same_code(&self, other: &Self) -> bool {
        self.code.is_some() && self.code == other.code && self.system == other.system
    }
}

/// A concept by codes, by text or both: FHIR `CodeableConcept`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub struct CodeableConcept {
    /// Codes for the concept, 0..*.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coding: Vec<Coding>,
    /// The concept in words, 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl CodeableConcept {
    /// A concept in words only.
    pub fn text(text: &str) -> Self {
        Self { coding: Vec::new(), text: Some(text.into()) }
    }

    /// A concept with one code.
    pub fn code(system: &str, code: &str) -> Self {
        Self { coding: alloc::vec![Coding::new(system, code)], text: None }
    }

    /// Reads a `CodeableConcept` element.
    pub fn read(value: Value<'_>) -> Self {
        Self {
            coding: value.list("coding").map(Coding::read).collect(),
            text: value.string("text").map(Into::into),
        }
    }

    /// Whether any code of one is a code of the other.
    pub fn shares_code_with(&self, other: &Self) -> bool {
        self.coding.iter().any(|mine| other.coding.iter().any(|theirs| mine.same_code(theirs)))
    }

    /// The words for it: the text, else the first display, else the first code.
    pub fn words(&self) -> Option<&str> {
        let first = |pick: fn(&Coding) -> Option<&String>| self.coding.iter().find_map(pick);
        self.text
            .as_ref()
            .or_else(|| first(|coding| coding.display.as_ref()))
            .or_else(|| first(|coding| coding.code.as_ref()))
            .map(String::as_str)
    }
}
