//! sqlx over PostgreSQL.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _};
use gomon_sqlx::SqlConfig;
use gomon_sqlx::{MonitoredConnection, MonitoredListener, MonitoredPool};
use gomon_test::TestMonitor;
use integration::Service;
use serde_json::json;
use sqlx::postgres::PgPoolOptions;
use sqlx::{Connection as _, Executor as _, PgConnection, Postgres};
use support::program::Words;
use support::server;

const WORDS: Words = Words {
    create: "CREATE TEMPORARY TABLE good (id BIGSERIAL PRIMARY KEY, name TEXT NOT NULL); \
             ALTER SEQUENCE good_id_seq RESTART WITH 1000",
    insert: "INSERT INTO good (id, name) VALUES ($1, $2)",
    insert_id: "INSERT INTO good (name) VALUES ($1)",
    by_id: "SELECT id, name FROM good WHERE id = $1",
    two_statements: "UPDATE good SET name = 'x' WHERE id = 3; SELECT id FROM good WHERE id < 3",
    begin: "BEGIN ISOLATION LEVEL SERIALIZABLE",
    drop: "DROP TABLE good",
};

server::cases!(
    Postgres,
    PgPoolOptions,
    PgConnection,
    Service::POSTGRES,
    "needs postgres: cargo xtask integration-test",
    "needs postgres, control: cargo xtask integration-test",
    "SELECT pg_sleep(0.5)",
    "SELECT pg_sleep(60)",
    "SELECT $1::int8"
);

#[tokio::test]
#[ignore = "needs postgres: cargo xtask integration-test"]
async fn queries_of_a_request_are_one_tree_without_secrets() {
    let watched = TestMonitor::new();
    let pool = pool(&watched, 1).await;
    let request = async {
        let mut transaction = pool.begin_with(WORDS.begin).await.unwrap();
        transaction.execute(WORDS.create).await.unwrap();
        let insert = sqlx::query(WORDS.insert).bind(1_i64).bind("planted-secret");
        insert.execute(&mut *transaction).await.unwrap();
        let sql = "INSERT INTO good (name) VALUES ('planted-secret'), ('b') RETURNING id";
        assert_eq!(transaction.fetch_all(sql).await.unwrap().len(), 2);
        let again = sqlx::query(WORDS.insert).bind(1_i64).bind("planted-secret");
        let error = again.execute(&mut *transaction).await.unwrap_err();
        assert_eq!(error.as_database_error().unwrap().code().unwrap(), "23505");
        transaction.rollback().await.unwrap();
    };
    watched.request(request).await;
    let transaction = watched.one("conn-begintx");
    assert_eq!(transaction["isolation"], "serializable");
    assert_eq!(transaction["end"], "rollback");
    let returning = watched.one("sql-wconn-query");
    assert_eq!(returning["parent"], transaction["id"]);
    assert_eq!(returning["rows-aff"], 2);
    assert_eq!(watched.one("sql-wrows")["row-count"], 2);
    let failed = watched.of("sql-wconn-exec").pop().unwrap();
    assert_eq!(failed["sqlstate"], "23505");
    assert_eq!(failed["gomon:outcome"], "error");
    let connection = watched.one("sql-wconn");
    assert_eq!(connection["driver"], "postgresql");
    let all = format!("{:?}", watched.events());
    assert!(!all.contains("planted-secret"), "{all}");
    let url = Service::POSTGRES.url().unwrap();
    let password = url.split(['@', ':']).nth(2).unwrap();
    // As a login: by itself it may be a word of every event.
    assert!(!all.contains(&format!("{password}@")), "{all}");
    watched.assert_settled();
}

#[tokio::test]
#[ignore = "needs postgres: cargo xtask integration-test"]
async fn commit_after_an_error_is_recorded_as_the_rollback_that_it_was() {
    let watched = TestMonitor::new();
    let pool = pool(&watched, 1).await;
    pool.execute("CREATE TEMPORARY TABLE kept (id INT)")
        .await
        .unwrap();
    let insert = "INSERT INTO kept VALUES (1)";
    let wrong = "SELECT 1 / 0";
    let mut transaction = pool.begin().await.unwrap();
    transaction.execute(insert).await.unwrap();
    transaction.execute(wrong).await.unwrap_err();
    transaction.commit().await.unwrap();

    // Undone by a savepoint of the wrapper, and by one of the program.
    let mut transaction = pool.begin().await.unwrap();
    transaction.execute(insert).await.unwrap();
    let mut savepoint = transaction.begin().await.unwrap();
    savepoint.execute(wrong).await.unwrap_err();
    savepoint.rollback().await.unwrap();
    transaction.execute("SAVEPOINT a").await.unwrap();
    transaction.execute(wrong).await.unwrap_err();
    transaction.execute("ROLLBACK TO a").await.unwrap();
    let mut savepoint = transaction.begin().await.unwrap();
    savepoint.execute(wrong).await.unwrap_err();
    drop(savepoint);
    transaction.commit().await.unwrap();

    let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM kept")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(count, 1);
    let ends: Vec<_> = watched
        .of("conn-begintx")
        .iter()
        .filter(|event| event["depth"] == 1)
        .map(|event| json!([event["end"], event["gomon:outcome"]]))
        .collect();
    assert_eq!(
        ends,
        [json!(["rollback", "error"]), json!(["commit", "ok"])]
    );
    watched.assert_settled();
}

