//! SeaORM's metric callback, for code that names its types.

use sea_orm::metric::Info;

use super::facts;
use gomon_sql::recording::{Database, Failure, Scope, StatementKind};
use gomon_sql::{Dialect, Setup, Statement};

/// A metric callback that records each statement under the tracker that is current: its text without values, how long it
/// took, and whether it failed. SeaORM tells it no more: no rows, no error, no transaction.
/// [`MonitoredDatabase`](super::MonitoredDatabase) sees all that; both at once tell everything twice.
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
    // One each for as long as the callback is set, whose monitor is whatever is the global one then.
    let databases = DIALECTS.map(|dialect| Database::new(Setup::new(), dialect, ""));
    move |info| {
        let dialect = facts::dialect(info.statement.db_backend);
        let database = databases.iter().find(|it| it.dialect() == dialect);
        let Some(database) = database.filter(|it| it.monitor().is_enabled()) else {
            return;
        };
        let scope = Scope::without_connection(database);
        let statement = Statement::known(dialect, &info.statement.sql);
        let kind = StatementKind::of_operation(statement.operation());
        let mut event = scope.known(kind, statement);
        event.hide_rows();
        event.began_before(info.elapsed);
        if info.failed {
            event.fail(&Failure::new(&"the statement failed", "sea_orm::DbErr"));
        }
        event.complete();
    }
}
