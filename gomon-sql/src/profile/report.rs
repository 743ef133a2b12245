//! The profile of statements that users read.

use std::cmp::Reverse;
use std::time::Duration;

use gomon_core::Monitor;

use super::statement_profile::StatementProfile;
use super::store::Period;
use crate::names::Names;
use crate::state::with_state;

/// Which statements of a process cost most, and who runs them.
///
/// A run lasts from the sending of its statement until its last row was read. The program's own time between rows is part
/// of it. Statements that sampling excludes are counted too. The profile becomes the event `sql-profile` at an interval, see
/// [`SqlConfig`](crate::SqlConfig). Its `Display` is a table; [`folded`](Self::folded) is the input of flame graphs. At
/// most 256 statements and eight callers of each are listed; all others are one line.
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
    /// Returns the profile of all statements since the first one of the monitor; it is empty once the monitor has ended.
    #[must_use]
    pub fn of(monitor: Monitor) -> Self {
        with_state(monitor, |state| {
            Self::of_period(state.profile.whole(), &state.names)
        })
        .unwrap_or_else(|| Self::of_period(Period::default(), &Names::default()))
    }

    /// Ends the current interval and records it as an event.
    ///
    /// Shutdown does so too, unless the interval is zero.
    pub fn end_interval(monitor: Monitor) {
        let profile = with_state(monitor, |state| {
            Self::of_period(state.profile.end_interval(), &state.names)
        });
        if let Some(profile) = profile {
            profile.record(monitor);
        }
    }

    pub(super) fn of_period(period: Period, names: &Names) -> Self {
        let entries = period.counts.into_entries();
        let mut statements: Vec<_> = entries
            .map(|entry| StatementProfile::new(entry, names))
            .collect();
        statements
            .sort_by_key(|statement| (Reverse(statement.total()), Reverse(statement.count())));
        Self {
            statements,
            missed: period.missed,
            period: period.length,
        }
    }

    /// Returns the statements, the one that took most time first.
    #[must_use]
    pub fn statements(&self) -> &[StatementProfile] {
        &self.statements
    }

    /// Returns the number of runs that could not be counted, because too many threads ended one at the same time.
    #[must_use]
    pub fn missed(&self) -> u64 {
        self.missed
    }

    /// Returns the time that the profile covers.
    #[must_use]
    pub fn period(&self) -> Duration {
        self.period
    }
}
