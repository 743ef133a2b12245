//! Which roots are recorded.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use arc_swap::ArcSwap;
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::config::read::share;
use crate::id::trace::TraceId;

/// Which roots are recorded; their children follow them. The default is everything.
///
/// What is not recorded still carries its context onwards, with the sampled flag of `traceparent` off. The decision by rate is made
/// from the trace id, so that services with the same rate keep the same traces.
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

/// A rate for the roots of one route or fingerprint; the first rule that fits decides.
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
    /// A rate, from 0 to 1, for roots of a fingerprint.
    ///
    /// # Examples
    ///
    /// See [`SamplingRule`].
    #[must_use]
    pub fn fingerprint(fingerprint: impl Into<String>, rate: f64) -> Self {
        Self {
            fingerprint: Some(fingerprint.into()),
            route: None,
            rate,
        }
    }

    /// A rate, from 0 to 1, for requests to a route, as its template says it.
    ///
    /// # Examples
    ///
    /// See [`SamplingRule`].
    #[must_use]
    pub fn route(route: impl Into<String>, rate: f64) -> Self {
        Self {
            fingerprint: None,
            route: Some(route.into()),
            rate,
        }
    }

    fn fits(&self, fingerprint: &str, route: Option<&str>) -> bool {
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
    /// The share of roots to record, from 0 to 1.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(gomon_core::Sampling::default().with_rate(0.5).rate(), 0.5);
    /// ```
    #[must_use]
    pub fn with_rate(mut self, rate: f64) -> Self {
        self.rate = rate;
        self
    }

    /// The most roots to record in a second.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(gomon_core::Sampling::default().with_per_second(7).per_second(), Some(7));
    /// ```
    #[must_use]
    pub fn with_per_second(mut self, roots: u32) -> Self {
        self.per_second = Some(roots);
        self
    }

    /// One rule more, behind those there are.
    ///
    /// # Examples
    ///
    /// See [`Sampling`].
    #[must_use]
    pub fn with_rule(mut self, rule: SamplingRule) -> Self {
        self.rules.push(rule);
        self
    }

    /// The share of roots to record.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(gomon_core::Sampling::default().rate(), 1.0);
    /// ```
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.rate
    }

    /// The most roots to record in a second.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(gomon_core::Sampling::default().per_second(), None);
    /// ```
    #[must_use]
    pub fn per_second(&self) -> Option<u32> {
        self.per_second
    }
}

/// Decides, without a lock.
#[derive(Debug)]
pub(crate) struct Sampler {
    /// Nothing is to be decided.
    everything: AtomicBool,
    by_route: AtomicBool,
    sampling: ArcSwap<Sampling>,
    /// The second in its upper half, the roots recorded in it in its lower.
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

    /// `second` is that of any clock that does not run backwards.
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
            .find(|rule| rule.fits(fingerprint, route));
        let rate = rule.map_or(sampling.rate, |rule| rule.rate);
        trace.is_in_share(rate)
            && sampling
                .per_second
                .is_none_or(|most| self.admit(second(), most))
    }

    fn admit(&self, second: u64, most: u32) -> bool {
        let second = second & u64::from(u32::MAX);
        self.window
            .fetch_update(Relaxed, Relaxed, |window| {
                let (then, taken) = (window >> 32, window & u64::from(u32::MAX));
                let taken = if then == second { taken } else { 0 };
                (taken < u64::from(most)).then_some(second << 32 | (taken + 1))
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
    fn a_rate_keeps_its_share() {
        let share = kept(&Sampler::new(Sampling::default().with_rate(0.25)), None);
        assert!((2_200..2_800).contains(&share), "{share}");
    }

    #[test]
    fn the_first_rule_that_fits_decides() {
        let sampling = Sampling::default()
            .with_rule(SamplingRule::route("/healthz", 0.0))
            .with_rule(SamplingRule::fingerprint("http-service", 1.0));
        let sampler = Sampler::new(sampling.with_rate(0.0));
        assert_eq!(kept(&sampler, Some("/healthz")), 0);
        assert_eq!(kept(&sampler, Some("/users")), 10_000);
    }

    #[test]
    fn routes_count_where_a_rule_names_one() {
        let by_route = |sampling| Sampler::new(sampling).samples_by_route();
        let fingerprint = SamplingRule::fingerprint("job", 0.5);
        assert!(!by_route(Sampling::default()));
        assert!(!by_route(Sampling::default().with_rule(fingerprint)));
        let route = SamplingRule::route("/healthz", 0.0);
        assert!(by_route(Sampling::default().with_rule(route)));
    }

    #[test]
    fn a_second_has_its_most() {
        let sampler = Sampler::new(Sampling::default().with_per_second(7));
        assert_eq!(kept(&sampler, None), 7);
        let trace = TraceId::from_u128(1);
        assert!(sampler.decide("job", None, trace, || 2));
    }
}
