//! Statements that their library reports after their end.

use std::time::Duration;

use super::Scope;

/// What a library reports about a statement that has ended.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use gomon_sql::{Dialect, Setup, recording::{Database, Report, Scope}};
///
/// let scope = Scope::without_connection(&Database::new(Setup::new(), Dialect::Unknown, ""));
/// Report::new("tracing", "SELECT 1", Duration::from_micros(80)).with_rows(1).record(&scope);
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "a report is recorded by `record`"]
pub struct Report<'a> {
    source: &'static str,
    sql: &'a str,
    elapsed: Duration,
    rows: u64,
    affected: u64,
    slow: bool,
}

impl<'a> Report<'a> {
    /// Describes a statement that took `elapsed` and ended now. `source` names how its library reported it.
    pub const fn new(source: &'static str, sql: &'a str, elapsed: Duration) -> Self {
        Self {
            source,
            sql,
            elapsed,
            rows: 0,
            affected: 0,
            slow: false,
        }
    }

    /// Sets the number of rows that it returned.
    pub const fn with_rows(mut self, rows: u64) -> Self {
        self.rows = rows;
        self
    }

    /// Sets the number of rows that it changed.
    pub const fn with_affected(mut self, rows: u64) -> Self {
        self.affected = rows;
        self
    }

    /// Marks it as slow.
    pub const fn with_slow(mut self, slow: bool) -> Self {
        self.slow = slow;
        self
    }

    /// Records the statement, without an outcome: the library does not report how it ended. The profile counts it as
    /// `ok`.
    pub fn record(&self, scope: &Scope) {
        let mut event = scope.statement_without_rows(self.sql);
        event.began_before(self.elapsed);
        event.reported(self.source, self.rows, self.affected, self.slow);
    }
}
