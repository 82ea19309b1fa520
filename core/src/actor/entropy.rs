//! Chance, as an argument.

use alloc::{format, string::String};

use serde::{Deserialize, Serialize};

use crate::json::{FromJson, Unfit, Value};

/// 128 random bits from which a machine draws all its identifiers and jitter, so that a recorded
/// story repeats to the letter. Give each exchange its own, from a source that cannot be guessed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Seed(u128);

impl Serialize for Seed {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:032x}", self.0))
    }
}

impl<'de> Deserialize<'de> for Seed {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom("a seed is 32 hexadecimal digits, as of a UUID"))
    }
}

impl FromJson for Seed {
    fn from_json(value: Value<'_>) -> Result<Self, Unfit> {
        Self::parse(&String::from_json(value)?).ok_or(Unfit::Form)
    }
}

impl Seed {
    /// A seed from 128 random bits.
    pub const fn new(bits: u128) -> Self {
        Self(bits)
    }

    /// Reads 32 hexadecimal digits, with or without the hyphens of a UUID.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.replace('-', "");
        let plain = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        plain.then(|| u128::from_str_radix(&digits, 16).ok().map(Self))?
    }
}

/// A seed and how often it was drawn from.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub(super) struct Entropy {
    seed: Seed,
    drawn: u32,
}

impl Entropy {
    pub(super) const fn new(seed: Seed) -> Self {
        Self { seed, drawn: 0 }
    }

    /// The next 64 bits: the finalizer of `SplitMix64` over both halves of the seed.
    pub(super) fn next(&mut self) -> u64 {
        self.drawn = self.drawn.wrapping_add(1);
        let mix = |word: u64| {
            let word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            word ^ (word >> 31)
        };
        let step = u64::from(self.drawn).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        mix((self.seed.0 as u64).wrapping_add(step)) ^ mix(((self.seed.0 >> 64) as u64) ^ step)
    }

    /// A version 4 UUID (RFC 9562).
    pub(super) fn uuid(&mut self) -> String {
        let bits = u128::from(self.next()) << 64 | u128::from(self.next());
        let bits = bits & !(0xF << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
        let hex = format!("{bits:032x}");
        [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_are_version_4_and_repeat_with_the_seed() {
        let draw = |bits| Entropy::new(Seed::new(bits)).uuid();
        let uuid = draw(1);
        assert_eq!(uuid, draw(1));
        assert_ne!(uuid, draw(2));
        assert_ne!(draw(1 << 64), draw(2 << 64));
        assert_eq!((uuid.len(), &uuid[14..15]), (36, "4"));
        assert!("89ab".contains(&uuid[19..20]), "{uuid}");
        assert!(Seed::parse(&uuid).is_some() && Seed::parse("x").is_none());
    }
}
