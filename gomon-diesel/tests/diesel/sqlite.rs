//! Queries, rows and transactions on SQLite.

use std::sync::{Arc, Mutex};

use diesel::connection::{Instrumentation, InstrumentationEvent, SimpleConnection as _};
use diesel::deserialize::FromSql;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use diesel::sqlite::SqliteConnection;
use gomon_core::{Monitor, suppressed};
use gomon_diesel::{MonitoredConnection, MonitoringInstrumentation};

use crate::support::{Good, good, goods};
use gomon_test::TestMonitor;

pub(crate) fn furnish(conn: &mut impl diesel::connection::SimpleConnection) {
    conn.batch_execute(
        "CREATE TABLE goods (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, price INTEGER NOT NULL)",
    )
    .unwrap();
}

/// A connection to a shop in memory with these goods, before anything was recorded.
pub(crate) fn shop(
    watched: &TestMonitor,
    ids: std::ops::Range<i32>,
) -> MonitoredConnection<SqliteConnection> {
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    furnish(&mut conn);
    for id in ids {
        diesel::insert_into(goods::table)
            .values(good(id))
            .execute(&mut conn)
            .unwrap();
    }
    MonitoredConnection::new(conn).with_monitor(watched.monitor())
}

#[test]
fn query_and_its_rows_are_two_events_below_their_connection() {
    let watched = TestMonitor::new();
    let mut conn = shop(&watched, 1..4);
    let found: Vec<i32> = goods::table
        .filter(goods::price.gt(10))
        .select(goods::id)
        .load(&mut conn)
        .unwrap();
    assert_eq!(found, [2, 3]);
    drop(conn);
    let [connection, query, rows] =
        ["sql-wconn", "sql-wconn-query", "sql-wrows"].map(|fingerprint| watched.one(fingerprint));
    assert_eq!(connection["driver"], "sqlite");
    assert!(connection["dsn"].is_null(), "no connection string was set");
    assert_eq!(query["parent"], connection["id"]);
    assert_eq!(query["operation"], "SELECT");
    assert_eq!(
        query["query"],
        "SELECT `goods`.`id` FROM `goods` WHERE (`goods`.`price` > ?)"
    );
    assert_eq!(rows["parent"], query["id"]);
    assert_eq!(rows["row-count"], 2);
    for event in [connection, query, rows] {
        assert_eq!(event["gomon:outcome"], "ok", "{event}");
    }
}

#[test]
fn executed_statement_records_the_number_of_changed_rows() {
    let watched = TestMonitor::new();
    let mut conn = shop(&watched, 1..4);
    let changed = diesel::update(goods::table)
        .set(goods::price.eq(0))
        .execute(&mut conn);
    assert_eq!(changed, Ok(3));
    drop(conn);
    let update = watched.one("sql-wconn-exec");
    assert_eq!(update["operation"], "UPDATE");
    assert_eq!(update["rows-aff"], 3);
    assert_eq!(update["gomon:outcome"], "ok");
}

#[test]
fn statement_belongs_to_the_trace_of_the_request_that_sends_it() {
    let watched = TestMonitor::new();
    let mut conn = shop(&watched, 1..2);
    // Begins the connection's event outside of the request.
    conn.batch_execute("PRAGMA user_version").unwrap();
    let mut request = watched.root();
    let id = request.id().to_string();
    request.scope(|| goods::table.count().get_result::<i64>(&mut conn).unwrap());
    request.finish();
    drop(conn);
    let query = watched.one("sql-wconn-query");
    assert_eq!(query["trace"], watched.one("request")["trace"]);
    assert_eq!(query["parent"], id.as_str());
    assert_eq!(query["connection"], watched.one("sql-wconn")["id"]);
}

#[test]
fn transactions_and_savepoints_record_depth_and_end() {
    let watched = TestMonitor::new();
    let mut conn = shop(&watched, 1..1);
    conn.transaction(|conn| {
        diesel::insert_into(goods::table)
            .values(good(1))
            .execute(conn)?;
        let undone = conn.transaction(|conn| {
            diesel::insert_into(goods::table)
                .values(good(2))
                .execute(conn)?;
            Err::<(), _>(Error::RollbackTransaction)
        });
        assert_eq!(undone, Err(Error::RollbackTransaction));
        QueryResult::Ok(())
    })
    .unwrap();
    assert_eq!(goods::table.count().get_result(&mut conn), Ok(1_i64));
    drop(conn);
    let transactions = watched.of("conn-begintx");
    let [savepoint, outer] = &transactions[..] else {
        panic!("{transactions:#?}")
    };
    assert_eq!(
        (&savepoint["depth"], &outer["depth"]),
        (&2.into(), &1.into())
    );
    assert_eq!(savepoint["end"], "rollback");
    assert_eq!(outer["end"], "commit");
    assert_eq!(savepoint["parent"], outer["id"]);
    assert_eq!(outer["parent"], watched.one("sql-wconn")["id"]);
    let inserts = watched.of("sql-wconn-exec");
    assert_eq!(inserts.len(), 2, "BEGIN and the like are no statements");
    assert_eq!(inserts[0]["parent"], outer["id"]);
    assert_eq!(inserts[1]["parent"], savepoint["id"]);
    for event in inserts.iter().chain(&transactions) {
        assert_eq!(event["gomon:outcome"], "ok", "{event}");
    }
}

