//! What a Communication refers to, and what has become of it.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::Refusal;
use crate::{
    exchange::{Fault, FaultKind, Servers, Unlocated},
    fhir::{Communication, Resource},
    json::{Document, FromJson},
};

/// Reads under way at once.
pub(super) const MOST_READS: usize = 8;

/// What a person is told of a Communication that may say something else than it seems to (R4).
pub(super) const MODIFIED: &str = "a Communication carries a modifier extension, which may change what it says; read it, then close what it came to";

/// What a Communication refers to.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    /// The reference as it stands in `contentReference`.
    pub reference: String,
    /// The resource, once it was fetched (R115); where it had to be signed, the searchset that holds
    /// it and bears the signature (R41).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Document>,
    /// Why it was not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unlocated: Option<Unlocated>,
    /// Why it could not be had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
    /// What the application has said of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<Taken>,
}

/// Why what a Communication refers to need not be fetched by the machine (R115).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "kebab-case")]
pub enum Taken {
    /// The application has fetched it, as it does what is large.
    Fetched,
    /// The application does without it.
    Waived,
}

impl Content {
    /// Of what `reference` leads to, which is still to be fetched, or cannot be.
    pub(super) fn new(reference: String, unlocated: Option<Unlocated>) -> Self {
        Self { reference, document: None, unlocated, fault: None, taken: None }
    }

    /// What a Communication that was read on the server `from` refers to, itself aside.
    pub(super) fn all_of(communication: &Document, from: &str, servers: &Servers) -> Vec<Self> {
        let payloads = Communication::read(communication).into_iter().flat_map(|it| it.payloads());
        let references = payloads.filter_map(|payload| payload.content_reference()?.reference);
        let outside = references.filter(|reference| !reference.starts_with('#'));
        let of = |reference: String| {
            let unlocated = servers.locate(&reference, from).err();
            Self::new(reference, unlocated)
        };
        outside.map(of).collect()
    }

    /// Notes what the application says of what was referred to.
    pub(super) fn take<'c>(
        contents: impl Iterator<Item = &'c mut Self>,
        reference: &str,
        taken: Taken,
    ) -> Result<(), Refusal> {
        let mut named = contents.filter(|content| content.reference == reference).peekable();
        if named.peek().is_none() {
            return Err(Refusal::NotNow("nothing that has arrived has this reference"));
        }
        named.for_each(|content| content.taken = Some(taken));
        Ok(())
    }

    /// Whether it is still to be fetched.
    pub(super) fn is_open(&self) -> bool {
        self.document.is_none() && self.unlocated.is_none() && self.fault.is_none() && self.taken.is_none()
    }

    /// Whether it could not be had, and somebody has to decide (R115).
    pub(super) fn is_lacking(&self) -> bool {
        self.document.is_none() && self.taken.is_none() && !self.is_open()
    }

    /// Whether asking again may help where asking has not helped.
    pub(super) fn may_be_there_now(&self) -> bool {
        let kind = self.fault.as_ref().map(|fault| fault.kind);
        let last = [FaultKind::Gone, FaultKind::TooLarge, FaultKind::Unreadable, FaultKind::WrongResource];
        self.is_lacking() && kind.is_some_and(|kind| !last.contains(&kind))
    }

    pub(super) fn is_empty_searchset(&self) -> bool {
        self.document.as_ref().and_then(Resource::read).is_some_and(is_empty_searchset)
    }
}

/// Whether a searchset holds nothing but searchsets of which the same is true: one that was fetched by
/// search is the entry of another.
fn is_empty_searchset(bundle: Resource<'_>) -> bool {
    bundle.is("Bundle")
        && bundle.value().string("type").as_deref() == Some("searchset")
        && bundle.entries().all(is_empty_searchset)
}
