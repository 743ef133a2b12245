//! Recording without a database library.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use gomon_core::{Monitor, suppressed};
use gomon_sql::recording::{
    Cell, ConnectionEvent, Database, Failure, Scope, StatementKind, TransactionEnd,
};
use gomon_sql::{Dialect, Setup, SqlConfig};
use gomon_test::TestMonitor;
use serde_json::{Value as Json, json};

struct Bench {
    test: TestMonitor,
    database: Database,
}

impl Bench {
    fn new(config: SqlConfig) -> Self {
        Self::of(Dialect::PostgreSql, config)
    }

    fn of(dialect: Dialect, config: SqlConfig) -> Self {
        let test = TestMonitor::new();
        let setup = Setup::new()
            .with_monitor(test.monitor())
            .with_config(config.with_profile(false));
        let dsn = "postgres://shop:hunter2@db:5432/orders?password=hunter2";
        Self {
            test,
            database: Database::new(setup, dialect, dsn),
        }
    }

    fn monitor(&self) -> Monitor {
        self.test.monitor()
    }

    fn checkout(&self) -> ConnectionEvent {
        let mut connection = ConnectionEvent::begin(&self.database);
        connection.acquired();
        connection
    }

    /// The events, in the order of their ends.
    fn events(&self, count: usize) -> Vec<Json> {
        let events = self.test.events();
        assert_eq!(events.len(), count, "{events:?}");
        events
    }
}

fn find<'a>(events: &'a [Json], fingerprint: &str) -> &'a Json {
    events
        .iter()
        .find(|event| event["gomon:fp"] == fingerprint)
        .unwrap_or_else(|| panic!("no {fingerprint} in {events:#?}"))
}

#[test]
fn statement_is_recorded_without_literals_and_with_its_rows() {
    let bench = Bench::new(SqlConfig::default());
    let connection = bench.checkout();
    let sql = "SELECT name FROM goods WHERE owner = 'hunter2'";
    let mut query = connection.scope().statement(StatementKind::Query, sql);
    for _ in 0..3 {
        assert!(!query.row());
    }
    query.set_affected(3);
    query.complete();
    drop(connection);
    let events = bench.events(3);
    let (rows, query, connection) = (&events[0], &events[1], &events[2]);
    assert_eq!(connection["gomon:fp"], "sql-wconn");
    assert_eq!(connection["gomon:outcome"], "ok");
    assert_eq!(connection["driver"], "postgresql");
    assert_eq!(connection["dsn"], "postgres://db:5432/orders");
    assert!(connection["wait"].is_u64());
    assert_eq!(query["gomon:fp"], "sql-wconn-query");
    assert_eq!(query["parent"], connection["id"]);
    assert_eq!(query["query"], "SELECT name FROM goods WHERE owner = ?");
    assert_eq!(query["operation"], "SELECT");
    assert_eq!(query["rows-aff"], 3);
    assert_eq!(query["gomon:outcome"], "ok");
    assert_eq!(rows["gomon:fp"], "sql-wrows");
    assert_eq!(rows["parent"], query["id"]);
    assert_eq!(rows["row-count"], 3);
    assert!(!format!("{events:?}").contains("hunter2"), "{events:#?}");
}

#[test]
fn rows_columns_and_params_are_kept_on_request_only() {
    let config = SqlConfig::default()
        .with_rows(2)
        .with_columns(true)
        .with_params(true)
        .with_value_bytes(5);
    let bench = Bench::new(config);
    let scope = Scope::without_connection(&bench.database);
    let mut query = scope.statement(StatementKind::Query, "SELECT * FROM users WHERE id > $1");
    assert!(query.wants_params());
    query.set_params([Cell::from(7), "long text".into(), Cell::Null]);
    let mut kept = 0;
    for id in 0..4 {
        if query.row() {
            kept += 1;
            query.keep_row(
                &["id", "password", "photo"],
                [id.into(), "hunter2".into(), Cell::binary(b"123456")],
            );
        }
    }
    assert_eq!(kept, 2);
    query.complete();
    let events = bench.events(2);
    let (rows, query) = (&events[0], &events[1]);
    assert_eq!(query["params"], json!([7, "long ", null]));
    assert_eq!(rows["columns"], json!(["id", "password", "photo"]));
    let photo = json!({"base64": "MTIzNDU="});
    assert_eq!(
        rows["rows"],
        json!([[0, "[redacted]", photo], [1, "[redacted]", photo]])
    );
    assert_eq!(rows["row-count"], 4);
}