#[test]
fn transaction_of_a_panic_is_dropped() {
    let watched = TestMonitor::new();
    let mut conn = shop(&watched, 1..1);
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _: QueryResult<()> = conn.transaction(|conn| {
            diesel::delete(goods::table).execute(conn)?;
            panic!("by intent")
        });
    }));
    assert!(panic.is_err());
    drop(conn);
    let transaction = watched.one("conn-begintx");
    assert_eq!(transaction["end"], "dropped");
    assert_eq!(transaction["gomon:outcome"], "cancelled");
}

#[test]
fn transaction_that_a_panic_unwinds_with_its_connection_is_a_panic() {
    let watched = TestMonitor::new();
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let mut conn = shop(&watched, 1..1);
        let _: QueryResult<()> = conn.transaction(|_| std::panic::resume_unwind(Box::new(())));
    }));
    assert!(panic.is_err());
    let transaction = watched.one("conn-begintx");
    assert_eq!(transaction["end"], "dropped");
    assert_eq!(transaction["gomon:outcome"], "panic");
    watched.assert_settled();
}

#[test]
fn statements_below_a_tracker_belong_to_its_monitor() {
    let watched = TestMonitor::new();
    let mut request = watched.root();
    let id = request.id().to_string();
    let establish = || MonitoredConnection::<SqliteConnection>::establish(":memory:").unwrap();
    let mut outside = establish();
    let mut inside = request.scope(|| {
        furnish(&mut outside);
        establish()
    });
    // Without a current event, the connection is the parent.
    furnish(&mut inside);
    inside
        .transaction(|conn| conn.batch_execute("PRAGMA user_version"))
        .unwrap();
    // Nothing is current, and no monitor was started.
    let mut unseen = establish();
    furnish(&mut unseen);
    drop((outside, inside, unseen, request));
    let connection = watched.one("sql-wconn");
    assert_eq!(connection["parent"], id.as_str());
    let transaction = watched.one("conn-begintx");
    assert_eq!(transaction["parent"], connection["id"]);
    let statements = watched.of("sql-wconn-exec");
    let parents: Vec<_> = statements.iter().map(|event| &event["parent"]).collect();
    // A connection that was opened without a monitor is never a parent.
    assert_eq!(
        parents,
        [&id.as_str().into(), &connection["id"], &transaction["id"]]
    );
    watched.assert_settled();
}

#[test]
fn test_transaction_is_rolled_back() {
    let watched = TestMonitor::new();
    let mut conn = shop(&watched, 1..1);
    conn.test_transaction(|conn| {
        diesel::insert_into(goods::table)
            .values(good(1))
            .execute(conn)
    });
    assert_eq!(goods::table.count().get_result(&mut conn), Ok(0_i64));
    conn.begin_test_transaction().unwrap();
    drop(conn);
    let ends = watched.of("conn-begintx");
    assert_eq!(ends[0]["end"], "rollback");
    assert_eq!(ends[1]["end"], "dropped");
}

#[test]
fn transaction_that_the_database_ended_is_over() {
    let watched = TestMonitor::new();
    let mut conn = shop(&watched, 1..1);
    let broken = conn.transaction(|conn| conn.batch_execute("ROLLBACK"));
    assert!(broken.is_err());
    let fine = conn.transaction(|conn| conn.batch_execute("PRAGMA user_version"));
    assert!(fine.is_ok(), "{fine:?}");
    drop(conn);
    let ends = watched.of("conn-begintx");
    assert_eq!(ends.len(), 2);
    assert_eq!(ends[0]["gomon:outcome"], "error");
    assert_eq!(
        (&ends[1]["end"], &ends[1]["depth"]),
        (&"commit".into(), &1.into())
    );
}

