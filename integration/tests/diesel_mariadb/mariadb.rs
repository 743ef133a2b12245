//! All cases of MariaDB, and one program that runs bare and wrapped.

use crate::mariadb_cases::cases;
use crate::program::program;

// Of a statement without a letter MariaDB's client 3.3 dies, wrapped or not.
cases!(MysqlConnection, " ");

program!(on_mariadb, diesel::mysql::Mysql, " ");

#[test]
#[ignore = "needs mariadb: cargo xtask integration-test"]
fn mariadb_is_the_same_with_and_without() {
    let watched = Watched::new();
    let bare = on_mariadb(&mut Bare::establish(&url()).unwrap());
    let inner = Bare::establish(&url()).unwrap();
    let mut conn = MonitoredConnection::new(inner)
        .with_monitor(watched.monitor())
        .with_dsn(&url());
    assert_eq!(bare, on_mariadb(&mut conn));
    watched.monitor().disable();
    assert_eq!(bare, on_mariadb(&mut conn));
    conn.batch_execute("DROP TABLE goods").unwrap();
    drop(conn);
    let told = format!("{:?}", watched.events());
    assert!(!told.contains("xxxxxxxx"));
    assert!(watched.of("sql-wconn-exec").len() > 10);
}
