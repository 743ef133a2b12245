//! A fast hash of bytes that is the same in every process.

use std::hash::Hasher;

const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// A hash that words are added to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hash(u64);

impl Hash {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed ^ 0x51ed_270b_86e1_4a27)
    }

    #[inline]
    pub(crate) const fn add(self, word: u64) -> Self {
        let product = ((self.0 ^ word) as u128) * (MULTIPLIER as u128);
        Self((product as u64) ^ ((product >> 64) as u64).rotate_left(23))
    }

    /// Adds bytes and their length.
    #[inline]
    pub(crate) fn add_bytes(self, bytes: &[u8]) -> Self {
        let (chunks, rest) = bytes.as_chunks::<8>();
        let mut hash = self;
        for chunk in chunks {
            hash = hash.add(u64::from_le_bytes(*chunk));
        }
        hash.add(word_of(rest)).add(bytes.len() as u64)
    }

    /// Adds the first `length` of `bytes`, ignoring case.
    #[inline]
    pub(crate) fn add_caseless_prefix(self, bytes: &[u8], length: usize) -> Self {
        match bytes.first_chunk::<8>() {
            // A masked word, because most pieces are short.
            Some(chunk) if (1..=8).contains(&length) => {
                let mask = u64::MAX >> (64 - 8 * length);
                let word = u64::from_le_bytes(*chunk) & mask;
                self.add((word | SMALL) ^ length as u64)
            }
            _ => self.add_caseless(bytes.get(..length).unwrap_or(bytes)),
        }
    }

    /// Adds bytes and their length, ignoring case.
    #[inline]
    pub(crate) fn add_caseless(mut self, bytes: &[u8]) -> Self {
        let mut rest = bytes;
        while let Some((chunk, others)) = rest.split_first_chunk::<8>().filter(|_| rest.len() > 8) {
            self = self.add(u64::from_le_bytes(*chunk) | SMALL);
            rest = others;
        }
        self.add((word_of(rest) | SMALL) ^ bytes.len() as u64)
    }

    #[inline]
    pub(crate) const fn finish(self) -> u64 {
        self.add(MULTIPLIER).0
    }
}

/// The bit that distinguishes lower case from upper case. It also equates some signs, which is harmless in a hash.
pub(crate) const SMALL: u64 = 0x2020_2020_2020_2020;

/// Packs up to eight bytes into a word.
#[inline]
pub(crate) fn word_of(bytes: &[u8]) -> u64 {
    let mut word = [0; 8];
    for (to, from) in word.iter_mut().zip(bytes) {
        *to = *from;
    }
    u64::from_le_bytes(word)
}

/// Hasher of values that are hashes already, such as fingerprints and type ids.
#[derive(Debug, Default)]
pub struct Rehasher(u64);

impl Hasher for Rehasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = self.0.rotate_left(7) ^ value;
    }

    fn write_isize(&mut self, value: isize) {
        self.write_u64(value as u64);
    }
}
