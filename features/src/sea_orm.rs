//! SeaORM's database and its transactions.

use gomon_sea_orm::{MonitoredDatabase, metric_callback};
use sea_orm::{ConnectionTrait as _, Database, DbErr, TransactionTrait as _};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), DbErr> {
    let url = "sqlite::memory:";
    let mut inner = Database::connect(url).await?;
    inner.set_metric_callback(metric_callback());
    let database = MonitoredDatabase::new(inner).with_dsn(url);
    database
        .execute_unprepared("CREATE TABLE goods (name TEXT)")
        .await?;
    let transaction = database.begin().await?;
    transaction
        .execute_unprepared("INSERT INTO goods VALUES ('apple')")
        .await?;
    transaction.commit().await
}
