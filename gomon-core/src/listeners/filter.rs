//! Which events are passed on.

#[cfg(test)]
mod tests;

use std::time::Duration;

use serde::Deserialize;
use serde::de::Deserializer;

use crate::config::read::share;
use crate::listeners::condition::Condition;
use crate::record::event::Event;
use crate::record::outcome::Outcome;
use crate::record::value::Value;

/// Which events are passed on by a [`Retransmitter`](crate::Retransmitter): those that meet every condition.
///
/// The application event always passes, as every listener is to see it first. Events that are attached to another
/// are passed with it.
///
/// In a configuration file, the conditions are keys:
///
/// ```toml
/// fingerprints = ["sql-*"]      # one of them; a * at its end stands for any rest
/// fields = { tx = true }        # all of them
/// present = ["rows-aff"]        # all of them
/// min-lapsed-ms = 100
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
/// running.root("sql-prepare");
/// let events = recorder.wait_for(1);
///
/// let sql = Filter::all().with_fingerprint("sql-*");
/// assert!(sql.passes(&events[0].as_event()));
/// assert!(!sql.with_min_lapsed(Duration::from_secs(60)).passes(&events[0].as_event()));
/// # Ok::<(), gomon_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Filter {
    fingerprints: Vec<String>,
    #[serde(deserialize_with = "crate::listeners::condition::map")]
    fields: Vec<(String, Condition)>,
    present: Vec<String>,
    #[serde(rename = "min-lapsed-ms", deserialize_with = "millis")]
    min_lapsed: Duration,
    #[serde(deserialize_with = "outcomes")]
    outcomes: Vec<Outcome>,
    #[serde(deserialize_with = "rate")]
    rate: Option<f64>,
}

impl Filter {
    /// Without a condition: every event passes.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// Only this fingerprint, or one that begins with what stands before a `*` at its end; given again, also that.
    ///
    /// # Examples
    ///
    /// ```
    /// let http = gomon_core::Filter::all().with_fingerprint("axum-handle").with_fingerprint("http-*");
    /// ```
    #[must_use]
    pub fn with_fingerprint(mut self, fingerprint: impl Into<String>) -> Self {
        self.fingerprints.push(fingerprint.into());
        self
    }

    /// Only with this value in this field; numbers are equal if they mean the same, and lists and maps are equal to nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// let posts = gomon_core::Filter::all().with_field("method", "POST").with_field("response_code", 500);
    /// ```
    #[must_use]
    pub fn with_field<'v>(mut self, name: impl Into<String>, value: impl Into<Value<'v>>) -> Self {
        self.fields
            .push((name.into(), Condition::from(value.into())));
        self
    }

    /// Only with this field, or this section, such as `error`.
    ///
    /// # Examples
    ///
    /// ```
    /// let with_errors = gomon_core::Filter::all().with_present("error");
    /// ```
    #[must_use]
    pub fn with_present(mut self, name: impl Into<String>) -> Self {
        self.present.push(name.into());
        self
    }

    /// Only what took at least so long; in a file, milliseconds.
    ///
    /// # Examples
    ///
    /// ```
    /// let slow = gomon_core::Filter::all().with_min_lapsed(std::time::Duration::from_millis(100));
    /// ```
    #[must_use]
    pub fn with_min_lapsed(mut self, lapsed: Duration) -> Self {
        self.min_lapsed = lapsed;
        self
    }

    /// Only what ended in this way; given again, also in that.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::{Filter, Outcome};
    ///
    /// let failed = Filter::all().with_outcome(Outcome::Error).with_outcome(Outcome::Panic);
    /// ```
    #[must_use]
    pub fn with_outcome(mut self, outcome: Outcome) -> Self {
        self.outcomes.push(outcome);
        self
    }

    /// Only this share of all traces, from 0 to 1. It is decided by the trace id, so that a trace passes whole, and
    /// the same ones pass wherever the rate is the same.
    ///
    /// # Examples
    ///
    /// ```
    /// let tenth = gomon_core::Filter::all().with_rate(0.1);
    /// ```
    #[must_use]
    pub fn with_rate(mut self, rate: f64) -> Self {
        self.rate = Some(rate);
        self
    }

    /// Whether the event meets every condition.
    #[must_use]
    pub fn passes(&self, event: &Event<'_>) -> bool {
        event.parent().is_none()
            || event.lapsed() >= self.min_lapsed
                && one_of(&self.outcomes, |outcome| *outcome == event.outcome())
                && one_of(&self.fingerprints, |wanted| {
                    fits(wanted, event.fingerprint())
                })
                && self.rate.is_none_or(|rate| event.trace().is_in_share(rate))
                && self.present.iter().all(|name| event.get(name).is_some())
                && self.fields.iter().all(|(name, wanted)| {
                    event
                        .get(name)
                        .is_some_and(|value| wanted.is_met_by(&value))
                })
    }
}

/// Nothing given is no condition.
fn one_of<T>(allowed: &[T], is: impl FnMut(&T) -> bool) -> bool {
    allowed.is_empty() || allowed.iter().any(is)
}

fn fits(wanted: &str, fingerprint: &str) -> bool {
    match wanted.strip_suffix('*') {
        Some(prefix) => fingerprint.starts_with(prefix),
        None => fingerprint == wanted,
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
    }
    let words = Vec::<Word>::deserialize(deserializer)?;
    Ok(words
        .into_iter()
        .map(|word| match word {
            Word::Ok => Outcome::Ok,
            Word::Error => Outcome::Error,
            Word::Cancelled => Outcome::Cancelled,
            Word::Panic => Outcome::Panic,
        })
        .collect())
}