#[test]
fn nothing_is_kept_unless_configured() {
    let bench = Bench::new(SqlConfig::default());
    let scope = Scope::without_connection(&bench.database);
    let mut query = scope.statement(StatementKind::Query, "SELECT 1");
    assert!(!query.wants_params() && !query.row());
    query.set_params(["hunter2"]);
    query.keep_row(&["a"], ["hunter2"]);
    query.complete();
    let events = bench.events(2);
    assert!(!format!("{events:?}").contains("hunter2"), "{events:#?}");
    assert!(events[0].get("columns").is_none(), "{events:#?}");
}

#[test]
fn uuids_of_rows_and_parameters_are_kept() {
    let bench = Bench::new(SqlConfig::default().with_rows(1).with_params(true));
    let id = gomon_core::Id::from_parts(1, 2);
    let scope = Scope::without_connection(&bench.database);
    let mut query = scope.statement(
        StatementKind::Query,
        "SELECT owner FROM goods WHERE owner = $1",
    );
    query.set_params([id]);
    assert!(query.row());
    query.keep_row(&["owner"], [id]);
    query.complete();
    let events = bench.events(2);
    assert_eq!(events[0]["rows"], json!([[id.to_string()]]));
    assert_eq!(events[1]["params"], json!([id.to_string()]));
}

#[test]
fn statement_that_is_dropped_while_awaited_is_cancelled_with_the_rows_so_far() {
    let bench = Bench::new(SqlConfig::default());
    let scope = Scope::without_connection(&bench.database);
    let mut query = scope.statement(StatementKind::Query, "SELECT 1");
    let _ = (query.row(), query.row());
    query.awaited();
    drop(query);
    drop(scope.statement(StatementKind::Execute, "DELETE FROM cart"));
    let events = bench.events(3);
    assert_eq!(events[0]["row-count"], 2);
    for event in &events {
        assert_eq!(event["gomon:outcome"], "cancelled", "{event:#}");
    }
}

#[test]
fn statement_that_is_dropped_after_a_row_is_complete() {
    let bench = Bench::new(SqlConfig::default());
    let scope = Scope::without_connection(&bench.database);
    for rows in [1, 3] {
        let mut query = scope.statement(StatementKind::Query, "SELECT 1");
        for _ in 0..rows {
            query.awaited();
            let _ = query.row();
        }
    }
    let mut polled = scope.statement(StatementKind::Query, "SELECT 1");
    let _ = polled.row();
    let _ = polled.poll_in(|| std::task::Poll::<()>::Pending);
    drop(polled);
    let mut answered = scope.statement(StatementKind::Execute, "DELETE FROM t");
    answered.answered();
    drop(answered);
    let ends: Vec<_> = bench
        .events(7)
        .iter()
        .map(|event| event["gomon:outcome"].clone())
        .collect();
    assert_eq!(
        ends,
        ["ok", "ok", "ok", "ok", "cancelled", "cancelled", "ok"]
    );
}

#[test]
fn query_without_rows_has_an_empty_result_and_a_failed_one_none() {
    let bench = Bench::new(SqlConfig::default());
    let scope = Scope::without_connection(&bench.database);
    scope.statement(StatementKind::Query, "SELECT 1").complete();
    let mut query = scope.statement(StatementKind::Query, "SELECT 2");
    let message = r#"duplicate key in "hunter2""#;
    query.fail(&Failure::new(&message, "sqlx::Error").with_code("23505"));
    query.complete();
    let events = bench.events(3);
    assert_eq!(events[0]["row-count"], 0);
    assert_eq!(events[0]["gomon:outcome"], "ok");
    let failed = &events[2];
    assert_eq!(failed["gomon:outcome"], "error");
    assert_eq!(failed["sqlstate"], "23505");
    assert_eq!(failed["error"][0]["type"], "sqlx::Error");
    assert_eq!(failed["error"][0]["message"], "duplicate key in ?");
}

