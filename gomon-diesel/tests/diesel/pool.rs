//! Pools of r2d2.

use std::time::Duration;

use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool};
use diesel::sqlite::SqliteConnection;
use gomon_diesel::{MonitoredConnection, MonitoredPool};

use crate::unfinished::instrumented;
use gomon_test::TestMonitor;

type Manager = ConnectionManager<SqliteConnection>;

fn pool(watched: &TestMonitor, size: u32) -> MonitoredPool<Manager> {
    let manager = Manager::new(":memory:");
    let pool = Pool::builder()
        .max_size(size)
        .connection_timeout(Duration::from_millis(20))
        .build(manager)
        .unwrap();
    MonitoredPool::new(pool)
        .with_monitor(watched.monitor())
        .with_dsn(":memory:")
}

#[test]
fn checkout_records_its_wait_and_its_statements() {
    let watched = TestMonitor::new();
    let pool = pool(&watched, 1);
    let mut request = watched.root();
    request.scope(|| {
        let mut conn = pool.get().unwrap();
        diesel::sql_query("CREATE TABLE goods (id INTEGER PRIMARY KEY)")
            .execute(&mut conn)
            .unwrap();
    });
    request.finish();
    let checkout = watched.one("sql-wconn");
    assert!(checkout["wait"].as_u64().unwrap() > 0);
    assert_eq!(checkout["dsn"], "sqlite::memory:");
    assert_eq!(checkout["parent"], watched.one("request")["id"]);
    assert_eq!(watched.one("sql-wconn-exec")["parent"], checkout["id"]);
}

#[test]
fn wait_lasts_until_another_returns_the_connection() {
    let watched = TestMonitor::new();
    let manager = Manager::new(":memory:");
    let pool = Pool::builder().max_size(1).build(manager).unwrap();
    let pool = MonitoredPool::new(pool).with_monitor(watched.monitor());
    let kept = pool.get().unwrap();
    let waiting = std::thread::spawn({
        let pool = pool.clone();
        move || drop(pool.get().unwrap())
    });
    let long = Duration::from_millis(100);
    std::thread::sleep(long);
    drop(kept);
    waiting.join().unwrap();
    let checkouts = watched.of("sql-wconn");
    let waits = checkouts
        .iter()
        .map(|event| event["wait"].as_u64().unwrap());
    // The thread may have come late to the pool, but hardly that late.
    assert!(
        Duration::from_nanos(waits.max().unwrap()) > long / 2,
        "{checkouts:#?}"
    );
}

#[test]
fn exhausted_pool_returns_the_error_of_r2d2() {
    let watched = TestMonitor::new();
    let pool = pool(&watched, 1);
    let kept = pool.get().unwrap();
    let monitored = pool.get().unwrap_err().to_string();
    let bare = pool.inner().get().err().unwrap().to_string();
    assert_eq!(monitored, bare);
    assert!(pool.try_get().is_none());
    let failed = watched.one("sql-wconn");
    assert_eq!(failed["gomon:outcome"], "error");
    assert_eq!(failed["error"][0]["type"], "r2d2::Error");
    drop(kept);
    assert_eq!(watched.of("sql-wconn").len(), 2);
}

#[test]
fn connection_is_unrecorded_once_returned_to_the_pool() {
    let watched = TestMonitor::new();
    let pool = pool(&watched, 1);
    drop(pool.get().unwrap());
    let mut bare = pool.inner().get().unwrap();
    diesel::sql_query("SELECT 1").execute(&mut bare).unwrap();
    drop(bare);
    // … and watched once more.
    let mut conn = pool.get().unwrap();
    diesel::sql_query("SELECT 2").execute(&mut conn).unwrap();
    let inner: &mut SqliteConnection = &mut conn;
    diesel::sql_query("SELECT 3").execute(inner).unwrap();
    drop(conn);
    assert_eq!(
        watched.story(),
        [
            "sql-wconn",
            "sql-wconn-exec SELECT 0",
            "sql-wconn-query SELECT",
            "sql-wconn"
        ]
    );
}

