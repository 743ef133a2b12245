//! A query that took too long, of which the plan may be asked.

use std::sync::Arc;

use gomon_core::{EventTracker, TrackerContext, Value, keys};

use super::{Database, plan};
use crate::Statement;

/// A single `SELECT` that took longer than the configuration allows, one of so many a minute: the
/// wrapper may ask the database for its plan, on a connection outside of the pool, inside of [`gomon_core::suppressed`], and
/// record it. There is none on SQLite: another connection would lock its file, for which writes of the program's own would fail.
///
/// # Examples
///
/// ```
/// # use gomon_sql::{Dialect, Setup, recording::{Database, Scope, StatementKind}};
/// # let scope = Scope::without_connection(&Database::new(Setup::new(), Dialect::PostgreSql, ""));
/// let sql = "SELECT name FROM goods WHERE id = 7";
/// let query = scope.statement(StatementKind::Query, sql);
/// if let Some(slow) = query.complete() {
///     let explain = slow.explain(sql);
///     // … run it …
///     slow.record("Index Scan using goods_pkey on goods");
/// }
/// ```
#[derive(Debug)]
#[must_use = "a plan was wanted"]
pub struct SlowQuery {
    query: TrackerContext,
    database: Database,
    statement: Arc<Statement>,
}

impl SlowQuery {
    pub(super) fn new(
        query: TrackerContext,
        database: Database,
        statement: Arc<Statement>,
    ) -> Self {
        Self {
            query,
            database,
            statement,
        }
    }

    /// The statement that asks for the plan of `sql` without running it.
    ///
    /// # Examples
    ///
    /// See [`SlowQuery`].
    #[must_use]
    pub fn explain(&self, sql: &str) -> String {
        format!("EXPLAIN {sql}")
    }

    /// Records the plan, one line for each step, as the event `sql-explain` below the query, without the values in it.
    ///
    /// # Examples
    ///
    /// See [`SlowQuery`].
    pub fn record(self, plan: &str) {
        let mut tracker: EventTracker = self.query.child("sql-explain");
        tracker.set(keys::QUERY, Value::normalized_sql(self.statement.text()));
        tracker.set(keys::QUERY_FP, self.statement.fingerprint_text());
        let plan = plan::shown(self.database.dialect(), plan);
        tracker.set(keys::PLAN, Value::text(&plan));
    }
}
