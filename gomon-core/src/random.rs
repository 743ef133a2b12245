//! Random ids, one generator a thread.

/// xoshiro256++ 1.0 (Blackman and Vigna, "Scrambled Linear Pseudorandom Number Generators", 2019): 256 bits of
/// state, so that threads seeded by the operating system share no run of ids.
#[derive(Debug)]
pub(crate) struct Random([u64; 4]);

impl Random {
    /// A generator that must be seeded before its first use.
    pub(crate) const UNSEEDED: Self = Self([0; 4]);

    pub(crate) fn from_os() -> Self {
        let mut seed = [0_u8; 32];
        if getrandom::fill(&mut seed).is_err() {
            // Only a sandbox without any source of entropy comes here. Ids must still differ.
            return Self::from_address_and_time();
        }
        let mut words = [0; 4];
        for (word, bytes) in words.iter_mut().zip(seed.chunks_exact(8)) {
            *word = bytes
                .iter()
                .fold(0, |word, byte| word << 8 | u64::from(*byte));
        }
        words[0] |= 1;
        Self(words)
    }

    fn from_address_and_time() -> Self {
        use std::hash::{BuildHasher, RandomState};
        Self(
            [1, 2, 3, 4].map(|word: u64| {
                RandomState::new().hash_one((word, std::time::Instant::now())) | 1
            }),
        )
    }

    #[inline]
    pub(crate) fn is_seeded(&self) -> bool {
        self.0[0] | self.0[1] | self.0[2] | self.0[3] != 0
    }

    /// The next word, never zero: no half of an id that we emit is.
    #[inline]
    pub(crate) fn next(&mut self) -> u64 {
        let [mut a, mut b, mut c, mut d] = self.0;
        let word = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let t = b << 17;
        c ^= a;
        d ^= b;
        b ^= c;
        a ^= d;
        c ^= t;
        d = d.rotate_left(45);
        self.0 = [a, b, c, d];
        if word == 0 { 1 } else { word }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn words_are_those_of_the_reference() {
        // The first outputs of the authors' C code for the state 1, 2, 3, 4.
        let mut random = Random([1, 2, 3, 4]);
        let words: Vec<_> = (0..3).map(|_| random.next()).collect();
        assert_eq!(words, [41_943_041, 58_720_359, 3_588_806_011_781_223]);
    }

    #[test]
    fn sixty_four_threads_share_no_run() {
        let run = || {
            let mut random = Random::from_os();
            (0..10_000).map(|_| random.next()).collect::<Vec<_>>()
        };
        let runs: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..64).map(|_| scope.spawn(run)).collect();
            threads
                .into_iter()
                .flat_map(|thread| thread.join().unwrap())
                .collect()
        });
        assert_eq!(runs.iter().collect::<HashSet<_>>().len(), runs.len());
    }
}