#[test]
fn transactions_nest_and_record_how_they_ended() {
    let bench = Bench::new(SqlConfig::default());
    let connection = bench.checkout();
    let mut outer = connection.transaction();
    outer.set_isolation("serializable");
    outer.begun();
    let mut savepoint = gomon_sql::recording::TransactionEvent::begin(outer.scope());
    savepoint.begun();
    let sql = "DELETE FROM cart";
    let delete = savepoint.scope().statement(StatementKind::Execute, sql);
    delete.complete();
    savepoint.end(TransactionEnd::Rollback);
    let mut dropped = gomon_sql::recording::TransactionEvent::begin(outer.scope());
    dropped.begun();
    drop(dropped);
    outer.end(TransactionEnd::Commit);
    drop(connection);
    let events = bench.events(5);
    let [delete, savepoint, dropped, outer, connection] = &events[..] else {
        panic!("{events:#?}")
    };
    assert_eq!(delete["parent"], savepoint["id"]);
    assert_eq!(savepoint["parent"], outer["id"]);
    assert_eq!(outer["parent"], connection["id"]);
    assert_eq!(delete["tx"], outer["id"]);
    assert_eq!(
        (&savepoint["depth"], &outer["depth"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(savepoint["end"], "rollback");
    assert_eq!(dropped["end"], "dropped");
    assert_eq!(dropped["gomon:outcome"], "ok");
    assert_eq!(outer["end"], "commit");
    assert_eq!(outer["isolation"], "serializable");
    assert_eq!(outer["gomon:outcome"], "ok");
}

#[test]
fn transaction_that_never_began_has_no_end() {
    let bench = Bench::new(SqlConfig::default());
    let connection = bench.checkout();
    drop(connection.transaction());
    let mut failed = connection.transaction();
    failed.fail(&Failure::new(&"broken pipe", "std::io::Error"));
    drop(failed);
    let events = bench.events(2);
    assert_eq!(events[0]["gomon:outcome"], "cancelled");
    assert_eq!(events[1]["gomon:outcome"], "error");
    assert!(events.iter().all(|event| event.get("end").is_none()));
}

#[test]
fn connection_of_a_request_is_in_its_trace() {
    let bench = Bench::new(SqlConfig::default());
    let mut request = bench.monitor().root("http-service");
    request.scope(|| {
        let connection = bench.checkout();
        let query = connection
            .scope()
            .statement(StatementKind::Execute, "DELETE FROM t");
        query.complete();
    });
    request.finish();
    let events = bench.events(3);
    let connection = find(&events, "sql-wconn");
    let request = find(&events, "http-service");
    let query = find(&events, "sql-wconn-exec");
    assert_eq!(connection["parent"], request["id"]);
    assert_eq!(query["parent"], connection["id"]);
    assert_eq!(query["trace"], request["trace"]);
    assert!(query.get("links").is_none());
}

#[test]
fn statement_on_a_connection_that_outlives_requests_is_in_the_trace_of_its_request() {
    let bench = Bench::new(SqlConfig::default());
    let connection = bench.checkout();
    let mut request = bench.monitor().root("http-service");
    request.scope(|| {
        let mut transaction = connection.transaction();
        transaction.begun();
        let query = transaction
            .scope()
            .statement(StatementKind::Query, "SELECT 1");
        query.complete();
        transaction.end(TransactionEnd::Commit);
    });
    request.finish();
    drop(connection);
    let events = bench.events(5);
    let connection = find(&events, "sql-wconn");
    let request = find(&events, "http-service");
    let transaction = find(&events, "conn-begintx");
    let query = find(&events, "sql-wconn-query");
    let rows = find(&events, "sql-wrows");
    assert_ne!(connection["trace"], request["trace"]);
    assert_eq!(transaction["parent"], request["id"]);
    assert_eq!(query["parent"], transaction["id"]);
    assert_eq!(rows["parent"], query["id"]);
    for event in [transaction, query, rows] {
        assert_eq!(event["trace"], request["trace"], "{event:#}");
        assert!(event.get("links").is_none(), "{event:#}");
    }
    assert_eq!(transaction["connection"], connection["id"]);
    assert!(query.get("connection").is_none(), "{query:#}");
}

#[test]
fn statement_on_a_connection_that_requests_share_is_a_child_of_its_request() {
    let bench = Bench::new(SqlConfig::default());
    let run = |connection: &ConnectionEvent| {
        let scope = connection.scope();
        let statement = scope.statement(StatementKind::Execute, "DELETE FROM t");
        statement.complete();
    };
    let mut request = bench.monitor().root("http-service");
    let connection = request.scope(|| {
        let mut connection = ConnectionEvent::begin_shared(&bench.database);
        connection.opened();
        run(&connection);
        connection
    });
    run(&connection);
    request.finish();
    drop(connection);
    let events = bench.events(4);
    let [of_request, of_none, request, connection] = &events[..] else {
        panic!("{events:#?}")
    };
    assert_eq!(of_request["parent"], request["id"]);
    assert_eq!(of_request["connection"], connection["id"]);
    assert_eq!(of_none["parent"], connection["id"]);
    assert!(of_none.get("connection").is_none(), "{of_none:#}");
}

#[test]
fn shutdown_counts_connections_and_checkouts_that_are_open() {
    let bench = Bench::new(SqlConfig::default());
    let open = || {
        let mut connection = ConnectionEvent::begin_shared(&bench.database);
        connection.opened();
        connection
    };
    let checkout = || {
        let mut connection = ConnectionEvent::begin(&bench.database);
        connection.acquired();
        connection
    };
    let kept = (open(), checkout(), checkout());
    drop((open(), checkout()));
    let waiting = ConnectionEvent::begin(&bench.database);
    let (running, _recorder) = bench.test.into_parts();
    let report = running.shutdown(std::time::Duration::from_secs(10));
    assert_eq!(report.open, [("sql-wconn", 3)]);
    drop((kept, waiting));
}

#[test]
fn failed_and_cancelled_checkouts_are_recorded() {
    let bench = Bench::new(SqlConfig::default());
    drop(ConnectionEvent::begin(&bench.database));
    let mut failed = ConnectionEvent::begin(&bench.database);
    let message = "pool timed out at postgres://shop:hunter2@db/orders";
    failed.fail(&Failure::new(&message, "sqlx::Error"));
    drop(failed);
    let events = bench.events(2);
    assert_eq!(events[0]["gomon:outcome"], "cancelled");
    assert_eq!(events[1]["gomon:outcome"], "error");
    assert!(!format!("{events:?}").contains("hunter2"), "{events:#?}");
}

#[test]
fn nothing_is_recorded_while_disabled_or_suppressed() {
    let bench = Bench::new(SqlConfig::default().with_rows(1));
    let work = || {
        let connection = bench.checkout();
        let mut transaction = connection.transaction();
        transaction.begun();
        let mut query = transaction
            .scope()
            .statement(StatementKind::Query, "SELECT 1");
        assert!(!query.row());
        query.complete();
        transaction.end(TransactionEnd::Commit);
    };
    suppressed(work);
    bench.monitor().disable();
    work();
    bench.monitor().enable();
    bench.monitor().root("last").finish();
    assert_eq!(bench.events(1)[0]["gomon:fp"], "last");
}

#[test]
fn connection_opened_before_monitoring_is_never_a_parent() {
    let bench = Bench::new(SqlConfig::default());
    bench.monitor().disable();
    let connection = bench.checkout();
    bench.monitor().enable();
    let mut request = bench.monitor().root("http-service");
    request.scope(|| {
        let query = connection
            .scope()
            .statement(StatementKind::Execute, "DELETE FROM t");
        query.complete();
    });
    let id = request.id().to_string();
    assert_eq!(bench.events(1)[0]["parent"], id);
}

#[test]
fn slow_statements_are_marked_however_they_end() {
    let threshold = std::time::Duration::from_millis(1);
    let bench = Bench::new(SqlConfig::default().with_slow_query(threshold));
    let scope = Scope::without_connection(&bench.database);
    let slowly = |kind| {
        let statement = scope.statement(kind, "SELECT a FROM t");
        std::thread::sleep(2 * threshold);
        statement
    };
    slowly(StatementKind::Query).complete();
    slowly(StatementKind::Execute).complete();
    slowly(StatementKind::Query).fail(&Failure::new(&"statement timeout", "sqlx::Error"));
    drop(slowly(StatementKind::Query));
    let events = bench.events(5);
    let statements = events
        .iter()
        .filter(|event| event["gomon:fp"] != "sql-wrows");
    let slow: Vec<_> = statements.map(|event| event["slow"] == true).collect();
    assert_eq!(slow, [true; 4], "{events:#?}");
}

#[test]
fn quick_statements_and_those_without_a_threshold_are_not_slow() {
    for config in [
        SqlConfig::default(),
        SqlConfig::default().with_slow_query(std::time::Duration::from_secs(60)),
    ] {
        let bench = Bench::new(config);
        let scope = Scope::without_connection(&bench.database);
        scope.statement(StatementKind::Query, "SELECT 1").complete();
        assert!(bench.events(2).iter().all(|event| event["slow"].is_null()));
    }
}

#[test]
fn recording_moves_between_threads() {
    fn is_send<T: Send>() {}
    fn is_shared<T: Clone + Send + Sync>() {}
    is_shared::<Database>();
    is_shared::<Scope>();
    is_shared::<Setup>();
    is_shared::<SqlConfig>();
    is_shared::<gomon_sql::Statement>();
    is_shared::<gomon_sql::SqlProfile>();
    is_send::<ConnectionEvent>();
    is_send::<gomon_sql::recording::TransactionEvent>();
    is_send::<gomon_sql::recording::StatementEvent>();
}

/// Runs `f` and unwinds what it returns by a panic, without a message.
fn unwound<T>(f: impl FnOnce() -> T) {
    let run = std::panic::AssertUnwindSafe(|| {
        let _unwound = f();
        std::panic::resume_unwind(Box::new(()));
    });
    assert!(std::panic::catch_unwind(run).is_err());
}

#[test]
fn event_unwound_by_a_panic_is_panic_unless_it_was_complete() {
    let bench = Bench::new(SqlConfig::default());
    unwound(|| {
        let connection = bench.checkout();
        let mut transaction = connection.transaction();
        transaction.begun();
        let scope = transaction.scope().clone();
        let mut query = scope.statement(StatementKind::Query, "SELECT 1");
        assert!(!query.row());
        let committed = connection.transaction();
        committed.end(TransactionEnd::Commit);
        let complete = scope.statement(StatementKind::Query, "SELECT 2");
        complete.complete();
        (query, transaction, connection)
    });
    let events = bench.events(7);
    let recorded: Vec<_> = events
        .iter()
        .map(|event| format!("{} {}", event["gomon:fp"], event["gomon:outcome"]).replace('"', ""))
        .collect();
    assert_eq!(
        recorded,
        [
            "conn-begintx ok",
            "sql-wrows ok",
            "sql-wconn-query ok",
            "sql-wrows panic",
            "sql-wconn-query panic",
            "conn-begintx panic",
            "sql-wconn ok",
        ]
    );
    assert_eq!(events[5]["end"], "dropped");
}

#[test]
fn everything_is_recorded_by_the_monitor_of_the_current_tracker() {
    let (bench, other) = (
        Bench::new(SqlConfig::default()),
        Bench::new(SqlConfig::default()),
    );
    let config = SqlConfig::default().with_profile(false);
    let setup = Setup::new().with_config(config);
    let database = Database::new(setup, Dialect::Sqlite, "");
    assert!(database.monitor().is_noop());
    let mut request = bench.monitor().root("request");
    let connection = request.scope(|| {
        assert_eq!(database.monitor(), bench.monitor());
        let mut connection = ConnectionEvent::begin(&database);
        connection.opened();
        connection
    });
    let query = |connection: &ConnectionEvent| {
        let transaction = connection.transaction();
        let query = (transaction.scope()).statement(StatementKind::Execute, "DELETE FROM goods");
        query.complete();
        transaction.end(TransactionEnd::Commit);
    };
    // Without a current event, the connection is the parent.
    query(&connection);
    // Otherwise the current event is: no event has a parent in another monitor.
    let mut elsewhere = other.monitor().root("request");
    elsewhere.scope(|| query(&connection));
    // Nor has that of a pinned one.
    other.monitor().root("job").scope(|| bench.checkout());
    drop((connection, request, elsewhere));
    // Of the bench: two events of the first query, its connection, the request, and the checkout.
    let (events, others) = (bench.events(5), other.events(4));
    let (transaction, connection) = (find(&events, "conn-begintx"), find(&events, "sql-wconn"));
    assert_eq!(find(&events, "sql-wconn-exec")["parent"], transaction["id"]);
    let request = find(&events, "request");
    let own: Vec<_> = events
        .iter()
        .filter(|event| event["parent"] == request["id"])
        .collect();
    assert_eq!(own.len(), 1, "{events:#?}");
    assert_eq!(transaction["parent"], own[0]["id"]);
    assert_eq!(transaction["trace"], request["trace"]);
    assert_eq!(
        connection["trace"] == request["trace"],
        connection["id"] == own[0]["id"]
    );
    let transaction = find(&others, "conn-begintx");
    assert_eq!(transaction["parent"], find(&others, "request")["id"]);
    assert_eq!(find(&others, "sql-wconn-exec")["parent"], transaction["id"]);
    for bench in [&bench, &other] {
        assert_eq!(bench.monitor().health().open, 0);
    }
}
