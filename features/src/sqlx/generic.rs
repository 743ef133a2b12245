//! Code that is generic over the databases of sqlx.

use gomon_sqlx::{MonitoredConnection, MonitoredDatabase, MonitoredPool};
use sqlx::{Error, Executor as _};

/// Runs statements on a pool, a connection and a transaction.
pub async fn run<DB: MonitoredDatabase>(
    pool: &MonitoredPool<DB>,
    own: &mut MonitoredConnection<DB>,
) -> Result<(), Error> {
    pool.execute("SELECT 1").await?;
    own.execute("SELECT 1").await?;
    let mut lent = pool.acquire().await?;
    lent.execute("SELECT 1").await?;
    let mut transaction = pool.begin().await?;
    transaction.execute("SELECT 1").await?;
    transaction.commit().await
}

fn main() {}
