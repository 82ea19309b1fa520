//! Names to rows, by open addressing.

use alloc::vec::Vec;

use super::format::NONE;
use crate::json::is_same;

/// Most bytes of a name that its outline is the whole of.
const WHOLE: u32 = 16;

/// The first and last bytes of a name, and how many it has. Nearly all names of FHIR are no longer than that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Outline {
    first: u64,
    last: u64,
    length: u32,
}

impl Outline {
    #[inline]
    fn of(name: &[u8]) -> Self {
        let (first, last) = match (name.first_chunk::<8>(), name.last_chunk::<8>()) {
            (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
            _ => match (name.first_chunk::<4>(), name.last_chunk::<4>()) {
                (Some(first), Some(last)) => {
                    (u64::from(u32::from_le_bytes(*first)), u64::from(u32::from_le_bytes(*last)))
                }
                _ => (name.iter().fold(0, |word, &byte| word << 8 | u64::from(byte)), 0),
            },
        };
        Self { first, last, length: name.len() as u32 }
    }

    /// Where to look for it first. Names are the definitions' own, so nobody can choose them to collide.
    #[inline]
    fn hash(self) -> u32 {
        // Only the lower half of a word counts in all bits of a product that are looked at: the last bytes come there.
        let last = self.last.rotate_left(32) ^ u64::from(self.length);
        let mixed = self.first.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ last.wrapping_mul(0xC2B2_AE3D_27D4_EB4F);
        (mixed >> 32) as u32
    }
}

/// Where the slots of one set of names are. The default is for a set not added yet.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    start: u32,
    mask: u32,
}

/// Slots of many sets of names, half of them empty: rows with the outlines of their names, which stand here so that
/// most names are found without a look at their texts.
#[derive(Debug, Default)]
pub(super) struct Slots {
    slots: Vec<(Outline, u32)>,
}

/// A slot with no row in it.
const EMPTY: (Outline, u32) = (Outline { first: 0, last: 0, length: 0 }, NONE);

impl Slots {
    /// Adds a set of names, each with its row.
    pub(super) fn add<'n>(&mut self, count: usize, names: impl Iterator<Item = (&'n [u8], u32)>) -> Span {
        let size = (count * 2).next_power_of_two();
        let span = Span { start: self.slots.len() as u32, mask: size as u32 - 1 };
        self.slots.resize(self.slots.len() + size, EMPTY);
        for (name, row) in names.take(count) {
            let outline = Outline::of(name);
            let mut at = outline.hash();
            while self.slot(span, at).is_some() {
                at = at.wrapping_add(1);
            }
            self.slots[(span.start + (at & span.mask)) as usize] = (outline, row);
        }
        span
    }

    /// The row of `name` among those of `span`, whose names `name_of` knows.
    #[inline]
    pub(super) fn find<'n>(&self, span: Span, name: &[u8], name_of: impl Fn(u32) -> &'n [u8]) -> Option<u32> {
        let outline = Outline::of(name);
        let mut at = outline.hash();
        while let Some((found, row)) = self.slot(span, at) {
            if *found == outline && (outline.length <= WHOLE || is_same(name_of(*row), name)) {
                return Some(*row);
            }
            at = at.wrapping_add(1);
        }
        None
    }

    #[inline]
    fn slot(&self, span: Span, at: u32) -> Option<&(Outline, u32)> {
        self.slots.get((span.start + (at & span.mask)) as usize).filter(|slot| slot.1 != NONE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{format, string::String};

    #[test]
    fn finds_every_name_and_no_other() {
        // Some have one outline: they differ in the middle.
        let names: Vec<String> = (0..300)
            .map(|n| format!("{}{n}{}", &"abcdefghijkl"[..n % 12], &"mnopqrstuvwx"[..n % 11]))
            .collect();
        let mut slots = Slots::default();
        slots.add(3, [(&b"a"[..], 1), (b"b", 2), (b"c", 3)].into_iter());
        let rows = names.iter().zip(0..).map(|(name, row)| (name.as_bytes(), row));
        let span = slots.add(names.len(), rows);
        let find = |name: &str| slots.find(span, name.as_bytes(), |row| names[row as usize].as_bytes());
        for (row, name) in names.iter().enumerate() {
            assert_eq!(find(name), Some(row as u32));
            assert_eq!(find(&format!("{name}x")), None);
        }
        assert!(names.iter().any(|name| names.iter().any(|other| {
            name != other && Outline::of(name.as_bytes()) == Outline::of(other.as_bytes())
        })));
        for name in ["", "\0", "\0\0", "\0\0\0\0"] {
            assert_eq!(find(name), None);
        }
    }
}
