//! Chance, as an argument.

use alloc::{format, string::String};

use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};

use crate::{
    fhir::Identifier,
    json::{FromJson, Unfit, Value},
};

/// 128 random bits from which a machine has all its identifiers and jitter, so that a recorded
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
    fn blank() -> Self {
        Self::new(0)
    }

    fn read(&mut self, value: Value<'_>) -> Result<(), Unfit> {
        *self = Self::parse(&String::from_json(value)?).ok_or(Unfit::Form)?;
        Ok(())
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

    /// The identifier of what is called `name` here: a UUID of version 5 (RFC 9562) with the seed as its namespace.
    ///
    /// It does not depend on what was drawn before. Two tabs with the same state thus give the same thing the same
    /// identifier, whatever else each has done meanwhile, and a server keeps one of it (R79, R103).
    pub(super) fn identifier(&self, name: &str) -> Identifier {
        let bits = self.named(name);
        let bits = bits & !(0xF << 76) & !(0x3 << 62) | 0x5 << 76 | 0x2 << 62;
        let hex = format!("{bits:032x}");
        Identifier::uuid(&[&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-"))
    }

    /// The seed of another machine, which is called `name` here: the same whoever begins it (R103).
    pub(super) fn seed(&self, name: &str) -> Seed {
        Seed(self.named(name))
    }

    fn named(&self, name: &str) -> u128 {
        let digest = Sha1::new().chain_update(self.seed.0.to_be_bytes()).chain_update(name).finalize();
        digest.iter().take(16).fold(0, |bits, byte| bits << 8 | u128::from(*byte))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(seed: Seed, name: &str) -> Option<String> {
        Entropy::new(seed).identifier(name).value
    }

    #[test]
    fn identifiers_are_uuids_of_version_5() {
        // The example of RFC 9562, A.4: namespace DNS.
        let dns = Seed::parse("6ba7b810-9dad-11d1-80b4-00c04fd430c8").unwrap();
        let known = "urn:uuid:2ed6657d-e927-568b-95e1-2665a8aea6a2";
        assert_eq!(named(dns, "www.example.com").as_deref(), Some(known));
    }

    #[test]
    fn r103_an_identifier_depends_on_seed_and_name_alone() {
        let seed = Seed::new;
        assert_ne!(named(seed(1), "task 0"), named(seed(2), "task 0"));
        assert_ne!(named(seed(1 << 64), "task 0"), named(seed(2 << 64), "task 0"));
        assert_ne!(named(seed(1), "task 0"), named(seed(1), "task 1"));
        let mut later = Entropy::new(seed(1));
        later.next();
        assert_eq!(later.identifier("task 0").value, named(seed(1), "task 0"));
    }
}
