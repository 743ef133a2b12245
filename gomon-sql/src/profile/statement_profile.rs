//! What a profile says of one statement.

use std::time::Duration;

use super::entry::{Caller, Entry};
use super::name::Name;
use crate::Statement;

/// What a profile says of one statement, or of all those for which it had no room.
///
/// # Examples
///
/// See [`SqlProfile`](super::SqlProfile).
#[derive(Clone, Debug)]
pub struct StatementProfile(pub(super) Entry);

/// Who had a statement run.
///
/// # Examples
///
/// See [`SqlProfile`](super::SqlProfile).
#[derive(Clone, Debug)]
pub struct SqlCaller(Caller);

macro_rules! figures {
    ($($(#[$doc:meta])* $name:ident -> $type:ty = |$this:ident| $value:expr;)*) => {
        $($(#[$doc])*
        ///
        /// # Examples
        ///
        /// See [`SqlProfile`](super::SqlProfile).
        #[must_use]
        pub fn $name(&self) -> $type {
            let $this = &self.0;
            $value
        })*
    };
}

impl StatementProfile {
    figures! {
        /// The statement; `None` where the figures are those of all for which there was no room.
        statement -> Option<&Statement> = |it| it.statement.as_deref();
        /// How often it ran.
        count -> u64 = |it| it.count;
        /// How often it failed.
        errors -> u64 = |it| it.errors;
        /// How often it was given up.
        cancelled -> u64 = |it| it.cancelled;
        /// Rows that were read.
        rows -> u64 = |it| it.rows;
        /// The time of all runs.
        total -> Duration = |it| Duration::from_nanos(it.total);
        /// The shortest run.
        min -> Duration = |it| Duration::from_nanos(if it.count == 0 { 0 } else { it.min });
        /// The longest run.
        max -> Duration = |it| Duration::from_nanos(it.max);
        /// What half of the runs took no longer than, within a sixteenth.
        p50 -> Duration = |it| quantile(it, 0.5);
        /// What 99 of 100 runs took no longer than, within a sixteenth.
        p99 -> Duration = |it| quantile(it, 0.99);
        /// What its connections took to be had from their pool, where it was the first statement on them.
        wait -> Duration = |it| Duration::from_nanos(it.wait);
    }

    /// Who had it run, the one that took the most time first; all for whom there was no room are one.
    ///
    /// # Examples
    ///
    /// See [`SqlProfile`](super::SqlProfile).
    #[must_use]
    pub fn callers(&self) -> Vec<SqlCaller> {
        let mut callers = self.0.callers.clone();
        callers.sort_by_key(|caller| std::cmp::Reverse(caller.total));
        if self.0.other_callers.count > 0 {
            let mut other = self.0.other_callers.clone();
            other.name = Some(Name::of_static("other"));
            callers.push(other);
        }
        callers.into_iter().map(SqlCaller).collect()
    }

    /// The text for people.
    pub(super) fn text(&self) -> &str {
        self.statement().map_or("other", Statement::text)
    }
}

impl SqlCaller {
    figures! {
        /// The route of the request, or what the outermost tracker is called; `None` outside of any.
        name -> Option<&str> = |it| it.name.as_deref();
        /// Whether it ran in a transaction.
        in_transaction -> bool = |it| it.in_transaction;
        /// How often it ran.
        count -> u64 = |it| it.count;
        /// The time of all runs.
        total -> Duration = |it| Duration::from_nanos(it.total);
    }
}

fn quantile(entry: &Entry, share: f64) -> Duration {
    let told = entry.times.quantile(share);
    let (min, max) = (entry.min.min(entry.max), entry.max);
    told.clamp(Duration::from_nanos(min), Duration::from_nanos(max))
}
