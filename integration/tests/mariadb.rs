//! MariaDB through sqlx.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/sql.rs"]
mod sql;
mod support;

use integration::Service;
use sqlx::{MySqlConnection, Row as _};

async fn connect() -> sqlx::Result<MySqlConnection> {
    sql::connect(Service::MARIADB).await
}

async fn ping() -> sqlx::Result<()> {
    sql::ping::<MySqlConnection>(Service::MARIADB).await
}

#[tokio::test]
#[ignore = "needs mariadb: cargo xtask integration-test"]
async fn written_rows_are_read_back() {
    let mut connection = connect().await.unwrap();
    sqlx::query("CREATE TEMPORARY TABLE line (id int, said text CHARACTER SET utf8mb4)")
        .execute(&mut connection)
        .await
        .unwrap();
    for (id, said) in [(1, "héllo"), (2, "it's")] {
        let insert = sqlx::query("INSERT INTO line VALUES (?, ?)")
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
#[ignore = "needs mariadb: cargo xtask integration-test"]
async fn wrong_password_is_refused() {
    sql::refuses_wrong_password::<MySqlConnection>(Service::MARIADB).await;
}

support::disturbances_are_noticed!(
    Service::MARIADB,
    ping,
    "needs mariadb, control: cargo xtask integration-test"
);

#[tokio::test]
#[ignore = "needs mariadb, control: cargo xtask integration-test"]
async fn restart_keeps_rows_and_closes_connections() {
    let mut old = connect().await.unwrap();
    sqlx::query("CREATE OR REPLACE TABLE kept (id int)")
        .execute(&mut old)
        .await
        .unwrap();
    sqlx::query("INSERT INTO kept VALUES (7)")
        .execute(&mut old)
        .await
        .unwrap();
    Service::MARIADB.restart().unwrap();
    assert!(sqlx::query("SELECT 1").execute(&mut old).await.is_err());
    let mut new = connect().await.unwrap();
    let row = sqlx::query("SELECT id FROM kept")
        .fetch_one(&mut new)
        .await
        .unwrap();
    assert_eq!(row.get::<i32, _>(0), 7);
    sqlx::query("DROP TABLE kept")
        .execute(&mut new)
        .await
        .unwrap();
}
