//! Queries that diesel begins and never finishes, since a value of theirs could not be bound.

use std::time::Duration;

use diesel::expression::AsExpression;
use diesel::prelude::*;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Integer;
use diesel::sqlite::{Sqlite, SqliteConnection};
use gomon_diesel::MonitoringInstrumentation;

use crate::sqlite::{furnish, shop};
use crate::support::{Good, goods};
use gomon_test::TestMonitor;

/// A value that cannot be bound.
#[derive(AsExpression, Clone, Copy, Debug)]
#[diesel(sql_type = Integer)]
struct Unbound;

impl ToSql<Integer, Sqlite> for Unbound {
    fn to_sql<'b>(&'b self, _: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        Err("none".into())
    }
}

fn fail(conn: &mut SqliteConnection) {
    let of_none = goods::table.filter(goods::id.eq(Unbound));
    diesel::delete(of_none).execute(conn).unwrap_err();
}

/// A connection with the instrumentation alone.
pub(crate) fn instrumented(watched: &TestMonitor) -> SqliteConnection {
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    furnish(&mut conn);
    let instrumentation = MonitoringInstrumentation::new()
        .with_dsn(":memory:")
        .with_monitor(watched.monitor());
    conn.set_instrumentation(instrumentation);
    conn
}

/// Operation and outcome of each statement.
fn statements(watched: &TestMonitor) -> Vec<String> {
    let events = watched.events().into_iter();
    let statements = events.filter_map(|event| {
        let operation = event["operation"].as_str()?;
        Some(format!("{operation} {}", event["gomon:outcome"].as_str()?))
    });
    statements.collect()
}

#[test]
fn query_of_the_wrapper_does_not_end_one_that_bypassed_it() {
    let watched = TestMonitor::new();
    let mut request = watched.root();
    let mut conn = shop(&watched, 1..3);
    request.scope(|| {
        fail(&mut conn);
        let all: Vec<Good> = goods::table.load(&mut conn).unwrap();
        assert_eq!(all.len(), 2);
    });
    assert_eq!(statements(&watched), ["DELETE error", "SELECT ok"]);
}

#[test]
fn query_that_could_not_be_bound_ends_as_an_error_when_the_next_begins() {
    let watched = TestMonitor::new();
    let mut conn = instrumented(&watched);
    for ended in 0..3 {
        fail(&mut conn);
        assert_eq!(statements(&watched), vec!["DELETE error"; ended]);
    }
    drop(conn);
    assert_eq!(statements(&watched), ["DELETE error"; 3]);
    let recorded = watched.of("sql-wconn-exec").remove(0).to_string();
    assert!(recorded.contains("could not be bound"), "{recorded}");
}

#[test]
fn query_that_could_not_be_bound_does_not_lend_its_time_to_later_ones() {
    let watched = TestMonitor::new();
    let mut conn = instrumented(&watched);
    fail(&mut conn);
    let pause = Duration::from_millis(300);
    for _ in 0..2 {
        std::thread::sleep(pause);
        let of_one = goods::table.filter(goods::id.eq(1));
        assert_eq!(diesel::delete(of_one).execute(&mut conn), Ok(0));
    }
    assert_eq!(
        statements(&watched),
        ["DELETE error", "DELETE ok", "DELETE ok"]
    );
    for event in &watched.of("sql-wconn-exec")[1..] {
        let elapsed = Duration::from_nanos(event["gomon:lapsed"].as_u64().unwrap());
        assert!(elapsed < pause, "{elapsed:?}");
    }
}
