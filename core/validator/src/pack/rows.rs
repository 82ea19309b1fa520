//! What the rows of a pack hold, once read.

use core::ops::Range;

use super::{
    Primitive,
    format::{Binding, Kind, Severity, Strength},
    names::Span,
};
use crate::fhirpath::Known;

/// A stretch of the text; known to be UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Text {
    pub(super) start: u32,
    pub(super) end: u32,
}

/// A type, or a structure inside one.
#[derive(Debug)]
pub(crate) struct StructureRow {
    pub(crate) id: u32,
    pub(crate) name: Text,
    pub(crate) kind: Kind,
    /// What the validator treats it as.
    pub(crate) role: Role,
    /// Which primitive it is, where it is one.
    pub(crate) primitive: Option<Primitive>,
    pub(crate) elements: Range<u32>,
    pub(crate) constraints: Range<u32>,
    /// The bits of the elements there must be.
    pub(crate) required: u64,
    /// The bits of the elements `id`, `meta` and `contained`.
    pub(crate) id_bit: u64,
    pub(crate) meta_bit: u64,
    pub(crate) contained_bit: u64,
    /// Whether more is asked of it than that elements are there: by constraints, or by what it is.
    pub(crate) is_asked: bool,
    /// The bits of the elements that its constraints ask about, where all of them let pass what has none of these.
    pub(super) quiet: Option<u64>,
    pub(super) span: Span,
}

/// Data types that more is known of than their elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Attachment,
    Bundle,
    BundleEntry,
    CodeableConcept,
    Coding,
    Extension,
    Quantity,
    QuestionnaireResponse,
    Reference,
    SearchParameter,
    Other,
}

impl StructureRow {
    /// Whether a constraint may say something of what has the elements `there`.
    #[inline]
    pub(crate) fn asks(&self, there: u64) -> bool {
        self.quiet.is_none_or(|asked| asked & there != 0)
    }
}

impl Role {
    pub(super) fn of(name: &[u8]) -> Self {
        match name {
            b"Attachment" => Self::Attachment,
            b"Bundle" => Self::Bundle,
            b"Bundle.entry" => Self::BundleEntry,
            b"CodeableConcept" => Self::CodeableConcept,
            b"Coding" => Self::Coding,
            b"Extension" => Self::Extension,
            b"Quantity" => Self::Quantity,
            b"QuestionnaireResponse" => Self::QuestionnaireResponse,
            b"Reference" => Self::Reference,
            b"CapabilityStatement.rest.resource.searchParam" => Self::SearchParameter,
            _ => Self::Other,
        }
    }
}

/// An element of a structure.
#[derive(Debug)]
pub(crate) struct ElementRow {
    pub(crate) id: u32,
    /// Which bit of a word stands for it in its structure.
    pub(crate) bit: u64,
    pub(crate) name: Text,
    pub(crate) min: u32,
    pub(crate) max: u32,
    pub(crate) is_modifier: bool,
    pub(crate) strength: Option<Strength>,
    /// Its value set; meaningful where there is a strength.
    pub(super) value_set: u32,
    pub(crate) members: Range<u32>,
    pub(crate) constraints: Range<u32>,
}

impl ElementRow {
    /// Whether it is an array in JSON.
    pub(crate) fn is_list(&self) -> bool {
        self.max > 1
    }
}

/// A member that an object may have in JSON: an element, or one type of a choice.
#[derive(Debug)]
pub(crate) struct MemberRow {
    pub(crate) id: u32,
    pub(crate) name: Text,
    pub(crate) element: u32,
    pub(crate) structure: u32,
    pub(crate) targets: Range<u32>,
    pub(crate) shape: Shape,
}

/// What the binding of an element asks of its codes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Bound {
    /// Nothing: there is none, or it is an example.
    #[default]
    Free,
    /// To be one that nobody here knows.
    Open,
    /// To be one of those that are known.
    Known,
}

/// What is asked of every member that is met, in one place: taken from its element, its type and its value set.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Shape {
    /// The bit of its element.
    pub(crate) bit: u64,
    /// Which primitive it is, where it is one.
    pub(crate) primitive: Option<Primitive>,
    /// Whether it is an array in JSON.
    pub(crate) is_list: bool,
    pub(crate) bound: Bound,
    /// Which primitive it is, where it is a text of which nothing is asked but the form of its type.
    pub(crate) text: Option<Primitive>,
    /// Whether its element has constraints beside those of its type.
    pub(crate) is_constrained: bool,
}

