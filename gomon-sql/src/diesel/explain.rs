//! The plans of slow queries, asked on a connection of their own.
//!
//! A connection of diesel's is waited for on its thread, so plans are asked on threads of their own, of which there are
//! few at a time. They are asked for the text that was sent, since a query of diesel's belongs to the thread that built it.
//! Its bind values stay there, too: PostgreSQL plans without, and those of MySQL are told by diesel's `Debug`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::connection::{DefaultLoadingMode, LoadConnection};
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::row::{Field as _, Row as _};
use diesel::sql_types::Untyped;

use super::connection::Monitorable;
use super::{literals, text, values};
use crate::Dialect;
use crate::cell::Cell;
use crate::cell::step::{MOST_STEPS, step};
use crate::recording::SlowQuery;

/// How many plans are asked for at a time in the whole process; what is slow meanwhile gets none.
const MOST_THREADS: usize = 2;

/// What a server may take for one, milliseconds.
const PATIENCE: &str = "SET statement_timeout = 10000";

static THREADS: AtomicUsize = AtomicUsize::new(0);

/// Asks for the plan of a query on a new connection to an URL.
pub(super) type Ask = fn(&str, &Question) -> Option<String>;

/// A query that is explained.
pub(super) struct Question {
    pub(super) sql: String,
    /// Of MySQL alone.
    pub(super) binds: Vec<Cell>,
}

/// What it takes to ask for the plan of a query, should it be slow.
pub(super) struct Plan {
    pub(super) url: Arc<str>,
    pub(super) ask: Ask,
    pub(super) question: Question,
}

impl Plan {
    /// Asks for it in the background.
    pub(super) fn ask(self, slow: SlowQuery) {
        let Some(place) = Place::take() else { return };
        let work = move || {
            let plan = gomon_core::suppressed(|| (self.ask)(&self.url, &self.question));
            // A database that does not answer now has other sorrows than our question.
            if let Some(plan) = plan {
                slow.record(&plan);
            }
            drop(place);
        };
        // No thread, no plan.
        let _ = thread::Builder::new()
            .name("gomon-sql-plan".to_owned())
            .spawn(work);
    }
}

/// One of the threads; its drop makes room for another one.
struct Place;

impl Place {
    fn take() -> Option<Self> {
        let taken = THREADS.fetch_update(Relaxed, Relaxed, |threads| {
            (threads < MOST_THREADS).then_some(threads + 1)
        });
        taken.ok().map(|_| Self)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        THREADS.fetch_sub(1, Relaxed);
    }
}

/// Asks on a connection of type `C`. `None` where no other connection sees what the slow query saw, and where it cannot be
/// asked.
pub(super) fn ask<C: Monitorable>(url: &str, question: &Question) -> Option<String> {
    let dialect = text::dialect::<C::Backend>();
    let explain = match dialect {
        Dialect::MySql => format!("EXPLAIN {}", literals::put(&question.sql, &question.binds)?),
        Dialect::PostgreSql => {
            let mut conn = C::establish(url).ok()?;
            return generic_plan(&mut conn, &question.sql);
        }
        Dialect::Sqlite | Dialect::Unknown => return None,
    };
    let mut conn = C::establish(url).ok()?;
    steps(&mut conn, dialect, explain)
}

/// The plan that serves all values, which PostgreSQL makes of a prepared statement.
fn generic_plan<C: Monitorable>(conn: &mut C, sql: &str) -> Option<String> {
    conn.batch_execute(PATIENCE).ok()?;
    conn.batch_execute("SET plan_cache_mode = force_generic_plan")
        .ok()?;
    conn.batch_execute(&format!("PREPARE gomon AS {sql}"))
        .ok()?;
    let count = "SELECT coalesce(cardinality(parameter_types), 0)::text FROM pg_prepared_statements WHERE name = 'gomon'";
    let count: usize = steps(conn, Dialect::PostgreSql, count.to_owned())?
        .parse()
        .ok()?;
    let nulls = match count {
        0 => String::new(),
        count => format!("({})", vec!["NULL"; count].join(", ")),
    };
    steps(
        conn,
        Dialect::PostgreSql,
        format!("EXPLAIN EXECUTE gomon{nulls}"),
    )
}

/// What a statement answers, a line for each row.
fn steps<C: Monitorable>(conn: &mut C, dialect: Dialect, sql: String) -> Option<String> {
    let read = values::reader::<C::Backend>()?;
    let rows = LoadConnection::<DefaultLoadingMode>::load(conn, Text(sql)).ok()?;
    let mut lines = Vec::new();
    for row in rows.take(MOST_STEPS) {
        let row = row.ok()?;
        let fields: Vec<_> = (0..row.field_count())
            .filter_map(|at| row.get(at))
            .collect();
        let cells = fields.iter().map(|field| {
            let name = field.field_name().unwrap_or_default();
            (name, field.value().map_or(Cell::Null, read))
        });
        lines.push(step(dialect, cells));
    }
    Some(lines.join("\n"))
}

/// A statement as it is.
#[derive(QueryId)]
struct Text(String);

impl Query for Text {
    type SqlType = Untyped;
}

impl<DB: Backend> QueryFragment<DB> for Text {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        pass.unsafe_to_cache_prepared();
        pass.push_sql(&self.0);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_plans_are_asked_for_at_a_time() {
        let places: Vec<_> = (0..MOST_THREADS).map(|_| Place::take()).collect();
        assert!(places.iter().all(Option::is_some) && Place::take().is_none());
        drop(places);
        assert!(Place::take().is_some());
    }
}