#[test]
fn errors_pass_unchanged_and_are_recorded_with_their_kind() {
    let watched = TestMonitor::new();
    let mut conn = shop(&watched, 1..2);
    let twice = diesel::insert_into(goods::table)
        .values(good(1))
        .execute(&mut conn);
    assert!(matches!(
        twice,
        Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _))
    ));
    drop(conn);
    let insert = watched.one("sql-wconn-exec");
    assert_eq!(insert["gomon:outcome"], "error");
    assert_eq!(insert["error"][0]["type"], "diesel::UniqueViolation");
}

#[test]
fn missing_row_is_not_an_error() {
    let watched = TestMonitor::new();
    let mut conn = shop(&watched, 1..1);
    let none = goods::table.find(7).first::<Good>(&mut conn);
    assert_eq!(none, Err(Error::NotFound));
    drop(conn);
    assert_eq!(watched.one("sql-wconn-query")["gomon:outcome"], "ok");
    assert_eq!(watched.one("sql-wrows")["row-count"], 0);
}

#[test]
fn first_row_alone_completes_the_query() {
    let watched = TestMonitor::new();
    let mut conn = shop(&watched, 1..4);
    let first: Good = goods::table.order(goods::id).get_result(&mut conn).unwrap();
    assert_eq!(first, good(1));
    drop(conn);
    assert_eq!(watched.one("sql-wconn-query")["gomon:outcome"], "ok");
    assert_eq!(watched.one("sql-wrows")["row-count"], 1);
}

#[test]
fn rows_dropped_after_the_first_are_ok_and_before_it_cancelled() {
    for (taken, outcome) in [(0, "cancelled"), (1, "ok"), (2, "ok")] {
        let watched = TestMonitor::new();
        let mut conn = shop(&watched, 1..10);
        let rows = goods::table
            .load_iter::<Good, diesel::connection::DefaultLoadingMode>(&mut conn)
            .unwrap();
        assert_eq!(rows.take(taken).count(), taken);
        drop(conn);
        assert_eq!(watched.one("sql-wconn-query")["gomon:outcome"], outcome);
        for rows in watched.of("sql-wrows") {
            assert_eq!(rows["row-count"], taken);
            assert_eq!(rows["gomon:outcome"], outcome);
        }
    }
}

/// A number that is not 2.
#[derive(Debug, diesel::deserialize::FromSqlRow)]
struct NotTwo;

impl FromSql<diesel::sql_types::Integer, diesel::sqlite::Sqlite> for NotTwo {
    fn from_sql(
        bytes: diesel::sqlite::SqliteValue<'_, '_, '_>,
    ) -> diesel::deserialize::Result<Self> {
        match <i32 as FromSql<diesel::sql_types::Integer, diesel::sqlite::Sqlite>>::from_sql(bytes)?
        {
            2 => Err("two".into()),
            _ => Ok(Self),
        }
    }
}

#[test]
fn row_that_cannot_be_converted_does_not_cancel_its_query() {
    let watched = TestMonitor::new();
    let mut conn = shop(&watched, 1..4);
    for first in [1, 2] {
        let ids = goods::table.select(goods::id).filter(goods::id.ge(first));
        let loaded = ids.order(goods::id).load::<NotTwo>(&mut conn);
        assert!(matches!(loaded, Err(Error::DeserializationError(_))));
    }
    drop(conn);
    for query in watched.of("sql-wconn-query") {
        assert_eq!(query["gomon:outcome"], "ok", "{query}");
    }
    assert_eq!(watched.of("sql-wrows").len(), 2);
}

#[test]
fn transaction_that_only_read_is_ok_when_it_is_dropped() {
    let watched = TestMonitor::new();
    let mut conn = shop(&watched, 1..4);
    conn.begin_test_transaction().unwrap();
    assert_eq!(goods::table.count().get_result(&mut conn), Ok(3_i64));
    drop(conn);
    let transaction = watched.one("conn-begintx");
    assert_eq!(transaction["end"], "dropped");
    assert_eq!(transaction["gomon:outcome"], "ok");
}

#[test]
fn error_among_the_rows_belongs_to_the_query() {
    let watched = TestMonitor::new();
    let mut conn = shop(&watched, 1..2);
    let overflow = diesel::sql_query("SELECT abs(-9223372036854775807 - 1) AS id");
    let failed = overflow.execute(&mut conn);
    assert!(failed.is_err());
    let failed = diesel::select(diesel::dsl::sql::<diesel::sql_types::BigInt>(
        "abs(-9223372036854775807 - 1)",
    ))
    .load::<i64>(&mut conn);
    assert!(failed.is_err());
    drop(conn);
    let query = watched.one("sql-wconn-query");
    assert_eq!(query["gomon:outcome"], "error", "{query}");
    assert_eq!(query["error"][0]["type"], "diesel::DatabaseError");
}

