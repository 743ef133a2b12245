//! `diesel-async`, through its instrumentation, on a real PostgreSQL.

use std::time::Duration;

use diesel::prelude::QueryDsl as _;
use diesel_async::{
    AsyncConnection as _, AsyncPgConnection, RunQueryDsl as _, SimpleAsyncConnection as _,
};
use gomon_core::{FutureExt as _, Outcome};
use gomon_diesel::MonitoringInstrumentation;
use integration::Service;

use crate::support::{good, goods};
use gomon_test::TestMonitor;

async fn connect(watched: &TestMonitor) -> AsyncPgConnection {
    let url = Service::POSTGRES.url().unwrap();
    let mut conn = AsyncPgConnection::establish(&url).await.unwrap();
    conn.batch_execute(
        "CREATE TEMPORARY TABLE goods (id INT PRIMARY KEY, name TEXT NOT NULL UNIQUE, price INT NOT NULL)",
    )
    .await
    .unwrap();
    conn.set_instrumentation(
        MonitoringInstrumentation::new()
            .with_monitor(watched.monitor())
            .with_dsn(&url),
    );
    conn
}

#[tokio::test]
#[ignore = "needs postgres: cargo xtask integration-test"]
async fn queries_and_transactions_are_recorded_under_their_request() {
    let watched = TestMonitor::new();
    let mut conn = connect(&watched).await;
    let request = watched.root();
    let work = async {
        conn.transaction(async |conn| {
            let insert = diesel::insert_into(goods::table).values(good(1));
            insert.execute(conn).await?;
            goods::table.count().get_result::<i64>(conn).await
        })
        .await
    };
    assert_eq!(work.tracked(request).await, Ok(1));
    drop(conn);
    assert_eq!(
        watched.story(),
        [
            "sql-wconn-exec INSERT",
            "sql-wconn-query SELECT",
            "conn-begintx commit",
            "request",
            "sql-wconn"
        ]
    );
    let request = watched.one("request");
    for fingerprint in ["sql-wconn-exec", "sql-wconn-query", "conn-begintx"] {
        assert_eq!(watched.one(fingerprint)["trace"], request["trace"]);
    }
    let recorded = format!("{:?}", watched.events());
    assert!(!recorded.contains("good 1"));
}

#[tokio::test]
#[ignore = "needs postgres: cargo xtask integration-test"]
async fn commit_after_an_error_is_recorded_as_the_rollback_that_it_was() {
    let watched = TestMonitor::new();
    let mut conn = connect(&watched).await;
    let committed: diesel::QueryResult<()> = conn
        .transaction(async |conn| {
            let wrong = diesel::sql_query("SELECT 1 / 0").execute(conn).await;
            assert!(wrong.is_err());
            diesel::QueryResult::Ok(())
        })
        .await;
    drop(conn);
    let transaction = watched.one("conn-begintx");
    assert_eq!(committed, Ok(()));
    assert_eq!(transaction["end"], "rollback");
    assert_eq!(transaction["gomon:outcome"], "error");
}

#[tokio::test]
#[ignore = "needs postgres: cargo xtask integration-test"]
async fn queries_that_are_sent_together_end_each_once() {
    let watched = TestMonitor::new();
    let conn = connect(&watched).await;
    let request = watched.root();
    let work = async {
        let (mut one, mut two, mut three) = (&conn, &conn, &conn);
        let sleep = diesel::sql_query("SELECT pg_sleep(0.05)").execute(&mut one);
        let count = goods::table.count().get_result::<i64>(&mut two);
        let wrong = diesel::sql_query("SELECT 1 / 0").execute(&mut three);
        tokio::join!(sleep, count, wrong)
    };
    let (sleep, count, wrong) = work.tracked(request).await;
    assert!(sleep.is_ok() && count == Ok(0) && wrong.is_err());
    drop(conn);
    let queries = watched.of("sql-wconn-query");
    let outcome = |with: &str| {
        let mut queries = queries.iter();
        let query = queries.find(|event| event["query"].as_str().unwrap().contains(with));
        query.unwrap()["gomon:outcome"].clone()
    };
    assert_eq!(queries.len(), 3);
    assert_eq!(outcome("pg_sleep"), "ok");
    assert_eq!(outcome("COUNT"), "ok");
    assert_eq!(outcome("/"), "error");
}

#[tokio::test]
#[ignore = "needs postgres: cargo xtask integration-test"]
async fn query_whose_future_is_dropped_is_cancelled() {
    let watched = TestMonitor::new();
    let mut conn = connect(&watched).await;
    let request = watched.root();
    let slow = async {
        let sleep = diesel::sql_query("SELECT pg_sleep(5)").execute(&mut conn);
        tokio::time::timeout(Duration::from_millis(50), sleep).await
    };
    assert!(slow.tracked(request).await.is_err());
    drop(conn);
    let query = watched.one("sql-wconn-query");
    assert_eq!(query["gomon:outcome"], Outcome::Cancelled.as_str());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs postgres, control: cargo xtask integration-test"]
async fn server_stopped_during_a_query_is_an_error_and_a_new_connection_works() {
    let watched = TestMonitor::new();
    let mut conn = connect(&watched).await;
    let request = watched.root();
    let sleeping = async move {
        let sleep = diesel::sql_query("SELECT pg_sleep(60)");
        let failed = conn
            .transaction(async |conn| sleep.execute(conn).await)
            .await;
        drop(conn);
        failed
    };
    let sleeping = tokio::spawn(sleeping.tracked(request));
    // Until the server runs it.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!sleeping.is_finished());
    let stopped = tokio::task::spawn_blocking(|| Service::POSTGRES.stop());
    let stopped = stopped.await.unwrap().unwrap();
    assert!(sleeping.await.unwrap().is_err());
    let query = watched.one("sql-wconn-query");
    assert_eq!(query["gomon:outcome"], "error");
    assert_eq!(query["trace"], watched.one("request")["trace"]);
    let transaction = watched.one("conn-begintx");
    assert_ne!(transaction["gomon:outcome"], "ok");
    assert_ne!(transaction["end"], "commit");
    let back = tokio::task::spawn_blocking(|| stopped.end());
    back.await.unwrap().unwrap();
    let mut conn = connect(&watched).await;
    let count = goods::table.count().get_result::<i64>(&mut conn).await;
    assert_eq!(count, Ok(0));
    drop(conn);
    assert_eq!(watched.of("sql-wconn").len(), 2);
    watched.assert_settled();
}
