//! A program with only `tracing` and sqlx 0.8, to which one layer was added.

use std::time::Duration;

use gomon_core::{LogListener, Monitor};
use sqlx::Row as _;
use sqlx::sqlite::{SqlitePool, SqlitePoolOptions};
use tracing::{info, instrument};
use tracing_subscriber::prelude::*;

type Result<T> = std::result::Result<T, sqlx::Error>;

#[tokio::main]
async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let gomon = Monitor::builder()
        .app_id("shop")
        .listener(LogListener::stdout().json())
        .start()?;
    tracing_subscriber::registry()
        .with(gomon_log::layer())
        .init(); // the one line

    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .connect("sqlite::memory:")
        .await?;
    fill(&pool).await?;
    let requests = (1..=3).map(|id| tokio::spawn(request(pool.clone(), id)));
    for request in requests.collect::<Vec<_>>() {
        request.await??;
    }
    pool.close().await;
    gomon.shutdown(Duration::from_secs(5));
    Ok(())
}

#[instrument(skip(pool))]
async fn fill(pool: &SqlitePool) -> Result<()> {
    sqlx::query("CREATE TABLE good (id INTEGER PRIMARY KEY, name TEXT)")
        .execute(pool)
        .await?;
    let goods = "INSERT INTO good (name) VALUES ('tea'), ('bread'), ('salt')";
    sqlx::query(goods).execute(pool).await?;
    Ok(())
}

#[instrument(skip(pool), err)]
async fn request(pool: SqlitePool, id: i64) -> Result<String> {
    let row = sqlx::query("SELECT name FROM good WHERE id = ?")
        .bind(id)
        .fetch_one(&pool)
        .await?;
    let name: String = row.try_get("name")?;
    info!(name, "found");
    Ok(name)
}
