//! How long things took, in as many buckets whatever their number.
//!
//! Log-linear: each power of two of nanoseconds from 512 ns to 137 s has eight buckets, so that a quantile is off by one
//! sixteenth at most.

use std::time::Duration;

const SUB_BITS: u32 = 3;
const LOWEST: u32 = 9;
const HIGHEST: u32 = 37;
/// One for all below, and one for all above.
const BUCKETS: usize = (((HIGHEST - LOWEST) << SUB_BITS) + 2) as usize;

#[derive(Clone, Debug)]
pub(super) struct Histogram(Box<[u32; BUCKETS]>);

impl Default for Histogram {
    fn default() -> Self {
        Self(Box::new([0; BUCKETS]))
    }
}

impl Histogram {
    #[inline]
    pub(super) fn add(&mut self, ns: u64) {
        if let Some(count) = self.0.get_mut(bucket(ns)) {
            *count = count.saturating_add(1);
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (count, more) in self.0.iter_mut().zip(other.0.iter()) {
            *count = count.saturating_add(*more);
        }
    }

    /// What `share` of all took no longer than; in ns.
    pub(super) fn quantile(&self, share: f64) -> Duration {
        let all: u64 = self.0.iter().map(|&count| u64::from(count)).sum();
        let rank = (share * all as f64).ceil().max(1.0) as u64;
        let mut seen = 0;
        let at = self.0.iter().position(|&count| {
            seen += u64::from(count);
            seen >= rank
        });
        Duration::from_nanos(at.map_or(0, middle))
    }
}

#[inline]
fn bucket(ns: u64) -> usize {
    let power = ns.checked_ilog2().unwrap_or(0);
    match power {
        ..LOWEST => 0,
        HIGHEST.. => BUCKETS - 1,
        _ => {
            let part = (ns >> (power - SUB_BITS)) & ((1 << SUB_BITS) - 1);
            (((power - LOWEST) << SUB_BITS) as u64 + part + 1) as usize
        }
    }
}

/// The middle of a bucket, in ns.
fn middle(bucket: usize) -> u64 {
    let Some(at) = bucket.checked_sub(1) else {
        return 1 << (LOWEST - 1);
    };
    let power = LOWEST + (at >> SUB_BITS) as u32;
    let part = (at as u64 & ((1 << SUB_BITS) - 1)) + (1 << SUB_BITS);
    let width = 1 << (power - SUB_BITS);
    part * width + width / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_off_by_a_sixteenth_at_most() {
        for exponent in 10..37 {
            for ns in [
                1_u64 << exponent,
                (1 << exponent) * 3 / 2,
                (2 << exponent) - 1,
            ] {
                let mut histogram = Histogram::default();
                histogram.add(ns);
                let told = histogram.quantile(0.5).as_nanos() as f64;
                let off = (told - ns as f64).abs() / ns as f64;
                assert!(off <= 1.0 / 16.0 + 1e-9, "{ns}: {told}");
            }
        }
    }

    #[test]
    fn quantiles_split_what_was_added() {
        let mut histogram = Histogram::default();
        for _ in 0..98 {
            histogram.add(1_000);
        }
        let mut slow = Histogram::default();
        slow.add(1_000_000);
        slow.add(u64::MAX);
        histogram.merge(&slow);
        let near = |share: f64, ns: f64| {
            let told = histogram.quantile(share).as_nanos() as f64;
            assert!((told - ns).abs() / ns < 0.07, "{share}: {told}");
        };
        near(0.5, 1_000.0);
        near(0.98, 1_000.0);
        near(0.99, 1_000_000.0);
        assert!(histogram.quantile(1.0) > Duration::from_secs(100));
    }

    #[test]
    fn every_duration_has_a_bucket() {
        for ns in [
            0,
            1,
            511,
            512,
            513,
            1 << 36,
            (1 << 37) - 1,
            1 << 37,
            u64::MAX,
        ] {
            assert!(bucket(ns) < BUCKETS, "{ns}");
        }
        assert_eq!(bucket(511), 0);
        assert_eq!(bucket(512), 1);
        assert_eq!(bucket((1 << 37) - 1), BUCKETS - 2);
    }
}
