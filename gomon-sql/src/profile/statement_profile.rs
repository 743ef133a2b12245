//! The profile of one statement.

use std::cmp::Reverse;
use std::time::Duration;

use super::entry::{Caller, Entry};
use crate::Statement;
use crate::names::Names;

/// The profile of one statement, or of all statements beyond the maximum; see [`SqlProfile`](super::SqlProfile).
#[derive(Clone, Debug)]
pub struct StatementProfile {
    entry: Entry,
    callers: Vec<SqlCaller>,
}

/// Who ran a statement; see [`SqlProfile`](super::SqlProfile).
#[derive(Clone, Debug)]
pub struct SqlCaller {
    name: Option<Box<str>>,
    caller: Caller,
}

impl StatementProfile {
    pub(super) fn new(mut entry: Entry, names: &Names) -> Self {
        let mut callers: Vec<_> = entry
            .callers
            .drain(..)
            .map(|caller| SqlCaller {
                name: caller.name.as_ref().map(|name| names.text(name).into()),
                caller,
            })
            .collect();
        callers.sort_by_key(|caller| Reverse(caller.total()));
        if entry.other_callers.count > 0 {
            callers.push(SqlCaller {
                name: Some("other".into()),
                caller: entry.other_callers.clone(),
            });
        }
        Self { entry, callers }
    }

    /// Returns the statement; `None` for the sum of all statements beyond the maximum.
    #[must_use]
    pub fn statement(&self) -> Option<&Statement> {
        self.entry.statement.as_deref()
    }

    /// Returns the number of runs.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.entry.count
    }

    /// Returns the number of runs that failed.
    #[must_use]
    pub fn errors(&self) -> u64 {
        self.entry.errors
    }

    /// Returns the number of runs that were cancelled.
    #[must_use]
    pub fn cancelled(&self) -> u64 {
        self.entry.cancelled
    }

    /// Returns the number of rows that were read.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.entry.rows
    }

    /// Returns the time of all runs.
    #[must_use]
    pub fn total(&self) -> Duration {
        Duration::from_nanos(self.entry.total)
    }

    /// Returns the duration of the shortest run.
    #[must_use]
    pub fn min(&self) -> Duration {
        Duration::from_nanos(self.entry.min.min(self.entry.max))
    }

    /// Returns the duration of the longest run.
    #[must_use]
    pub fn max(&self) -> Duration {
        Duration::from_nanos(self.entry.max)
    }

    /// Returns the median duration, with a relative error of at most 1/16.
    #[must_use]
    pub fn p50(&self) -> Duration {
        self.quantile(0.5)
    }

    /// Returns the 99th percentile of the durations, with a relative error of at most 1/16.
    #[must_use]
    pub fn p99(&self) -> Duration {
        self.quantile(0.99)
    }

    /// Returns how long the connections waited for their pool, where this statement was the first on them.
    #[must_use]
    pub fn wait(&self) -> Duration {
        Duration::from_nanos(self.entry.wait)
    }

    /// Returns who ran it, the one that took most time first; all callers beyond the maximum are the last one.
    #[must_use]
    pub fn callers(&self) -> &[SqlCaller] {
        &self.callers
    }

    pub(super) fn text(&self) -> &str {
        self.statement().map_or("other", Statement::text)
    }

    fn quantile(&self, share: f64) -> Duration {
        let quantile = self.entry.times.quantile(share);
        quantile.clamp(self.min(), self.max())
    }
}

impl SqlCaller {
    /// Returns the route of the request, or the fingerprint of the outermost tracker; `None` outside of both.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Returns whether the statement ran in a transaction.
    #[must_use]
    pub fn in_transaction(&self) -> bool {
        self.caller.in_transaction
    }

    /// Returns the number of runs.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.caller.count
    }

    /// Returns the time of all runs.
    #[must_use]
    pub fn total(&self) -> Duration {
        Duration::from_nanos(self.caller.total)
    }
}
