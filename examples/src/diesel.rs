//! A shop on SQLite through diesel, whose pool is monitored by one line.
//!
//! Run `cargo run -p examples --features diesel --bin diesel`.

#![allow(missing_docs, reason = "the macro defines public items")]

use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool};
use diesel::result::Error;
use diesel::sqlite::SqliteConnection;
use gomon_core::{LogListener, Monitor, global};
use gomon_diesel::MonitoredPool;

diesel::table! {
    goods (id) {
        id -> Integer,
        name -> Text,
        stock -> Integer,
    }
}

type Database = MonitoredPool<ConnectionManager<SqliteConnection>>;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _gomon = Monitor::builder()
        .app_id("shop")
        .listener(LogListener::stdout())
        .start()?;
    let pool = Pool::builder()
        .max_size(1)
        .build(ConnectionManager::new(":memory:"))?;
    let database = MonitoredPool::new(pool).with_dsn(":memory:");
    diesel::sql_query(
        "CREATE TABLE goods (id INTEGER PRIMARY KEY, name TEXT NOT NULL, stock INTEGER NOT NULL)",
    )
    .execute(&mut database.get()?)?;

    for (name, wanted) in [("apple", 2), ("pear", 1), ("apple", 9)] {
        // In a web server, the adapter opens this tracker.
        let mut request = global().root("order");
        if let Err(error) = request.scope(|| order(&database, name, wanted)) {
            request.add_error_text(&error.to_string(), None);
        }
    }
    Ok(())
}

fn order(database: &Database, name: &str, wanted: i32) -> Result<(), Box<dyn std::error::Error>> {
    let mut conn = database.get()?;
    conn.transaction(|conn| {
        let known = goods::table.filter(goods::name.eq(name));
        let stock: Option<i32> = known.select(goods::stock).first(conn).optional()?;
        match stock {
            None => diesel::insert_into(goods::table)
                .values((goods::name.eq(name), goods::stock.eq(10 - wanted)))
                .execute(conn)?,
            Some(stock) if stock >= wanted => diesel::update(known)
                .set(goods::stock.eq(stock - wanted))
                .execute(conn)?,
            Some(_) => return Err(Error::RollbackTransaction),
        };
        Ok(())
    })?;
    Ok(())
}
