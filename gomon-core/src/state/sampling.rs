//! Sampling of roots.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use arc_swap::ArcSwap;
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::config::range::share;
use crate::id::trace::TraceId;

/// Decides which roots are recorded; children follow their root. By default all are.
///
/// An unrecorded tracker still propagates its context, with the sampled flag of `traceparent` off. A rate is applied to
/// the trace id, so that services with the same rate keep the same traces.
///
/// # Examples
///
/// ```
/// use gomon_core::{Monitor, Sampling, SamplingRule};
///
/// let sampling = Sampling::default()
///     .with_rate(0.1)
///     .with_per_second(1_000)
///     .with_rule(SamplingRule::route("/healthz", 0.0));
/// let running = Monitor::builder().config(sampling).build()?;
/// # drop(running);
/// # Ok::<(), gomon_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Sampling {
    #[serde(deserialize_with = "share")]
    rate: f64,
    per_second: Option<u32>,
    rules: Vec<SamplingRule>,
}

/// A rate for the roots of one route or fingerprint; the first matching rule decides.
///
/// # Examples
///
/// ```
/// use gomon_core::SamplingRule;
///
/// let rules = [SamplingRule::fingerprint("http-service", 0.5), SamplingRule::route("/healthz", 0.0)];
/// # drop(rules);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SamplingRule {
    #[serde(default)]
    fingerprint: Option<String>,
    #[serde(default)]
    route: Option<String>,
    #[serde(deserialize_with = "share")]
    rate: f64,
}

impl SamplingRule {
    /// Returns a rule with a rate, from 0 to 1, for the roots of a fingerprint.
    #[must_use]
    pub fn fingerprint(fingerprint: impl Into<String>, rate: f64) -> Self {
        Self {
            fingerprint: Some(fingerprint.into()),
            route: None,
            rate,
        }
    }

    /// Returns a rule with a rate, from 0 to 1, for requests to a route template.
    #[must_use]
    pub fn route(route: impl Into<String>, rate: f64) -> Self {
        Self {
            fingerprint: None,
            route: Some(route.into()),
            rate,
        }
    }

    fn matches(&self, fingerprint: &str, route: Option<&str>) -> bool {
        self.fingerprint
            .as_deref()
            .is_none_or(|wanted| wanted == fingerprint)
            && self
                .route
                .as_deref()
                .is_none_or(|wanted| route == Some(wanted))
    }
}

impl Default for Sampling {
    fn default() -> Self {
        Self {
            rate: 1.0,
            per_second: None,
            rules: Vec::new(),
        }
    }
}

impl Config for Sampling {
    const NAME: &'static str = "gomon/sampling";
}

impl Sampling {
    /// Sets the rate: the share of roots to record, from 0 to 1.
    #[must_use]
    pub fn with_rate(mut self, rate: f64) -> Self {
        self.rate = rate;
        self
    }

    /// Sets the maximum number of roots recorded per second.
    #[must_use]
    pub fn with_per_second(mut self, roots: u32) -> Self {
        self.per_second = Some(roots);
        self
    }

    /// Appends a rule.
    #[must_use]
    pub fn with_rule(mut self, rule: SamplingRule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Returns the share of roots to record.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.rate
    }

    /// Returns the maximum number of roots recorded per second.
    #[must_use]
    pub fn per_second(&self) -> Option<u32> {
        self.per_second
    }
}

/// Lock-free sampling decisions.
#[derive(Debug)]
pub(crate) struct Sampler {
    /// Every root is recorded.
    everything: AtomicBool,
    by_route: AtomicBool,
    sampling: ArcSwap<Sampling>,
    /// Upper half: a second. Lower half: the number of roots recorded in it.
    window: AtomicU64,
}

impl Sampler {
    pub(crate) fn new(sampling: Sampling) -> Self {
        let sampler = Self {
            everything: AtomicBool::new(true),
            by_route: AtomicBool::new(false),
            sampling: ArcSwap::from_pointee(Sampling::default()),
            window: AtomicU64::new(0),
        };
        sampler.set(sampling);
        sampler
    }

    pub(crate) fn set(&self, sampling: Sampling) {
        let everything = sampling == Sampling::default();
        let by_route = sampling.rules.iter().any(|rule| rule.route.is_some());
        self.sampling.store(sampling.into());
        self.everything.store(everything, Relaxed);
        self.by_route.store(by_route, Relaxed);
    }

    #[inline]
    pub(crate) fn takes_everything(&self) -> bool {
        self.everything.load(Relaxed)
    }

    #[inline]
    pub(crate) fn samples_by_route(&self) -> bool {
        self.by_route.load(Relaxed)
    }

    /// Decides whether to record a root. `second` may come from any monotonic clock.
    pub(crate) fn decide(
        &self,
        fingerprint: &str,
        route: Option<&str>,
        trace: TraceId,
        second: impl FnOnce() -> u64,
    ) -> bool {
        let sampling = self.sampling.load();
        let rule = sampling
            .rules
            .iter()
            .find(|rule| rule.matches(fingerprint, route));
        let rate = rule.map_or(sampling.rate, |rule| rule.rate);
        trace.is_in_share(rate)
            && sampling
                .per_second
                .is_none_or(|max| self.admit(second(), max))
    }

    fn admit(&self, second: u64, max: u32) -> bool {
        let second = second & u64::from(u32::MAX);
        self.window
            .fetch_update(Relaxed, Relaxed, |window| {
                let (then, taken) = (window >> 32, window & u64::from(u32::MAX));
                let taken = if then == second { taken } else { 0 };
                (taken < u64::from(max)).then_some(second << 32 | (taken + 1))
            })
            .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::random::Random;

    fn kept(sampler: &Sampler, route: Option<&str>) -> usize {
        let mut random = Random::from_os();
        (0..10_000)
            .filter(|_| {
                let trace = TraceId::from_halves(random.next(), random.next());
                sampler.decide("http-service", route, trace, || 1)
            })
            .count()
    }

    #[test]
    fn rate_keeps_its_share() {
        let share = kept(&Sampler::new(Sampling::default().with_rate(0.25)), None);
        assert!((2_200..2_800).contains(&share), "{share}");
    }

    #[test]
    fn first_matching_rule_decides() {
        let sampling = Sampling::default()
            .with_rule(SamplingRule::route("/healthz", 0.0))
            .with_rule(SamplingRule::fingerprint("http-service", 1.0));
        let sampler = Sampler::new(sampling.with_rate(0.0));
        assert_eq!(kept(&sampler, Some("/healthz")), 0);
        assert_eq!(kept(&sampler, Some("/users")), 10_000);
    }

    #[test]
    fn routes_matter_if_a_rule_names_one() {
        let by_route = |sampling| Sampler::new(sampling).samples_by_route();
        let fingerprint = SamplingRule::fingerprint("job", 0.5);
        assert!(!by_route(Sampling::default()));
        assert!(!by_route(Sampling::default().with_rule(fingerprint)));
        let route = SamplingRule::route("/healthz", 0.0);
        assert!(by_route(Sampling::default().with_rule(route)));
    }

    #[test]
    fn rate_per_second_is_limited() {
        let sampler = Sampler::new(Sampling::default().with_per_second(7));
        assert_eq!(kept(&sampler, None), 7);
        let trace = TraceId::from_u128(1);
        assert!(sampler.decide("job", None, trace, || 2));
    }
}