/// A rule in FHIRPath.
#[derive(Clone, Debug)]
pub(crate) struct ConstraintRow {
    pub(crate) key: Text,
    pub(crate) severity: Severity,
    pub(crate) expression: Text,
    /// Which known way there is to decide it, if there is one.
    pub(crate) known: Option<Known>,
    /// Whether it lets pass what has none of the elements it asks about; `None` where that takes a look.
    pub(crate) of_nothing: Option<bool>,
    /// What it says where some of them are there.
    pub(super) said: Said,
    /// What it says where it is known, too, which of its paths lead somewhere: their bits are above those of the names.
    pub(super) of_paths: Said,
    /// How many names it asks about.
    pub(super) names: u32,
    pub(super) nodes: Range<u32>,
}

/// Most elements that a constraint may ask about, for what it says of each combination to be known.
pub(super) const MOST_ASKED: usize = 4;

/// What a constraint says of each combination of elements that are there: a bit for each.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Said {
    /// Those that it lets pass, and those that it does not; the others take a look.
    pub(super) passing: u16,
    pub(super) failing: u16,
}

impl Said {
    pub(super) const fn to_word(self) -> u32 {
        self.passing as u32 | (self.failing as u32) << 16
    }

    pub(super) const fn from_word(word: u32) -> Self {
        Self { passing: word as u16, failing: (word >> 16) as u16 }
    }

    #[inline]
    fn of(self, bits: u16) -> Option<bool> {
        let has = |set: u16| set >> bits & 1 != 0;
        if has(self.passing) { Some(true) } else { has(self.failing).then_some(false) }
    }
}

/// What a constraint asks about in a structure.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Asked {
    /// The bits of the elements.
    pub(super) all: u64,
    /// One by one, where what it says of each combination is known.
    pub(super) each: [u64; MOST_ASKED],
    /// Whether it lets pass what has none of them; `None` where that takes a look.
    pub(super) of_nothing: Option<bool>,
    /// Whether they are contained resources, of which it asks about nothing but what these may not have (dom-2, dom-4,
    /// dom-5).
    pub(super) is_of_contained: bool,
}

impl Asked {
    /// Whether it lets pass, for sure, what has none of the elements.
    pub(super) fn is_quiet(&self) -> bool {
        self.of_nothing == Some(true)
    }

    /// Which of those are `there` that are known one by one.
    #[inline]
    fn bits(&self, there: u64) -> u16 {
        self.each.iter().rev().fold(0, |bits, each| bits << 1 | u16::from(each & there != 0))
    }
}

impl ConstraintRow {
    /// Whether it is decided without evaluating it: the rules `empty` and `narrative` say the same.
    #[inline]
    pub(crate) fn is_told_otherwise(&self) -> bool {
        matches!(self.known, Some(Known::HasContent | Known::HasAllowedMarkup))
    }

    /// Whether it lets pass what has the elements `there` of those it asks about; `None` where that takes a look.
    ///
    /// `is_plain` says of contained resources among them that they have neither `meta` nor `contained`.
    #[inline]
    pub(crate) fn by_presence(&self, asked: &Asked, there: u64, is_plain: bool) -> Option<bool> {
        if asked.all & there == 0 || (is_plain && asked.is_of_contained) {
            return asked.of_nothing;
        }
        let bits = asked.bits(there);
        if bits == 0 { None } else { self.said.of(bits) }
    }

    /// The same where that is known of its paths, which `leads` says in their order; what it says is asked for only
    /// where that helps.
    pub(super) fn by_paths(
        &self,
        asked: &Asked,
        there: u64,
        leads: impl Iterator<Item = Option<bool>>,
    ) -> Option<bool> {
        let mut bits = asked.bits(there);
        if bits == 0 || self.of_paths.passing | self.of_paths.failing == 0 {
            return None;
        }
        for (leads, at) in leads.zip(self.names..) {
            bits |= u16::from(leads?) << at;
        }
        self.of_paths.of(bits)
    }
}

#[derive(Debug)]
pub(super) struct ValueSetRow {
    pub(super) url: Text,
    pub(super) binding: Binding,
    pub(super) codes: Range<u32>,
}
