//! Goods of the shop, in an in-memory database.

use gomon_sqlx::MonitoredPool;
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{Result, Sqlite};

/// Initial goods.
pub(crate) const FIRST: [&str; 5] = ["tea", "coffee", "cups", "spoons", "sugar"];

const TABLES: &str = "\
    CREATE TABLE good (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
    CREATE TABLE cart (good INTEGER NOT NULL REFERENCES good (id), amount INTEGER NOT NULL)";

/// The goods and the cart.
#[derive(Clone)]
pub(crate) struct Goods(MonitoredPool<Sqlite>);

impl Goods {
    /// Opens the database and fills it.
    pub(crate) async fn open() -> Result<Self> {
        // The in-memory database lives as long as its only connection.
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect("sqlite::memory:")
            .await?;
        let pool = MonitoredPool::new(pool);
        let mut opening = pool.begin().await?;
        sqlx::raw_sql(TABLES).execute(&mut *opening).await?;
        for name in FIRST {
            let insert = sqlx::query("INSERT INTO good (name) VALUES (?)").bind(name);
            insert.execute(&mut *opening).await?;
        }
        opening.commit().await?;
        Ok(Self(pool))
    }

    /// Returns the names of all goods.
    pub(crate) async fn all(&self) -> Result<Vec<String>> {
        let names = sqlx::query_scalar("SELECT name FROM good ORDER BY id");
        names.fetch_all(&self.0).await
    }

    /// Returns the name of the item with this id.
    pub(crate) async fn name(&self, id: i64) -> Result<Option<String>> {
        let name = sqlx::query_scalar("SELECT name FROM good WHERE id = ?").bind(id);
        name.fetch_optional(&self.0).await
    }

    /// Adds an item to the cart and returns how many items it holds, or `None` if the shop does not have the item.
    pub(crate) async fn fill_cart(&self, name: &str) -> Result<Option<i64>> {
        let mut transaction = self.0.begin().await?;
        let id: Option<i64> = sqlx::query_scalar("SELECT id FROM good WHERE name = ?")
            .bind(name)
            .fetch_optional(&mut *transaction)
            .await?;
        let Some(id) = id else { return Ok(None) };
        sqlx::query("INSERT INTO cart (good, amount) VALUES (?, 1)")
            .bind(id)
            .execute(&mut *transaction)
            .await?;
        let held = sqlx::query_scalar("SELECT SUM(amount) FROM cart")
            .fetch_one(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(held)
    }
}
