//! What is recorded on request only: rows, columns and slow statements.

use std::time::Duration;

use diesel::prelude::*;
use gomon_diesel::SqlConfig;
use serde_json::json;

use crate::sqlite::shop;
use crate::support::{Good, good, goods};
use gomon_test::TestMonitor;

fn all() -> SqlConfig {
    SqlConfig::default()
        .with_rows(2)
        .with_columns(true)
        .with_params(true)
}

#[test]
fn first_rows_and_columns_are_recorded_and_bind_values_never() {
    let watched = TestMonitor::new();
    let mut conn = shop(&watched, 1..5).with_config(all());
    let found: Vec<Good> = goods::table
        .filter(goods::id.lt(4))
        .filter(goods::name.ne("it's \"so\""))
        .load(&mut conn)
        .unwrap();
    assert_eq!(found.len(), 3);
    let query = watched.one("sql-wconn-query");
    assert_eq!(query["params"], json!(null));
    let rows = watched.one("sql-wrows");
    assert_eq!(rows["columns"], json!(["id", "name", "price"]));
    assert_eq!(rows["rows"], json!([[1, "good 1", 10], [2, "good 2", 20]]));
    assert_eq!(rows["row-count"], 3);
}

#[test]
fn values_of_all_kinds_equal_those_of_the_program() {
    let watched = TestMonitor::new();
    let mut conn = shop(&watched, 1..2).with_config(all());
    let sql = "SELECT 1 AS a, 1.5 AS b, 'tea' AS c, x'00ff' AS d, NULL AS e, 'hush' AS password";
    #[derive(Debug, PartialEq, QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Integer)]
        a: i32,
        #[diesel(sql_type = diesel::sql_types::Double)]
        b: f64,
        #[diesel(sql_type = diesel::sql_types::Text)]
        c: String,
        #[diesel(sql_type = diesel::sql_types::Binary)]
        d: Vec<u8>,
        #[diesel(sql_type = diesel::sql_types::Nullable<diesel::sql_types::Integer>)]
        e: Option<i32>,
        #[diesel(sql_type = diesel::sql_types::Text)]
        password: String,
    }
    let got: Row = diesel::sql_query(sql).get_result(&mut conn).unwrap();
    let expected = Row {
        a: 1,
        b: 1.5,
        c: "tea".to_owned(),
        d: vec![0, 255],
        e: None,
        password: "hush".to_owned(),
    };
    assert_eq!(got, expected);
    let rows = watched.one("sql-wrows");
    assert_eq!(
        rows["rows"],
        json!([[1, 1.5, "tea", {"base64": "AP8="}, null, "[redacted]"]])
    );
}

#[test]
fn slow_query_is_marked() {
    let watched = TestMonitor::new();
    let threshold = SqlConfig::default().with_slow_query(Duration::from_millis(1));
    let mut conn = shop(&watched, 1..2).with_config(threshold);
    let counted = "(WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 100000) SELECT COUNT(*) FROM n) > 1";
    let loaded: Vec<Good> = goods::table
        .filter(diesel::dsl::sql::<diesel::sql_types::Bool>(counted))
        .load(&mut conn)
        .unwrap();
    assert_eq!(loaded, [good(1)]);
    assert_eq!(watched.one("sql-wconn-query")["slow"], true);
}

/// A value whose `Debug` is broken.
#[derive(Clone, diesel::expression::AsExpression)]
#[diesel(sql_type = diesel::sql_types::Integer)]
struct Loud;

impl std::fmt::Debug for Loud {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("of the program's own")
    }
}

impl diesel::serialize::ToSql<diesel::sql_types::Integer, diesel::sqlite::Sqlite> for Loud {
    fn to_sql<'b>(
        &'b self,
        out: &mut diesel::serialize::Output<'b, '_, diesel::sqlite::Sqlite>,
    ) -> diesel::serialize::Result {
        out.set_value(1);
        Ok(diesel::serialize::IsNull::No)
    }
}

#[test]
fn query_whose_bind_value_panics_in_debug_succeeds() {
    let watched = TestMonitor::new();
    let mut conn = shop(&watched, 1..3).with_config(all());
    let loaded: Vec<Good> = goods::table
        .filter(goods::id.eq(Loud))
        .load(&mut conn)
        .unwrap();
    assert_eq!(loaded, [good(1)]);
    assert_eq!(watched.one("sql-wconn-query")["params"], json!(null));
}
