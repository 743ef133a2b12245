//! Use of an sqlx database: a pool, a connection and transactions, each as an executor.

macro_rules! main_of {
    ($database:ty, $url:literal) => {
        use gomon_sqlx::{MonitoredConnection, MonitoredPool};
        use sqlx::Executor as _;

        #[tokio::main(flavor = "current_thread")]
        async fn main() -> Result<(), sqlx::Error> {
            let pool = MonitoredPool::<$database>::new(sqlx::Pool::connect($url).await?);
            pool.execute("CREATE TABLE goods (name TEXT)").await?;
            sqlx::query("SELECT name FROM goods")
                .fetch_all(&pool)
                .await?;

            let mut lent = pool.acquire().await?;
            sqlx::query("SELECT name FROM goods")
                .fetch_optional(&mut *lent)
                .await?;
            drop(lent);

            let mut own = MonitoredConnection::<$database>::connect($url).await?;
            let names: Vec<String> = sqlx::query_scalar("SELECT name FROM goods")
                .fetch_all(&mut own)
                .await?;
            drop(names);

            let mut transaction = own.begin().await?;
            transaction.execute("DELETE FROM goods").await?;
            let mut savepoint = transaction.begin().await?;
            sqlx::query("INSERT INTO goods VALUES ('apple')")
                .execute(&mut *savepoint)
                .await?;
            savepoint.commit().await?;
            transaction.commit().await
        }
    };
}

pub(crate) use main_of;
