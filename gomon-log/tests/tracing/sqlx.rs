//! Statements that sqlx reports itself, and those of the wrapper.

use std::time::Duration;

use futures_util::StreamExt as _;
use gomon_core::Monitor;
use gomon_log::{Level, LogConfig};
use gomon_sqlx::MonitoredPool;
use gomon_test::TestMonitor;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use sqlx::{ConnectOptions as _, Executor as _};
use tracing::{Instrument as _, debug, info_span};

use crate::{monitor, named};

async fn pool() -> SqlitePool {
    let options = SqliteConnectOptions::new().in_memory(true);
    let pool = SqlitePoolOptions::new().max_connections(1);
    let pool = pool.connect_with(options).await.unwrap();
    pool.execute("CREATE TABLE goods (id INTEGER, name TEXT)")
        .await
        .unwrap();
    pool
}

/// Runs `work` in the span of a handler, under a request.
async fn handle(gomon: &TestMonitor, work: impl Future<Output = ()>) {
    let handler = async { work.instrument(info_span!("handler")).await };
    gomon.request(handler).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statements_are_events_without_an_outcome() {
    let gomon = monitor();
    let pool = pool().await;
    let work = async {
        pool.execute("INSERT INTO goods VALUES (7, 'a secret')")
            .await
            .unwrap();
        sqlx::query("SELECT name FROM goods WHERE id = 7")
            .fetch_all(&pool)
            .await
            .unwrap();
        // Four words, so that sqlx reports no statement.
        pool.execute("SELECT 1").await.unwrap();
        pool.execute("SELECT nonsense FROM nowhere at all")
            .await
            .unwrap_err();
    };
    handle(&gomon, work).await;
    // Its thread reports a statement after it has sent the result.
    pool.close().await;
    let span = gomon.one("tracing-span");
    let statements: Vec<_> = [gomon.of("sql-wconn-exec"), gomon.of("sql-wconn-query")].concat();
    for statement in &statements {
        assert_eq!(statement["source"], "tracing");
        assert!(statement.get("gomon:outcome").is_none(), "{statement}");
        assert_eq!(
            (&statement["parent"], &statement["trace"]),
            (&span["id"], &span["trace"])
        );
        assert!(statement["gomon:lapsed"].as_u64().unwrap() < 10_000_000_000);
        assert!(!statement.to_string().contains("secret"), "{statement}");
    }
    let texts: Vec<_> = statements
        .iter()
        .map(|statement| statement["query"].as_str().unwrap())
        .collect();
    assert_eq!(
        texts,
        [
            "INSERT INTO goods VALUES (?, ?)",
            "SELECT name FROM goods WHERE id = ?",
            "SELECT ?",
            // It failed; sqlx does not report how a statement ended.
            "SELECT nonsense FROM nowhere at all",
        ]
    );
    assert_eq!(
        (&statements[0]["rows-aff"], &statements[0]["table"]),
        (&1.into(), &"goods".into())
    );
    assert_eq!(statements[1]["row-count"], 1);
    assert!(statements[1]["query-fp"].is_string());
    // None is a record, too.
    assert_eq!(gomon.of("tracing-event").len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statement_has_the_fingerprint_that_the_wrapper_gives_it() {
    let gomon = monitor();
    let (raw, watched) = (pool().await, MonitoredPool::new(pool().await));
    let work = async {
        sqlx::query("SELECT name FROM goods WHERE id = 7")
            .fetch_all(&raw)
            .await
            .unwrap();
        sqlx::query("SELECT name FROM goods WHERE id = 8")
            .fetch_all(&watched)
            .await
            .unwrap();
    };
    handle(&gomon, work).await;
    raw.close().await;
    watched.close().await;
    let statements = gomon.of("sql-wconn-query");
    assert_eq!(statements.len(), 2, "{statements:#?}");
    assert_eq!(statements[0]["query-fp"], statements[1]["query-fp"]);
    assert_eq!(statements[0]["query"], statements[1]["query"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statements_of_the_wrapper_are_recorded_once() {
    let gomon = monitor();
    let pool = MonitoredPool::new(pool().await);
    let work = async {
        pool.execute("INSERT INTO goods VALUES (1, 'tea')")
            .await
            .unwrap();
        let mut transaction = pool.begin().await.unwrap();
        let query = || sqlx::query("SELECT name FROM goods");
        query().fetch_all(&mut *transaction).await.unwrap();
        query().fetch_one(&mut *transaction).await.unwrap();
        query().fetch_optional(&mut *transaction).await.unwrap();
        transaction.commit().await.unwrap();
        pool.execute("SELECT nonsense").await.unwrap_err();
        // Its report comes when the stream is dropped.
        let endless =
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";
        let first = sqlx::query(endless).fetch(&pool).next().await;
        assert!(first.is_some_and(|row| row.is_ok()));
        query().fetch_all(&pool).await.unwrap();
    };
    handle(&gomon, work).await;
    pool.close().await;
    let statements = [gomon.of("sql-wconn-exec"), gomon.of("sql-wconn-query")].concat();
    assert_eq!(statements.len(), 7, "{statements:#?}");
    assert!(
        statements
            .iter()
            .all(|statement| statement.get("source").is_none())
    );
    assert_eq!(gomon.of("tracing-event").len(), 0);
    // Nor is the mark a span.
    assert_eq!(gomon.of("tracing-span").len(), 1);
}

#[test]
fn explicit_parent_of_a_statement_is_its_parent() {
    let gomon = monitor();
    let request = || gomon.monitor().root("request");
    let (mut one, mut two) = (request(), request());
    let handler = one.scope(|| info_span!("handler"));
    two.scope(|| {
        info_span!("other").in_scope(|| {
            debug!(target: "sqlx::query", parent: &handler, summary = "SELECT 1", elapsed_secs = 0.1);
        });
    });
    drop((handler, one, two));
    let statement = gomon.one("sql-wconn-query");
    let handler = named(&gomon.events(), "handler");
    assert_eq!(
        (&statement["parent"], &statement["trace"]),
        (&handler["id"], &handler["trace"])
    );
}

#[tokio::test]
async fn slow_statement_is_marked() {
    let gomon = monitor();
    let options = SqliteConnectOptions::new()
        .in_memory(true)
        .log_slow_statements(log::LevelFilter::Warn, Duration::ZERO);
    let pool = SqlitePool::connect_with(options).await.unwrap();
    let work = async { assert!(pool.execute("SELECT 1").await.is_ok()) };
    handle(&gomon, work).await;
    pool.close().await;
    assert_eq!(gomon.one("sql-wconn-query")["slow"], true);
}

#[tokio::test]
async fn statements_are_records_if_libraries_are_not_recognized() {
    drop(monitor());
    let config = LogConfig::default()
        .with_libraries(false)
        .with_target("sqlx", Level::Debug);
    let builder = Monitor::builder().health_interval(None).config(config);
    let gomon = TestMonitor::from_builder(builder);
    let pool = pool().await;
    let work = async {
        assert!(pool.execute("SELECT 'a-secret'").await.is_ok());
        let long = "INSERT INTO goods VALUES (7, 'a-secret')";
        assert!(pool.execute(long).await.is_ok());
    };
    handle(&gomon, work).await;
    pool.close().await;
    assert_eq!(gomon.of("sql-wconn-query").len(), 0);
    let lines = gomon.of("tracing-event");
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert_eq!(lines[0]["summary"], "SELECT ?");
    assert_eq!(lines[1]["summary"], "INSERT INTO goods VALUES …");
    let statement = lines[1]["db.statement"].as_str().unwrap();
    assert_eq!(statement.trim(), "INSERT INTO goods VALUES (?, ?)");
    assert!(
        lines
            .iter()
            .all(|line| !line.to_string().contains("secret"))
    );
}

#[test]
fn statement_that_arrives_through_log_has_no_literals() {
    let gomon = monitor();
    let message = r#"summary="SELECT 'a-secret'" db.statement="" rows_affected=0"#;
    gomon.root().scope(|| {
        let mut record = log::Record::builder();
        record.level(log::Level::Info).target("sqlx::query");
        tracing_log::format_trace(&record.args(format_args!("{message}")).build()).unwrap();
    });
    assert_eq!(
        gomon.one("tracing-event")["message"],
        r#"summary="SELECT ?" db.statement="" rows_affected=0"#
    );
}
