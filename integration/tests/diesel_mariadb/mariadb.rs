//! All MariaDB cases, and one program run with and without monitoring.

use crate::mariadb_cases::cases;
use crate::program::program;

// MariaDB's client 3.3 crashes on a statement without letters, monitored or not.
cases!(MysqlConnection, " ");

program!(on_mariadb, diesel::mysql::Mysql, " ");

#[test]
#[ignore = "needs mariadb: cargo xtask integration-test"]
fn monitoring_does_not_change_results() {
    let monitored = TestMonitor::new();
    let bare = on_mariadb(&mut Bare::establish(&url()).unwrap());
    let inner = Bare::establish(&url()).unwrap();
    let mut conn = MonitoredConnection::new(inner)
        .with_monitor(monitored.monitor())
        .with_dsn(&url());
    assert_eq!(bare, on_mariadb(&mut conn));
    monitored.monitor().disable();
    assert_eq!(bare, on_mariadb(&mut conn));
    conn.batch_execute("DROP TABLE goods").unwrap();
    drop(conn);
    let events = format!("{:?}", monitored.events());
    assert!(!events.contains("xxxxxxxx"));
    assert!(monitored.of("sql-wconn-exec").len() > 10);
}
