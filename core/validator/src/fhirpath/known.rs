//! Expressions that are known as a whole.

use alloc::{string::String, vec};

use super::program::{Node, Op, Program};

/// A constraint that occurs so often, or would cost so much, that there is a short way to decide
/// it. Each stands for the expressions that FHIR uses for it; the caller decides it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// `ele-1`: an element has a value or children.
    HasContent,
    /// `dom-3`: what is contained is referenced.
    ContainedIsReferenced,
    /// `ref-1`: a reference that begins with `#` leads to a contained resource.
    ReferenceIsContained,
    /// `txt-1` and `txt-2`: a narrative has the markup that it may have, and some text.
    HasAllowedMarkup,
}

impl Known {
    /// Those that packs keep by their keys. [`Known::HasAllowedMarkup`] they keep as the one function it is.
    pub const ALL: &[Self] = &[Self::HasContent, Self::ContainedIsReferenced, Self::ReferenceIsContained];

    /// The expressions it stands for, letter by letter.
    pub const fn expressions(self) -> &'static [&'static str] {
        match self {
            Self::HasContent => &["hasValue() or (children().count() > id.count())"],
            Self::ContainedIsReferenced => &[
                "contained.where((('#'+id in (%resource.descendants().reference | %resource.descendants().as(canonical) | %resource.descendants().as(uri) | %resource.descendants().as(url))) or descendants().where(reference = '#').exists() or descendants().where(as(canonical) = '#').exists() or descendants().where(as(canonical) = '#').exists()).not()).trace('unmatched', id).empty()",
            ],
            Self::ReferenceIsContained => &[
                "reference.startsWith('#').not() or (reference.substring(1).trace('url') in %rootResource.contained.id.trace('ids'))",
            ],
            Self::HasAllowedMarkup => &["htmlChecks()"],
        }
    }

    const fn key(self) -> &'static str {
        match self {
            Self::HasContent => "ele-1",
            Self::ContainedIsReferenced => "dom-3",
            Self::ReferenceIsContained => "ref-1",
            Self::HasAllowedMarkup => "txt-1",
        }
    }

    pub(super) fn program(self) -> Program {
        let text = String::from(self.key());
        let node = Node::single(Op::Known, false, text.len() as u32);
        Program { nodes: vec![node], text }
    }

    pub(super) fn named(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.key() == key)
    }
}
