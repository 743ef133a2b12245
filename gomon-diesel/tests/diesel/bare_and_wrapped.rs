//! One program runs bare and wrapped, with equal results.

use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use gomon_diesel::MonitoredConnection;

use crate::program::program;
use gomon_test::TestMonitor;

program!(on_sqlite, diesel::sqlite::Sqlite, "");

#[test]
fn sqlite_behaves_the_same_with_and_without_monitoring() {
    let watched = TestMonitor::new();
    let connect = || SqliteConnection::establish(":memory:").unwrap();
    let bare = on_sqlite(&mut connect());
    let mut conn = MonitoredConnection::new(connect()).with_monitor(watched.monitor());
    let wrapped = on_sqlite(&mut conn);
    assert_eq!(bare, wrapped);
    watched.monitor().disable();
    let mut conn = MonitoredConnection::new(connect()).with_monitor(watched.monitor());
    assert_eq!(bare, on_sqlite(&mut conn));
    drop(conn);
    assert!(watched.of("sql-wconn-exec").len() > 10);
}
