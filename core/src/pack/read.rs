//! Bytes to a pack that can be looked up.

use alloc::{borrow::Cow, vec::Vec};
use core::ops::Range;

use super::{
    Pack, Primitive,
    format::{Binding, Kind, MAGIC, NONE, Severity, Strength, VERSION, table},
    lookup::range,
    names::{Slots, Span, hash},
    rows::{ConstraintRow, ElementRow, MemberRow, Role, StructureRow, Text, ValueSetRow},
};

/// Most elements of one structure, so that a word can remember which were seen. R4 has 54.
const MOST_ELEMENTS: usize = 64;

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

impl Pack {
    /// Reads a pack. Bytes that are static are used where they are.
    ///
    /// Everything is checked here once, so that no lookup can fail later.
    ///
    /// # Errors
    /// [`PackError`], for any bytes that [`Draft::to_bytes`](super::Draft::to_bytes) did not make.
    pub fn read(bytes: impl Into<Cow<'static, [u8]>>) -> Result<Self, PackError> {
        let bytes = bytes.into();
        let (tables, texts, [id, source]) = open(&bytes)?;
        let [_, structures, elements, members, targets, constraints, of_structures, of_elements, sets, codes] =
            tables;
        let structure_count = structures.rows_of(table::STRUCTURES);
        let constraint_count = constraints.rows_of(table::CONSTRAINTS);
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
        let targets = targets.rows(|row| below(row.next()?, structure_count))?;
        let structure_constraints = of_structures.rows(|row| below(row.next()?, constraint_count))?;
        let element_constraints = of_elements.rows(|row| below(row.next()?, constraint_count))?;
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
        let mut elements = elements
            .rows(|row| element(row, &texts, value_sets.len(), &mut all_members, &mut all_constraints))?;
        let mut all_elements = Runs::over(elements.len());
        let mut of_structures = Runs::over(structure_constraints.len());
        let mut structures = structures.rows(|row| {
            let (name, kind) = (texts.get(row.next()?)?, known(Kind::from_word(row.next()?))?);
            structure(name, kind, &bytes, all_elements.next(row.next()?)?, of_structures.next(row.next()?)?)
        })?;
        for runs in [all_codes, all_targets, all_members, all_constraints, all_elements, of_structures] {
            runs.end()?;
        }

        let name_of = |text: Text| &bytes[text.start as usize..text.end as usize];
        let mut slots = Slots::default();
        for (structure, id) in structures.iter_mut().zip(0..) {
            structure.id = id;
            let ids = structure.elements.clone();
            let own = &mut elements[range(&ids)];
            for (element, (id, ordinal)) in own.iter_mut().zip(ids.zip(0..)) {
                element.id = id;
                element.bit = 1 << ordinal;
                structure.required |= if element.min > 0 { element.bit } else { 0 };
                structure.id_bit |= if name_of(element.name) == b"id" { element.bit } else { 0 };
                for member in &mut members[range(&element.members)] {
                    member.element = id;
                }
            }
            // The members of one structure stand together, as its elements do.
            let first = own.first().map_or(0, |element| element.members.start);
            let last = own.last().map_or(0, |element| element.members.end);
            let rows = (first..last).map(|row| (hash(name_of(members[row as usize].name)), row));
            structure.span = slots.add((last - first) as usize, rows);
        }
        let rows = structures.iter().map(|row| (hash(name_of(row.name)), row.id));
        let names = slots.add(structures.len(), rows);
        Ok(Self {
            bytes,
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
        })
    }
}

/// The tables of a pack, its texts, and the texts for its id and its source.
type Opened<'b> = ([Words<'b>; table::WIDTHS.len()], Texts, [Text; 2]);

fn open(bytes: &[u8]) -> Result<Opened<'_>, PackError> {
    let mut words = Words { bytes: bytes.strip_prefix(&MAGIC).ok_or(PackError::Magic)? };
    let found = words.next()?;
    if found != VERSION {
        return Err(PackError::Version { found });
    }
    let names = [words.next()?, words.next()?];
    let mut counts = [0; table::WIDTHS.len()];
    for count in &mut counts {
        *count = words.next()? as usize;
    }
    let mut tables = [Words { bytes: &[] }; table::WIDTHS.len()];
    for ((table, count), width) in tables.iter_mut().zip(counts).zip(table::WIDTHS) {
        *table = words.take(count.checked_mul(width).ok_or(PackError::Length)?)?;
    }
    let length = words.next()? as usize;
    if words.bytes.len() != length {
        return Err(PackError::Length);
    }
    let text = core::str::from_utf8(words.bytes).map_err(|_| PackError::Damaged("text is not UTF-8"))?;
    let texts = Texts::read(&tables[table::TEXTS], text, bytes.len() - length)?;
    let names = [texts.get(names[0])?, texts.get(names[1])?];
    Ok((tables, texts, names))
}

fn element(
    row: &mut Words<'_>,
    texts: &Texts,
    value_set_count: usize,
    members: &mut Runs,
    constraints: &mut Runs,
) -> Result<ElementRow, PackError> {
    let name = texts.get(row.next()?)?;
    let (min, max, is_modifier) = (row.next()?, row.next()?, row.next()? != 0);
    let (strength, value_set) = (row.next()?, row.next()?);
    let is_bound = strength != NONE;
    Ok(ElementRow {
        id: NONE,
        bit: 0,
        name,
        min,
        max,
        is_modifier,
        strength: if is_bound { Some(known(Strength::from_word(strength))?) } else { None },
        value_set: if is_bound { below(value_set, value_set_count)? } else { NONE },
        members: members.next(row.next()?)?,
        constraints: constraints.next(row.next()?)?,
    })
}

fn structure(
    name: Text,
    kind: Kind,
    bytes: &[u8],
    elements: Range<u32>,
    constraints: Range<u32>,
) -> Result<StructureRow, PackError> {
    if elements.len() > MOST_ELEMENTS {
        return Err(PackError::Damaged("a structure has more than 64 elements"));
    }
    let name_bytes = &bytes[name.start as usize..name.end as usize];
    let primitive = core::str::from_utf8(name_bytes).ok().and_then(Primitive::named);
    Ok(StructureRow {
        id: NONE,
        name,
        kind,
        role: Role::of(name_bytes),
        primitive: if kind == Kind::Primitive { Some(known(primitive)?) } else { None },
        elements,
        constraints,
        required: 0,
        id_bit: 0,
        span: Span::default(),
    })
}

fn below(row: u32, count: usize) -> Result<u32, PackError> {
    if (row as usize) < count {
        Ok(row)
    } else {
        Err(PackError::Damaged("a row refers to one that is not there"))
    }
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

    /// How many rows of `table` these are.
    fn rows_of(self, table: usize) -> usize {
        self.bytes.len() / (4 * table::WIDTHS[table])
    }

    fn rows<T>(
        mut self,
        mut row: impl FnMut(&mut Self) -> Result<T, PackError>,
    ) -> Result<Vec<T>, PackError> {
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
    fn read(ends: &Words<'_>, text: &str, offset: usize) -> Result<Self, PackError> {
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
