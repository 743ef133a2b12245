//! Random ids from one generator per thread.

/// Multiplicative congruential generator modulo 2^128 that returns the upper half of its state.
///
/// The multiplier is from L'Ecuyer, "Tables of Linear Congruential Generators of Different Sizes
/// and Good Lattice Structure" (1999).
///
/// Its period is 2^126, so threads seeded by the operating system share no sequence of ids. A word
/// costs three multiplications. The sequence is predictable, which ids may be.
#[derive(Debug)]
pub(crate) struct Random(u128);

const MULTIPLIER: u128 = 0xda94_2042_e4dd_58b5;

impl Random {
    /// A generator that must be seeded before its first use.
    pub(crate) const UNSEEDED: Self = Self(0);

    pub(crate) fn from_os() -> Self {
        let mut seed = [0_u8; 16];
        if getrandom::fill(&mut seed).is_err() {
            // Only a sandbox without a source of entropy gets here. Ids must still differ.
            seed = Self::from_address_and_time();
        }
        // An odd state stays odd.
        Self(u128::from_le_bytes(seed) | 1)
    }

    fn from_address_and_time() -> [u8; 16] {
        use std::hash::{BuildHasher, RandomState};
        let word = || RandomState::new().hash_one(std::time::Instant::now());
        (u128::from(word()) << 64 | u128::from(word())).to_le_bytes()
    }

    #[inline]
    pub(crate) fn is_seeded(&self) -> bool {
        self.0 != 0
    }

    /// Returns the next word, which is never zero: no half of a generated id may be.
    #[inline]
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(MULTIPLIER);
        ((self.0 >> 64) as u64).max(1)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn words_follow_the_recurrence() {
        let mut random = Random(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef);
        let words: Vec<_> = (0..3).map(|_| random.next()).collect();
        // Computed separately with integers of unlimited size.
        let expected = [
            0x9bf8_2f82_0876_e23a,
            0x2666_4d56_f050_45b8,
            0xf3cf_48e8_a467_812b,
        ];
        assert_eq!(words, expected);
    }

    #[test]
    fn threads_share_no_sequence() {
        let sequence = || {
            let mut random = Random::from_os();
            (0..10_000).map(|_| random.next()).collect::<Vec<_>>()
        };
        let words: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..64).map(|_| scope.spawn(sequence)).collect();
            threads
                .into_iter()
                .flat_map(|thread| thread.join().unwrap())
                .collect()
        });
        assert_eq!(words.iter().collect::<HashSet<_>>().len(), words.len());
    }
}
