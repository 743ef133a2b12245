//! A connection of MySQL, without its C library.

#![allow(missing_docs, reason = "the macro makes public items")]

use diesel::prelude::*;
use diesel_async::AsyncMysqlConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use gomon_diesel::MonitoredConnection;

diesel::table! {
    goods (id) {
        id -> Integer,
        name -> Text,
    }
}

type Inner = AsyncConnectionWrapper<AsyncMysqlConnection>;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut conn = MonitoredConnection::<Inner>::establish("mysql://localhost/shop")?;
    conn.transaction(|conn| {
        let good = (goods::id.eq(1), goods::name.eq("apple"));
        diesel::insert_into(goods::table)
            .values(good)
            .execute(conn)?;
        goods::table.load::<(i32, String)>(conn)
    })?;
    Ok(())
}
