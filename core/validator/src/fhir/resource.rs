//! What every resource has.

use alloc::borrow::Cow;

use super::{Identifier, Instant};
use crate::json::{Document, Kind, Value};

/// Whether `text` has the form of a FHIR `id`: 1 to 64 letters, digits, `-` and `.`.
pub fn is_id(text: &str) -> bool {
    (1..=LONGEST_ID).contains(&text.len()) && text.bytes().all(|byte| IN_IDS[byte as usize])
}

/// Most characters an id has (R4 datatypes, id).
pub(super) const LONGEST_ID: usize = 64;

/// Whether a byte may stand in an id.
pub(super) static IN_IDS: [bool; 256] = {
    let (mut is_in, mut byte) = ([false; 256], 0_u8);
    while byte < 0x80 {
        is_in[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
        byte += 1;
    }
    is_in
};

/// A view on any resource: an object with a `resourceType`.
#[derive(Clone, Copy, Debug)]
pub struct Resource<'d>(Value<'d>);

impl<'d> Resource<'d> {
    /// A view on `value`, where it is an object that names its type.
    pub fn of(value: Value<'d>) -> Option<Self> {
        let named = value.get("resourceType").is_some_and(|name| name.kind() == Kind::String);
        named.then_some(Self(value))
    }

    /// A view on the resource that a document holds.
    pub fn read(document: &'d Document) -> Option<Self> {
        Self::of(document.root())
    }

    /// The element itself.
    pub fn value(self) -> Value<'d> {
        self.0
    }

    /// The `resourceType`.
    pub fn resource_type(self) -> Cow<'d, str> {
        self.0.string("resourceType").unwrap_or_default()
    }

    /// Whether this is a `resource_type`.
    pub fn is(self, resource_type: &str) -> bool {
        self.resource_type() == resource_type
    }

    /// The logical id, 0..1; `None` too where it is no FHIR id, since ids become URLs.
    pub fn id(self) -> Option<Cow<'d, str>> {
        self.0.string("id").filter(|id| is_id(id))
    }

    /// `meta.versionId`, 0..1. Opaque: equal or not equal, never ordered.
    pub fn version_id(self) -> Option<Cow<'d, str>> {
        self.0.get("meta")?.string("versionId")
    }

    /// `meta.lastUpdated`, 0..1.
    pub fn last_updated(self) -> Option<Instant> {
        Instant::parse(&self.0.get("meta")?.string("lastUpdated")?)
    }

    /// The `status` element as text, 0..1.
    pub fn status(self) -> Option<Cow<'d, str>> {
        self.0.string("status")
    }

    /// The business identifiers, whether the type has one or many.
    pub fn identifiers(self) -> impl Iterator<Item = Identifier> + 'd {
        let element = self.0.get("identifier");
        let single = element.filter(|value| value.kind() == Kind::Object);
        self.0.list("identifier").chain(single).map(Identifier::read)
    }

    /// Whether `meta.tag` has this code.
    pub fn has_tag(self, system: &str, code: &str) -> bool {
        let tags = self.0.get("meta").map(|meta| meta.list("tag"));
        tags.into_iter().flatten().any(|tag| {
            tag.string("system").as_deref() == Some(system) && tag.string("code").as_deref() == Some(code)
        })
    }

    /// Whether anything in it carries a `modifierExtension`, which may change the meaning of what
    /// stands beside it (R4 extensibility, modifier extensions).
    pub fn has_modifier_extension(self) -> bool {
        let mut open = alloc::vec![self.0];
        while let Some(value) = open.pop() {
            for (key, member) in value.members() {
                if key.is("modifierExtension") {
                    return true;
                }
                open.push(member);
            }
            open.extend(value.items());
        }
        false
    }

    /// The resources inside a Bundle's entries that are matches: outcomes and included resources
    /// of a searchset are left out where they are marked as such.
    pub fn entries(self) -> impl Iterator<Item = Resource<'d>> + 'd {
        self.0.list("entry").filter_map(|entry| {
            let mode = entry.get("search").and_then(|search| search.string("mode"));
            let is_match = mode.is_none_or(|mode| mode == "match");
            entry.get("resource").filter(|_| is_match).and_then(Resource::of)
        })
    }

    /// Where the next page of a searchset is, `link` of relation `next`, 0..1 (R4 http.html#paging).
    pub fn next_page(self) -> Option<Cow<'d, str>> {
        let mut links = self.0.list("link");
        links.find(|link| link.string("relation").as_deref() == Some("next"))?.string("url")
    }
}
