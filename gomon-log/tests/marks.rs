//! Marks of the statements that a wrapper records, as other layers see them.
//!
//! Marks depend on all layers of the process, so that the tests run one by one.
#![cfg(test)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
use std::time::Duration;

use gomon_core::Monitor;
use gomon_log::{LogConfig, MonitoringLayer};
use gomon_sql::Dialect;
use gomon_sql::adapter::Own;
use gomon_sqlx::MonitoredPool;
use gomon_test::TestMonitor;
use serde_json::Value;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{ConnectOptions as _, Executor as _};
use tracing::instrument::WithSubscriber as _;
use tracing::span::{Attributes, Id};
use tracing::subscriber::with_default;
use tracing::{Instrument as _, Subscriber, debug, info_span};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::Context;
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry;

fn alone() -> MutexGuard<'static, ()> {
    static LOCK: Mutex<()> = Mutex::new(());
    LOCK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A layer of the program, which keeps the names of spans.
#[derive(Clone, Default)]
struct Names(Arc<Mutex<Vec<&'static str>>>);

impl Names {
    fn marks(&self) -> usize {
        let names = self.0.lock().unwrap();
        names.iter().filter(|name| **name == "gomon").count()
    }
}

impl<S: Subscriber> Layer<S> for Names {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        let name = attributes.metadata().name();
        self.0.lock().unwrap().push(name);
    }
}

fn with_libraries(recognized: bool) -> TestMonitor {
    let config = LogConfig::default().with_libraries(recognized);
    let builder = Monitor::builder().health_interval(None).config(config);
    TestMonitor::from_builder(builder)
}

/// Runs a statement of the wrapper. sqlx reports it as slow.
async fn run_statement() {
    let options = SqliteConnectOptions::new()
        .in_memory(true)
        .log_slow_statements(log::LevelFilter::Warn, Duration::ZERO);
    let pool = SqlitePoolOptions::new().max_connections(1);
    let pool = MonitoredPool::new(pool.connect_with(options).await.unwrap());
    pool.execute("SELECT 1").await.unwrap();
    pool.close().await;
}

/// Returns how many marks a layer of the program gets, at this level.
async fn marks(level: LevelFilter, gomon: &TestMonitor) -> usize {
    let names = Names::default();
    let ours = MonitoringLayer::new().with_monitor(gomon.monitor());
    let subscriber = registry()
        .with(ours.filtered())
        .with(names.clone().with_filter(level));
    gomon
        .request(run_statement())
        .with_subscriber(subscriber)
        .await;
    names.marks()
}

#[tokio::test]
#[expect(clippy::await_holding_lock, reason = "the runtime has one task")]
async fn mark_on_sqlite_is_a_span_at_the_level_of_statements() {
    let _alone = alone();
    assert_eq!(marks(LevelFilter::INFO, &with_libraries(true)).await, 0);
    assert_eq!(marks(LevelFilter::DEBUG, &with_libraries(true)).await, 1);
}

#[tokio::test]
#[expect(clippy::await_holding_lock, reason = "the runtime has one task")]
async fn without_a_reader_there_is_no_mark() {
    let _alone = alone();
    assert_eq!(marks(LevelFilter::TRACE, &with_libraries(false)).await, 0);
    let disabled = with_libraries(true);
    disabled.monitor().disable();
    assert_eq!(marks(LevelFilter::TRACE, &disabled).await, 0);
    // A layer that is gone.
    drop(MonitoringLayer::new().with_monitor(with_libraries(true).monitor()));
    let names = Names::default();
    let subscriber = registry().with(names.clone());
    run_statement().with_subscriber(subscriber).await;
    assert_eq!(names.marks(), 0);
}

/// A driver that reports on the thread of its caller, when its statement is polled and dropped.
struct Driver;

impl Future for Driver {
    type Output = ();

    fn poll(self: std::pin::Pin<&mut Self>, _: &mut std::task::Context<'_>) -> std::task::Poll<()> {
        report();
        std::task::Poll::Ready(())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        report();
    }
}

fn report() {
    debug!(target: "sqlx::query", summary = "SELECT 1", elapsed_secs = 0.1);
}

#[test]
fn statement_of_other_databases_is_skipped_without_a_span() {
    let _alone = alone();
    let (gomon, names) = (with_libraries(true), Names::default());
    let ours = MonitoringLayer::new().with_monitor(gomon.monitor());
    let subscriber = registry().with(ours.filtered()).with(names.clone());
    with_default(subscriber, || {
        gomon.root().scope(|| {
            let own = Own::new(Driver, Dialect::PostgreSql);
            let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
            assert!(pin!(own).poll(&mut cx).is_ready());
            report();
        });
    });
    assert_eq!(names.marks(), 0);
    // That of no wrapper.
    assert_eq!(gomon.of("sql-wconn-query").len(), 1);
}

#[tokio::test]
#[expect(clippy::await_holding_lock, reason = "the runtime has one task")]
async fn slow_statement_is_recorded_once_where_only_slow_ones_arrive() {
    let _alone = alone();
    static ONCE: Once = Once::new();
    let names = Names::default();
    // The thread of SQLite has the subscriber of the process.
    ONCE.call_once(|| {
        let ours = MonitoringLayer::new().with_filter(LevelFilter::INFO);
        registry().with(ours).with(names.clone()).init();
    });
    let gomon = with_libraries(true);
    let handler = async { run_statement().instrument(info_span!("handler")).await };
    gomon.request(handler).await;
    assert!(names.marks() > 0);
    let statement = gomon.one("sql-wconn-exec");
    assert!(statement.get("source").is_none(), "{statement}");
    // What sqlx sends to connect is not the wrapper's.
    let reported = gomon.of("sql-wconn-query");
    let is_other = |reported: &Value| reported["query"] != statement["query"];
    assert!(reported.iter().all(is_other), "{reported:#?}");
}
