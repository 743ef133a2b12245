//! A real PostgreSQL.

use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::pg::{PgConnection, PgRowByRowLoadingMode};
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool};
use diesel::result::{DatabaseErrorKind, Error};
use gomon_diesel::SqlConfig;
use gomon_diesel::{MonitoredConnection, MonitoredPool, MonitoringInstrumentation};
use integration::Service;
use serde_json::json;

use crate::program::program;
use crate::server;
use crate::support::{Good, good, goods};
use gomon_test::TestMonitor;

type Conn = MonitoredConnection<PgConnection>;

fn url() -> String {
    Service::POSTGRES.url().unwrap()
}

fn connect(watched: &TestMonitor) -> Conn {
    let inner = PgConnection::establish(&url()).unwrap();
    MonitoredConnection::new(inner)
        .with_monitor(watched.monitor())
        .with_dsn(&url())
}

/// A table of this connection's own.
fn furnish(conn: &mut PgConnection, ids: std::ops::Range<i32>) {
    conn.batch_execute(
        "CREATE TEMPORARY TABLE goods (id INT PRIMARY KEY, name TEXT NOT NULL UNIQUE, price INT NOT NULL)",
    )
    .unwrap();
    for id in ids {
        diesel::insert_into(goods::table)
            .values(good(id))
            .execute(conn)
            .unwrap();
    }
}

fn shop(watched: &TestMonitor, ids: std::ops::Range<i32>) -> Conn {
    let mut inner = PgConnection::establish(&url()).unwrap();
    furnish(&mut inner, ids);
    MonitoredConnection::new(inner)
        .with_monitor(watched.monitor())
        .with_dsn(&url())
}

program!(on_postgres, diesel::pg::Pg, "");

/// Only one program at a time has the table.
static PROGRAM: std::sync::Mutex<()> = std::sync::Mutex::new(());

#[test]
#[ignore = "needs postgres: cargo xtask integration-test"]
fn postgres_behaves_the_same_with_and_without_monitoring() {
    let _one = PROGRAM.lock();
    let watched = TestMonitor::new();
    let bare = on_postgres(&mut PgConnection::establish(&url()).unwrap());
    let wrapped = on_postgres(&mut connect(&watched));
    assert_eq!(bare, wrapped);
    let recorded = format!("{:?}", watched.events());
    assert!(!recorded.contains("xxxxxxxx"));
}

#[test]
#[ignore = "needs postgres: cargo xtask integration-test"]
fn queries_record_rows_and_the_connection_its_dsn() {
    let watched = TestMonitor::new();
    let mut conn = shop(&watched, 1..4);
    let found: Vec<Good> = goods::table
        .filter(goods::id.eq_any([1, 3]))
        .load(&mut conn)
        .unwrap();
    assert_eq!(found.len(), 2);
    let inserted: Good = diesel::insert_into(goods::table)
        .values(good(4))
        .get_result(&mut conn)
        .unwrap();
    assert_eq!(inserted, good(4));
    drop(conn);
    let connection = watched.one("sql-wconn");
    assert_eq!(connection["driver"], "postgresql");
    let dsn = connection["dsn"].as_str().unwrap();
    assert!(
        dsn.starts_with("postgres://") && !dsn.contains('@'),
        "{dsn}"
    );
    assert_eq!(
        watched.story(),
        [
            "sql-wrows 2",
            "sql-wconn-query SELECT",
            "sql-wrows 1",
            "sql-wconn-query INSERT",
            "sql-wconn"
        ]
    );
    let query = &watched.of("sql-wconn-query")[0];
    assert_eq!(query["table"], "goods");
}

