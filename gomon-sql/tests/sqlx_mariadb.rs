//! sqlx over MariaDB.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod sqlx_support;

use std::time::Duration;

use gomon_sql::SqlConfig;
use gomon_sql::sqlx::{MonitoredConnection, MonitoredPool};
use integration::Service;
use serde_json::json;
use sqlx::mysql::{MySqlPool, MySqlPoolOptions};
use sqlx::{Connection as _, Executor as _, MySql, MySqlConnection};
use sqlx_support::program::Words;
use sqlx_support::{Watched, outline, server};

const WORDS: Words = Words {
    create: "CREATE TEMPORARY TABLE good (id BIGINT PRIMARY KEY AUTO_INCREMENT, name TEXT NOT NULL)",
    insert: "INSERT INTO good (id, name) VALUES (?, ?)",
    insert_id: "INSERT INTO good (name) VALUES (?)",
    by_id: "SELECT id, name FROM good WHERE id = ?",
    two_statements: "UPDATE good SET name = 'x' WHERE id = 3; SELECT id FROM good WHERE id < 3",
    begin: "START TRANSACTION READ WRITE",
    drop: "DROP TEMPORARY TABLE good",
};

async fn bare(connections: u32) -> MySqlPool {
    MySqlPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(60))
        .connect(&Service::MARIADB.url().unwrap())
        .await
        .unwrap()
}

async fn pool(watched: &Watched, connections: u32) -> MonitoredPool<MySql> {
    MonitoredPool::new(bare(connections).await).with_monitor(watched.monitor())
}

program!(run_bare, MySqlPool, MySql);
program!(run_watched, MonitoredPool<MySql>, MySql);

#[tokio::test]
#[ignore = "needs mariadb: cargo xtask integration-test"]
async fn program_gets_the_same_bare_and_watched() {
    let watched = Watched::new();
    let expected = run_bare(bare(1).await, &WORDS).await;
    let got = run_watched(pool(&watched, 1).await, &WORDS).await;
    assert_eq!(got, expected);
    watched.assert_settled();
}

#[tokio::test]
#[ignore = "needs mariadb: cargo xtask integration-test"]
async fn queries_of_a_request_are_one_tree_without_secrets() {
    let watched = Watched::new();
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

#[tokio::test]
#[ignore = "needs mariadb: cargo xtask integration-test"]
async fn rows_of_all_kinds_are_recorded_on_request() {
    let watched = Watched::new();
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
    let watched = Watched::new();
    let pool = pool(&watched, 1).await;
    let mut connection = pool.acquire().await.unwrap();
    let slow = "SET STATEMENT max_statement_time = 0.05 FOR SELECT SLEEP(10)";
    let error = connection.execute(slow).await.unwrap_err();
    assert_eq!(error.as_database_error().unwrap().code().unwrap(), "70100");
    assert_eq!(watched.one("sql-wconn-exec")["sqlstate"], "70100");
    connection.execute("SELECT 1").await.unwrap();
}

#[tokio::test]
#[ignore = "needs mariadb: cargo xtask integration-test"]
async fn query_cancelled_half_way_ends_and_leaves_the_pool_usable() {
    let watched = Watched::new();
    let pool = pool(&watched, 1).await;
    let sleep = pool.fetch_all("SELECT SLEEP(0.5)");
    assert!(
        tokio::time::timeout(Duration::from_millis(50), sleep)
            .await
            .is_err()
    );
    assert_eq!(
        outline(&watched.events()),
        ["sql-wconn-query cancelled", "sql-wconn ok"]
    );
    pool.execute("SELECT 1").await.unwrap();
    watched.assert_settled();
}

#[tokio::test]
#[ignore = "needs mariadb: cargo xtask integration-test"]
async fn slow_query_gets_its_plan() {
    let watched = Watched::new();
    let config = SqlConfig::default().with_slow_query(Duration::from_millis(1));
    let pool = pool(&watched, 1).await.with_config(config);
    let slow = "SELECT SLEEP(0.05) FROM information_schema.schemata WHERE schema_name = ? OR 1 = 1 LIMIT 1";
    sqlx::query(slow)
        .bind("planted-secret")
        .fetch_all(&pool)
        .await
        .unwrap();
    let plan = watched.eventually("sql-explain").await;
    let text = plan["plan"].as_str().unwrap();
    assert!(text.contains("table=schemata"), "{text}");
    assert!(!text.contains("planted-secret"), "{text}");
}

#[tokio::test]
#[ignore = "needs mariadb: cargo xtask integration-test"]
async fn exhausted_pool_is_the_pools_error() {
    server::exhausted_pool!(MySqlPoolOptions::new(), Service::MARIADB);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs mariadb: cargo xtask integration-test"]
async fn a_thousand_concurrent_transactions_each_have_their_own_parent() {
    let watched = Watched::new();
    let pool = pool(&watched, 20).await;
    server::thousand_transactions!(watched, pool, "SELECT CAST(? AS SIGNED)");
}

#[tokio::test]
#[ignore = "needs mariadb: cargo xtask integration-test"]
async fn those_who_may_not_come_in_get_the_drivers_error() {
    let url = Service::MARIADB.url().unwrap();
    let wrong = url.replacen('@', "planted-secret@", 1);
    let unreachable = "mysql://someone:planted-secret@127.0.0.1:1/none";
    for url in [wrong.as_str(), unreachable] {
        let bare = MySqlConnection::connect(url).await.unwrap_err();
        let own = MonitoredConnection::<MySql>::connect(url)
            .await
            .unwrap_err();
        assert_eq!(format!("{own:?}"), format!("{bare:?}"));
        let watched = Watched::new();
        let pool = MySqlPoolOptions::new()
            .acquire_timeout(Duration::from_secs(2))
            .connect_lazy(url);
        let pool = MonitoredPool::new(pool.unwrap()).with_monitor(watched.monitor());
        assert!(pool.execute("SELECT 1").await.is_err());
        let event = watched.one("sql-wconn");
        assert_eq!(event["gomon:outcome"], "error");
        assert!(
            !format!("{event}{pool:?}").contains("planted-secret"),
            "{event}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs mariadb, control: cargo xtask integration-test"]
async fn server_that_stops_is_an_error_and_its_return_is_found() {
    let watched = Watched::new();
    let pool = pool(&watched, 1).await;
    server::stops_mid_query!(watched, pool, Service::MARIADB, "SELECT SLEEP(60)");
}
