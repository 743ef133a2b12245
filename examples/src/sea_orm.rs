//! A shop on SQLite through SeaORM, whose database is monitored by one line.
//!
//! Run `cargo run -p examples --features sea_orm --bin sea_orm`.

use gomon_core::{FutureExt, LogListener, Monitor, global};
use gomon_sea_orm::MonitoredDatabase;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, Statement,
    TransactionTrait,
};

type Shop = MonitoredDatabase<DatabaseConnection>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _gomon = Monitor::builder()
        .app_id("shop")
        .listener(LogListener::stdout())
        .start()?;
    let url = "sqlite::memory:";
    let mut options = ConnectOptions::new(url);
    options.max_connections(1);
    let shop = MonitoredDatabase::new(Database::connect(options).await?).with_dsn(url);
    shop.execute_unprepared("CREATE TABLE goods (name TEXT PRIMARY KEY, stock INTEGER NOT NULL)")
        .await?;
    shop.execute_unprepared("INSERT INTO goods VALUES ('apple', 10), ('pear', 10)")
        .await?;

    for (name, wanted) in [("apple", 2), ("pear", 1), ("apple", 9)] {
        // In a web server, the adapter opens this tracker.
        let request = global().root("order");
        order(&shop, name, wanted).tracked(request).await?;
    }
    Ok(())
}

/// Places an order, or rolls back if the stock is too low.
async fn order(shop: &Shop, name: &str, wanted: i32) -> Result<(), DbErr> {
    let transaction = shop.begin().await?;
    let update = Statement::from_sql_and_values(
        shop.get_database_backend(),
        "UPDATE goods SET stock = stock - ? WHERE name = ? AND stock >= ?",
        [wanted.into(), name.into(), wanted.into()],
    );
    match transaction.execute_raw(update).await?.rows_affected() {
        0 => transaction.rollback().await,
        _ => transaction.commit().await,
    }
}
