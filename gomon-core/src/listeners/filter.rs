//! Filter of events.

#[cfg(test)]
mod tests;

use std::time::Duration;

use serde::Deserialize;
use serde::de::Deserializer;

use crate::config::range::share;
use crate::listeners::condition::Condition;
use crate::record::event::Event;
use crate::record::outcome::Outcome;
use crate::record::value::Value;

/// Filter of a [`Retransmitter`](crate::Retransmitter), which forwards events that meet all
/// conditions.
///
/// The application event always passes, since every listener must receive it first. Attached
/// children pass with their parent.
///
/// In a configuration file, the conditions are keys:
///
/// ```toml
/// fingerprints = ["sql-*"]      # one of them; a * at its end stands for any rest
/// fields = { tx = true }        # all of them
/// present = ["rows-aff"]        # all of them
/// min-elapsed-ms = 100
/// outcomes = ["error", "panic"] # one of them
/// rate = 0.1
/// ```
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use gomon_core::{Filter, Monitor, Recorder};
///
/// let recorder = Recorder::new();
/// let running = Monitor::builder().listener(recorder.listener()).build()?;
/// running.monitor().root("sql-prepare");
/// let events = recorder.wait_for(1);
///
/// let sql = Filter::all().with_fingerprint("sql-*");
/// assert!(sql.passes(&events[0].as_event()));
/// assert!(!sql.with_min_elapsed(Duration::from_secs(60)).passes(&events[0].as_event()));
/// # Ok::<(), gomon_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Filter {
    fingerprints: Vec<String>,
    #[serde(deserialize_with = "crate::listeners::condition::map")]
    fields: Vec<(String, Condition)>,
    present: Vec<String>,
    #[serde(rename = "min-elapsed-ms", deserialize_with = "millis")]
    min_elapsed: Duration,
    #[serde(deserialize_with = "outcomes")]
    outcomes: Vec<Outcome>,
    #[serde(deserialize_with = "rate")]
    rate: Option<f64>,
}

impl Filter {
    /// Creates a filter without a condition, which passes every event.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// Requires this fingerprint. A `*` at its end matches any suffix. Further calls add
    /// alternatives.
    #[must_use]
    pub fn with_fingerprint(mut self, fingerprint: impl Into<String>) -> Self {
        self.fingerprints.push(fingerprint.into());
        self
    }

    /// Requires a field with this value.
    ///
    /// Numbers are compared by value, whatever their type. Lists and maps are equal to nothing.
    #[must_use]
    pub fn with_field<'v>(mut self, name: impl Into<String>, value: impl Into<Value<'v>>) -> Self {
        self.fields
            .push((name.into(), Condition::from(value.into())));
        self
    }

    /// Requires a field or section of this name, such as `error`.
    #[must_use]
    pub fn with_present(mut self, name: impl Into<String>) -> Self {
        self.present.push(name.into());
        self
    }

    /// Requires a minimum duration, in a file in milliseconds.
    #[must_use]
    pub fn with_min_elapsed(mut self, elapsed: Duration) -> Self {
        self.min_elapsed = elapsed;
        self
    }

    /// Requires this outcome. Further calls add alternatives.
    #[must_use]
    pub fn with_outcome(mut self, outcome: Outcome) -> Self {
        self.outcomes.push(outcome);
        self
    }

    /// Requires that the trace belongs to this share of all traces, from 0 to 1.
    ///
    /// The trace id decides, so a trace passes as a whole. All filters with the same rate pass the
    /// same traces.
    #[must_use]
    pub fn with_rate(mut self, rate: f64) -> Self {
        self.rate = Some(rate);
        self
    }

    /// Returns whether the event meets every condition.
    #[must_use]
    pub fn passes(&self, event: &Event<'_>) -> bool {
        event.parent().is_none()
            || event.elapsed() >= self.min_elapsed
                && one_of(&self.outcomes, |outcome| *outcome == event.outcome())
                && one_of(&self.fingerprints, |expected| {
                    matches(expected, event.fingerprint())
                })
                && self.rate.is_none_or(|rate| event.trace().is_in_share(rate))
                && self.present.iter().all(|name| event.get(name).is_some())
                && self.fields.iter().all(|(name, expected)| {
                    event
                        .get(name)
                        .is_some_and(|value| expected.is_met_by(&value))
                })
    }
}

/// Returns whether one of the allowed values matches. An empty list allows everything.
fn one_of<T>(allowed: &[T], is: impl FnMut(&T) -> bool) -> bool {
    allowed.is_empty() || allowed.iter().any(is)
}

fn matches(expected: &str, fingerprint: &str) -> bool {
    match expected.strip_suffix('*') {
        Some(prefix) => fingerprint.starts_with(prefix),
        None => fingerprint == expected,
    }
}

fn millis<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(Duration::from_millis)
}

fn rate<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    share(deserializer).map(Some)
}

fn outcomes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Outcome>, D::Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Word {
        Ok,
        Error,
        Cancelled,
        Panic,
        Unknown,
    }
    let words = Vec::<Word>::deserialize(deserializer)?;
    Ok(words
        .into_iter()
        .map(|word| match word {
            Word::Ok => Outcome::Ok,
            Word::Error => Outcome::Error,
            Word::Cancelled => Outcome::Cancelled,
            Word::Panic => Outcome::Panic,
            Word::Unknown => Outcome::Unknown,
        })
        .collect())
}
