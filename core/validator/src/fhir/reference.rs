//! References, and what their text means.

use alloc::{borrow::Cow, format, string::String};

use serde::{Deserialize, Serialize};

use super::{
    Identifier,
    resource::{IN_IDS, LONGEST_ID},
};
use crate::json::{FromJson, Value};

/// A reference from one resource to another: FHIR `Reference`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub struct Reference {
    /// The literal reference: relative, absolute, `#id` or `urn:…`, 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The logical reference, 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identifier: Option<Identifier>,
    /// Words for the target, 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
}

impl Reference {
    /// A literal reference.
    pub fn to(reference: &str) -> Self {
        Self { reference: Some(reference.into()), ..Self::default() }
    }

    /// The same with a logical reference beside it.
    #[must_use]
    pub fn with_identifier(self, identifier: Identifier) -> Self {
        Self { identifier: Some(identifier), ..self }
    }

    /// Reads a `Reference` element.
    pub fn read(value: Value<'_>) -> Self {
        let text = |name| value.string(name).map(Cow::into_owned);
        Self {
            reference: text("reference"),
            identifier: value.get("identifier").map(Identifier::read),
            display: text("display"),
        }
    }

    /// What the literal reference points at, where there is one.
    pub fn target(&self) -> Option<Target<'_>> {
        self.reference.as_deref().map(Target::parse)
    }
}

/// A literal reference that follows the RESTful form `[base/]Type/id[/_history/version]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Literal<'t> {
    /// The base of an absolute reference, without a slash at its end.
    pub base: Option<&'t str>,
    /// The resource type.
    pub resource_type: &'t str,
    /// The logical id.
    pub id: &'t str,
    /// The version, where one is named.
    pub version: Option<&'t str>,
}

impl Literal<'_> {
    /// `Type/id`.
    pub fn relative(&self) -> String {
        format!("{}/{}", self.resource_type, self.id)
    }

    /// The reference without its version: `[base/]Type/id`.
    pub fn unversioned(&self) -> String {
        match self.base {
            Some(base) => format!("{base}/{}/{}", self.resource_type, self.id),
            None => self.relative(),
        }
    }
}

