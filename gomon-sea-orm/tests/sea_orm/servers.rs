//! Tests of every server, through SeaORM's pools.

use std::time::Duration;

use gomon_core::FutureExt as _;
use gomon_sea_orm::MonitoredDatabase;
use integration::Service;
use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DbBackend, DbErr,
    Statement, TransactionTrait as _,
};

use gomon_test::TestMonitor;

async fn pool(
    watched: &TestMonitor,
    service: Service,
    connections: u32,
    patience: Duration,
) -> MonitoredDatabase<DatabaseConnection> {
    let url = service.url().unwrap();
    let mut options = ConnectOptions::new(&url);
    options
        .max_connections(connections)
        .acquire_timeout(patience)
        .sqlx_logging(false);
    MonitoredDatabase::new(Database::connect(options).await.unwrap())
        .with_monitor(watched.monitor())
        .with_dsn(&url)
}

/// A thousand requests at once, each with a transaction; every query finds its own transaction and request.
async fn thousand_transactions(service: Service, backend: DbBackend, echo: &'static str) {
    let watched = TestMonitor::new();
    let db = pool(&watched, service, 20, Duration::from_secs(60)).await;
    let tasks: Vec<_> = (0..1000_i64)
        .map(|number| {
            let db = db.clone();
            let request = async move {
                let transaction = db.begin().await.unwrap();
                let echo = Statement::from_sql_and_values(backend, echo, [number.into()]);
                let row = transaction.query_one_raw(echo).await.unwrap().unwrap();
                assert_eq!(row.try_get_by_index::<i64>(0), Ok(number));
                match number % 3 {
                    0 => transaction.commit().await.unwrap(),
                    1 => transaction.rollback().await.unwrap(),
                    _ => drop(transaction),
                }
            };
            tokio::spawn(request.tracked(watched.root()))
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    watched.assert_tree(&["sql-wconn-query", "conn-begintx", "request"], 1000);
    let ends = watched.of("conn-begintx");
    for (end, count) in [("commit", 334), ("rollback", 333), ("dropped", 333)] {
        let ended = ends.iter().filter(|event| event["end"] == end);
        assert_eq!(ended.count(), count, "{end}");
    }
    watched.assert_settled();
}

async fn exhausted_pool(service: Service) {
    let watched = TestMonitor::new();
    let db = pool(&watched, service, 1, Duration::from_millis(300)).await;
    let held = db.begin().await.unwrap();
    let refused = db.execute_unprepared("SELECT 1").await.unwrap_err();
    assert!(
        matches!(refused, DbErr::ConnectionAcquire(_)),
        "{refused:?}"
    );
    let event = watched.one("sql-wconn-exec");
    assert_eq!(event["gomon:outcome"], "error");
    assert_eq!(event["error"][0]["type"], "sea_orm::ConnectionAcquire");
    held.rollback().await.unwrap();
    db.execute_unprepared("SELECT 1").await.unwrap();
    watched.assert_settled();
}

async fn stops_mid_query(service: Service, sleep: &'static str) {
    let watched = TestMonitor::new();
    let db = pool(&watched, service, 1, Duration::from_secs(60)).await;
    let sleeping = db.clone();
    let sleeping = async move {
        let transaction = sleeping.begin().await.unwrap();
        transaction.execute_unprepared(sleep).await.map(drop)
    };
    let sleeping = tokio::spawn(sleeping.tracked(watched.root()));
    // Until the server runs it.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!sleeping.is_finished());
    let stopped = tokio::task::spawn_blocking(move || service.stop());
    let stopped = stopped.await.unwrap().unwrap();
    assert!(sleeping.await.unwrap().is_err());
    assert_eq!(watched.one("sql-wconn-exec")["gomon:outcome"], "error");
    let transaction = watched.one("conn-begintx");
    assert_ne!(transaction["end"], "commit");
    assert_eq!(transaction["parent"], watched.one("request")["id"]);
    let back = tokio::task::spawn_blocking(|| stopped.end());
    back.await.unwrap().unwrap();
    db.execute_unprepared("SELECT 1").await.unwrap();
    assert_eq!(watched.of("sql-wconn-exec")[1]["gomon:outcome"], "ok");
    watched.assert_settled();
}

#[tokio::test]
#[ignore = "needs postgres: cargo xtask integration-test"]
async fn commit_after_an_error_is_recorded_as_the_rollback_that_it_was() {
    let watched = TestMonitor::new();
    let db = pool(&watched, Service::POSTGRES, 1, Duration::from_secs(60)).await;
    let transaction = db.begin().await.unwrap();
    let wrong = transaction.execute_unprepared("SELECT 1 / 0").await;
    wrong.unwrap_err();
    transaction.commit().await.unwrap();
    let transaction = db.begin().await.unwrap();
    let savepoint = transaction.begin().await.unwrap();
    let wrong = savepoint.execute_unprepared("SELECT 1 / 0").await;
    wrong.unwrap_err();
    savepoint.rollback().await.unwrap();
    transaction.commit().await.unwrap();
    let [rolled_back, _, committed] = watched.of("conn-begintx").try_into().unwrap();
    assert_eq!(rolled_back["end"], "rollback");
    assert_eq!(rolled_back["gomon:outcome"], "error");
    assert_eq!(committed["end"], "commit");
    assert_eq!(committed["gomon:outcome"], "ok");
}

#[tokio::test]
#[ignore = "needs mariadb: cargo xtask integration-test"]
async fn rollback_after_a_definition_is_recorded_as_the_commit_that_it_was() {
    let watched = TestMonitor::new();
    let db = pool(&watched, Service::MARIADB, 1, Duration::from_secs(60)).await;
    let transaction = db.begin().await.unwrap();
    let create = "CREATE OR REPLACE TABLE gomon_sea_orm_defined (a INT)";
    transaction.execute_unprepared(create).await.unwrap();
    transaction.rollback().await.unwrap();
    let drop = "DROP TABLE gomon_sea_orm_defined";
    db.execute_unprepared(drop).await.unwrap();
    let transaction = watched.one("conn-begintx");
    assert_eq!(transaction["end"], "commit");
    assert_eq!(transaction["gomon:outcome"], "error");
}

#[tokio::test]
#[ignore = "needs mariadb: cargo xtask integration-test"]
async fn commit_after_a_changed_row_is_recorded_as_the_rollback_that_it_was() {
    let watched = TestMonitor::new();
    let db = pool(&watched, Service::MARIADB, 2, Duration::from_secs(60)).await;
    let table =
        "CREATE OR REPLACE TABLE gomon_sea_orm_changed (id INT PRIMARY KEY, n INT) ENGINE = InnoDB";
    db.execute_unprepared(table).await.unwrap();
    let insert = "INSERT INTO gomon_sea_orm_changed VALUES (1, 0)";
    db.execute_unprepared(insert).await.unwrap();
    let transaction = db.begin().await.unwrap();
    for sql in [
        "SET SESSION innodb_snapshot_isolation = ON",
        "SELECT * FROM gomon_sea_orm_changed",
    ] {
        transaction.execute_unprepared(sql).await.unwrap();
    }
    let update = "UPDATE gomon_sea_orm_changed SET n = n + 1 WHERE id = 1";
    db.execute_unprepared(update).await.unwrap();
    let changed = transaction.execute_unprepared(update).await.unwrap_err();
    assert!(changed.to_string().contains("changed"), "{changed}");
    transaction.commit().await.unwrap();
    let drop = "DROP TABLE gomon_sea_orm_changed";
    db.execute_unprepared(drop).await.unwrap();
    let transaction = watched.one("conn-begintx");
    assert_eq!(transaction["end"], "rollback");
    assert_eq!(transaction["gomon:outcome"], "error");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs postgres: cargo xtask integration-test"]
async fn thousand_transactions_on_postgres_each_have_their_own_parent() {
    thousand_transactions(Service::POSTGRES, DbBackend::Postgres, "SELECT $1::int8").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs mariadb: cargo xtask integration-test"]
async fn thousand_transactions_on_mariadb_each_have_their_own_parent() {
    let echo = "SELECT CAST(? AS SIGNED)";
    thousand_transactions(Service::MARIADB, DbBackend::MySql, echo).await;
}

#[tokio::test]
#[ignore = "needs postgres: cargo xtask integration-test"]
async fn exhausted_pool_of_postgres_is_seaorms_error() {
    exhausted_pool(Service::POSTGRES).await;
}

#[tokio::test]
#[ignore = "needs mariadb: cargo xtask integration-test"]
async fn exhausted_pool_of_mariadb_is_seaorms_error() {
    exhausted_pool(Service::MARIADB).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs postgres, control: cargo xtask integration-test"]
async fn postgres_that_stops_is_an_error_and_its_return_is_found() {
    stops_mid_query(Service::POSTGRES, "SELECT pg_sleep(60)").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs mariadb, control: cargo xtask integration-test"]
async fn mariadb_that_stops_is_an_error_and_its_return_is_found() {
    stops_mid_query(Service::MARIADB, "SELECT SLEEP(60)").await;
}
