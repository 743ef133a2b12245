//! SeaORM's metric callback, for code that names its types.

use sea_orm::metric::Info;

use super::facts;
use gomon_sql::recording::{Database, Failure, Scope};
use gomon_sql::{Dialect, Setup};

/// Returns a metric callback that records each statement under the current event: its text without values, its
/// duration, and whether it failed. SeaORM passes it no rows, errors and transactions. With a
/// [`MonitoredDatabase`](super::MonitoredDatabase), which records them, every statement would be recorded twice.
///
/// # Examples
///
/// ```
/// # async fn open() -> Result<(), sea_orm::DbErr> {
/// let mut db = sea_orm::Database::connect("postgres://shop:secret@db/orders").await?;
/// db.set_metric_callback(gomon_sea_orm::metric_callback());
/// # Ok(())
/// # }
/// ```
pub fn metric_callback() -> impl Fn(&Info<'_>) + Send + Sync + 'static {
    const DIALECTS: [Dialect; 4] = [
        Dialect::PostgreSql,
        Dialect::MySql,
        Dialect::Sqlite,
        Dialect::Unknown,
    ];
    // Each uses the monitor that is global when a statement runs.
    let databases = DIALECTS.map(|dialect| Database::new(Setup::new(), dialect, ""));
    move |info| {
        let dialect = facts::dialect(info.statement.db_backend);
        let database = databases
            .iter()
            .find(|database| database.dialect() == dialect);
        let Some(database) = database.filter(|database| database.monitor().is_enabled()) else {
            return;
        };
        let scope = Scope::without_connection(database);
        let mut event = scope.statement_without_rows(&info.statement.sql);
        event.began_before(info.elapsed);
        if info.failed {
            event.fail(&Failure::new(&"the statement failed", "sea_orm::DbErr"));
        }
        event.complete();
    }
}