#[tokio::test]
#[ignore = "needs postgres: cargo xtask integration-test"]
async fn listener_of_a_bare_pool_is_an_executor() {
    let watched = TestMonitor::new();
    let pool = bare(1).await;
    let request = async {
        let mut listener = MonitoredListener::connect_with(&pool).await.unwrap();
        let one: i32 = sqlx::query_scalar("SELECT $1::int4")
            .bind(1_i32)
            .fetch_one(&mut listener)
            .await
            .unwrap();
        assert_eq!(one, 1);
        let all = sqlx::query("SELECT generate_series(1, 3)").fetch_all(&mut listener);
        assert_eq!(all.await.unwrap().len(), 3);
        listener.listen("gomon_self").await.unwrap();
        (&mut listener).execute("NOTIFY gomon_self").await.unwrap();
        listener.recv().await.unwrap();
        listener.fetch_all("SELECT nothing").await.unwrap_err();
    };
    watched.request(request).await;
    assert_eq!(
        watched.story(),
        [
            "sql-wrows 1",
            "sql-wconn-query SELECT",
            "sql-wrows 3",
            "sql-wconn-query SELECT",
            "sql-wconn-exec LISTEN",
            "sql-wconn-exec NOTIFY",
            "sql-notification",
            "sql-wconn-query SELECT error",
            "sql-wconn",
            "request"
        ]
    );
    let connection = watched.one("sql-wconn");
    assert_eq!(connection["driver"], "postgresql");
    assert_eq!(watched.of("sql-wconn-query")[0]["parent"], connection["id"]);
    watched.assert_settled();
}

#[tokio::test]
#[ignore = "needs postgres: cargo xtask integration-test"]
async fn rows_of_all_kinds_are_recorded_on_request() {
    let watched = TestMonitor::new();
    let config = SqlConfig::default().with_rows(1).with_columns(true);
    let pool = pool(&watched, 1).await.with_config(config);
    let query = "SELECT 1::int2 AS a, 2::int4 AS b, 3::int8 AS c, 1.5::float8 AS d, true AS e, 'tea'::text AS f, \
                 NULL::text AS g, '\\x00ff'::bytea AS h, '{\"x\": 1}'::jsonb AS i, $1::int8 AS j";
    sqlx::query(query)
        .bind(7_i64)
        .fetch_one(&pool)
        .await
        .unwrap();
    let rows = watched.one("sql-wrows");
    assert_eq!(
        rows["columns"],
        json!(["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"])
    );
    assert_eq!(
        rows["rows"],
        json!([[1, 2, 3, 1.5, true, "tea", null, {"base64": "AP8="}, "{\"x\": 1}", 7]])
    );
}

