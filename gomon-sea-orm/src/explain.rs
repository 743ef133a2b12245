//! The plans of slow queries, asked on a connection of their own.

use std::sync::Arc;
use std::time::Duration;

use gomon_core::FutureExt as _;
use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DbErr, QueryResult,
    Statement,
};
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::facts;
use super::values::cell;
use gomon_sql::adapter::{Asking, Frame};
use gomon_sql::adapter::{MOST_STEPS, step};
use gomon_sql::recording::{SlowQuery, StatementEvent};

/// How long a plan is waited for, its connection included.
const PATIENCE: Duration = Duration::from_secs(10);

/// What it takes to ask for the plan of a query, should it be slow.
pub(super) struct Plan {
    url: Arc<str>,
    statement: Statement,
}

impl Plan {
    /// None where no plan is wanted, and where it is not known where to ask.
    pub(super) fn prepare(
        url: &Arc<str>,
        event: &StatementEvent,
        statement: &Statement,
    ) -> Option<Self> {
        let is_wanted = event.wants_plan() && !url.is_empty();
        is_wanted.then(|| Self {
            url: Arc::clone(url),
            statement: statement.clone(),
        })
    }

    /// Asks for it in the background. Outside of tokio there is none.
    pub(super) fn ask(self, slow: SlowQuery) {
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let Some(asking) = Asking::begin() else {
            return;
        };
        drop(runtime.spawn(async move {
            let plan = timeout(PATIENCE, self.run(&slow)).suppressed().await;
            // A database that does not answer now has other sorrows than our question.
            if let Ok(Some(plan)) = plan {
                slow.record(&plan);
            }
            drop(asking);
        }));
    }

    async fn run(self, slow: &SlowQuery) -> Option<String> {
        let Self { url, statement } = self;
        let dialect = facts::dialect(statement.db_backend);
        let frame = Frame::of(dialect)?;
        // All that is sent goes over the one connection.
        let mut options = ConnectOptions::new(&*url);
        options.max_connections(1).sqlx_logging(false);
        let db = Database::connect(options).await.ok()?;
        let explain = Statement {
            sql: slow.explain(&statement.sql),
            ..statement
        };
        let rows = framed(&frame, &db, explain).await;
        // What the server says to our leaving is nothing to anybody.
        let _ = (db.execute_unprepared(Frame::END).await, db.close().await);
        let rows = rows.ok()?;
        let lines = rows.iter().take(MOST_STEPS).map(|row| {
            let names = row.column_names();
            let cells = names.iter().enumerate();
            step(dialect, cells.map(|(at, name)| (&**name, cell(row, at))))
        });
        let lines: Vec<_> = lines.collect();
        Some(lines.join("\n"))
    }
}

async fn framed(
    frame: &Frame,
    db: &DatabaseConnection,
    explain: Statement,
) -> Result<Vec<QueryResult>, DbErr> {
    let mut limited = Ok(());
    for limit in frame.limits {
        limited = db.execute_unprepared(limit).await.map(drop);
        if limited.is_ok() {
            break;
        }
    }
    limited?;
    for begin in frame.begin {
        db.execute_unprepared(begin).await?;
    }
    db.query_all_raw(explain).await
}