/// What the text of a `Reference.reference` points at (R4 references, literal references).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'t> {
    /// `#id`: a resource inside this one; `#` alone is the containing resource itself.
    Contained(&'t str),
    /// A resource on a FHIR server.
    Literal(Literal<'t>),
    /// `urn:uuid:…` or `urn:oid:…`: a resource in the same Bundle.
    Urn(&'t str),
    /// Anything else, such as a URL that does not follow the RESTful form.
    Other(&'t str),
}

impl<'t> Target<'t> {
    /// Takes `reference` apart. Never fails; what follows no known form is [`Target::Other`].
    ///
    /// ```
    /// use fhir_solicit::fhir::{Literal, Target};
    ///
    /// let Target::Literal(literal) = Target::parse("https://a.example/fhir/Task/7/_history/2") else {
    ///     panic!("a RESTful reference");
    /// };
    /// assert_eq!(literal.base, Some("https://a.example/fhir"));
    /// assert_eq!(literal.relative(), "Task/7");
    /// assert_eq!(literal.version, Some("2"));
    /// ```
    pub fn parse(reference: &'t str) -> Self {
        if let Some(id) = reference.strip_prefix('#') {
            return Self::Contained(id);
        }
        if reference.starts_with("urn:") {
            return Self::Urn(reference);
        }
        Self::literal(reference).map_or(Self::Other(reference), Self::Literal)
    }

    fn literal(reference: &'t str) -> Option<Literal<'t>> {
        let reference = if reference.ends_with('/') { reference.trim_end_matches('/') } else { reference };
        let (mut rest, mut id) = split_id(reference)?;
        let version = rest.strip_suffix("/_history").map(|resource| (resource, id));
        if let Some((resource, _)) = version {
            (rest, id) = split_id(resource)?;
        }
        let (base, resource_type) = match split_run(rest, u8::is_ascii_alphanumeric) {
            Some((base, resource_type)) => (Some(base?), resource_type),
            None => (None, rest),
        };
        let version = version.map(|(_, version)| version);
        let absolute = base.is_none_or(|base| base.starts_with("http://") || base.starts_with("https://"));
        let is_type = resource_type.starts_with(|first: char| first.is_ascii_uppercase());
        // No server has its resources where the versions of others are.
        let versioned = match (version, base) {
            (None, Some(base)) => {
                !base.as_bytes().contains(&b'_') || base.split('/').all(|part| part != "_history")
            }
            _ => true,
        };
        (absolute && is_type && versioned).then_some(Literal { base, resource_type, id, version })
    }
}

/// The run of bytes at the end of `text` that may stand in it, and what is before the slash that ends it, if it is one;
/// nothing where all of the text is in the run. One look at each byte tells where a part ends and whether it is one.
fn split_run(text: &str, is_in: impl Fn(&u8) -> bool) -> Option<(Option<&str>, &str)> {
    let at = text.as_bytes().iter().rposition(|byte| !is_in(byte))?;
    let run = text.get(at + 1..).unwrap_or_default();
    Some((text.get(..at).filter(|_| text.as_bytes()[at] == b'/'), run))
}

/// What is before the last slash, and the id after it.
fn split_id(text: &str) -> Option<(&str, &str)> {
    let (rest, id) = split_run(text, |byte| IN_IDS[*byte as usize])?;
    (1..=LONGEST_ID).contains(&id.len()).then_some((rest?, id))
}

/// The URL and the version of a canonical reference: `url|version`, the version being optional (R4 references,
/// canonical URLs).
///
/// ```
/// use fhir_solicit::fhir::split_canonical;
///
/// assert_eq!(split_canonical("http://example.org/q|1.0"), ("http://example.org/q", Some("1.0")));
/// assert_eq!(split_canonical("http://example.org/q"), ("http://example.org/q", None));
/// ```
pub fn split_canonical(canonical: &str) -> (&str, Option<&str>) {
    canonical.split_once('|').map_or((canonical, None), |(url, version)| (url, Some(version)))
}

impl core::fmt::Display for Literal<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.unversioned())?;
        self.version.map_or(Ok(()), |version| write!(f, "/_history/{version}"))
    }
}

#[cfg(test)]
mod tests {
    use alloc::{vec, vec::Vec};

    use proptest::prelude::*;

    use super::*;
    use crate::fhir::is_id;

    #[test]
    fn the_forms_of_a_literal_reference() {
        let literal = |text| match Target::parse(text) {
            Target::Literal(literal) => {
                Some((literal.base, literal.resource_type, literal.id, literal.version))
            }
            _ => None,
        };
        assert_eq!(literal("Task/1"), Some((None, "Task", "1", None)));
        assert_eq!(literal("Task/1/"), Some((None, "Task", "1", None)));
        assert_eq!(literal("Task/1/_history/a.b"), Some((None, "Task", "1", Some("a.b"))));
        assert_eq!(literal("http://h/fhir/Task/1"), Some((Some("http://h/fhir"), "Task", "1", None)));
        assert_eq!(literal("http://h/_history/Task/1"), None);
        for other in ["", "Task", "task/1", "Task/a b", "fhir/Task/1", "ftp://h/Task/1", "Task/1/_history/"] {
            assert!(literal(other).is_none(), "{other}");
        }
        assert_eq!(Target::parse("#p"), Target::Contained("p"));
        assert_eq!(Target::parse("urn:uuid:x"), Target::Urn("urn:uuid:x"));
        assert!(matches!(Target::parse("https://h/x?y=Task/1"), Target::Other(_)));
    }

    /// The same part by part.
    fn by_parts(text: &str) -> Option<(Option<String>, &str, &str, Option<&str>)> {
        let parts: Vec<&str> = text.trim_end_matches('/').split('/').collect();
        let (before, of, id, version) = match parts[..] {
            [ref before @ .., of, id, "_history", version] => (before, of, id, Some(version)),
            [ref before @ .., of, id] => (before, of, id, None),
            _ => return None,
        };
        let base = (!before.is_empty()).then(|| before.join("/"));
        let is_absolute = base.as_deref().is_none_or(|base| base.starts_with("http://"));
        let is_type =
            of.starts_with(char::is_uppercase) && of.is_ascii() && of.chars().all(char::is_alphanumeric);
        let is_versioned = version.map_or_else(|| !before.contains(&"_history"), is_id);
        (is_absolute && is_type && is_id(id) && is_versioned).then_some((base, of, id, version))
    }

    proptest! {
        #[test]
        fn literal_references_are_their_parts(
            before in prop::collection::vec("http:||a_b|_history|Task|é", 0..4),
            of in "Task|A1|task|Tä|T-|",
            parts in prop::collection::vec("_history|[a.-]{1,2}|é|x{63,65}|", 1..4),
            end in "/{0,2}",
        ) {
            let text = [before, vec![of], parts].concat().join("/") + &end;
            let found = match Target::parse(&text) {
                Target::Literal(Literal { base, resource_type, id, version }) => {
                    Some((base.map(String::from), resource_type, id, version))
                }
                _ => None,
            };
            prop_assert_eq!(found, by_parts(&text), "{}", text);
        }
    }
}
