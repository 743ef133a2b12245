//! PostgreSQL through sqlx.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/sql.rs"]
mod sql;
mod support;

use integration::Service;
use sqlx::{PgConnection, Row as _};

async fn connect() -> sqlx::Result<PgConnection> {
    sql::connect(Service::POSTGRES).await
}

async fn ping() -> sqlx::Result<()> {
    sql::ping::<PgConnection>(Service::POSTGRES).await
}

async fn started_at() -> String {
    let mut connection = connect().await.unwrap();
    let row = sqlx::query("SELECT pg_postmaster_start_time()::text");
    row.fetch_one(&mut connection).await.unwrap().get(0)
}

#[tokio::test]
#[ignore = "needs postgres: cargo xtask integration-test"]
async fn written_rows_are_read_back() {
    let mut connection = connect().await.unwrap();
    sqlx::query("CREATE TEMPORARY TABLE line (id int, said text)")
        .execute(&mut connection)
        .await
        .unwrap();
    for (id, said) in [(1, "héllo"), (2, "it's")] {
        let insert = sqlx::query("INSERT INTO line VALUES ($1, $2)")
            .bind(id)
            .bind(said);
        insert.execute(&mut connection).await.unwrap();
    }
    let rows = sqlx::query("SELECT said FROM line ORDER BY id")
        .fetch_all(&mut connection)
        .await;
    let said: Vec<String> = rows.unwrap().iter().map(|row| row.get(0)).collect();
    assert_eq!(said, ["héllo", "it's"]);
}

#[tokio::test]
#[ignore = "needs postgres: cargo xtask integration-test"]
async fn wrong_password_is_refused() {
    sql::refuses_wrong_password::<PgConnection>(Service::POSTGRES).await;
}

support::disturbances_are_noticed!(
    Service::POSTGRES,
    ping,
    "needs postgres, control: cargo xtask integration-test"
);

#[tokio::test]
#[ignore = "needs postgres, control: cargo xtask integration-test"]
async fn restart_starts_a_new_server_and_closes_connections() {
    let before = started_at().await;
    let mut old = connect().await.unwrap();
    Service::POSTGRES.restart().unwrap();
    assert!(sqlx::query("SELECT 1").execute(&mut old).await.is_err());
    assert_ne!(started_at().await, before);
}
