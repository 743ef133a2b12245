//! Log-linear histogram of durations with a fixed size.
//!
//! Each power of two from 512 ns to 137 s has eight buckets, so a quantile is within 1/16 of the
//! true value. Shorter and longer durations fall into one bucket at either end.

use std::time::Duration;

const SUB_BITS: u32 = 3;
const MIN_POWER: u32 = 9;
const MAX_POWER: u32 = 37;
/// Number of buckets, with one more at either end.
const BUCKETS: usize = (((MAX_POWER - MIN_POWER) << SUB_BITS) + 2) as usize;

/// Counts durations in 226 buckets (904 bytes).
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use gomon_core::adapter::Histogram;
///
/// let mut histogram = Histogram::default();
/// for millis in 1..=100 {
///     histogram.record(millis * 1_000_000);
/// }
/// let p99 = histogram.quantile(0.99);
/// assert!(p99 > Duration::from_millis(93) && p99 < Duration::from_millis(106));
/// ```
#[derive(Clone, Debug)]
pub struct Histogram(Box<[u32; BUCKETS]>);

impl Default for Histogram {
    fn default() -> Self {
        Self(Box::new([0; BUCKETS]))
    }
}

impl Histogram {
    /// Records a duration in nanoseconds.
    #[inline]
    pub fn record(&mut self, ns: u64) {
        if let Some(count) = self.0.get_mut(bucket(ns)) {
            *count = count.saturating_add(1);
        }
    }

    /// Adds the counts of `other`.
    pub fn merge(&mut self, other: &Self) {
        for (count, more) in self.0.iter_mut().zip(other.0.iter()) {
            *count = count.saturating_add(*more);
        }
    }

    /// Returns the duration that a share (0 to 1) of all durations does not exceed, or zero if there
    /// are none.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Duration {
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
        ..MIN_POWER => 0,
        MAX_POWER.. => BUCKETS - 1,
        _ => {
            let part = (ns >> (power - SUB_BITS)) & ((1 << SUB_BITS) - 1);
            (((power - MIN_POWER) << SUB_BITS) as u64 + part + 1) as usize
        }
    }
}

/// Returns the middle of a bucket in nanoseconds.
fn middle(bucket: usize) -> u64 {
    let Some(at) = bucket.checked_sub(1) else {
        return 1 << (MIN_POWER - 1);
    };
    let power = MIN_POWER + (at >> SUB_BITS) as u32;
    let part = (at as u64 & ((1 << SUB_BITS) - 1)) + (1 << SUB_BITS);
    let width = 1 << (power - SUB_BITS);
    part * width + width / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_within_a_sixteenth() {
        for exponent in 10..37 {
            for ns in [
                1_u64 << exponent,
                (1 << exponent) * 3 / 2,
                (2 << exponent) - 1,
            ] {
                let mut histogram = Histogram::default();
                histogram.record(ns);
                let found = histogram.quantile(0.5).as_nanos() as f64;
                let off = (found - ns as f64).abs() / ns as f64;
                assert!(off <= 1.0 / 16.0 + 1e-9, "{ns}: {found}");
            }
        }
    }

    #[test]
    fn quantiles_cover_merged_histograms() {
        let mut histogram = Histogram::default();
        for _ in 0..98 {
            histogram.record(1_000);
        }
        let mut slow = Histogram::default();
        slow.record(1_000_000);
        slow.record(u64::MAX);
        histogram.merge(&slow);
        let near = |share: f64, ns: f64| {
            let found = histogram.quantile(share).as_nanos() as f64;
            assert!((found - ns).abs() / ns < 0.07, "{share}: {found}");
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
