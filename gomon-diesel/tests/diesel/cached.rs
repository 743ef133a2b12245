//! Statements that are found by the types of their queries.

use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::Untyped;
use diesel::sqlite::{Sqlite, SqliteConnection};
use gomon_diesel::MonitoredConnection;

use crate::sqlite::shop;
use gomon_test::TestMonitor;

/// A query whose type does not always determine its text.
struct Change {
    is_all: bool,
}

impl QueryId for Change {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for Change {
    type SqlType = Untyped;
}

impl QueryFragment<Sqlite> for Change {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        if self.is_all {
            out.unsafe_to_cache_prepared();
            out.push_sql("DELETE FROM goods");
        } else {
            out.push_sql("UPDATE goods SET price = 1");
        }
        Ok(())
    }
}

impl RunQueryDsl<MonitoredConnection<SqliteConnection>> for Change {}

#[test]
fn query_whose_type_does_not_fix_its_text_is_not_cached() {
    let watched = TestMonitor::new();
    let mut conn = shop(&watched, 1..5);
    for is_all in [false, true, false] {
        Change { is_all }.execute(&mut conn).unwrap();
    }
    drop(conn);
    let events = watched.of("sql-wconn-exec");
    let operations: Vec<_> = events
        .iter()
        .map(|event| event["operation"].as_str())
        .collect();
    assert_eq!(operations, [Some("UPDATE"), Some("DELETE"), Some("UPDATE")]);
}
