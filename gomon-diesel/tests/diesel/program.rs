//! One program, for each backend.

/// What a program gets of a connection, on any backend; `$nothing` is the emptiest statement that its client survives.
macro_rules! program {
    ($name:ident, $backend:ty, $nothing:literal) => {
        pub(crate) fn $name<C>(conn: &mut C) -> Vec<String>
        where
            C: diesel::connection::LoadConnection<Backend = $backend>
                + for<'a> diesel::query_dsl::UpdateAndFetchResults<&'a $crate::support::Good, $crate::support::Good>,
        {
            use $crate::support::{Good, good, goods};

            let mut got = Vec::new();
            let mut note = |what: &dyn std::fmt::Debug| got.push(format!("{what:?}"));
            note(&conn.batch_execute("DROP TABLE IF EXISTS goods"));
            note(&conn.batch_execute(
                "CREATE TABLE goods (id INTEGER PRIMARY KEY, name VARCHAR(300) NOT NULL UNIQUE, price INTEGER NOT NULL)",
            ));
            for id in 1..6 {
                note(&diesel::insert_into(goods::table).values(good(id)).execute(conn));
            }
            note(&diesel::insert_into(goods::table).values(good(1)).execute(conn));
            note(&diesel::insert_into(goods::table).values(vec![good(6), good(7)]).execute(conn));
            note(&goods::table.order(goods::id).load::<Good>(conn));
            note(&goods::table.find(3).first::<Good>(conn).optional());
            note(&goods::table.find(99).first::<Good>(conn).optional());
            note(&goods::table.find(99).first::<Good>(conn));
            note(&goods::table.count().get_result::<i64>(conn));
            note(&diesel::update(goods::table.find(2)).set(goods::price.eq(5)).execute(conn));
            note(&diesel::delete(goods::table.filter(goods::price.gt(60))).execute(conn));
            note(&good(4).save_changes::<Good>(conn));
            note(&diesel::sql_query("SELEC nothing").execute(conn));
            note(&diesel::sql_query("SELECT * FROM nowhere").execute(conn));
            note(&diesel::sql_query("SELECT 'a\0b'").execute(conn));
            note(&diesel::sql_query($nothing).execute(conn));
            note(&conn.batch_execute("SELEC nothing; SELECT 1"));
            let long = format!("SELECT '{}'", "x".repeat(1 << 20));
            note(&diesel::sql_query(&long).execute(conn));
            note(&conn.transaction(|conn| {
                diesel::delete(goods::table).execute(conn)?;
                let inner = conn.transaction(|conn| {
                    diesel::insert_into(goods::table).values(good(1)).execute(conn)?;
                    diesel::insert_into(goods::table).values(good(1)).execute(conn)
                });
                Err::<(), _>(inner.unwrap_err())
            }));
            note(&conn.transaction(|conn| {
                conn.transaction(|conn| diesel::delete(goods::table.find(1)).execute(conn))?;
                goods::table.count().get_result::<i64>(conn)
            }));
            note(&conn.transaction(|_| Err::<(), _>(diesel::result::Error::RollbackTransaction)));
            note(&conn.transaction(|conn| conn.batch_execute("ROLLBACK")));
            note(&conn.transaction(|conn| goods::table.count().get_result::<i64>(conn)));
            let rows = goods::table
                .order(goods::id)
                .load_iter::<Good, diesel::connection::DefaultLoadingMode>(conn)
                .map(|mut rows| (rows.size_hint(), rows.next(), rows.size_hint(), rows.count()));
            note(&rows);
            conn.set_prepared_statement_cache_size(diesel::connection::CacheSize::Disabled);
            note(&goods::table.count().get_result::<i64>(conn));
            got
        }
    };
}
pub(crate) use program;
