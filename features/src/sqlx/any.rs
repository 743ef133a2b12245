//! `sqlx::Any`.

use gomon_sqlx::MonitoredPool;
use sqlx::{AnyPool, Executor as _};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), sqlx::Error> {
    sqlx::any::install_default_drivers();
    let pool = MonitoredPool::new(AnyPool::connect("sqlite::memory:").await?);
    let mut transaction = pool.begin().await?;
    transaction
        .execute("CREATE TABLE goods (name TEXT)")
        .await?;
    let names: Vec<String> = sqlx::query_scalar("SELECT name FROM goods")
        .fetch_all(&mut *transaction)
        .await?;
    drop(names);
    transaction.commit().await
}
