//! sqlx over MariaDB.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::time::Duration;

use gomon_sqlx::SqlConfig;
use gomon_sqlx::{MonitoredConnection, MonitoredPool};
use gomon_test::TestMonitor;
use integration::Service;
use serde_json::json;
use sqlx::mysql::MySqlPoolOptions;
use sqlx::{Connection as _, Executor as _, MySql, MySqlConnection};
use support::program::Words;
use support::server;

const WORDS: Words = Words {
    create: "CREATE TEMPORARY TABLE good (id BIGINT PRIMARY KEY AUTO_INCREMENT, name TEXT NOT NULL)",
    insert: "INSERT INTO good (id, name) VALUES (?, ?)",
    insert_id: "INSERT INTO good (name) VALUES (?)",
    by_id: "SELECT id, name FROM good WHERE id = ?",
    two_statements: "UPDATE good SET name = 'x' WHERE id = 3; SELECT id FROM good WHERE id < 3",
    begin: "START TRANSACTION READ WRITE",
    drop: "DROP TEMPORARY TABLE good",
};

server::cases!(
    MySql,
    MySqlPoolOptions,
    MySqlConnection,
    Service::MARIADB,
    "needs mariadb: cargo xtask integration-test",
    "needs mariadb, control: cargo xtask integration-test",
    "SELECT SLEEP(0.5)",
    "SELECT SLEEP(60)",
    "SELECT CAST(? AS SIGNED)"
);

#[tokio::test]
#[ignore = "needs mariadb: cargo xtask integration-test"]
async fn queries_of_a_request_are_one_tree_without_secrets() {
    let watched = TestMonitor::new();
    let pool = pool(&watched, 1).await;
    let request = async {
        let mut connection = pool.acquire().await.unwrap();
        connection.execute(WORDS.create).await.unwrap();
        let mut transaction = connection.begin().await.unwrap();
        let insert = sqlx::query(WORDS.insert).bind(1_i64).bind("planted-secret");
        insert.execute(&mut *transaction).await.unwrap();
        let sql = "INSERT INTO good (name) VALUES ('planted-secret'), (\"planted-secret\")";
        assert_eq!(transaction.execute(sql).await.unwrap().rows_affected(), 2);
        let again = sqlx::query(WORDS.insert).bind(1_i64).bind("planted-secret");
        let error = again.execute(&mut *transaction).await.unwrap_err();
        assert_eq!(error.as_database_error().unwrap().code().unwrap(), "23000");
        transaction.commit().await.unwrap();
    };
    watched.request(request).await;
    let transaction = watched.one("conn-begintx");
    assert_eq!(transaction["end"], "commit");
    let executed = watched.of("sql-wconn-exec");
    assert_eq!(executed[2]["rows-aff"], 2);
    assert_eq!(executed[2]["last-id"], 2);
    assert_eq!(executed[2]["parent"], transaction["id"]);
    assert_eq!(executed[3]["sqlstate"], "23000");
    assert_eq!(watched.one("sql-wconn")["driver"], "mysql");
    let all = format!("{:?}", watched.events());
    assert!(!all.contains("planted-secret"), "{all}");
    let url = Service::MARIADB.url().unwrap();
    let password = url.split(['@', ':']).nth(2).unwrap();
    // As a login: by itself it may be a word of every event.
    assert!(!all.contains(&format!("{password}@")), "{all}");
    watched.assert_settled();
}

/// Returns end and outcome of each transaction.
fn ends(watched: &TestMonitor) -> Vec<serde_json::Value> {
    let transactions = watched.of("conn-begintx");
    let ends = transactions
        .iter()
        .map(|event| json!([event["end"], event["gomon:outcome"]]));
    ends.collect()
}

#[tokio::test]
#[ignore = "needs mariadb: cargo xtask integration-test"]
async fn rollback_after_a_definition_is_recorded_as_the_commit_that_it_was() {
    let watched = TestMonitor::new();
    let pool = pool(&watched, 1).await;
    pool.execute("CREATE TEMPORARY TABLE kept (id INT) ENGINE = InnoDB")
        .await
        .unwrap();
    for (definition, count) in [
        ("CREATE TEMPORARY TABLE other (id INT)", 0_i64),
        ("CREATE OR REPLACE TABLE gomon_sqlx_defined (id INT)", 1),
        ("ALTER TABLE gomon_sqlx_nowhere ADD COLUMN a INT", 2),
    ] {
        let mut transaction = pool.begin().await.unwrap();
        transaction
            .execute("INSERT INTO kept VALUES (1)")
            .await
            .unwrap();
        let defined = transaction.execute(definition).await;
        assert_eq!(defined.is_err(), definition.starts_with("ALTER"));
        transaction.rollback().await.unwrap();
        let kept: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM kept")
            .fetch_one(&pool)
            .await
            .unwrap();
        assert_eq!(kept, count);
    }
    pool.execute("DROP TABLE gomon_sqlx_defined").await.unwrap();
    let committed = json!(["commit", "error"]);
    assert_eq!(
        ends(&watched),
        [json!(["rollback", "ok"]), committed.clone(), committed]
    );
}

