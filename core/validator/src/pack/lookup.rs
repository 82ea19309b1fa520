//! Asking a pack.

use alloc::{borrow::Cow, format, string::String, sync::Arc, vec::Vec};
use core::{fmt, ops::Range};

use once_cell::race::OnceBox;

use super::{
    demands::Demands,
    format::{Binding, Kind, Strength},
    names::{Slots, Span},
    profile::{Canonicals, ProfileRow},
    rows::{Asked, ConstraintRow, ElementRow, MemberRow, StructureRow, Text, ValueSetRow},
};
use crate::{
    fhirpath::{Code, Node},
    json::{Document, Value, compare, is_same},
};

/// The definitions of the exchange's own types, compiled by `cargo codegen`.
static EXCHANGE: &[u8] = include_bytes!("../../packs/exchange.pack");

/// So many codes are quicker to look through than to search: most differ in their lengths.
const FEW: usize = 16;

/// Compiled definitions, ready to be asked.
pub struct Pack {
    /// All names, one after another.
    pub(super) texts: Cow<'static, str>,
    pub(super) id: Text,
    pub(super) source: Text,
    pub(super) structures: Vec<StructureRow>,
    pub(super) elements: Vec<ElementRow>,
    pub(super) members: Vec<MemberRow>,
    pub(super) targets: Vec<u32>,
    pub(super) constraints: Vec<ConstraintRow>,
    pub(super) structure_constraints: Vec<u32>,
    /// Beside each of those the bits of the elements it asks about.
    pub(super) asked: Vec<Asked>,
    pub(super) element_constraints: Vec<u32>,
    pub(super) value_sets: Vec<ValueSetRow>,
    pub(super) codes: Vec<(Text, Text)>,
    pub(super) nodes: Vec<Node>,
    pub(super) lifecycle: Option<Text>,
    pub(super) profiles: Vec<ProfileRow>,
    pub(super) profile_constraints: Vec<u32>,
    pub(super) questionnaires: Vec<Arc<Document>>,
    /// URLs of search parameters with their types.
    pub(super) search_parameters: Vec<(Text, Text)>,
    /// The value sets in the order of their URLs.
    pub(super) by_url: Vec<u32>,
    pub(super) slots: Slots,
    pub(super) names: Span,
    pub(super) searches: Span,
    pub(super) canonicals: Canonicals,
    pub(super) demands: Demands,
}

/// The value set an element is bound to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Codes<'p> {
    pack: &'p Pack,
    row: &'p ValueSetRow,
}

