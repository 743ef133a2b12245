//! MariaDB, asked by sqlx.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use integration::Service;
use sqlx::{Connection as _, MySqlConnection, Row as _};

async fn connect() -> sqlx::Result<MySqlConnection> {
    MySqlConnection::connect(&Service::MARIADB.url().unwrap()).await
}

async fn ask() -> sqlx::Result<()> {
    let mut connection = connect().await?;
    let row = sqlx::query("SELECT CAST(1 + 1 AS SIGNED)")
        .fetch_one(&mut connection)
        .await?;
    assert_eq!(row.get::<i64, _>(0), 2);
    Ok(())
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
    let url = Service::MARIADB.url().unwrap().replacen('@', "-not@", 1);
    assert!(MySqlConnection::connect(&url).await.is_err());
}

#[tokio::test]
#[ignore = "needs mariadb, control: cargo xtask integration-test"]
async fn stop_is_seen() {
    support::client_sees_stop(Service::MARIADB, ask).await;
}

#[tokio::test]
#[ignore = "needs mariadb, control: cargo xtask integration-test"]
async fn pause_is_seen() {
    support::client_sees_pause(Service::MARIADB, ask).await;
}

#[tokio::test]
#[ignore = "needs mariadb, control: cargo xtask integration-test"]
async fn cut_is_seen() {
    support::client_sees_cut(Service::MARIADB, ask).await;
}

#[tokio::test]
#[ignore = "needs mariadb, control: cargo xtask integration-test"]
async fn restart_keeps_rows_and_ends_old_connections() {
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