#[test]
fn queries_that_bypass_the_wrapper_are_recorded_by_the_instrumentation() {
    let watched = TestMonitor::new();
    let mut conn = shop(&watched, 1..2);
    let changed: Good = (&Good {
        price: 7,
        ..good(1)
    })
        .save_changes(&mut conn)
        .unwrap();
    assert_eq!(changed.price, 7);
    conn.immediate_transaction(|conn| goods::table.count().get_result::<i64>(conn))
        .unwrap();
    drop(conn);
    assert_eq!(
        watched.story(),
        [
            "sql-wconn-exec UPDATE",
            "sql-wconn-query SELECT",
            "sql-wconn-query SELECT",
            "conn-begintx commit",
            "sql-wconn",
        ]
    );
    let transaction = watched.one("conn-begintx");
    assert_eq!(transaction["isolation"], "immediate");
    let counted = watched.of("sql-wconn-query").remove(1);
    assert_eq!(counted["parent"], transaction["id"]);
}

#[test]
fn instrumentation_of_the_user_receives_all_events_and_is_found_again() {
    #[derive(Default)]
    struct Listening(Arc<Mutex<Vec<String>>>);
    impl Instrumentation for Listening {
        fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
            if let InstrumentationEvent::StartQuery { query, .. } = event {
                self.0.lock().unwrap().push(query.to_string());
            }
        }
    }

    for set_before in [true, false] {
        let watched = TestMonitor::new();
        let heard = Arc::default();
        let mut inner = SqliteConnection::establish(":memory:").unwrap();
        if set_before {
            inner.set_instrumentation(Listening(Arc::clone(&heard)));
        }
        let mut conn = MonitoredConnection::new(inner).with_monitor(watched.monitor());
        if !set_before {
            conn.set_instrumentation(Listening(Arc::clone(&heard)));
        }
        assert!(conn.instrumentation().is::<Listening>());
        furnish(&mut conn);
        diesel::insert_into(goods::table)
            .values(good(1))
            .execute(&mut conn)
            .unwrap();
        drop(conn);
        let heard = heard.lock().unwrap();
        assert_eq!(heard.len(), 2, "{heard:?}");
        assert!(heard[1].contains("-- binds: [1, \"good 1\", 10]"));
        let story = watched.story();
        assert_eq!(story[1..], ["sql-wconn-exec INSERT 1", "sql-wconn"]);
    }
}

#[test]
fn instrumentation_alone_records_queries_and_transactions() {
    let watched = TestMonitor::new();
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    furnish(&mut conn);
    let ours = MonitoringInstrumentation::new()
        .with_monitor(watched.monitor())
        .with_dsn("/var/shop.db");
    conn.set_instrumentation(ours);
    conn.transaction(|conn| {
        diesel::insert_into(goods::table)
            .values(good(1))
            .execute(conn)
    })
    .unwrap();
    let wrong = conn.transaction(|conn| {
        diesel::insert_into(goods::table)
            .values(good(1))
            .execute(conn)
    });
    assert!(wrong.is_err());
    drop(conn);
    assert_eq!(
        watched.story(),
        [
            "sql-wconn-exec INSERT",
            "conn-begintx commit",
            "sql-wconn-exec INSERT error",
            "conn-begintx rollback",
            "sql-wconn",
        ]
    );
    assert_eq!(watched.one("sql-wconn")["driver"], "sqlite");
}

#[test]
fn failed_connection_returns_the_error_of_diesel() {
    let missing = "/nowhere/at/all/shop.db";
    let bare = SqliteConnection::establish(missing).err().unwrap();
    let watched = MonitoredConnection::<SqliteConnection>::establish(missing)
        .err()
        .unwrap();
    assert_eq!(bare, watched);
}

#[test]
fn disabled_and_suppressed_record_nothing() {
    let watched = TestMonitor::new();
    let mut conn = shop(&watched, 1..2);
    suppressed(|| goods::table.count().get_result::<i64>(&mut conn).unwrap());
    watched.monitor().disable();
    conn.transaction(|conn| goods::table.count().get_result::<i64>(conn))
        .unwrap();
    watched.monitor().enable();
    drop(conn);
    assert_eq!(watched.story(), [""; 0]);
}