#[test]
#[ignore = "needs postgres: cargo xtask integration-test"]
fn rows_loaded_one_by_one_are_counted_and_their_error_recorded() {
    let watched = TestMonitor::new();
    let mut conn = shop(&watched, 1..4);
    let rows = goods::table
        .load_iter::<Good, PgRowByRowLoadingMode>(&mut conn)
        .unwrap();
    assert_eq!(rows.filter(QueryResult::is_ok).count(), 3);
    let failing = diesel::select(diesel::dsl::sql::<diesel::sql_types::Integer>(
        "1 / (3 - generate_series(1, 5))",
    ));
    let rows: Vec<QueryResult<i32>> = failing
        .load_iter::<i32, PgRowByRowLoadingMode>(&mut conn)
        .unwrap()
        .take(3)
        .collect();
    assert!(rows[1].is_ok() && rows[2].is_err(), "{rows:?}");
    drop(conn);
    let queries = watched.of("sql-wconn-query");
    assert_eq!(queries[0]["gomon:outcome"], "ok");
    assert_eq!(queries[1]["gomon:outcome"], "error");
    let rows = watched.of("sql-wrows");
    assert_eq!(
        (&rows[0]["row-count"], &rows[1]["row-count"]),
        (&3.into(), &2.into())
    );
}

#[test]
#[ignore = "needs postgres: cargo xtask integration-test"]
fn errors_have_their_sqlstate_if_diesel_knows_it() {
    let watched = TestMonitor::new();
    let mut conn = shop(&watched, 1..2);
    let insert = diesel::insert_into(goods::table).values((
        goods::id.eq(2),
        goods::name.eq("good 1"),
        goods::price.eq(0),
    ));
    let twice = insert.execute(&mut conn);
    let Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, info)) = twice else {
        panic!("{twice:?}")
    };
    assert_eq!(info.table_name(), Some("goods"));
    assert!(info.details().unwrap().contains("good 1"));
    drop(conn);
    let failed = watched.one("sql-wconn-exec");
    assert_eq!(failed["sqlstate"], "23505");
    assert_eq!(failed["error"][0]["type"], "diesel::UniqueViolation");
    assert!(!failed.to_string().contains("good 1"), "{failed}");
}

#[test]
#[ignore = "needs postgres: cargo xtask integration-test"]
fn requested_isolation_is_recorded() {
    let watched = TestMonitor::new();
    let mut conn = shop(&watched, 1..2);
    conn.build_transaction()
        .serializable()
        .read_only()
        .run(|conn| goods::table.count().get_result::<i64>(conn))
        .unwrap();
    drop(conn);
    let transaction = watched.one("conn-begintx");
    assert_eq!(transaction["isolation"], "serializable");
    assert_eq!(transaction["end"], "commit");
    assert_eq!(watched.one("sql-wconn-query")["parent"], transaction["id"]);
}

#[test]
#[ignore = "needs postgres: cargo xtask integration-test"]
fn savepoint_restores_a_failed_transaction() {
    let watched = TestMonitor::new();
    let mut conn = shop(&watched, 1..2);
    conn.transaction(|conn| {
        let failed = conn.transaction(|conn| {
            diesel::insert_into(goods::table)
                .values(good(1))
                .execute(conn)
        });
        assert!(failed.is_err());
        goods::table.count().get_result::<i64>(conn)
    })
    .unwrap();
    // The failed commit was rolled back.
    let deferred = conn.transaction(|conn| {
        conn.batch_execute(
            "CREATE TEMPORARY TABLE part (good INT REFERENCES goods DEFERRABLE INITIALLY DEFERRED); \
             INSERT INTO part VALUES (99)",
        )
    });
    assert!(deferred.is_err());
    drop(conn);
    let ends: Vec<_> = watched.of("conn-begintx");
    let recorded = |at: usize, key: &str| ends[at][key].clone();
    assert_eq!(
        (recorded(0, "end"), recorded(0, "depth")),
        ("rollback".into(), 2.into())
    );
    assert_eq!(
        (recorded(1, "end"), recorded(1, "depth")),
        ("commit".into(), 1.into())
    );
    assert_eq!(
        (recorded(2, "end"), recorded(2, "gomon:outcome")),
        ("rollback".into(), "error".into())
    );
    assert_eq!(recorded(2, "sqlstate"), "23503");
}

