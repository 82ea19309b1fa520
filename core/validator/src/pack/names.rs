//! Names to rows, by open addressing.

use alloc::vec::Vec;

use super::format::NONE;

/// A hash of `name`: its first and last bytes and its length, well mixed.
///
/// Not every byte of a long name counts, so equal hashes still have to be compared; names are the
/// definitions' own, so nobody can choose them to collide.
#[inline]
pub(super) fn hash(name: &[u8]) -> u32 {
    let (first, last) = match (name.first_chunk::<8>(), name.last_chunk::<8>()) {
        (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_be_bytes(*last)),
        _ => match (name.first_chunk::<4>(), name.last_chunk::<4>()) {
            (Some(first), Some(last)) => {
                (u64::from(u32::from_le_bytes(*first)), u64::from(u32::from_be_bytes(*last)))
            }
            _ => (name.iter().fold(0, |word, &byte| word << 8 | u64::from(byte)), 0),
        },
    };
    // The ends come last byte first: only the lower bytes of a word count in all bits of a product that are looked at.
    let mixed = first.wrapping_mul(0x9E37_79B9_7F4A_7C15)
        ^ (last ^ name.len() as u64).wrapping_mul(0xC2B2_AE3D_27D4_EB4F);
    (mixed >> 32) as u32
}

/// Where the slots of one set of names are. The default is for a set not added yet.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    start: u32,
    mask: u32,
}

/// Slots of many sets of names, half of them empty: rows with the hashes of their names.
#[derive(Debug, Default)]
pub(super) struct Slots {
    slots: Vec<(u32, u32)>,
}

/// A slot with no row in it.
const EMPTY: (u32, u32) = (0, NONE);

impl Slots {
    /// Adds a set: rows with the hashes of their names.
    pub(super) fn add(&mut self, count: usize, rows: impl Iterator<Item = (u32, u32)>) -> Span {
        let size = (count * 2).next_power_of_two();
        let span = Span { start: self.slots.len() as u32, mask: size as u32 - 1 };
        self.slots.resize(self.slots.len() + size, EMPTY);
        for (hash, row) in rows.take(count) {
            let mut at = hash;
            while self.slot(span, at).is_some() {
                at = at.wrapping_add(1);
            }
            self.slots[(span.start + (at & span.mask)) as usize] = (hash, row);
        }
        span
    }

    /// The row whose hash is `hash` and which `is_it`.
    #[inline]
    pub(super) fn find(&self, span: Span, hash: u32, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        let mut at = hash;
        while let Some((found, row)) = self.slot(span, at) {
            if found == hash && is_it(row) {
                return Some(row);
            }
            at = at.wrapping_add(1);
        }
        None
    }

    #[inline]
    fn slot(&self, span: Span, at: u32) -> Option<(u32, u32)> {
        self.slots.get((span.start + (at & span.mask)) as usize).copied().filter(|slot| slot.1 != NONE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn finds_every_name_and_no_other() {
        let names: Vec<_> = (0..300).map(|n| format!("{}{n}", &"abcdefghijkl"[..n % 12])).collect();
        let mut slots = Slots::default();
        slots.add(3, [(1, 1), (1, 2), (2, 3)].into_iter());
        let rows = names.iter().zip(0..).map(|(name, row)| (hash(name.as_bytes()), row));
        let span = slots.add(names.len(), rows);
        let find = |name: &str| slots.find(span, hash(name.as_bytes()), |row| names[row as usize] == name);
        for (row, name) in names.iter().enumerate() {
            assert_eq!(find(name), Some(row as u32));
            assert_eq!(find(&format!("{name}x")), None);
        }
    }
}
