//! Bytes to a pack that can be looked up.

use alloc::{borrow::Cow, format, string::String, vec::Vec};
use core::{fmt, ops::Range};

use once_cell::race::OnceBox;

use super::{
    Primitive,
    format::{Binding, Kind, MAGIC, NONE, Severity, Strength, VERSION, table},
    names::{Slots, Span, hash},
};

/// The definitions of the exchange's own types, compiled by `cargo codegen`.
static EXCHANGE: &[u8] = include_bytes!("../../packs/exchange.pack");

/// Most elements of one structure, so that a word can remember which were seen. R4 has 54.
const MOST_ELEMENTS: usize = 64;

/// Compiled definitions, ready to be asked.
pub struct Pack {
    bytes: Cow<'static, [u8]>,
    id: Text,
    source: Text,
    structures: Vec<StructureRow>,
    elements: Vec<ElementRow>,
    members: Vec<MemberRow>,
    targets: Vec<u32>,
    constraints: Vec<ConstraintRow>,
    structure_constraints: Vec<u32>,
    element_constraints: Vec<u32>,
    value_sets: Vec<ValueSetRow>,
    codes: Vec<(Text, Text)>,
    slots: Slots,
    names: Span,
}

/// Why bytes are not a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PackError {
    /// The bytes do not begin as a pack does.
    #[error("not a pack: the first bytes are wrong; was it transferred as text?")]
    Magic,
    /// The pack is of a format this version of the library does not read.
    #[error("the pack has format {found}, this library reads format {VERSION}; take the pack of its release")]
    Version {
        /// The format of the pack.
        found: u32,
    },
    /// The pack is shorter or longer than it says.
    #[error("the pack is cut off or has something after its end")]
    Length,
    /// The pack contradicts itself.
    #[error("the pack is damaged: {0}")]
    Damaged(&'static str),
}

/// A stretch of the text; known to be UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Text {
    start: u32,
    end: u32,
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
    /// The bit of the element `id`.
    pub(crate) id_bit: u64,
    span: Span,
}

/// Data types that more is known of than their elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    CodeableConcept,
    Coding,
    Extension,
    Quantity,
    Reference,
    Other,
}