/// A transaction whose failed statement the program ignores, or repeats in a savepoint, and commits.
fn ignore_an_error<C>(conn: &mut C, in_savepoint: bool)
where
    C: diesel::connection::LoadConnection<Backend = diesel::pg::Pg>,
{
    let insert = |conn: &mut C, id| {
        let values = diesel::insert_into(goods::table).values(good(id));
        values.execute(conn)
    };
    let committed = conn.transaction(|conn| {
        insert(conn, 2)?;
        match in_savepoint {
            true => conn.transaction(|conn| insert(conn, 1)).unwrap_err(),
            false => insert(conn, 1).unwrap_err(),
        };
        QueryResult::Ok(())
    });
    assert_eq!(committed, Ok(()));
    let count = goods::table.count().get_result::<i64>(conn);
    assert_eq!(count, Ok(if in_savepoint { 2 } else { 1 }));
}

/// Returns end and outcome of the outermost transaction.
fn committed(watched: &TestMonitor) -> (serde_json::Value, serde_json::Value) {
    let transaction = watched.of("conn-begintx").pop().unwrap();
    (
        transaction["end"].clone(),
        transaction["gomon:outcome"].clone(),
    )
}

#[test]
#[ignore = "needs postgres: cargo xtask integration-test"]
fn commit_after_an_error_is_recorded_as_the_rollback_that_it_was() {
    for (in_savepoint, expected) in [(false, ("rollback", "error")), (true, ("commit", "ok"))] {
        let expected = (expected.0.into(), expected.1.into());
        let watched = TestMonitor::new();
        let mut conn = shop(&watched, 1..2);
        ignore_an_error(&mut conn, in_savepoint);
        drop(conn);
        assert_eq!(committed(&watched), expected);

        let watched = TestMonitor::new();
        let mut conn = PgConnection::establish(&url()).unwrap();
        furnish(&mut conn, 1..2);
        let instrumentation = MonitoringInstrumentation::new().with_dsn(&url());
        conn.set_instrumentation(instrumentation.with_monitor(watched.monitor()));
        ignore_an_error(&mut conn, in_savepoint);
        drop(conn);
        assert_eq!(committed(&watched), expected);
    }
}

#[test]
#[ignore = "needs postgres: cargo xtask integration-test"]
fn copy_that_bypasses_the_wrapper_is_recorded() {
    let watched = TestMonitor::new();
    let mut conn = shop(&watched, 1..2);
    let inner: &mut PgConnection = &mut conn;
    let copied = diesel::copy_from(goods::table)
        .from_raw_data(goods::table, |copy| {
            let written = std::io::Write::write_all(copy, b"2,two,20\n3,three,30\n");
            written.map_err(|error| Error::SerializationError(error.into()))
        })
        .with_format(diesel::pg::CopyFormat::Csv)
        .execute(inner);
    assert_eq!(copied, Ok(2));
    drop(conn);
    assert_eq!(watched.one("sql-wconn-exec")["operation"], "COPY");
}

#[test]
#[ignore = "needs postgres: cargo xtask integration-test"]
fn statement_timeout_is_an_error_and_the_connection_stays_usable() {
    let watched = TestMonitor::new();
    let mut conn = connect(&watched);
    conn.batch_execute("SET statement_timeout = 50").unwrap();
    let slept = diesel::sql_query("SELECT pg_sleep(10)").execute(&mut conn);
    assert!(slept.unwrap_err().to_string().contains("statement timeout"));
    assert!(diesel::sql_query("SELECT 1").execute(&mut conn).is_ok());
    drop(conn);
    let outcomes: Vec<_> = watched.of("sql-wconn-exec");
    assert_eq!(outcomes[1]["gomon:outcome"], "error");
    assert!(outcomes[1]["gomon:lapsed"].as_u64().unwrap() >= 50_000_000);
    assert_eq!(outcomes[2]["gomon:outcome"], "ok");
}

#[test]
#[ignore = "needs postgres: cargo xtask integration-test"]
fn connections_fail_like_those_of_bare_diesel() {
    let wrong = url().replacen('@', "-not@", 1);
    let unreachable = "postgres://shop:topsecret@127.0.0.1:1/orders";
    let nonsense = "postgres://[::1:5432";
    for url in [wrong.as_str(), unreachable, nonsense, "\0"] {
        let bare = PgConnection::establish(url).err().unwrap();
        let wrapped = Conn::establish(url).err().unwrap();
        assert_eq!(bare, wrapped);
    }
}

