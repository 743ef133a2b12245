//! SeaORM's metric callback, for code that names its types.

use gomon_core::Monitor;
use sea_orm::metric::Info;

use super::facts;
use crate::recording::{Database, Failure, Scope};
use crate::{Setup, Statement};

/// A metric callback that records each statement under the tracker that is current: its text without values, how long it
/// took, and whether it failed. SeaORM tells it no more: no rows, no error, no transaction.
/// [`MonitoredDatabase`](super::MonitoredDatabase) sees all that; both at once tell everything twice.
///
/// # Examples
///
/// ```
/// # async fn open() -> Result<(), sea_orm::DbErr> {
/// let mut db = sea_orm::Database::connect("postgres://shop:secret@db/orders").await?;
/// db.set_metric_callback(gomon_sql::sea_orm::metric_callback());
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn metric_callback() -> impl Fn(&Info<'_>) + Send + Sync + 'static {
    metric_callback_of(None)
}

/// As [`metric_callback`], of a monitor that is pinned.
pub(super) fn metric_callback_of(
    monitor: Option<Monitor>,
) -> impl Fn(&Info<'_>) + Send + Sync + 'static {
    move |info| {
        let monitor = monitor.unwrap_or_else(gomon_core::global);
        if !monitor.is_enabled() {
            return;
        }
        let dialect = facts::dialect(info.statement.db_backend);
        let setup = Setup::new().with_monitor(monitor);
        let scope = Scope::without_connection(&Database::new(setup, dialect, ""));
        let statement = Statement::cached(dialect, &info.statement.sql);
        let kind = facts::statement_kind(statement.operation());
        let mut event = scope.known_statement(kind, statement);
        event.hide_rows();
        event.began_before(info.elapsed);
        if info.failed {
            event.fail(&Failure::new(&"the statement failed", "sea_orm::DbErr"));
        }
        let _slow = event.complete();
    }
}
