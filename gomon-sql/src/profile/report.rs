//! The profile of statements, as it is told.

use std::cmp::Reverse;
use std::time::Duration;

use gomon_core::Monitor;

use super::statement_profile::StatementProfile;
use super::store::{Period, Store};
use super::stores::with_store;

/// Which statements of a process cost the most, and who runs them.
///
/// A run lasts from when its statement is sent until the last row was read, the program's own time between rows included.
/// The profile is kept for each monitor from the first statement on, whatever sampling leaves out, and becomes the event
/// `sql-profile` at an interval ([`SqlConfig`](crate::SqlConfig)). As text it is a table; [`folded`](Self::folded) is what makes
/// flame graphs. At most 256 statements are told apart, and eight callers of each.
///
/// # Examples
///
/// ```
/// use gomon_core::Monitor;
/// use gomon_sql::recording::{Database, Scope, StatementKind};
/// use gomon_sql::{Dialect, Setup, SqlProfile};
///
/// let running = Monitor::builder().build()?;
/// let setup = Setup::new().with_monitor(running.monitor());
/// let scope = Scope::without_connection(&Database::new(setup, Dialect::Sqlite, ""));
/// for id in 0..3 {
///     let sql = format!("SELECT name FROM goods WHERE id = {id}");
///     scope.statement(StatementKind::Query, &sql).complete();
/// }
///
/// let profile = SqlProfile::of(running.monitor());
/// let select = &profile.statements()[0];
/// assert_eq!(select.statement().unwrap().text(), "SELECT name FROM goods WHERE id = ?");
/// assert_eq!((select.count(), select.errors(), select.rows()), (3, 0, 0));
/// assert!(select.min() <= select.p50() && select.p50() <= select.p99() && select.p99() <= select.max());
/// assert_eq!(select.callers()[0].count(), 3);
/// println!("{profile}");
/// # Ok::<(), gomon_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SqlProfile {
    statements: Vec<StatementProfile>,
    missed: u64,
    period: Duration,
}

impl SqlProfile {
    /// All since the first statement under that monitor.
    ///
    /// # Examples
    ///
    /// See [`SqlProfile`].
    #[must_use]
    pub fn of(monitor: Monitor) -> Self {
        Self::of_period(with_store(monitor, Store::whole).unwrap_or_default())
    }

    /// Ends the interval that runs and records it: before a shutdown, lest the last one is not told of.
    ///
    /// # Examples
    ///
    /// ```
    /// gomon_sql::SqlProfile::end_interval(gomon_core::global());
    /// ```
    pub fn end_interval(monitor: Monitor) {
        if let Some(period) = with_store(monitor, Store::end_interval) {
            Self::of_period(period).record(monitor);
        }
    }

    pub(super) fn of_period(period: Period) -> Self {
        let mut statements: Vec<_> = period.counts.into_entries().map(StatementProfile).collect();
        statements.sort_by_key(|it| (Reverse(it.total()), Reverse(it.count())));
        Self {
            statements,
            missed: period.missed,
            period: period.length,
        }
    }

    /// Its statements, the one that took the most time first.
    ///
    /// # Examples
    ///
    /// See [`SqlProfile`].
    #[must_use]
    pub fn statements(&self) -> &[StatementProfile] {
        &self.statements
    }

    /// How many runs it could not count, as too many threads had ended one at the same time.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(gomon_sql::SqlProfile::of(gomon_core::global()).missed(), 0);
    /// ```
    #[must_use]
    pub fn missed(&self) -> u64 {
        self.missed
    }

    /// The time that it covers.
    ///
    /// # Examples
    ///
    /// ```
    /// let period = gomon_sql::SqlProfile::of(gomon_core::global()).period();
    /// ```
    #[must_use]
    pub fn period(&self) -> Duration {
        self.period
    }
}
