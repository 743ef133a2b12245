//! Tests of every server, through pools of r2d2.

use std::time::Duration;

use diesel::connection::{Connection as _, SimpleConnection as _};
use diesel::r2d2::{ConnectionManager, Pool, PooledConnection, R2D2Connection};
use diesel::result::Error;
use gomon_diesel::{Monitorable, MonitoredPool, MonitoredPooledConnection};
use integration::Service;

use gomon_test::TestMonitor;

type Manager<C> = ConnectionManager<C>;
type Pooled<C> = MonitoredPooledConnection<Manager<C>>;

/// Selects this number.
type Echo<C> = fn(&mut Pooled<C>, i32) -> Result<i32, Error>;

fn pool<C>(watched: &TestMonitor, service: Service, size: u32) -> MonitoredPool<Manager<C>>
where
    C: R2D2Connection + Monitorable + Send + 'static,
    PooledConnection<Manager<C>>: Monitorable,
{
    let pool = Pool::builder()
        .max_size(size)
        .min_idle(Some(1))
        .connection_timeout(Duration::from_secs(60))
        .build(Manager::new(service.url().unwrap()))
        .unwrap();
    MonitoredPool::new(pool).with_monitor(watched.monitor())
}

/// A thousand requests at once, each with a transaction; every query finds its own transaction, connection and request.
pub(crate) fn thousand_transactions<C>(service: Service, echo: Echo<C>)
where
    C: R2D2Connection + Monitorable + Send + 'static,
    PooledConnection<Manager<C>>: Monitorable,
{
    let watched = TestMonitor::new();
    let pool = pool::<C>(&watched, service, 20);
    std::thread::scope(|threads| {
        for number in 0..1000 {
            let (pool, watched) = (&pool, &watched);
            let request = move || {
                watched.root().scope(|| {
                    let mut conn = pool.get().unwrap();
                    let done = conn.transaction(|conn| {
                        assert_eq!(echo(conn, number), Ok(number));
                        if number % 3 == 0 {
                            return Err(Error::RollbackTransaction);
                        }
                        Ok(())
                    });
                    assert_eq!(done.is_err(), number % 3 == 0);
                });
            };
            let thread = std::thread::Builder::new().stack_size(256 * 1024);
            thread.spawn_scoped(threads, request).unwrap();
        }
    });
    watched.assert_tree(
        &["sql-wconn-query", "conn-begintx", "sql-wconn", "request"],
        1000,
    );
    let rolled_back = watched.of("conn-begintx");
    let rolled_back = rolled_back
        .iter()
        .filter(|event| event["end"] == "rollback");
    assert_eq!(rolled_back.count(), 334);
    watched.assert_settled();
}

/// A pool whose only connection is in use: the error is r2d2's, and the wait is recorded.
pub(crate) fn exhausted_pool<C>(service: Service)
where
    C: R2D2Connection + Monitorable + Send + 'static,
    PooledConnection<Manager<C>>: Monitorable,
{
    let watched = TestMonitor::new();
    let pool = pool::<C>(&watched, service, 1);
    let kept = pool.get().unwrap();
    let bare = (pool.inner())
        .get_timeout(Duration::from_millis(100))
        .err()
        .unwrap();
    let refused = pool.get_timeout(Duration::from_millis(100)).err().unwrap();
    assert_eq!(refused.to_string(), bare.to_string());
    drop(kept);
    pool.get().unwrap().batch_execute("SELECT 1").unwrap();
    let checkouts = watched.of("sql-wconn");
    assert_eq!(checkouts[0]["gomon:outcome"], "error");
    assert!(checkouts[0]["gomon:lapsed"].as_u64().unwrap() >= 100_000_000);
    assert_eq!(checkouts[2]["gomon:outcome"], "ok");
    watched.assert_settled();
}

/// A server that stops under a query in a transaction: the error is that of the bare connection, and the pool finds the
/// server again. `asleep` counts the queries that are `sleep`.
pub(crate) fn stops_mid_query<C>(service: Service, sleep: &'static str, asleep: fn(&mut C) -> i64)
where
    C: R2D2Connection + Monitorable + Send + 'static,
    PooledConnection<Manager<C>>: Monitorable,
{
    let watched = TestMonitor::new();
    let pool = pool::<C>(&watched, service, 1);
    let mut conn = pool.get().unwrap();
    let url = service.url().unwrap();
    let mut bare = C::establish(&url).unwrap();
    let sleeping = std::thread::spawn(move || conn.transaction(|conn| conn.batch_execute(sleep)));
    let bare_too = std::thread::spawn(move || bare.transaction(|conn| conn.batch_execute(sleep)));
    let mut watching = C::establish(&url).unwrap();
    while asleep(&mut watching) < 2 {
        std::thread::sleep(Duration::from_millis(5));
    }
    let stopped = service.stop().unwrap();
    let failed = sleeping.join().unwrap().unwrap_err();
    let bare = bare_too.join().unwrap().unwrap_err();
    assert_eq!(
        std::mem::discriminant(&failed),
        std::mem::discriminant(&bare),
        "{failed:?} {bare:?}"
    );
    stopped.end().unwrap();
    pool.get().unwrap().batch_execute("SELECT 1").unwrap();
    let statements = watched.of("sql-wconn-exec");
    assert_eq!(statements[0]["gomon:outcome"], "error");
    assert_eq!(statements[1]["gomon:outcome"], "ok");
    let transaction = watched.one("conn-begintx");
    assert_ne!(transaction["gomon:outcome"], "ok");
    assert_ne!(transaction["end"], "commit");
    assert_eq!(watched.of("sql-wconn").len(), 2);
    watched.assert_settled();
}
