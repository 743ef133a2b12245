//! The plans of slow queries, asked on a connection of their own.

use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use gomon_core::FutureExt as _;
use sqlx_core::column::Column as _;
use sqlx_core::connection::Connection as _;
use sqlx_core::database::Database;
use sqlx_core::error::Error;
use sqlx_core::row::Row as _;
use sqlx_core::rt;
use sqlx_core::sql_str::{AssertSqlSafe, SqlSafeStr as _, SqlStr};

use super::cell::Cell;
use super::database::MonitoredDatabase;
use super::origin::{Options, Origin};
use super::query::TakenQuery;
use crate::Dialect;
use crate::recording::SlowQuery;

/// How long a plan is waited for, its connection included.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longer plans are cut.
const MOST_LINES: usize = 200;

/// What it takes to ask for the plan of a query, should it be slow.
pub(super) struct Plan<DB: Database> {
    sql: SqlStr,
    arguments: Option<DB::Arguments>,
    options: Arc<Options<DB>>,
}

impl<DB: MonitoredDatabase> Plan<DB> {
    /// None where no other connection sees what this one does.
    pub(super) fn prepare(origin: &Origin<DB>, query: &TakenQuery<DB>) -> Option<Self> {
        let options = origin.options()?;
        Some(Self {
            sql: query.text().clone(),
            arguments: query.arguments().map(DB::clone_arguments),
            options,
        })
    }

    /// Asks for it in the background. Outside of tokio there is none.
    pub(super) fn ask(self, slow: SlowQuery) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        drop(runtime.spawn(async move {
            let plan = rt::timeout(PATIENCE, self.run(&slow)).suppressed().await;
            // A database that does not answer now has other sorrows than our question.
            if let Ok(Ok(plan)) = plan {
                slow.record(&plan);
            }
        }));
    }

    async fn run(self, slow: &SlowQuery) -> Result<String, Error> {
        let mut connection = DB::Connection::connect_with(&self.options).await?;
        let explain = AssertSqlSafe(slow.explain(self.sql.as_str())).into_sql_str();
        let query = TakenQuery::<DB>::once(explain, self.arguments);
        let mut lines = Vec::new();
        {
            let mut steps = DB::fetch_many(&mut connection, query);
            while let Some(step) = steps.try_next().await? {
                if let Some(row) = step.right().filter(|_| lines.len() < MOST_LINES) {
                    lines.push(line::<DB>(&row));
                }
            }
        }
        // What the server says to our leaving is nothing to anybody.
        let _ = connection.close().await;
        Ok(lines.join("\n"))
    }
}

/// A step of a plan. What it compares with is in it still, and goes when the plan is recorded.
fn line<DB: MonitoredDatabase>(row: &DB::Row) -> String {
    match DB::DIALECT {
        // id, parent, notused, detail; parameters and literals are `?` in it.
        Dialect::Sqlite => text(&DB::cell(row, 3)),
        Dialect::PostgreSql => text(&DB::cell(row, 0)),
        _ => {
            let columns = row.columns().iter().enumerate();
            let cells = columns.filter_map(|(index, column)| match DB::cell(row, index) {
                Cell::Null => None,
                cell => Some(format!("{}={}", column.name(), text(&cell))),
            });
            cells.collect::<Vec<_>>().join(" ")
        }
    }
}

fn text(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => text.clone(),
        Cell::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Cell::Signed(number) => number.to_string(),
        Cell::Unsigned(number) => number.to_string(),
        Cell::Float(number) => number.to_string(),
        _ => String::new(),
    }
}
