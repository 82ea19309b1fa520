//! Why something could not be compiled.

use crate::{
    PackageError,
    fsh::FshError,
    json::{ParseError, Unfit},
};

/// Why a definition could not be read or compiled. It names the definition, and the element where it is one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file is not JSON.
    #[error("{file} is not JSON: {source}")]
    Json {
        /// The name it was given by.
        file: String,
        /// What is wrong with it.
        source: ParseError,
    },
    /// A file is JSON, and not the resource that its type promises.
    #[error("{file} is not what a {resource_type} is{at}: {source}", at = at(element))]
    Malformed {
        /// The name it was given by.
        file: String,
        /// What it says it is.
        resource_type: String,
        /// The element it defines that is not as it should be, where it is one.
        element: String,
        /// What is wrong with it.
        source: Unfit,
    },
    /// A package cannot be read.
    #[error("{name}: {source}")]
    Package {
        /// The name it was given by.
        name: String,
        /// What is wrong with it.
        source: PackageError,
    },
    /// A line of FHIR Shorthand cannot be understood.
    #[error(transparent)]
    Shorthand(#[from] FshError),
    /// A type or element that another needs is not among the definitions.
    #[error("the definitions have no {0}")]
    Missing(String),
    /// A definition says something that this compiler does not understand.
    #[error("{definition}{at}: {what} is not known to this compiler: {found}", at = at(element))]
    Unknown {
        /// The URL or name of the definition.
        definition: String,
        /// The element that says it, where it is one.
        element: String,
        /// What kind of thing.
        what: &'static str,
        /// What was found.
        found: String,
    },
    /// A profile speaks of an element that its type does not have.
    #[error("{definition}, element {element}: {parent} has no element {name}")]
    NoElement {
        /// The URL of the definition.
        definition: String,
        /// The element, by id or path.
        element: String,
        /// The type or element it is said to be in.
        parent: String,
        /// The name that is not known there.
        name: String,
    },
    /// A profile is derived from itself.
    #[error("{definition} is derived from itself, by {through}")]
    Circular {
        /// The URL of the definition.
        definition: String,
        /// The definition that names it as its base.
        through: String,
    },
    /// A definition is larger than any honest one.
    #[error("{definition}{at}: more than {most} {what}", at = at(element))]
    Limit {
        /// The URL of the definition.
        definition: String,
        /// The element where it became too much, where it is one.
        element: String,
        /// How many there may be.
        most: usize,
        /// Of what.
        what: &'static str,
    },
}

fn at(element: &str) -> String {
    if element.is_empty() { String::new() } else { format!(", element {element}") }
}
