//! A connection of SQLite.

#![allow(missing_docs, reason = "the macro makes public items")]

use diesel::prelude::*;
use gomon_diesel::MonitoredConnection;

diesel::table! {
    goods (id) {
        id -> Integer,
        name -> Text,
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut conn = MonitoredConnection::<SqliteConnection>::establish("shop.db")?;
    conn.transaction(|conn| {
        let good = (goods::id.eq(1), goods::name.eq("apple"));
        diesel::insert_into(goods::table)
            .values(good)
            .execute(conn)?;
        goods::table.load::<(i32, String)>(conn)
    })?;
    Ok(())
}
