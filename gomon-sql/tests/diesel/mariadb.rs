//! A real MariaDB. `diesel-async` speaks its protocol in Rust, so that no C library is needed; diesel's own wrapper makes
//! it a connection that waits, as `MysqlConnection` is one.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use diesel_async::AsyncMysqlConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use gomon_sql::diesel::MonitoredConnection;
use integration::Service;

use crate::support::{Good, Watched, good, goods};

type Bare = AsyncConnectionWrapper<AsyncMysqlConnection>;
type Conn = MonitoredConnection<Bare>;

fn url() -> String {
    Service::MARIADB.url().unwrap()
}

fn shop(watched: &Watched, ids: std::ops::Range<i32>) -> Conn {
    let mut inner = Bare::establish(&url()).unwrap();
    inner
        .batch_execute(
            "CREATE TEMPORARY TABLE goods (id INT PRIMARY KEY, name VARCHAR(300) NOT NULL UNIQUE, price INT NOT NULL)",
        )
        .unwrap();
    for id in ids {
        diesel::insert_into(goods::table)
            .values(good(id))
            .execute(&mut inner)
            .unwrap();
    }
    MonitoredConnection::new(inner)
        .with_monitor(watched.monitor())
        .with_dsn(&url())
}

#[test]
#[ignore = "needs mariadb: cargo xtask integration-test"]
fn queries_transactions_and_errors_are_told() {
    let watched = Watched::new();
    let mut conn = shop(&watched, 1..4);
    let found: Vec<Good> = goods::table.load(&mut conn).unwrap();
    assert_eq!(found.len(), 3);
    let done = conn.transaction(|conn| {
        diesel::update(goods::table)
            .set(goods::price.eq(1))
            .execute(conn)
    });
    assert_eq!(done, Ok(3));
    let twice = diesel::insert_into(goods::table)
        .values(good(1))
        .execute(&mut conn);
    assert!(matches!(
        twice,
        Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _))
    ));
    drop(conn);
    assert_eq!(watched.only("sql-wconn")["driver"], "mysql");
    assert_eq!(
        watched.story(),
        [
            "sql-wrows 3",
            "sql-wconn-query SELECT",
            "sql-wconn-exec UPDATE 3",
            "conn-begintx commit",
            "sql-wconn-exec INSERT error",
            "sql-wconn"
        ]
    );
    let failed = &watched.of("sql-wconn-exec")[1];
    assert!(!failed.to_string().contains("good 1"), "{failed}");
}

#[test]
#[ignore = "needs mariadb: cargo xtask integration-test"]
fn odd_statements_fail_as_they_do_without_us() {
    let watched = Watched::new();
    let mut bare = Bare::establish(&url()).unwrap();
    let mut conn = shop(&watched, 1..1);
    let long = format!("SELECT '{}'", "x".repeat(1 << 20));
    for sql in ["SELEC 1", "SELECT * FROM nowhere", "", "SELECT '\0'", &long] {
        let [ours, its] = [
            diesel::sql_query(sql).execute(&mut conn),
            diesel::sql_query(sql).execute(&mut bare),
        ];
        assert_eq!(format!("{ours:?}"), format!("{its:?}"));
    }
    let wrong = url().replacen('@', "-not@", 1);
    for url in [
        wrong.as_str(),
        "mysql://shop:topsecret@127.0.0.1:1/orders",
        "nonsense",
    ] {
        let bare = Bare::establish(url).err().unwrap();
        assert_eq!(bare, Conn::establish(url).err().unwrap());
    }
    drop(conn);
    assert!(!format!("{:?}", watched.events()).contains("xxxxxxxx"));
}

#[test]
#[ignore = "needs mariadb, control: cargo xtask integration-test"]
fn server_that_stops_is_an_error_and_a_new_connection_works_after() {
    let watched = Watched::new();
    let mut conn = shop(&watched, 1..1);
    let stopped = Service::MARIADB.stop().unwrap();
    let failed = diesel::sql_query("SELECT 1").execute(&mut conn);
    assert!(failed.is_err());
    let refused = conn.transaction(|conn| diesel::sql_query("SELECT 1").execute(conn));
    assert!(refused.is_err());
    stopped.end().unwrap();
    let mut conn = shop(&watched, 1..2);
    assert_eq!(goods::table.count().get_result(&mut conn), Ok(1_i64));
    drop(conn);
    assert_eq!(watched.only("sql-wconn-exec")["gomon:outcome"], "error");
    assert_eq!(watched.only("conn-begintx")["gomon:outcome"], "error");
}
