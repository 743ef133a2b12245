//! The plans of slow queries, asked on a connection of their own.
//!
//! A connection of diesel's is waited for on its thread, so plans are asked on threads of their own, of which there are
//! few at a time. They are asked for the text that was sent, since a query of diesel's belongs to the thread that built it.
//! Its bind values stay there, too: PostgreSQL plans without, and those of MySQL are told by diesel's `Debug`.

use std::sync::Arc;
use std::thread;

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::connection::{DefaultLoadingMode, InstrumentationEvent, LoadConnection};
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::row::{Field as _, Row as _};
use diesel::sql_types::Untyped;

use super::connection::Monitorable;
use super::{literals, text, values};
use gomon_sql::Dialect;
use gomon_sql::adapter::Cell;
use gomon_sql::adapter::{Asking, Frame};
use gomon_sql::adapter::{MOST_STEPS, step};
use gomon_sql::recording::SlowQuery;

/// Asks for the plan of a query on a new connection to an URL.
pub(super) type Ask = fn(&str, &Question) -> Option<String>;

/// A query that is explained.
pub(super) struct Question {
    pub(super) sql: String,
    /// Of MySQL alone; `None` where they cannot be told.
    pub(super) binds: Option<Vec<Cell>>,
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
        let Some(asking) = Asking::begin() else {
            return;
        };
        let work = move || {
            let plan = gomon_core::suppressed(|| (self.ask)(&self.url, &self.question));
            // A database that does not answer now has other sorrows than our question.
            if let Some(plan) = plan {
                slow.record(&plan);
            }
            drop(asking);
        };
        // No thread, no plan.
        let _ = thread::Builder::new()
            .name("gomon-sql-plan".to_owned())
            .spawn(work);
    }
}

/// Asks on a connection of type `C`. `None` where no other connection sees what the slow query saw, and where it cannot be
/// asked.
pub(super) fn ask<C: Monitorable>(url: &str, question: &Question) -> Option<String> {
    let dialect = text::dialect::<C::Backend>();
    let frame = Frame::of(dialect)?;
    // Before anybody is bothered with a question that cannot be put.
    let explain = match dialect {
        Dialect::MySql => {
            let binds = question.binds.as_deref()?;
            Some(format!("EXPLAIN {}", literals::put(&question.sql, binds)?))
        }
        _ => None,
    };
    let mut conn = open::<C>(url)?;
    let conn = &mut conn;
    let mut run = |sql: &&str| conn.batch_execute(sql).is_ok();
    if !(frame.limits.is_empty() || frame.limits.iter().any(&mut run)) {
        return None;
    }
    let plan = (frame.begin.iter().all(run)).then(|| match explain {
        Some(explain) => steps(conn, dialect, explain),
        None => generic_plan(conn, &question.sql),
    });
    let _ = conn.batch_execute(Frame::END);
    plan.flatten()
}

/// Opens a connection, of which the program's instrumentation hears no more than that it was opened.
fn open<C: Monitorable>(url: &str) -> Option<C> {
    let mut conn = C::establish(url).ok()?;
    conn.set_instrumentation(|_: InstrumentationEvent<'_>| {});
    Some(conn)
}

/// The plan that serves all values, which PostgreSQL makes of a prepared statement.
fn generic_plan<C: Monitorable>(conn: &mut C, sql: &str) -> Option<String> {
    conn.batch_execute("SET LOCAL plan_cache_mode = force_generic_plan")
        .ok()?;
    conn.batch_execute(&format!("PREPARE gomon AS {sql}"))
        .ok()?;
    let plan = prepared_plan(conn);
    // It outlives the transaction, and cannot go while that is failed. Sent at once, all reaches one session behind a pooler.
    let _ = conn
        .batch_execute("DEALLOCATE gomon")
        .or_else(|_| conn.batch_execute("ROLLBACK; DEALLOCATE gomon; BEGIN READ ONLY"));
    plan
}

fn prepared_plan<C: Monitorable>(conn: &mut C) -> Option<String> {
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

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use std::cell::Cell;

    use diesel::connection::{SimpleConnection as _, set_default_instrumentation};
    use diesel::sqlite::SqliteConnection;

    use super::*;

    thread_local! {
        static TOLD: Cell<usize> = const { Cell::new(0) };
    }

    #[test]
    fn programs_instrumentation_is_told_of_the_opening_alone() {
        set_default_instrumentation(|| {
            Some(Box::new(|_: InstrumentationEvent<'_>| {
                TOLD.set(TOLD.get() + 1);
            }))
        })
        .unwrap();
        let conn = open::<SqliteConnection>(":memory:");
        set_default_instrumentation(|| None).unwrap();
        let told = TOLD.get();
        assert!(told > 0);
        conn.unwrap().batch_execute("SELECT 1").unwrap();
        assert_eq!(TOLD.get(), told);
    }
}