impl Role {
    fn of(name: &[u8]) -> Self {
        match name {
            b"CodeableConcept" => Self::CodeableConcept,
            b"Coding" => Self::Coding,
            b"Extension" => Self::Extension,
            b"Quantity" => Self::Quantity,
            b"Reference" => Self::Reference,
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
    value_set: u32,
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
    pub(crate) name: Text,
    pub(crate) element: u32,
    pub(crate) structure: u32,
    pub(crate) targets: Range<u32>,
}

/// A rule in FHIRPath.
#[derive(Debug)]
pub(crate) struct ConstraintRow {
    pub(crate) key: Text,
    pub(crate) severity: Severity,
    pub(crate) expression: Text,
}

#[derive(Debug)]
struct ValueSetRow {
    url: Text,
    binding: Binding,
    codes: Range<u32>,
}

/// The value set an element is bound to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Codes<'p> {
    pack: &'p Pack,
    row: &'p ValueSetRow,
}

impl Pack {
    /// Reads a pack. Bytes that are static are used where they are.
    ///
    /// Everything is checked here once, so that no lookup can fail later.
    ///
    /// # Errors
    /// [`PackError`], for any bytes that [`Draft::to_bytes`](super::Draft::to_bytes) did not make.
    pub fn read(bytes: impl Into<Cow<'static, [u8]>>) -> Result<Self, PackError> {
        let bytes = bytes.into();
        let mut words = Words { bytes: bytes.strip_prefix(&MAGIC).ok_or(PackError::Magic)? };
        let found = words.next()?;
        if found != VERSION {
            return Err(PackError::Version { found });
        }
        let (id, source) = (words.next()?, words.next()?);
        let mut tables = [Words { bytes: &[] }; table::WIDTHS.len()];
        let mut counts = [0; table::WIDTHS.len()];
        for count in &mut counts {
            *count = words.next()? as usize;
        }
        for ((table, count), width) in tables.iter_mut().zip(counts).zip(table::WIDTHS) {
            *table = words.take(count.checked_mul(width).ok_or(PackError::Length)?)?;
        }
        let length = words.next()? as usize;
        if words.bytes.len() != length {
            return Err(PackError::Length);
        }
        let offset = bytes.len() - length;
        let text = core::str::from_utf8(words.bytes).map_err(|_| PackError::Damaged("text is not UTF-8"))?;
        let texts = Texts::read(&mut tables[table::TEXTS], text, offset)?;
        let (id, source) = (texts.get(id)?, texts.get(source)?);
        let [_, structures, elements, members, targets, constraints, of_structures, of_elements, sets, codes] =
            tables;
        let constraints = constraints.rows(|row| {
            Ok(ConstraintRow {
                key: texts.get(row.next()?)?,
                severity: known(Severity::from_word(row.next()?))?,
                expression: texts.get(row.next()?)?,
            })
        })?;
        let codes = codes.rows(|row| Ok((texts.get(row.next()?)?, texts.get(row.next()?)?)))?;
        let mut all_codes = Runs::over(codes.len());
        let value_sets = sets.rows(|row| {
            Ok(ValueSetRow {
                url: texts.get(row.next()?)?,
                binding: known(Binding::from_word(row.next()?))?,
                codes: all_codes.next(row.next()?)?,
            })
        })?;
        let structure_count = counts[table::STRUCTURES];
        let targets = targets.rows(|row| below(row.next()?, structure_count))?;
        let structure_constraints = of_structures.rows(|row| below(row.next()?, constraints.len()))?;
        let element_constraints = of_elements.rows(|row| below(row.next()?, constraints.len()))?;

        let mut all_targets = Runs::over(targets.len());
        let mut members = members.rows(|row| {
            Ok(MemberRow {
                name: texts.get(row.next()?)?,
                element: NONE,
                structure: below(row.next()?, structure_count)?,
                targets: all_targets.next(row.next()?)?,
            })
        })?;
        let mut all_members = Runs::over(members.len());
        let mut all_constraints = Runs::over(element_constraints.len());
        let mut next = 0..;
        let mut elements = elements.rows(|row| {
            let name = texts.get(row.next()?)?;
            let (min, max, is_modifier) = (row.next()?, row.next()?, row.next()? != 0);
            let (strength, value_set) = (row.next()?, row.next()?);
            let is_bound = strength != NONE;
            Ok(ElementRow {
                id: next.next().unwrap_or(NONE),
                bit: 0,
                name,
                min,
                max,
                is_modifier,
                strength: if is_bound { Some(known(Strength::from_word(strength))?) } else { None },
                value_set: if is_bound { below(value_set, value_sets.len())? } else { NONE },
                members: all_members.next(row.next()?)?,
                constraints: all_constraints.next(row.next()?)?,
            })
        })?;
        let mut all_elements = Runs::over(elements.len());
        let mut of_structures = Runs::over(structure_constraints.len());
        let mut slots = Slots::default();
        let mut next = 0..;
        let name_of = |text: Text| &bytes[text.start as usize..text.end as usize];
        let structures = structures.rows(|row| {
            let (name, kind) = (texts.get(row.next()?)?, known(Kind::from_word(row.next()?))?);
            let primitive = match kind {
                Kind::Primitive => Some(known(
                    core::str::from_utf8(name_of(name)).ok().and_then(Primitive::named),
                )?),
                _ => None,
            };
            let own = all_elements.next(row.next()?)?;
            if own.len() > MOST_ELEMENTS {
                return Err(PackError::Damaged("a structure has more than 64 elements"));
            }
            let (mut required, mut id_bit) = (0, 0);
            let mut own_members = NONE..0;
            for (element, ordinal) in elements[range(&own)].iter_mut().zip(0..) {
                element.bit = 1 << ordinal;
                required |= if element.min > 0 { element.bit } else { 0 };
                id_bit |= if name_of(element.name) == b"id" { element.bit } else { 0 };
                for member in &mut members[range(&element.members)] {
                    member.element = element.id;
                }
                own_members = own_members.start.min(element.members.start)..element.members.end;
            }
            let rows = own_members.clone().map(|row| (hash(name_of(members[row as usize].name)), row));
            Ok(StructureRow {
                id: next.next().unwrap_or(NONE),
                name,
                kind,
                role: Role::of(name_of(name)),
                primitive,
                elements: own,
                constraints: of_structures.next(row.next()?)?,
                required,
                id_bit,
                span: slots.add(own_members.len(), rows),
            })
        })?;
        for runs in [all_codes, all_targets, all_members, all_constraints, all_elements, of_structures] {
            runs.end()?;
        }
        let rows = structures.iter().map(|row| (hash(name_of(row.name)), row.id));
        let names = slots.add(structures.len(), rows);
        Ok(Self {
            id,
            source,
            structures,
            elements,
            members,
            targets,
            constraints,
            structure_constraints,
            element_constraints,
            value_sets,
            codes,
            slots,
            names,
            bytes,
        })
    }

    /// The pack with the types of a solicited communication, which is part of this library.
    pub fn exchange() -> &'static Self {
        static PACK: OnceBox<Pack> = OnceBox::new();
        PACK.get_or_init(|| {
            #[expect(clippy::expect_used, reason = "the bytes are this crate's own; a test reads them")]
            let pack = Self::read(EXCHANGE).expect("the embedded pack is well-formed");
            pack.into()
        })
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
        self.structure(name).is_some_and(|found| !matches!(found.kind, Kind::NamedResource | Kind::Backbone))
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

    pub(crate) fn text(&self, text: Text) -> &str {
        // Checked when the pack was read.
        core::str::from_utf8(self.bytes_of(text)).unwrap_or_default()
    }

    #[inline]
    fn bytes_of(&self, text: Text) -> &[u8] {
        &self.bytes[text.start as usize..text.end as usize]
    }

