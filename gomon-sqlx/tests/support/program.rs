//! One program, compiled for a bare and for a recorded pool.

/// Statements that differ between databases.
pub(crate) struct Words {
    pub(crate) create: &'static str,
    pub(crate) insert: &'static str,
    pub(crate) insert_id: &'static str,
    pub(crate) by_id: &'static str,
    pub(crate) two_statements: &'static str,
    pub(crate) begin: &'static str,
    pub(crate) drop: &'static str,
}

/// A program that uses all operations of a pool, and returns their results: values, errors and types.
#[macro_export]
macro_rules! program {
    ($name:ident, $pool:ty, $database:ty) => {
        async fn $name(pool: $pool, words: &$crate::support::program::Words) -> Vec<String> {
            use futures_util::{StreamExt as _, TryStreamExt as _};
            use sqlx::{Executor as _, Row as _};

            type Good = (i64, String);

            async fn by_executor<'c, E: sqlx::Executor<'c, Database = $database>>(
                executor: E,
            ) -> sqlx::Result<i64> {
                sqlx::query_scalar("SELECT COUNT(*) FROM good")
                    .fetch_one(executor)
                    .await
            }

            let mut notes = Vec::new();
            macro_rules! note {
                ($got:expr) => {{
                    let got = $got;
                    notes.push(format!("{}: {got:?}", std::any::type_name_of_val(&got)));
                    got
                }};
            }

            let _ = note!(sqlx::raw_sql(words.create).execute(&pool).await);
            for (id, name) in [(1_i64, "tea"), (2, "coffee"), (3, "cups")] {
                let _ = note!(
                    sqlx::query(words.insert)
                        .bind(id)
                        .bind(name)
                        .execute(&pool)
                        .await
                );
            }
            let _ = note!(
                pool.execute("UPDATE good SET name = 'mugs' WHERE id > 1")
                    .await
            );

            // Errors.
            let _ = note!(
                sqlx::query(words.insert)
                    .bind(1_i64)
                    .bind("again")
                    .execute(&pool)
                    .await
            );
            let _ = note!(pool.execute("SELEC 1").await);
            let _ = note!(pool.execute("SELECT nothing FROM nowhere").await);
            let _ = note!(pool.execute("").await);
            let _ = note!(pool.execute("SELECT 'a\0b'").await.is_ok());
            let _ = note!(
                sqlx::query_as::<_, Good>(words.by_id)
                    .bind(77_i64)
                    .fetch_one(&pool)
                    .await
            );
            let _ = note!(
                sqlx::query_as::<_, Good>(words.by_id)
                    .bind(77_i64)
                    .fetch_optional(&pool)
                    .await
            );
            let _ = note!(
                sqlx::query_scalar::<_, bool>("SELECT name FROM good")
                    .fetch_all(&pool)
                    .await
            );
            let long = format!("SELECT '{}'", "x".repeat(1 << 20));
            let long = sqlx::query_scalar::<_, String>(sqlx::AssertSqlSafe(long));
            let _ = note!(long.fetch_one(&pool).await.map(|text| text.len()));

            // Results.
            let _ = note!(
                sqlx::query_as::<_, Good>(words.by_id)
                    .bind(1_i64)
                    .fetch_one(&pool)
                    .await
            );
            let _ = note!(
                sqlx::query_as::<_, Good>(words.by_id)
                    .bind(1_i64)
                    .fetch_optional(&pool)
                    .await
            );
            let _ = note!(
                sqlx::query_as::<_, Good>("SELECT id, name FROM good ORDER BY id")
                    .fetch_all(&pool)
                    .await
            );
            let mut rows = sqlx::query("SELECT id, name FROM good ORDER BY id").fetch(&pool);
            while let Some(row) = rows.try_next().await.unwrap() {
                let _ = note!((row.get::<i64, _>(0), row.len()));
            }
            drop(rows);
            let mut halfway = sqlx::query("SELECT id FROM good ORDER BY id").fetch(&pool);
            let _ = note!(
                halfway
                    .next()
                    .await
                    .map(|row| row.map(|row| row.get::<i64, _>(0)))
            );
            drop(halfway);
            let steps: Vec<_> = pool.fetch_many(words.two_statements).collect().await;
            for step in steps {
                let _ = note!(step.map(|step| step.map_right(|row| row.len())));
            }
            let results: Vec<_> = sqlx::raw_sql(words.two_statements)
                .execute_many(&pool)
                .collect()
                .await;
            let _ = note!(results);
            let prepared = pool
                .prepare(sqlx::SqlSafeStr::into_sql_str(words.by_id))
                .await
                .unwrap();
            {
                use sqlx::Statement as _;
                let _ = note!(prepared.columns().len());
                let _ = note!(
                    prepared
                        .query_as::<Good>()
                        .bind(1_i64)
                        .fetch_one(&pool)
                        .await
                );
            }
            let mut builder = sqlx::QueryBuilder::<$database>::new("INSERT INTO good (id, name) ");
            builder.push_values(
                [(11_i64, "spoons"), (12, "sugar")],
                |mut row, (id, name)| {
                    row.push_bind(id).push_bind(name);
                },
            );
            let _ = note!(builder.build().execute(&pool).await);
            let _ = note!(
                sqlx::query(words.insert_id)
                    .bind("milk")
                    .execute(&pool)
                    .await
            );
            let _ = note!(by_executor(&pool).await);

            // Connections.
            let mut connection = pool.acquire().await.unwrap();
            let _ = note!(by_executor(&mut *connection).await);
            let _ = note!(connection.execute("DELETE FROM good WHERE id = 11").await);
            let _ = note!({
                use sqlx::Connection as _;
                connection.ping().await
            });
            {
                // The recorded pool has its own method.
                #[allow(unused_imports)]
                use sqlx::Acquire as _;
                let mut transaction = connection.begin().await.unwrap();
                let _ = note!(by_executor(&mut *transaction).await);
                let _ = note!(transaction.rollback().await);
            }
            drop(connection);

            // Transactions.
            let mut transaction = pool.begin().await.unwrap();
            let _ = note!(
                sqlx::query(words.insert)
                    .bind(21_i64)
                    .bind("bread")
                    .execute(&mut *transaction)
                    .await
            );
            let mut savepoint = transaction.begin().await.unwrap();
            let _ = note!(
                sqlx::query(words.insert)
                    .bind(22_i64)
                    .bind("butter")
                    .execute(&mut *savepoint)
                    .await
            );
            let mut inner = savepoint.begin().await.unwrap();
            let _ = note!(
                sqlx::query(words.insert)
                    .bind(23_i64)
                    .bind("jam")
                    .execute(&mut *inner)
                    .await
            );
            let _ = note!(by_executor(&mut *inner).await);
            let _ = note!(inner.rollback().await);
            let _ = note!(by_executor(&mut *savepoint).await);
            let _ = note!(savepoint.commit().await);
            let _ = note!(transaction.commit().await);
            let _ = note!(by_executor(&pool).await);

            let mut dropped = pool.begin().await.unwrap();
            let _ = note!(dropped.execute("DELETE FROM good").await);
            let _ = note!(by_executor(&mut *dropped).await);
            drop(dropped);
            let _ = note!(by_executor(&pool).await);

            let mut by_statement = pool.begin_with(words.begin).await.unwrap();
            let _ = note!(by_executor(&mut *by_statement).await);
            let _ = note!(by_statement.begin_with(words.begin).await.map(|_| ()));
            let _ = note!(by_statement.commit().await);
            let _ = note!(pool.begin_with("SELECT 1").await.map(|_| ()));
            let _ = note!(pool.try_begin().await.map(|begun| begun.is_some()));
            let _ = note!(pool.try_acquire().is_some());

            let _ = note!(pool.execute(words.drop).await);
            pool.close().await;
            let _ = note!(pool.execute("SELECT 1").await);
            let _ = note!(pool.begin().await.map(|_| ()));
            notes
        }
    };
}
