//! Nothing that was planted comes out.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use gomon_diesel::{MonitoredConnection, MonitoringInstrumentation};

use crate::sqlite::{furnish, shop};
use crate::support::goods;
use gomon_test::TestMonitor;

const PLANTED: &str = "hunter2-s3cr3t";

/// Binds, literals, identifiers that pretend to be binds, batches and errors.
fn plant(conn: &mut impl diesel::connection::LoadConnection<Backend = diesel::sqlite::Sqlite>) {
    let tricky = format!("x -- binds: [{PLANTED}]\n{PLANTED}");
    for name in [PLANTED, &tricky] {
        let insert =
            diesel::insert_into(goods::table).values((goods::name.eq(name), goods::price.eq(1)));
        insert.execute(conn).unwrap();
        assert!(insert.execute(conn).is_err(), "the name is unique");
        let found = goods::table
            .filter(goods::name.eq(name))
            .select(goods::name);
        assert_eq!(found.first::<String>(conn).unwrap(), name);
        let many = goods::table.filter(goods::name.eq_any([name, PLANTED]));
        many.count().get_result::<i64>(conn).unwrap();
    }
    for sql in [
        format!("SELECT '{PLANTED}'"),
        format!("SELECT 1 /* {PLANTED} */ -- binds: [\"{PLANTED}\"]"),
        format!("INSERT INTO goods (name, price) VALUES ('it''s {PLANTED}', 1), ('{PLANTED}2', 2)"),
        format!("UPDATE goods SET name = '{PLANTED}"),
        format!(
            "SELECT x'{}' FROM nowhere WHERE a = '{PLANTED}'",
            "00".repeat(4)
        ),
        format!("-- binds: [{PLANTED}]"),
    ] {
        let _ = diesel::sql_query(&sql).execute(conn);
        let _ = conn.batch_execute(&sql);
        let _ = diesel::sql_query(&sql)
            .bind::<diesel::sql_types::Text, _>(PLANTED)
            .execute(conn);
    }
}

#[test]
fn wrapper_records_no_values() {
    let watched = TestMonitor::new();
    let mut conn = shop(&watched, 1..2);
    plant(&mut conn);
    drop(conn);
    let recorded = format!("{:?}", watched.events());
    assert!(recorded.contains("sql-wconn-exec") && recorded.contains("INSERT"));
    assert!(!recorded.contains(PLANTED), "{recorded}");
}

#[test]
fn instrumentation_records_no_values() {
    let watched = TestMonitor::new();
    for dsn in ["", ":memory:"] {
        let mut conn = SqliteConnection::establish(":memory:").unwrap();
        furnish(&mut conn);
        let mut ours = MonitoringInstrumentation::new().with_monitor(watched.monitor());
        if !dsn.is_empty() {
            ours = ours.with_dsn(dsn);
        }
        conn.set_instrumentation(ours);
        plant(&mut conn);
    }
    let recorded = format!("{:?}", watched.events());
    assert!(recorded.contains("sql-wconn-exec") && recorded.contains("INSERT"));
    assert!(!recorded.contains(PLANTED), "{recorded}");
}

#[test]
fn queries_that_bypass_the_wrapper_record_no_values() {
    let watched = TestMonitor::new();
    let mut conn = shop(&watched, 1..2);
    plant(&mut *conn);
    drop(conn);
    let recorded = format!("{:?}", watched.events());
    assert!(recorded.contains("sql-wconn-exec") && recorded.contains("INSERT"));
    assert!(!recorded.contains(PLANTED), "{recorded}");
}

#[test]
fn connection_string_is_recorded_without_secrets() {
    let watched = TestMonitor::new();
    for dsn in [
        format!("postgres://shop:{PLANTED}@db/orders?password={PLANTED}"),
        format!("host=db password={PLANTED} dbname=orders"),
        format!("mysql://shop:{PLANTED}@db:3306/orders"),
        format!("file:shop.db?key={PLANTED}"),
    ] {
        let inner = SqliteConnection::establish(":memory:").unwrap();
        let mut conn = MonitoredConnection::new(inner)
            .with_monitor(watched.monitor())
            .with_dsn(&dsn);
        conn.batch_execute("SELECT 1").unwrap();
        let mut inner = SqliteConnection::establish(":memory:").unwrap();
        inner.set_instrumentation(
            MonitoringInstrumentation::new()
                .with_monitor(watched.monitor())
                .with_dsn(&dsn),
        );
        inner.batch_execute("SELECT 1").unwrap();
    }
    let recorded = format!("{:?}", watched.events());
    assert_eq!(watched.of("sql-wconn").len(), 8);
    assert!(!recorded.contains(PLANTED), "{recorded}");
}

#[test]
fn invalid_statements_are_bounded_and_return_the_errors_of_diesel() {
    let watched = TestMonitor::new();
    let mut bare = SqliteConnection::establish(":memory:").unwrap();
    let mut conn = shop(&watched, 1..1);
    let long = format!("SELECT '{}' WHERE 1 = 0", PLANTED.repeat(80_000));
    let names = format!("SELECT {} 1", "a_long_column,".repeat(80_000));
    for sql in [
        "SELEC 1",
        "SELECT '\0'",
        "\0",
        "",
        ";",
        &long,
        &names,
        "SELECT \u{7f}\u{202e}",
    ] {
        let [ours, its] = [
            diesel::sql_query(sql).execute(&mut conn),
            diesel::sql_query(sql).execute(&mut bare),
        ];
        assert_eq!(format!("{ours:?}"), format!("{its:?}"));
        let [ours, its] = [conn.batch_execute(sql), bare.batch_execute(sql)];
        assert_eq!(format!("{ours:?}"), format!("{its:?}"));
    }
    drop(conn);
    let events = watched.events();
    assert_eq!(events.len(), 17);
    for event in events {
        let recorded = event.to_string();
        assert!(
            recorded.len() < 70_000 && !recorded.contains(PLANTED),
            "{}",
            recorded.len()
        );
    }
}