    /// The structure called `name`.
    pub(crate) fn structure(&self, name: &str) -> Option<&StructureRow> {
        let is_it = |row| self.bytes_of(self.structures[row as usize].name) == name.as_bytes();
        let row = self.slots.find(self.names, hash(name.as_bytes()), is_it)?;
        Some(self.structure_at(row))
    }

    pub(crate) fn structure_at(&self, row: u32) -> &StructureRow {
        &self.structures[row as usize]
    }

    /// The member called `name` of an object that is a `structure`.
    #[inline]
    pub(crate) fn member(&self, structure: &StructureRow, name: &str) -> Option<&MemberRow> {
        let is_it = |row| self.bytes_of(self.members[row as usize].name) == name.as_bytes();
        let row = self.slots.find(structure.span, hash(name.as_bytes()), is_it)?;
        Some(&self.members[row as usize])
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

    /// The constraints on an element beside those of its type.
    pub(crate) fn element_constraints(&self, element: &ElementRow) -> impl Iterator<Item = &ConstraintRow> {
        let rows = &self.element_constraints[range(&element.constraints)];
        rows.iter().map(|&row| &self.constraints[row as usize])
    }

    /// Every value set: URL, what is known of it, its codes with their systems.
    pub(super) fn value_sets(&self) -> impl Iterator<Item = (&str, Binding, Vec<String>)> {
        self.value_sets.iter().map(|row| {
            let codes = self.codes[range(&row.codes)].iter();
            let codes = codes.map(|&(code, system)| format!("{}#{}", self.text(system), self.text(code)));
            (self.text(row.url), row.binding, codes.collect())
        })
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
        let first = rows.partition_point(|row| pack.bytes_of(row.0) < code.as_bytes());
        let mut same = rows[first..].iter().take_while(|row| pack.bytes_of(row.0) == code.as_bytes());
        same.any(|row| system.is_none_or(|system| pack.bytes_of(row.1) == system.as_bytes()))
    }
}

fn range(rows: &Range<u32>) -> Range<usize> {
    rows.start as usize..rows.end as usize
}

fn below(row: u32, count: usize) -> Result<u32, PackError> {
    if (row as usize) < count { Ok(row) } else { Err(PackError::Damaged("a row refers to one that is not there")) }
}

fn known<T>(value: Option<T>) -> Result<T, PackError> {
    value.ok_or(PackError::Damaged("a kind is unknown"))
}

/// Little-endian words, taken from the front.
#[derive(Clone, Copy)]
struct Words<'b> {
    bytes: &'b [u8],
}

impl<'b> Words<'b> {
    fn next(&mut self) -> Result<u32, PackError> {
        let (word, rest) = self.bytes.split_first_chunk::<4>().ok_or(PackError::Length)?;
        self.bytes = rest;
        Ok(u32::from_le_bytes(*word))
    }

    fn take(&mut self, words: usize) -> Result<Words<'b>, PackError> {
        let length = words.checked_mul(4).ok_or(PackError::Length)?;
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or(PackError::Length)?;
        self.bytes = rest;
        Ok(Words { bytes: taken })
    }

    fn rows<T>(mut self, mut row: impl FnMut(&mut Self) -> Result<T, PackError>) -> Result<Vec<T>, PackError> {
        let mut rows = Vec::new();
        while !self.bytes.is_empty() {
            rows.push(row(&mut self)?);
        }
        Ok(rows)
    }
}

/// The texts by number.
struct Texts {
    texts: Vec<Text>,
}

impl Texts {
    fn read(ends: &mut Words<'_>, text: &str, offset: usize) -> Result<Self, PackError> {
        let mut start = 0;
        let texts = ends.rows(|row| {
            let end = row.next()? as usize;
            if text.get(start..end).is_none() {
                return Err(PackError::Damaged("a text is not where it should be"));
            }
            let found = Text { start: (offset + start) as u32, end: (offset + end) as u32 };
            start = end;
            Ok(found)
        })?;
        if start == text.len() { Ok(Self { texts }) } else { Err(PackError::Length) }
    }

    fn get(&self, row: u32) -> Result<Text, PackError> {
        let text = self.texts.get(row as usize).copied();
        text.ok_or(PackError::Damaged("a row refers to a text that is not there"))
    }
}

/// Deals the rows of a table out, each to one owner.
#[derive(Clone, Copy)]
struct Runs {
    at: u32,
    end: u32,
}

impl Runs {
    fn over(count: usize) -> Self {
        Self { at: 0, end: count as u32 }
    }

    fn next(&mut self, count: u32) -> Result<Range<u32>, PackError> {
        let end = self.at.checked_add(count).filter(|&end| end <= self.end);
        let end = end.ok_or(PackError::Damaged("a row claims rows that are not there"))?;
        let run = self.at..end;
        self.at = end;
        Ok(run)
    }

    fn end(self) -> Result<(), PackError> {
        if self.at == self.end { Ok(()) } else { Err(PackError::Damaged("a row belongs to nothing")) }
    }
}