#[tokio::test]
#[ignore = "needs mariadb: cargo xtask integration-test"]
async fn commit_after_a_deadlock_is_recorded_as_the_rollback_that_it_was() {
    let watched = TestMonitor::new();
    let pool = pool(&watched, 2).await;
    let table =
        "CREATE OR REPLACE TABLE gomon_sqlx_deadlock (id INT PRIMARY KEY, n INT) ENGINE = InnoDB";
    pool.execute(table).await.unwrap();
    pool.execute("INSERT INTO gomon_sqlx_deadlock VALUES (1, 0), (2, 0)")
        .await
        .unwrap();
    let update = "UPDATE gomon_sqlx_deadlock SET n = n + 1 WHERE id = ?";
    let (mut one, mut two) = (pool.begin().await.unwrap(), pool.begin().await.unwrap());
    let first = sqlx::query(update).bind(1).execute(&mut *one).await;
    let second = sqlx::query(update).bind(2).execute(&mut *two).await;
    assert!(first.is_ok() && second.is_ok());
    let (first, second) = tokio::join!(
        sqlx::query(update).bind(2).execute(&mut *one),
        sqlx::query(update).bind(1).execute(&mut *two),
    );
    assert_ne!(first.is_err(), second.is_err());
    one.commit().await.unwrap();
    two.commit().await.unwrap();
    let sum = "SELECT CAST(SUM(n) AS SIGNED) FROM gomon_sqlx_deadlock";
    let sum: i64 = sqlx::query_scalar(sum).fetch_one(&pool).await.unwrap();
    assert_eq!(sum, 2);
    pool.execute("DROP TABLE gomon_sqlx_deadlock")
        .await
        .unwrap();
    let mut ends = ends(&watched);
    ends.sort_by_key(ToString::to_string);
    assert_eq!(
        ends,
        [json!(["commit", "ok"]), json!(["rollback", "error"])]
    );
}

#[tokio::test]
#[ignore = "needs mariadb: cargo xtask integration-test"]
async fn commit_after_a_changed_row_is_recorded_as_the_rollback_that_it_was() {
    let watched = TestMonitor::new();
    let pool = pool(&watched, 2).await;
    let table =
        "CREATE OR REPLACE TABLE gomon_sqlx_changed (id INT PRIMARY KEY, n INT) ENGINE = InnoDB";
    pool.execute(table).await.unwrap();
    pool.execute("INSERT INTO gomon_sqlx_changed VALUES (1, 0)")
        .await
        .unwrap();
    let mut connection = pool.acquire().await.unwrap();
    connection
        .execute("SET SESSION innodb_snapshot_isolation = ON")
        .await
        .unwrap();
    let mut transaction = connection.begin().await.unwrap();
    transaction
        .fetch_all("SELECT * FROM gomon_sqlx_changed")
        .await
        .unwrap();
    transaction
        .execute("INSERT INTO gomon_sqlx_changed VALUES (2, 0)")
        .await
        .unwrap();
    let update = "UPDATE gomon_sqlx_changed SET n = n + 1 WHERE id = 1";
    pool.execute(update).await.unwrap();
    let changed = transaction.execute(update).await.unwrap_err();
    let changed = changed.into_database_error().unwrap();
    assert!(changed.message().contains("changed"), "{changed}");
    transaction.commit().await.unwrap();
    connection.close().await.unwrap();
    let count = "SELECT COUNT(*) FROM gomon_sqlx_changed";
    let count: i64 = sqlx::query_scalar(count).fetch_one(&pool).await.unwrap();
    assert_eq!(count, 1);
    pool.execute("DROP TABLE gomon_sqlx_changed").await.unwrap();
    assert_eq!(ends(&watched), [json!(["rollback", "error"])]);
}

#[tokio::test]
#[ignore = "needs mariadb: cargo xtask integration-test"]
async fn rows_of_all_kinds_are_recorded_on_request() {
    let watched = TestMonitor::new();
    let config = SqlConfig::default().with_rows(1).with_columns(true);
    let pool = pool(&watched, 1).await.with_config(config);
    let query = "SELECT CAST(-7 AS SIGNED) AS a, CAST(7 AS UNSIGNED) AS b, 1.5e0 AS c, 'tea' AS d, NULL AS e, x'00ff' AS f";
    sqlx::query(query).fetch_one(&pool).await.unwrap();
    let rows = watched.one("sql-wrows");
    assert_eq!(rows["columns"], json!(["a", "b", "c", "d", "e", "f"]));
    assert_eq!(
        rows["rows"],
        json!([[-7, 7, 1.5, "tea", null, {"base64": "AP8="}]])
    );
}

#[tokio::test]
#[ignore = "needs mariadb: cargo xtask integration-test"]
async fn statement_timeout_is_the_drivers_error() {
    let watched = TestMonitor::new();
    let pool = pool(&watched, 1).await;
    let mut connection = pool.acquire().await.unwrap();
    let slow = "SET STATEMENT max_statement_time = 0.05 FOR SELECT SLEEP(10)";
    let error = connection.execute(slow).await.unwrap_err();
    assert_eq!(error.as_database_error().unwrap().code().unwrap(), "70100");
    assert_eq!(watched.one("sql-wconn-exec")["sqlstate"], "70100");
    connection.execute("SELECT 1").await.unwrap();
}