#[test]
fn open_transaction_breaks_the_connection_as_without_monitoring() {
    let watched = TestMonitor::new();
    let pool = pool(&watched, 1);
    let mut conn = pool.get().unwrap();
    diesel::sql_query("CREATE TABLE here (id INTEGER)")
        .execute(&mut conn)
        .unwrap();
    conn.begin_test_transaction().unwrap();
    drop(conn);
    // A test transaction does not: it is the same database in memory.
    let mut conn = pool.get().unwrap();
    assert!(
        diesel::sql_query("SELECT * FROM here")
            .execute(&mut conn)
            .is_ok()
    );
    let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _: QueryResult<()> = conn.transaction(|_| panic!("by intent"));
    }));
    drop(conn);
    let ends = watched.of("conn-begintx");
    assert_eq!(ends[0]["end"], "dropped");
}

#[test]
fn connection_of_a_pool_is_a_field_of_what_requests_do_on_it() {
    let watched = TestMonitor::new();
    // As `auto_register` does, in the first request that opens a connection.
    let mut first = watched.root();
    let mut conn = first.scope(|| {
        let mut conn = instrumented(&watched);
        diesel::sql_query("DELETE FROM goods")
            .execute(&mut conn)
            .unwrap();
        conn
    });
    let mut second = watched.root();
    let done = second
        .scope(|| conn.transaction(|conn| diesel::sql_query("DELETE FROM goods").execute(conn)));
    assert_eq!(done, Ok(0));
    let [first, second] = [first, second].map(|request| {
        let id = request.id().to_string();
        request.finish();
        id
    });
    diesel::sql_query("DELETE FROM goods")
        .execute(&mut conn)
        .unwrap();
    drop(conn);
    let connection = watched.one("sql-wconn");
    let transaction = watched.one("conn-begintx");
    let statements = watched.of("sql-wconn-exec");
    assert_eq!(statements[0]["parent"], first.as_str());
    assert_eq!(statements[0]["connection"], connection["id"]);
    assert_eq!(transaction["parent"], second.as_str());
    assert_eq!(transaction["connection"], connection["id"]);
    assert_eq!(statements[1]["parent"], transaction["id"]);
    assert_eq!(statements[2]["parent"], connection["id"]);
    watched.assert_settled();
}

#[test]
fn pool_may_hold_wrappers_itself() {
    let manager = ConnectionManager::<MonitoredConnection<SqliteConnection>>::new(":memory:");
    let pool = Pool::builder().max_size(1).build(manager).unwrap();
    // They use the global monitor, which does not exist here.
    let mut conn = pool.get().unwrap();
    let two = diesel::select(diesel::dsl::sql::<diesel::sql_types::Integer>("1 + 1"))
        .get_result::<i32>(&mut conn);
    assert_eq!(two, Ok(2));
}

#[test]
fn concurrent_transactions_end_once_each() {
    let watched = TestMonitor::new();
    let manager = Manager::new(":memory:");
    let pool = Pool::builder().max_size(8).build(manager).unwrap();
    let pool = MonitoredPool::new(pool).with_monitor(watched.monitor());
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let pool = pool.clone();
            std::thread::spawn(move || {
                for at in 0..125 {
                    let mut conn = pool.get().unwrap();
                    let done = conn.transaction(|conn| {
                        diesel::sql_query("SELECT 1").execute(conn)?;
                        if at % 5 == 0 {
                            Err(diesel::result::Error::RollbackTransaction)
                        } else {
                            Ok(())
                        }
                    });
                    assert_eq!(done.is_err(), at % 5 == 0);
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    let transactions = watched.of("conn-begintx");
    let rolled_back = transactions
        .iter()
        .filter(|event| event["end"] == "rollback");
    assert_eq!((transactions.len(), rolled_back.count()), (1000, 200));
    assert_eq!(watched.of("sql-wconn").len(), 1000);
}