#[tokio::test]
#[ignore = "needs postgres: cargo xtask integration-test"]
async fn copy_counts_rows_both_ways_and_records_errors() {
    let watched = TestMonitor::new();
    let pool = pool(&watched, 1).await;
    let mut connection = pool.acquire().await.unwrap();
    connection
        .execute("CREATE TEMPORARY TABLE line (id INT, said TEXT)")
        .await
        .unwrap();
    let mut copy = connection
        .copy_in_raw("COPY line FROM STDIN")
        .await
        .unwrap();
    assert!(copy.is_textual());
    assert_eq!(copy.num_columns(), 2);
    copy.send(&b"1\tone\n2\ttwo\n"[..]).await.unwrap();
    copy.read_from(&b"3\tthree\n"[..]).await.unwrap();
    assert_eq!(copy.finish().await.unwrap(), 3);
    let copied = watched.of("sql-wconn-exec").pop().unwrap();
    assert_eq!(copied["operation"], "COPY");
    assert_eq!(copied["rows-aff"], 3);

    let data = connection
        .copy_out_raw("COPY line TO STDOUT")
        .await
        .unwrap();
    let data: Vec<_> = data.try_collect().await.unwrap();
    assert_eq!(data.concat(), b"1\tone\n2\ttwo\n3\tthree\n");
    assert_eq!(watched.one("sql-wrows")["row-count"], 3);

    let mut copy = connection
        .copy_in_raw("COPY line FROM STDIN")
        .await
        .unwrap();
    copy.send(&b"planted-secret\n"[..]).await.unwrap();
    assert!(copy.finish().await.is_err());
    let failed = watched.of("sql-wconn-exec").pop().unwrap();
    assert_eq!(failed["gomon:outcome"], "error");
    assert_eq!(failed["sqlstate"], "22P02");

    let copy = connection
        .copy_in_raw("COPY line FROM STDIN")
        .await
        .unwrap();
    copy.abort("no more").await.unwrap();
    let aborted = watched.of("sql-wconn-exec").pop().unwrap();
    assert_eq!(aborted["gomon:outcome"], "cancelled");

    assert!(
        connection
            .copy_in_raw("COPY nowhere FROM STDIN")
            .await
            .is_err()
    );
    let mut half = connection
        .copy_out_raw("COPY line TO STDOUT")
        .await
        .unwrap();
    half.next().await.unwrap().unwrap();
    drop(half);
    assert_eq!(
        watched.of("sql-wrows").pop().unwrap()["gomon:outcome"],
        "cancelled"
    );
    drop(connection);
    // The driver leaves such a connection in disorder.
    let mut connection = pool.acquire().await.unwrap();
    let refused = connection.copy_out_raw("COPY nowhere TO STDOUT").await;
    assert!(refused.is_err());
    drop(refused);
    let refused = watched.of("sql-wconn-query").pop().unwrap();
    assert_eq!(refused["gomon:outcome"], "error");
    connection.close().await.unwrap();

    // On the pool, with a separate connection.
    let data = pool
        .copy_out_raw("COPY (SELECT 1) TO STDOUT")
        .await
        .unwrap();
    assert_eq!(data.try_collect::<Vec<_>>().await.unwrap().concat(), b"1\n");
    pool.execute("CREATE TEMPORARY TABLE other (id INT)")
        .await
        .unwrap();
    let mut copy = pool.copy_in_raw("COPY other FROM STDIN").await.unwrap();
    copy.send(&b"1\n"[..]).await.unwrap();
    assert_eq!(copy.finish().await.unwrap(), 1);
    assert!(!format!("{:?}", watched.events()).contains("planted-secret"));
    watched.assert_settled();
}

#[tokio::test]
#[ignore = "needs postgres: cargo xtask integration-test"]
async fn notifications_are_events_of_their_listener() {
    let watched = TestMonitor::new();
    let pool = pool(&watched, 2).await;
    let mut listener = MonitoredListener::connect_with(&pool).await.unwrap();
    listener.listen("gomon_orders").await.unwrap();
    listener.listen_all(["gomon_a", "gomon_b"]).await.unwrap();
    pool.execute("NOTIFY gomon_orders, 'planted-secret'")
        .await
        .unwrap();
    let notification = listener.recv().await.unwrap();
    assert_eq!(notification.payload(), "planted-secret");
    pool.execute("NOTIFY gomon_b").await.unwrap();
    assert_eq!(
        listener.try_recv().await.unwrap().unwrap().channel(),
        "gomon_b"
    );
    listener.unlisten("gomon_a").await.unwrap();
    listener.unlisten_all().await.unwrap();
    listener.listen("gomon_c").await.unwrap();
    pool.execute("NOTIFY gomon_c, 'x'").await.unwrap();
    let mut notifications = listener.into_stream();
    assert_eq!(notifications.next().await.unwrap().unwrap().payload(), "x");
    drop(notifications);
    let recorded = watched.of("sql-notification");
    assert_eq!(recorded.len(), 3);
    assert_eq!(recorded[0]["channel"], "gomon_orders");
    assert_eq!(recorded[0]["payload-size"], 14);
    assert!(recorded[0]["process"].as_u64().unwrap() > 0);
    let connection = watched.of("sql-wconn").pop().unwrap();
    assert_eq!(recorded[0]["parent"], connection["id"]);
    assert!(!format!("{:?}", watched.events()).contains("planted-secret"));
    watched.assert_settled();
}

#[tokio::test]
#[ignore = "needs postgres: cargo xtask integration-test"]
async fn statement_timeout_is_the_drivers_error() {
    let watched = TestMonitor::new();
    let pool = pool(&watched, 1).await;
    let mut connection = pool.acquire().await.unwrap();
    connection
        .execute("SET statement_timeout = '50ms'")
        .await
        .unwrap();
    let error = connection.execute("SELECT pg_sleep(10)").await.unwrap_err();
    assert_eq!(error.as_database_error().unwrap().code().unwrap(), "57014");
    let event = watched.of("sql-wconn-exec").pop().unwrap();
    assert_eq!(event["sqlstate"], "57014");
    assert_eq!(event["gomon:outcome"], "error");
    connection.execute("SELECT 1").await.unwrap();
}
