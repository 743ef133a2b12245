//! `sqlx::Any` over SQLite.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use gomon_sqlx::{MonitoredConnection, MonitoredPool, SqlConfig};
use gomon_test::TestMonitor;
use serde_json::json;
use sqlx::any::{Any, AnyPoolOptions};
use sqlx::{AnyConnection, Connection as _, Executor as _};

async fn pool(watched: &TestMonitor) -> MonitoredPool<Any> {
    sqlx::any::install_default_drivers();
    let options = AnyPoolOptions::new().max_connections(1);
    let pool = options.connect("sqlite::memory:").await.unwrap();
    let config = SqlConfig::default().with_rows(1).with_columns(true);
    MonitoredPool::new(pool)
        .with_monitor(watched.monitor())
        .with_config(config)
}

#[tokio::test]
async fn pool_of_any_database_is_recorded_in_its_dialect() {
    let watched = TestMonitor::new();
    let pool = pool(&watched).await;
    pool.execute("CREATE TABLE good (id INTEGER PRIMARY KEY, name TEXT)")
        .await
        .unwrap();
    let mut transaction = pool.begin().await.unwrap();
    sqlx::query("INSERT INTO good (name) VALUES ('tea')")
        .execute(&mut *transaction)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    let fetched: Vec<(i64, String)> =
        sqlx::query_as(r#"SELECT "id", "name", 1.5, x'00ff', NULL FROM "good" WHERE "id" = ?"#)
            .bind(1_i64)
            .fetch_all(&pool)
            .await
            .unwrap();
    assert_eq!(fetched, [(1, "tea".to_owned())]);

    let query = watched.one("sql-wconn-query");
    let shown = r#"SELECT "id", "name", ?, ?, ? FROM "good" WHERE "id" = ?"#;
    assert_eq!(query["query"], shown);
    assert_eq!(query["table"], "good");
    let rows = watched.one("sql-wrows");
    assert_eq!(
        rows["rows"],
        json!([[1, "tea", 1.5, {"base64": "AP8="}, null]])
    );
    let insert = watched.of("sql-wconn-exec").pop().unwrap();
    assert_eq!(insert["rows-aff"], 1);
    assert_eq!(watched.one("conn-begintx")["end"], "commit");
    let connection = watched.of("sql-wconn").pop().unwrap();
    assert_eq!(connection["driver"], "sqlite");
    assert_eq!(connection["dsn"], "sqlite::memory:");
    watched.assert_settled();
}

#[tokio::test]
async fn connection_to_any_database_has_its_dialect() {
    sqlx::any::install_default_drivers();
    let watched = TestMonitor::new();
    let connection = AnyConnection::connect("sqlite::memory:").await.unwrap();
    let mut connection =
        MonitoredConnection::<Any>::new(connection).with_monitor(watched.monitor());
    connection.execute("SELECT 1").await.unwrap();
    drop(connection);
    assert_eq!(watched.one("sql-wconn")["driver"], "sqlite");
}
