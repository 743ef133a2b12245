//! A shop on SQLite through sqlx, whose pool is monitored by one line.
//!
//! Run `cargo run -p examples --features sqlx --bin sqlx`.

use gomon_core::{FutureExt, LogListener, Monitor, global};
use gomon_sqlx::MonitoredPool;
use gomon_sqlx::SqlProfile;
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{Executor, Sqlite};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _gomon = Monitor::builder()
        .app_id("shop")
        .listener(LogListener::stdout())
        .start()?;
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .connect("sqlite::memory:")
        .await?;
    let pool = MonitoredPool::new(pool);
    pool.execute("CREATE TABLE goods (name TEXT PRIMARY KEY, stock INTEGER NOT NULL)")
        .await?;
    pool.execute("INSERT INTO goods VALUES ('apple', 10), ('pear', 10)")
        .await?;

    for (name, wanted) in [("apple", 2), ("pear", 1), ("apple", 9)] {
        // In a web server, the adapter opens this tracker.
        let request = global().root("order");
        order(&pool, name, wanted).tracked(request).await?;
    }

    // Print the profile of all statements.
    use std::io::Write;
    writeln!(std::io::stdout(), "{}", SqlProfile::of(global()))?;
    Ok(())
}

/// Places an order, or rolls back if the stock is too low.
async fn order(pool: &MonitoredPool<Sqlite>, name: &str, wanted: i64) -> sqlx::Result<()> {
    let mut transaction = pool.begin().await?;
    let stock: i64 = sqlx::query_scalar("SELECT stock FROM goods WHERE name = ?")
        .bind(name)
        .fetch_one(&mut *transaction)
        .await?;
    if stock < wanted {
        return transaction.rollback().await;
    }
    sqlx::query("UPDATE goods SET stock = stock - ? WHERE name = ?")
        .bind(wanted)
        .bind(name)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}