impl Pack {
    /// The pack with the types of a solicited communication, which is part of this library.
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "the bytes are this crate's own, and a test reads them"
    )]
    pub fn exchange() -> &'static Self {
        static PACK: OnceBox<Pack> = OnceBox::new();
        PACK.get_or_init(|| Self::read(EXCHANGE).expect("the embedded pack is well-formed").into())
    }

    /// What the pack is called.
    pub fn id(&self) -> &str {
        self.text(self.id)
    }

    /// The package and version its definitions come from.
    pub fn source(&self) -> &str {
        self.text(self.source)
    }

    /// Whether the pack holds the elements of the resource or data type `name`.
    pub fn has_type(&self, name: &str) -> bool {
        use Kind::{AbstractResource, DataType, Primitive, Resource};
        self.structure(name)
            .is_some_and(|found| matches!(found.kind, Resource | AbstractResource | DataType | Primitive))
    }

    /// Whether `name` is a resource type, here or in another pack of the same version of FHIR.
    pub fn knows_resource(&self, name: &str) -> bool {
        self.structure(name).is_some_and(|found| matches!(found.kind, Kind::Resource | Kind::NamedResource))
    }

    /// The resource types whose elements the pack holds, sorted.
    pub fn resource_types(&self) -> impl Iterator<Item = &str> {
        let resources = self.structures.iter().filter(|row| row.kind == Kind::Resource);
        resources.map(|row| self.text(row.name))
    }

    #[inline]
    pub(crate) fn text(&self, text: Text) -> &str {
        &self.texts[text.start as usize..text.end as usize]
    }

    /// The same where only its bytes matter: they can be cut anywhere, so that there is less to check.
    #[inline]
    pub(super) fn bytes_of(&self, text: Text) -> &[u8] {
        &self.texts.as_bytes()[text.start as usize..text.end as usize]
    }

    /// The structure called `name`.
    pub(crate) fn structure(&self, name: &str) -> Option<&StructureRow> {
        let name_of = |row| self.bytes_of(self.structures[row as usize].name);
        let row = self.slots.find(self.names, name.as_bytes(), name_of)?;
        Some(self.structure_at(row))
    }

    pub(crate) fn structure_at(&self, row: u32) -> &StructureRow {
        &self.structures[row as usize]
    }

    /// The member called `name` of an object that is a `structure`.
    pub(crate) fn member(&self, structure: &StructureRow, name: &str) -> Option<&MemberRow> {
        self.member_of_bytes(structure, name.as_bytes())
    }

    /// The same by the bytes of a name, which may be any.
    #[inline]
    pub(crate) fn member_of_bytes(&self, structure: &StructureRow, name: &[u8]) -> Option<&MemberRow> {
        let name_of = |row| self.bytes_of(self.members[row as usize].name);
        let row = self.slots.find(structure.span, name, name_of)?;
        Some(&self.members[row as usize])
    }

    #[inline]
    pub(crate) fn member_at(&self, row: u32) -> &MemberRow {
        &self.members[row as usize]
    }

    #[inline]
    pub(crate) fn element(&self, member: &MemberRow) -> &ElementRow {
        &self.elements[member.element as usize]
    }

    pub(crate) fn structures(&self) -> &[StructureRow] {
        &self.structures
    }

    pub(crate) fn all_elements(&self) -> &[ElementRow] {
        &self.elements
    }

    pub(crate) fn elements(&self, structure: &StructureRow) -> &[ElementRow] {
        &self.elements[range(&structure.elements)]
    }

    pub(crate) fn members(&self, element: &ElementRow) -> &[MemberRow] {
        &self.members[range(&element.members)]
    }

    pub(crate) fn targets(&self, member: &MemberRow) -> impl Iterator<Item = &StructureRow> {
        self.targets[range(&member.targets)].iter().map(|&row| self.structure_at(row))
    }

    /// The constraints on a structure.
    pub(crate) fn constraints(&self, structure: &StructureRow) -> impl Iterator<Item = &ConstraintRow> {
        let rows = &self.structure_constraints[range(&structure.constraints)];
        rows.iter().map(|&row| &self.constraints[row as usize])
    }

    /// The same, each with the bits of the elements it asks about.
    pub(crate) fn constraints_asking(
        &self,
        structure: &StructureRow,
    ) -> impl Iterator<Item = (&ConstraintRow, &Asked)> {
        self.constraints(structure).zip(&self.asked[range(&structure.constraints)])
    }

    /// The constraints on an element beside those of its type.
    pub(crate) fn element_constraints(&self, element: &ElementRow) -> impl Iterator<Item = &ConstraintRow> {
        let rows = &self.element_constraints[range(&element.constraints)];
        rows.iter().map(|&row| &self.constraints[row as usize])
    }

    /// The compiled expression of a constraint.
    pub(crate) fn code(&self, constraint: &ConstraintRow) -> Code<'_> {
        Code::new(&self.nodes[range(&constraint.nodes)], &self.texts)
    }

    /// Every value set: URL, what is known of it, its codes with their systems.
    pub(super) fn value_sets(&self) -> impl Iterator<Item = (&str, Binding, Vec<String>)> {
        self.value_sets.iter().map(|row| {
            let codes = self.codes[range(&row.codes)].iter();
            let codes = codes.map(|&(code, system)| format!("{}#{}", self.text(system), self.text(code)));
            (self.text(row.url), row.binding, codes.collect())
        })
    }

    /// The Questionnaire with this canonical URL.
    pub(crate) fn questionnaire(&self, url: &str) -> Option<Value<'_>> {
        let mut all = self.questionnaires.iter().map(|one| one.root());
        all.find(|one| one.string("url").as_deref() == Some(url))
    }

    /// Every search parameter: URL, type.
    pub(super) fn search_parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.search_parameters.iter().map(|&(url, of)| (self.text(url), self.text(of)))
    }

    /// The type of the search parameter with this canonical URL.
    pub(crate) fn search_type(&self, url: &str) -> Option<&str> {
        let row = |row| &self.search_parameters[row as usize];
        let found = self.slots.find(self.searches, url.as_bytes(), |at| self.bytes_of(row(at).0))?;
        Some(self.text(row(found).1))
    }

    /// The value set with this URL, where the pack has an element bound to it.
    pub(crate) fn codes(&self, url: &str) -> Option<Codes<'_>> {
        self.codes_row(url).map(|row| self.codes_at(row))
    }

    /// The number of its row.
    pub(super) fn codes_row(&self, url: &str) -> Option<u32> {
        let url_of = |row: &u32| self.text(self.value_sets[*row as usize].url);
        let at = self.by_url.binary_search_by(|row| url_of(row).cmp(url)).ok()?;
        Some(self.by_url[at])
    }

    pub(super) fn codes_at(&self, row: u32) -> Codes<'_> {
        Codes { pack: self, row: &self.value_sets[row as usize] }
    }

    /// The value set an element is bound to, and how strongly.
    pub(crate) fn binding(&self, element: &ElementRow) -> Option<(Strength, Codes<'_>)> {
        let strength = element.strength?;
        Some((strength, Codes { pack: self, row: &self.value_sets[element.value_set as usize] }))
    }
}

impl fmt::Debug for Pack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pack").field("id", &self.id()).field("source", &self.source()).finish()
    }
}

impl<'p> Codes<'p> {
    pub(crate) fn url(self) -> &'p str {
        self.pack.text(self.row.url)
    }

    pub(crate) fn kind(self) -> Binding {
        self.row.binding
    }

    fn rows(self) -> &'p [(Text, Text)] {
        &self.pack.codes[range(&self.row.codes)]
    }

    /// Every code, sorted; one that several systems have occurs as often.
    pub(crate) fn codes(self) -> impl ExactSizeIterator<Item = &'p str> {
        self.rows().iter().map(move |(code, _)| self.pack.text(*code))
    }

    /// Whether `code` is in the value set: of `system`, where one is given, else of any.
    pub(crate) fn contains(self, code: &str, system: Option<&str>) -> bool {
        let (rows, pack) = (self.rows(), self.pack);
        let is_it = |row: &(Text, Text)| is_same(pack.bytes_of(row.0), code.as_bytes());
        let first = if rows.len() <= FEW {
            rows.iter().position(is_it).unwrap_or(rows.len())
        } else {
            rows.partition_point(|row| compare(pack.bytes_of(row.0), code.as_bytes()).is_lt())
        };
        let mut same = rows[first..].iter().take_while(|row| is_it(row));
        same.any(|row| system.is_none_or(|system| is_same(pack.bytes_of(row.1), system.as_bytes())))
    }
}

/// The name of an element without the mark of a choice.
pub(crate) fn stem(name: &str) -> &str {
    name.strip_suffix("[x]").unwrap_or(name)
}

pub(super) fn range(rows: &Range<u32>) -> Range<usize> {
    rows.start as usize..rows.end as usize
}