#[test]
fn monitor_that_starts_within_a_transaction_records_later_statements() {
    let watched = TestMonitor::new();
    let mut conn = shop(&watched, 1..2);
    watched.monitor().disable();
    conn.transaction(|conn| {
        watched.monitor().enable();
        conn.transaction(|conn| goods::table.count().get_result::<i64>(conn))
    })
    .unwrap();
    drop(conn);
    assert_eq!(
        watched.story(),
        [
            "sql-wrows 1",
            "sql-wconn-query SELECT",
            "conn-begintx commit",
            "sql-wconn"
        ]
    );
}

#[test]
fn same_type_of_query_has_the_same_text_each_time() {
    let watched = TestMonitor::new();
    let mut conn = shop(&watched, 1..4);
    for id in 1..4 {
        let found: Good = goods::table.find(id).first(&mut conn).unwrap();
        assert_eq!(found, good(id));
    }
    for ids in [vec![1], vec![1, 2, 3]] {
        let found: Vec<i32> = goods::table
            .select(goods::id)
            .filter(goods::id.eq_any(&ids))
            .load(&mut conn)
            .unwrap();
        assert_eq!(found, ids);
    }
    drop(conn);
    let queries = watched.of("sql-wconn-query");
    assert_eq!(queries[0]["query"], queries[2]["query"]);
    assert_eq!(queries[0]["query-fp"], queries[2]["query-fp"]);
    assert_ne!(queries[0]["query-fp"], queries[3]["query-fp"]);
}

#[test]
fn migrations_run_and_are_recorded() {
    use diesel_migrations::{FileBasedMigrations, MigrationHarness};

    let folder = std::env::temp_dir().join(format!("gomon-migrations-{}", std::process::id()));
    let one = folder.join("2026-01-01-000000_goods");
    std::fs::create_dir_all(&one).unwrap();
    std::fs::write(
        one.join("up.sql"),
        "CREATE TABLE a (b INT); INSERT INTO a VALUES (4711);",
    )
    .unwrap();
    let watched = TestMonitor::new();
    let inner = SqliteConnection::establish(":memory:").unwrap();
    let mut conn = MonitoredConnection::new(inner).with_monitor(watched.monitor());
    let migrations = FileBasedMigrations::from_path(&folder).unwrap();
    let run = conn.run_pending_migrations(migrations).unwrap().len();
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(run, 1);
    drop(conn);
    let story = watched.story();
    assert!(
        story.contains(&"conn-begintx commit".to_owned()),
        "{story:#?}"
    );
    let ran = watched.of("sql-wconn-exec");
    assert!(
        ran.iter().any(|event| event["query"]
            .as_str()
            .unwrap()
            .starts_with("CREATE TABLE a")),
        "{ran:#?}"
    );
    assert!(!format!("{:?}", watched.events()).contains("4711"));
}

#[derive(diesel::MultiConnection)]
enum Any {
    Sqlite(Sqlite),
    Postgres(Postgres),
}
type Sqlite = MonitoredConnection<SqliteConnection>;
type Postgres = MonitoredConnection<PgConnection>;

#[test]
fn one_of_many_connections_may_be_watched() {
    let watched = TestMonitor::new();
    let mut conn = Any::Sqlite(shop(&watched, 1..3));
    assert_eq!(goods::table.count().get_result(&mut conn), Ok(2_i64));
    drop(conn);
    assert_eq!(watched.one("sql-wrows")["row-count"], 1);
}

#[test]
fn wrappers_are_send_and_their_debug_hides_secrets() {
    fn is_send<T: Send>() {}
    is_send::<MonitoredConnection<SqliteConnection>>();
    is_send::<MonitoringInstrumentation>();
    let inner = SqliteConnection::establish(":memory:").unwrap();
    let conn = MonitoredConnection::new(inner)
        .with_monitor(Monitor::noop())
        .with_dsn("postgres://shop:topsecret@db/orders");
    assert!(!format!("{conn:?}").contains("topsecret"));
}

#[test]
fn settings_of_an_open_connection_keep_its_one_event() {
    let watched = TestMonitor::new();
    let conn = SqliteConnection::establish(":memory:").unwrap();
    let mut conn = MonitoredConnection::new(conn).with_monitor(watched.monitor());
    conn.batch_execute("SELECT 1").unwrap();
    let mut conn = conn
        .with_config(gomon_diesel::SqlConfig::default().with_rows(1))
        .with_dsn("shop.db");
    conn.batch_execute("SELECT 2").unwrap();
    drop(conn);
    let connection = watched.one("sql-wconn");
    assert_eq!(connection["dsn"], "sqlite:shop.db");
    for statement in watched.of("sql-wconn-exec") {
        assert_eq!(statement["parent"], connection["id"]);
    }
    watched.assert_settled();
}
