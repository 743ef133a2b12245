//! Use of a diesel connection: statements of a table in a transaction.

macro_rules! main_of {
    ($connection:ty, $url:literal) => {
        use diesel::prelude::*;
        use gomon_diesel::MonitoredConnection;

        diesel::table! {
            goods (id) {
                id -> Integer,
                name -> Text,
            }
        }

        fn main() -> Result<(), Box<dyn std::error::Error>> {
            let mut conn = MonitoredConnection::<$connection>::establish($url)?;
            conn.transaction(|conn| {
                let good = (goods::id.eq(1), goods::name.eq("apple"));
                diesel::insert_into(goods::table)
                    .values(good)
                    .execute(conn)?;
                goods::table.load::<(i32, String)>(conn)
            })?;
            Ok(())
        }
    };
}

pub(crate) use main_of;
