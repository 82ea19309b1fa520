//! Sixteen bytes of text at a time: as many as WebAssembly has instructions for, elsewhere two words of eight.
//!
//! Functions give the place of the first byte that is wanted, if there is one. Both ways tell the same; compilers
//! find vectors by themselves in some places and in others not, and reading waits for these places.

pub(super) use imp::{first_of, first_other, first_special, is_run};

/// Bytes that are looked at together.
pub(super) type Block = [u8; 16];

/// The words of a block, in the order of its bytes.
#[inline]
fn words(block: &Block) -> [u64; 2] {
    let block = u128::from_le_bytes(*block);
    [block as u64, (block >> 64) as u64]
}

#[cfg(target_feature = "simd128")]
mod imp {
    use core::arch::wasm32::{
        u8x16_add_sat, u8x16_bitmask, u8x16_eq, u8x16_splat, u64x2, v128, v128_andnot, v128_or, v128_xor,
    };

    use super::{Block, words};

    #[inline]
    fn vector(block: &Block) -> v128 {
        let [low, high] = words(block);
        u64x2(low, high)
    }

    #[inline]
    fn equal(vector: v128, byte: u8) -> v128 {
        u8x16_eq(vector, u8x16_splat(byte))
    }

    #[inline]
    fn first(bits: u16) -> Option<usize> {
        (bits != 0).then(|| u32::from(bits).trailing_zeros() as usize)
    }

    /// The first byte that is not `byte`.
    #[inline]
    pub(crate) fn first_other(block: &Block, byte: u8) -> Option<usize> {
        first(!u8x16_bitmask(equal(vector(block), byte)))
    }

    /// Whether the first byte that is not `byte` is at `length`.
    ///
    /// Who guesses right can go on there at once: whoever is told the place has to wait until it is counted.
    #[inline]
    pub(crate) fn is_run(block: &Block, byte: u8, length: usize) -> bool {
        let bits = u32::from(u8x16_bitmask(equal(vector(block), byte)));
        let end = 1_u32.wrapping_shl(length as u32);
        length < block.len() && (bits + 1) & (2 * end).wrapping_sub(1) == end
    }

    /// The first byte that is one of `wanted`.
    #[inline]
    pub(crate) fn first_of<const N: usize>(block: &Block, wanted: [u8; N]) -> Option<usize> {
        let vector = vector(block);
        let found =
            wanted.map(|byte| equal(vector, byte)).into_iter().reduce(|one, other| v128_or(one, other));
        first(u8x16_bitmask(found?))
    }

    /// The first byte that a string cannot hold as it is: a quote, a backslash or a control character.
    #[inline]
    pub(crate) fn first_special(block: &Block) -> Option<usize> {
        // A quote is the third byte after the control characters; the other two change places with two of those.
        let vector = vector(block);
        let high = u8x16_add_sat(v128_xor(vector, u8x16_splat(2)), u8x16_splat(0x7F - 0x20));
        first(!u8x16_bitmask(v128_andnot(high, equal(vector, b'\\'))))
    }
}

#[cfg(not(target_feature = "simd128"))]
mod imp {
    use super::{Block, words};

    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;

    /// Where a byte of `word` is `byte`, its highest bit; above the first of them there may be others.
    #[inline]
    fn equal(word: u64, byte: u8) -> u64 {
        let word = word ^ (ONES * u64::from(byte));
        word.wrapping_sub(ONES) & !word & HIGHS
    }

    /// The byte with the first bit of those that `bits` makes of each word.
    #[inline]
    fn first(block: &Block, bits: impl Fn(u64) -> u64) -> Option<usize> {
        let [low, high] = words(block).map(bits);
        let bit = if low == 0 { 64 + high.trailing_zeros() } else { low.trailing_zeros() };
        (low | high != 0).then_some((bit / 8) as usize)
    }

    /// The first byte that is not `byte`.
    #[inline]
    pub(crate) fn first_other(block: &Block, byte: u8) -> Option<usize> {
        first(block, |word| word ^ (ONES * u64::from(byte)))
    }

    /// Whether the first byte that is not `byte` is at `length`.
    #[inline]
    pub(crate) fn is_run(block: &Block, byte: u8, length: usize) -> bool {
        first_other(block, byte) == Some(length)
    }

    /// The first byte that is one of `wanted`.
    #[inline]
    pub(crate) fn first_of<const N: usize>(block: &Block, wanted: [u8; N]) -> Option<usize> {
        first(block, |word| wanted.iter().fold(0, |found, &byte| found | equal(word, byte)))
    }

    /// The first byte that a string cannot hold as it is: a quote, a backslash or a control character.
    #[inline]
    pub(crate) fn first_special(block: &Block) -> Option<usize> {
        // A quote is the third byte after the control characters; the other two change places with two of those.
        const SWAP: u64 = ONES * 2;
        let specials = |word: u64| (word ^ SWAP).wrapping_sub(ONES * 0x21) & !word & HIGHS;
        first(block, |word| specials(word) | equal(word, b'\\'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_byte_that_is_wanted_is_found_wherever_it_stands_and_others_after_it() {
        for byte in 0..=u8::MAX {
            for (at, after) in (0..16).flat_map(|at| (at..16).map(move |after| (at, after))) {
                let mut block: Block = *b"                ";
                block[at] = byte;
                block[after] = byte;
                let found = |is_wanted: fn(u8) -> bool| is_wanted(byte).then_some(at);
                assert_eq!(first_other(&block, b' '), found(|byte| byte != b' '), "{byte:#x} at {at}");
                for length in 0..40 {
                    assert_eq!(is_run(&block, b' ', length), first_other(&block, b' ') == Some(length));
                }
                assert_eq!(first_of(&block, [b'&', 0xC3]), found(|byte| byte == b'&' || byte == 0xC3));
                assert_eq!(
                    first_special(&block),
                    found(|byte| byte < b' ' || byte == b'"' || byte == b'\\'),
                    "{byte:#x} at {at}"
                );
            }
        }
        assert_eq!(first_of(b"&bcdefghijklmno&", []), None);
    }
}
