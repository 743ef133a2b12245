//! What is recorded on request only: rows, columns, bind values and plans of slow queries.

use std::time::Duration;

use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use gomon_diesel::SqlConfig;
use gomon_diesel::{MonitoredConnection, MonitoringInstrumentation};
use serde_json::json;

use crate::sqlite::{furnish, shop};
use crate::support::{Good, Watched, good, goods};

fn all() -> SqlConfig {
    SqlConfig::default()
        .with_rows(2)
        .with_columns(true)
        .with_params(true)
}

#[test]
fn first_rows_columns_and_bind_values_are_recorded() {
    let watched = Watched::new();
    let mut conn = shop(&watched, 1..5).with_config(all());
    let found: Vec<Good> = goods::table
        .filter(goods::id.lt(4))
        .filter(goods::name.ne("it's \"so\""))
        .load(&mut conn)
        .unwrap();
    assert_eq!(found.len(), 3);
    let query = watched.one("sql-wconn-query");
    assert_eq!(query["params"], json!([4, "it's \"so\""]));
    let rows = watched.one("sql-wrows");
    assert_eq!(rows["columns"], json!(["id", "name", "price"]));
    assert_eq!(rows["rows"], json!([[1, "good 1", 10], [2, "good 2", 20]]));
    assert_eq!(rows["row-count"], 3);
}

#[test]
fn values_of_all_kinds_are_as_the_program_gets_them() {
    let watched = Watched::new();
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
fn bind_values_of_what_goes_past_the_wrapper_are_recorded() {
    let watched = Watched::new();
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    furnish(&mut conn);
    conn.set_instrumentation(
        MonitoringInstrumentation::new()
            .with_dsn(":memory:")
            .with_monitor(watched.monitor())
            .with_config(all()),
    );
    diesel::insert_into(goods::table)
        .values(good(7))
        .execute(&mut conn)
        .unwrap();
    let insert = watched.one("sql-wconn-exec");
    assert_eq!(insert["params"], json!([7, "good 7", 70]));
}

/// A shop in a file, which goes with this.
struct ShopFile(std::path::PathBuf);

impl ShopFile {
    fn new(name: &str) -> Self {
        let name = format!("gomon-{name}-{}.db", std::process::id());
        let file = Self(std::env::temp_dir().join(name));
        let _ = std::fs::remove_file(&file.0);
        let mut conn = SqliteConnection::establish(file.url()).unwrap();
        furnish(&mut conn);
        let one = diesel::insert_into(goods::table).values(good(1));
        one.execute(&mut conn).unwrap();
        file
    }

    fn url(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for ShopFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn slow() -> SqlConfig {
    SqlConfig::default().with_slow_query(Duration::from_millis(1))
}

/// Reads the goods at this price, and counts far meanwhile.
fn load_slowly(
    conn: &mut impl diesel::connection::LoadConnection<Backend = diesel::sqlite::Sqlite>,
    price: i32,
) {
    let counted = "(WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 100000) SELECT COUNT(*) FROM n) > 1";
    let loaded: Vec<Good> = goods::table
        .filter(goods::price.eq(price))
        .filter(diesel::dsl::sql::<diesel::sql_types::Bool>(counted))
        .order(goods::price)
        .load(conn)
        .unwrap();
    assert_eq!(loaded, [good(1)]);
}

#[test]
fn slow_query_of_sqlite_gets_no_plan_for_which_its_file_would_be_locked() {
    let watched = Watched::new();
    let file = ShopFile::new("slow");
    let scheme = format!("sqlite:{}-none", file.url());
    for dsn in [file.url(), &scheme] {
        let conn = SqliteConnection::establish(file.url()).unwrap();
        let mut conn = MonitoredConnection::new(conn)
            .with_monitor(watched.monitor())
            .with_config(slow())
            .with_dsn(dsn);
        load_slowly(&mut conn, 10);
    }
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(watched.of("sql-wconn-query").len(), 2);
    assert_eq!(watched.of("sql-explain"), Vec::<serde_json::Value>::new());
    assert!(!std::path::Path::new(&scheme).exists());
    assert!(!std::path::Path::new(&format!("{}-none", file.url())).exists());
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
fn query_whose_bind_value_panics_when_shown_is_answered() {
    let watched = Watched::new();
    let mut conn = shop(&watched, 1..3).with_config(all());
    let loaded: Vec<Good> = goods::table
        .filter(goods::id.eq(Loud))
        .load(&mut conn)
        .unwrap();
    assert_eq!(loaded, [good(1)]);
    assert_eq!(watched.one("sql-wconn-query")["params"], json!(null));
}
