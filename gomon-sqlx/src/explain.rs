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

use super::database::MonitoredDatabase;
use super::origin::{Options, Origin};
use super::query::TakenQuery;
use gomon_sql::adapter::{Asking, Frame};
use gomon_sql::adapter::{MOST_STEPS, step};
use gomon_sql::recording::SlowQuery;

/// How long a plan is waited for, its connection included.
const PATIENCE: Duration = Duration::from_secs(10);

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
        let Some(asking) = Asking::begin() else {
            return;
        };
        drop(runtime.spawn(async move {
            let plan = rt::timeout(PATIENCE, self.run(&slow)).suppressed().await;
            // A database that does not answer now has other sorrows than our question.
            if let Ok(Some(plan)) = plan {
                slow.record(&plan);
            }
            drop(asking);
        }));
    }

    async fn run(self, slow: &SlowQuery) -> Option<String> {
        let frame = Frame::of(DB::DIALECT)?;
        let mut connection = DB::Connection::connect_with(&self.options).await.ok()?;
        let plan = self.framed(&frame, &mut connection, slow).await;
        let end = lines::<DB>(&mut connection, Frame::END.into_sql_str(), None).await;
        // What the server says to our leaving is nothing to anybody.
        let _ = (end, connection.close().await);
        plan.ok()
    }

    async fn framed(
        self,
        frame: &Frame,
        connection: &mut DB::Connection,
        slow: &SlowQuery,
    ) -> Result<String, Error> {
        let mut limited = Ok(String::new());
        for limit in frame.limits {
            limited = lines::<DB>(connection, limit.into_sql_str(), None).await;
            if limited.is_ok() {
                break;
            }
        }
        limited?;
        for begin in frame.begin {
            lines::<DB>(connection, begin.into_sql_str(), None).await?;
        }
        let explain = AssertSqlSafe(slow.explain(self.sql.as_str())).into_sql_str();
        lines::<DB>(connection, explain, self.arguments).await
    }
}

/// What a statement answers, a line for each row.
async fn lines<DB: MonitoredDatabase>(
    connection: &mut DB::Connection,
    sql: SqlStr,
    arguments: Option<DB::Arguments>,
) -> Result<String, Error> {
    let query = TakenQuery::<DB>::once(sql, arguments);
    let mut lines = Vec::new();
    let mut steps = DB::fetch_many(connection, query);
    while let Some(step) = steps.try_next().await? {
        if let Some(row) = step.right().filter(|_| lines.len() < MOST_STEPS) {
            lines.push(line::<DB>(&row));
        }
    }
    Ok(lines.join("\n"))
}

fn line<DB: MonitoredDatabase>(row: &DB::Row) -> String {
    let columns = row.columns().iter().enumerate();
    let cells = columns.map(|(index, column)| (column.name(), DB::cell(row, index)));
    step(DB::DIALECT, cells)
}