#[test]
fn unreachable_server_is_recorded_without_secrets() {
    let watched = TestMonitor::new();
    let url = "postgres://shop:topsecret@127.0.0.1:1/orders?password=topsecret";
    let pool = Pool::builder()
        .max_size(1)
        .connection_timeout(Duration::from_millis(200))
        .error_handler(Box::new(diesel::r2d2::NopErrorHandler))
        .build_unchecked(ConnectionManager::<PgConnection>::new(url));
    let pool = MonitoredPool::new(pool)
        .with_monitor(watched.monitor())
        .with_dsn(url);
    assert!(pool.get().is_err());
    assert!(!format!("{pool:?}").contains("topsecret"), "{pool:?}");
    let checkout = watched.one("sql-wconn");
    assert_eq!(checkout["gomon:outcome"], "error");
    assert_eq!(checkout["dsn"], "postgres://127.0.0.1:1/orders");
    let recorded = checkout.to_string();
    assert!(!recorded.contains("topsecret"), "{recorded}");
}

#[test]
#[ignore = "needs postgres: cargo xtask integration-test"]
fn exhausted_pool_and_its_wait_are_recorded() {
    server::exhausted_pool::<PgConnection>(Service::POSTGRES);
}

#[test]
#[ignore = "needs postgres: cargo xtask integration-test"]
fn a_thousand_concurrent_transactions_each_have_their_own_parent() {
    server::thousand_transactions::<PgConnection>(Service::POSTGRES, |conn, number| {
        diesel::select(number.into_sql::<diesel::sql_types::Integer>()).get_result(conn)
    });
}

#[test]
#[ignore = "needs postgres, control: cargo xtask integration-test"]
fn stopped_server_is_an_error_and_recording_resumes_after_its_restart() {
    let sleep = "SELECT pg_sleep(60)";
    server::stops_mid_query::<PgConnection>(Service::POSTGRES, sleep, |conn| {
        let asleep = "(SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)' AND state = 'active')";
        let asleep = diesel::dsl::sql::<diesel::sql_types::BigInt>(asleep);
        diesel::select(asleep).get_result(conn).unwrap()
    });
}

#[test]
#[ignore = "needs postgres: cargo xtask integration-test"]
fn rows_and_columns_are_recorded_on_request() {
    let watched = TestMonitor::new();
    let config = SqlConfig::default().with_rows(1).with_columns(true);
    let mut conn = connect(&watched).with_config(config);
    let query = "SELECT 1::int2 AS a, 2::int4 AS b, 3::int8 AS c, 1.5::float8 AS d, true AS e, 'tea'::text AS f, \
                 NULL::text AS g, '\\x00ff'::bytea AS h, '{\"x\": 1}'::jsonb AS i, $1 AS j";
    let query = diesel::sql_query(query).bind::<diesel::sql_types::BigInt, _>(7_i64);
    diesel::connection::LoadConnection::<PgRowByRowLoadingMode>::load(&mut conn, query)
        .unwrap()
        .for_each(drop);
    let rows = watched.one("sql-wrows");
    assert_eq!(
        rows["columns"],
        json!(["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"])
    );
    assert_eq!(
        rows["rows"],
        json!([[1, 2, 3, 1.5, true, "tea", null, {"base64": "AP8="}, "{\"x\": 1}", 7]])
    );
}

#[test]
#[ignore = "needs postgres: cargo xtask integration-test"]
fn wrapper_implements_what_its_connection_does_for_each_way_of_loading() {
    fn loads<B, C: diesel::connection::LoadConnection<B>>(_: &C) {}
    let watched = TestMonitor::new();
    let mut conn = connect(&watched);
    loads::<diesel::connection::DefaultLoadingMode, _>(&conn);
    loads::<PgRowByRowLoadingMode, _>(&conn);
    let one = diesel::select(diesel::dsl::sql::<diesel::sql_types::Integer>("1"));
    let rows = diesel::connection::LoadConnection::<diesel::connection::DefaultLoadingMode>::load(
        &mut conn, one,
    )
    .unwrap();
    assert_eq!(rows.len(), 1);
}
