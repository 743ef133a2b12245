//! sqlx over SQLite.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _};
use gomon_core::{Monitor, is_suppressed};
use gomon_sqlx::{
    LentConnection, MonitoredConnection, MonitoredPool, MonitoredPoolConnection,
    MonitoredTransaction, SqlConfig,
};
use gomon_test::TestMonitor;
use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteRow};
use sqlx::{Connection as _, Executor as _, Row as _, Sqlite, SqliteConnection};
use support::program::Words;
use support::server;

const WORDS: Words = Words {
    create: "CREATE TABLE good (id INTEGER PRIMARY KEY, name TEXT NOT NULL)",
    insert: "INSERT INTO good (id, name) VALUES ($1, $2)",
    insert_id: "INSERT INTO good (name) VALUES ($1)",
    by_id: "SELECT id, name FROM good WHERE id = $1",
    two_statements: "UPDATE good SET name = 'x' WHERE id = 3; SELECT id FROM good WHERE id < 3",
    begin: "BEGIN IMMEDIATE",
    drop: "DROP TABLE good",
};

async fn bare() -> SqlitePool {
    let options = SqlitePoolOptions::new().max_connections(1);
    options.connect("sqlite::memory:").await.unwrap()
}

/// A pool of one connection, with three goods.
async fn pool(watched: &TestMonitor) -> MonitoredPool<Sqlite> {
    let pool = bare().await;
    pool.execute(WORDS.create).await.unwrap();
    pool.execute("INSERT INTO good (name) VALUES ('tea'), ('coffee'), ('cups')")
        .await
        .unwrap();
    MonitoredPool::new(pool).with_monitor(watched.monitor())
}

program!(run_bare, SqlitePool, Sqlite);
program!(run_watched, MonitoredPool<Sqlite>, Sqlite);

#[tokio::test]
async fn program_gets_the_same_bare_and_watched() {
    let watched = TestMonitor::new();
    let wrapped = MonitoredPool::new(bare().await).with_monitor(watched.monitor());
    let expected = run_bare(bare().await, &WORDS).await;
    let got = run_watched(wrapped, &WORDS).await;
    assert_eq!(got, expected);
    assert!(got.len() > 50);
    watched.assert_settled();
}

#[tokio::test]
async fn program_gets_the_same_from_a_disabled_monitor() {
    let watched = TestMonitor::new();
    watched.monitor().disable();
    let wrapped = MonitoredPool::new(bare().await).with_monitor(watched.monitor());
    assert_eq!(
        run_watched(wrapped, &WORDS).await,
        run_bare(bare().await, &WORDS).await
    );
    assert!(watched.events().is_empty());
}

#[tokio::test]
async fn query_on_a_pool_is_a_checkout_a_query_and_its_rows() {
    let watched = TestMonitor::new();
    let pool = pool(&watched).await;
    let query = sqlx::query("SELECT name FROM good WHERE id > 1").fetch_all(&pool);
    assert_eq!(watched.request(query).await.unwrap().len(), 2);

    let [rows, query, connection, request] = watched.events().try_into().unwrap();
    assert_eq!(rows["gomon:fp"], "sql-wrows");
    assert_eq!(rows["row-count"], 2);
    assert_eq!(rows["parent"], query["id"]);
    assert_eq!(query["gomon:fp"], "sql-wconn-query");
    assert_eq!(query["query"], "SELECT name FROM good WHERE id > ?");
    assert_eq!(query["operation"], "SELECT");
    assert_eq!(query["table"], "good");
    assert_eq!(query["parent"], connection["id"]);
    assert_eq!(connection["gomon:fp"], "sql-wconn");
    assert_eq!(connection["driver"], "sqlite");
    assert!(connection["wait"].is_u64(), "{connection}");
    assert_eq!(connection["parent"], request["id"]);
    for event in [&rows, &query, &connection] {
        assert_eq!(event["trace"], request["trace"]);
        assert_eq!(event["gomon:outcome"], "ok");
        assert!(
            event.get("rows").is_none() && event.get("columns").is_none(),
            "{event}"
        );
        assert!(event.get("params").is_none(), "{event}");
    }
    watched.assert_settled();
}

#[tokio::test]
async fn execution_records_affected_rows_and_the_last_id() {
    let watched = TestMonitor::new();
    let pool = pool(&watched).await;
    sqlx::query("INSERT INTO good (name) VALUES ('a'), ('b')")
        .execute(&pool)
        .await
        .unwrap();
    let insert = watched.one("sql-wconn-exec");
    assert_eq!(insert["rows-aff"], 2);
    assert_eq!(insert["last-id"], 5);
    assert!(watched.of("sql-wrows").is_empty());

    let update = sqlx::query("UPDATE good SET name = 'x'").execute(&pool);
    update.await.unwrap();
    let update = watched.of("sql-wconn-exec").remove(1);
    assert_eq!(update["rows-aff"], 5);
    assert!(update.get("last-id").is_none(), "{update}");
}

#[tokio::test]
async fn statement_that_writes_nothing_records_no_earlier_rows() {
    let watched = TestMonitor::new();
    let pool = pool(&watched).await;
    let mut connection = pool.acquire().await.unwrap();
    let update = "UPDATE good SET name = 'x'";
    for sql in [
        "WITH all_goods AS (SELECT id FROM good) SELECT id FROM all_goods",
        "/* which */ SELECT id FROM good",
        "PRAGMA user_version",
        "CREATE TABLE other (id INTEGER)",
    ] {
        connection.execute(update).await.unwrap();
        connection.execute(sql).await.unwrap();
        let recorded = watched.of("sql-wconn-exec").pop().unwrap();
        assert_ne!(recorded["operation"], "UPDATE");
        assert!(recorded.get("rows-aff").is_none(), "{recorded}");
    }
    let both =
        "UPDATE good SET name = 'x'; SELECT id FROM good; INSERT INTO other VALUES (1); SELECT 2";
    sqlx::raw_sql(both).execute(&mut *connection).await.unwrap();
    let recorded = watched.of("sql-wconn-exec").pop().unwrap();
    assert_eq!(
        (&recorded["rows-aff"], &recorded["last-id"]),
        (&4.into(), &1.into())
    );
}

#[tokio::test]
async fn every_way_to_fetch_is_one_query() {
    let watched = TestMonitor::new();
    let pool = pool(&watched).await;
    let mut connection = pool.acquire().await.unwrap();
    let sql = "SELECT id FROM good";
    connection.fetch_one(sql).await.unwrap();
    connection.fetch_optional(sql).await.unwrap();
    connection.fetch_all(sql).await.unwrap();
    connection.fetch(sql).try_collect::<Vec<_>>().await.unwrap();
    connection
        .fetch_many(sql)
        .try_collect::<Vec<_>>()
        .await
        .unwrap();
    connection.execute(sql).await.unwrap();
    connection
        .execute_many(sql)
        .try_collect::<Vec<_>>()
        .await
        .unwrap();
    let counts: Vec<_> = watched
        .of("sql-wrows")
        .iter()
        .map(|event| event["row-count"].clone())
        .collect();
    assert_eq!(counts, [1, 1, 3, 3, 3]);
    assert_eq!(watched.of("sql-wconn-query").len(), 5);
    assert_eq!(watched.of("sql-wconn-exec").len(), 2);
    for event in watched.events() {
        assert_eq!(event["gomon:outcome"], "ok");
        assert!(event.get("rows-aff").is_none(), "{event}");
    }
    drop(connection);
    watched.assert_settled();
}

#[tokio::test]
async fn prepared_statements_have_their_own_fingerprints() {
    let watched = TestMonitor::new();
    let pool = pool(&watched).await;
    let mut connection = pool.acquire().await.unwrap();
    let statement = (&mut *connection)
        .prepare(sqlx::SqlSafeStr::into_sql_str(
            "SELECT id FROM good WHERE id = ?",
        ))
        .await
        .unwrap();
    use sqlx::Statement as _;
    statement
        .query()
        .bind(1)
        .fetch_one(&mut *connection)
        .await
        .unwrap();
    statement
        .query()
        .bind(1)
        .execute(&mut *connection)
        .await
        .unwrap();
    assert_eq!(
        watched.one("sql-prepare")["query"],
        "SELECT id FROM good WHERE id = ?"
    );
    assert_eq!(watched.of("sql-wstmt-query").len(), 1);
    assert_eq!(watched.of("sql-wstmt-exec").len(), 1);
}

#[tokio::test]
async fn failure_has_the_code_and_no_literal() {
    let watched = TestMonitor::new();
    let pool = pool(&watched).await;
    let again = "INSERT INTO good (id, name) VALUES (1, 'planted-secret')";
    let error = pool.execute(again).await.unwrap_err();
    assert_eq!(error.as_database_error().unwrap().code().unwrap(), "1555");
    let event = watched.one("sql-wconn-exec");
    assert_eq!(event["gomon:outcome"], "error");
    assert_eq!(event["sqlite-code"], "1555");
    assert_eq!(event["error"][0]["type"], "sqlx::Error::Database");
    assert!(
        pool.execute("SELECT 'planted-secret' FORM x")
            .await
            .is_err()
    );
    assert!(
        pool.execute("SELECT x FROM good WHERE name = 'planted-secret")
            .await
            .is_err()
    );
    let all = format!("{:?}", watched.events());
    assert!(!all.contains("planted-secret"), "{all}");
    watched.assert_settled();
}

#[tokio::test]
async fn missing_row_is_not_an_error() {
    let watched = TestMonitor::new();
    let pool = pool(&watched).await;
    let none = sqlx::query("SELECT 1 FROM good WHERE id = 77").fetch_one(&pool);
    assert!(matches!(none.await, Err(sqlx::Error::RowNotFound)));
    assert_eq!(
        watched.story(),
        ["sql-wrows 0", "sql-wconn-query SELECT", "sql-wconn"]
    );
    assert_eq!(watched.one("sql-wrows")["row-count"], 0);
}

#[tokio::test]
async fn stream_of_which_rows_were_taken_is_ok_when_the_rest_is_dropped() {
    let watched = TestMonitor::new();
    let pool = pool(&watched).await;
    let mut rows = sqlx::query("SELECT id FROM good").fetch(&pool);
    rows.next().await.unwrap().unwrap();
    drop(rows);
    assert_eq!(
        watched.story(),
        ["sql-wrows 1", "sql-wconn-query SELECT", "sql-wconn"]
    );

    let mut connection = pool.acquire().await.unwrap();
    let mut rows = connection.fetch("SELECT id FROM good");
    rows.next().await.unwrap().unwrap();
    rows.next().await.unwrap().unwrap();
    drop(rows);
    drop(connection);
    assert_eq!(watched.of("sql-wrows")[1]["row-count"], 2);
    assert_eq!(watched.of("sql-wrows")[1]["gomon:outcome"], "ok");
    watched.assert_settled();
}

#[tokio::test]
async fn stream_dropped_while_it_waits_for_a_row_is_cancelled() {
    let watched = TestMonitor::new();
    let pool = pool(&watched).await;
    let slow = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 3000000) \
                SELECT id FROM good UNION ALL SELECT COUNT(*) FROM n";
    let mut rows = sqlx::query(slow).fetch(&pool);
    for _ in 0..3 {
        rows.next().await.unwrap().unwrap();
    }
    let last = tokio::time::timeout(Duration::from_millis(5), rows.next()).await;
    assert!(last.is_err());
    drop(rows);
    let query = watched.one("sql-wconn-query");
    assert_eq!(query["gomon:outcome"], "cancelled");
    let rows = watched.one("sql-wrows");
    assert_eq!(
        (&rows["row-count"], &rows["gomon:outcome"]),
        (&3.into(), &"cancelled".into())
    );
    watched.assert_settled();
}

#[tokio::test]
async fn row_that_cannot_be_decoded_does_not_cancel_its_query() {
    let watched = TestMonitor::new();
    let pool = pool(&watched).await;
    let mixed = "SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 'x' UNION ALL SELECT 4";
    let first = "SELECT 'x' UNION ALL SELECT 2";
    for sql in [mixed, first] {
        let scalar = || sqlx::query_scalar::<_, i64>(sql);
        scalar().fetch_all(&pool).await.unwrap_err();
        let mapped = sqlx::query(sql).try_map(|row: SqliteRow| row.try_get::<i64, _>(0));
        mapped.fetch_all(&pool).await.unwrap_err();
        let mut connection = pool.acquire().await.unwrap();
        let fetched = scalar().fetch(&mut *connection);
        fetched.try_collect::<Vec<_>>().await.unwrap_err();
    }
    let one = sqlx::query_scalar::<_, i64>(first);
    one.fetch_one(&pool).await.unwrap_err();
    let optional = sqlx::query_scalar::<_, i64>(first);
    optional.fetch_optional(&pool).await.unwrap_err();
    let outcomes: Vec<_> = watched
        .of("sql-wconn-query")
        .iter()
        .map(|event| event["gomon:outcome"].clone())
        .collect();
    assert_eq!(outcomes, ["ok"; 8]);
    watched.assert_settled();
}

#[tokio::test]
async fn query_that_is_cancelled_while_it_runs_ends_as_cancelled() {
    let watched = TestMonitor::new();
    let pool = pool(&watched).await;
    let endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 300000) SELECT COUNT(*) FROM n";
    let cut = tokio::time::timeout(Duration::from_millis(30), pool.fetch_all(endless)).await;
    assert!(cut.is_err());
    let query = watched.one("sql-wconn-query");
    assert_eq!(query["gomon:outcome"], "cancelled");
    assert_eq!(watched.one("sql-wconn")["gomon:outcome"], "ok");
    watched.assert_settled();
}

#[tokio::test]
async fn query_that_was_never_polled_has_no_event() {
    let watched = TestMonitor::new();
    let pool = pool(&watched).await;
    drop(pool.fetch_all("SELECT 1"));
    drop(pool.fetch("SELECT 1"));
    let mut connection = pool.acquire().await.unwrap();
    drop(connection.fetch("SELECT 1"));
    drop(connection.execute("SELECT 1"));
    drop(connection);
    assert_eq!(watched.story(), ["sql-wconn"]);
}

#[tokio::test]
async fn checkout_that_times_out_is_an_error_and_one_that_is_dropped_is_cancelled() {
    let watched = TestMonitor::new();
    let options = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_millis(500));
    let pool = options.connect("sqlite::memory:").await.unwrap();
    let pool = MonitoredPool::new(pool).with_monitor(watched.monitor());
    let held = pool.acquire().await.unwrap();
    assert!(matches!(
        pool.acquire().await,
        Err(sqlx::Error::PoolTimedOut)
    ));
    let late = watched.one("sql-wconn");
    assert_eq!(late["gomon:outcome"], "error");
    assert_eq!(late["error"][0]["type"], "sqlx::Error::PoolTimedOut");
    assert!(late.get("wait").is_none(), "{late}");

    let cut = tokio::time::timeout(Duration::from_millis(5), pool.acquire()).await;
    assert!(cut.is_err());
    assert_eq!(watched.of("sql-wconn")[1]["gomon:outcome"], "cancelled");

    let waiting = pool.clone();
    let waiting = tokio::spawn(async move { waiting.acquire().await.map(drop) });
    tokio::time::sleep(Duration::from_millis(10)).await;
    drop(held);
    waiting.await.unwrap().unwrap();
    let waited = watched.of("sql-wconn").remove(3);
    assert!(waited["wait"].as_u64().unwrap() > 5_000_000, "{waited}");
    watched.assert_settled();
}

#[tokio::test]
async fn transactions_record_how_they_ended() {
    let watched = TestMonitor::new();
    let pool = pool(&watched).await;
    let request = async {
        let mut transaction = pool.begin().await.unwrap();
        transaction.execute("DELETE FROM good").await.unwrap();
        let savepoint = transaction.begin().await.unwrap();
        savepoint.rollback().await.unwrap();
        transaction.execute("SELECT 1").await.unwrap();
        transaction.commit().await.unwrap();
        let mut read = pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
        read.fetch_all("SELECT id FROM good").await.unwrap();
        drop(read);
        let mut written = pool.begin().await.unwrap();
        written.execute("DELETE FROM good").await.unwrap();
        drop(written);
        let mut failed = pool.begin().await.unwrap();
        failed.fetch_all("SELECT nothing").await.unwrap_err();
        drop(failed);
    };
    watched.request(request).await;

    let [savepoint, committed, dropped, written, failed] =
        watched.of("conn-begintx").try_into().unwrap();
    assert_eq!(savepoint["end"], "rollback");
    assert_eq!(savepoint["parent"], committed["id"]);
    assert_eq!(committed["end"], "commit");
    assert_eq!(committed["gomon:outcome"], "ok");
    assert_eq!(dropped["end"], "dropped");
    assert_eq!(dropped["gomon:outcome"], "ok");
    assert_eq!(dropped["isolation"], "immediate");
    for event in [&written, &failed] {
        assert_eq!(event["end"], "dropped");
        assert_eq!(event["gomon:outcome"], "cancelled");
    }
    assert!(committed.get("isolation").is_none());

    for statement in &watched.of("sql-wconn-exec")[..2] {
        assert_eq!(statement["parent"], committed["id"]);
        assert_eq!(statement["tx"], committed["id"]);
    }
    let connections = watched.of("sql-wconn");
    assert_eq!(committed["parent"], connections[0]["id"]);
    watched.assert_settled();
}

#[tokio::test]
async fn statements_after_a_transaction_belong_to_the_connection_again() {
    let watched = TestMonitor::new();
    let pool = pool(&watched).await;
    let mut connection = pool.acquire().await.unwrap();
    let transaction = connection.begin().await.unwrap();
    transaction.commit().await.unwrap();
    connection.execute("SELECT 1").await.unwrap();
    drop(connection);
    let statement = watched.one("sql-wconn-exec");
    assert_eq!(statement["parent"], watched.one("sql-wconn")["id"]);
    assert!(statement.get("tx").is_none());
}

#[tokio::test]
async fn transaction_that_cannot_begin_or_commit_is_an_error() {
    let watched = TestMonitor::new();
    let pool = pool(&watched).await;
    assert!(matches!(
        pool.begin_with("SELECT 1").await,
        Err(sqlx::Error::BeginFailed)
    ));
    assert_eq!(watched.one("conn-begintx")["gomon:outcome"], "error");

    pool.execute(
        "CREATE TABLE line (good INTEGER REFERENCES good (id) DEFERRABLE INITIALLY DEFERRED)",
    )
    .await
    .unwrap();
    let mut transaction = pool.begin().await.unwrap();
    transaction
        .execute("INSERT INTO line VALUES (77)")
        .await
        .unwrap();
    assert!(transaction.commit().await.is_err());
    let failed = watched.of("conn-begintx").remove(1);
    assert_eq!(failed["gomon:outcome"], "error");
    assert_eq!(failed["sqlite-code"], "787");
    assert_ne!(failed["end"], "commit");
    watched.assert_settled();
    // And the rollback reached the database.
    let lines: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM line")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(lines, 0);
}

#[tokio::test]
async fn transaction_that_sqlite_rolled_back_is_an_error_with_its_end() {
    let watched = TestMonitor::new();
    let pool = pool(&watched).await;
    let mut transaction = pool.begin().await.unwrap();
    transaction
        .execute("DELETE FROM good WHERE id = 3")
        .await
        .unwrap();
    let again = "INSERT OR ROLLBACK INTO good (id, name) VALUES (1, 'x')";
    transaction.execute(again).await.unwrap_err();
    transaction.commit().await.unwrap_err();
    let transaction = watched.one("conn-begintx");
    assert_eq!(transaction["end"], "rollback");
    assert_eq!(transaction["gomon:outcome"], "error");
    watched.assert_settled();
}

#[tokio::test]
async fn closure_in_a_transaction_commits_or_rolls_back() {
    let watched = TestMonitor::new();
    let pool = pool(&watched).await;
    let mut connection = pool.acquire().await.unwrap();
    let kept: Result<(), sqlx::Error> = connection
        .transaction(|transaction| {
            Box::pin(async move {
                transaction
                    .execute("DELETE FROM good WHERE id = 1")
                    .await
                    .map(drop)
            })
        })
        .await;
    kept.unwrap();
    let undone: Result<(), sqlx::Error> = connection
        .transaction(|transaction| {
            Box::pin(async move {
                sqlx::query("DELETE FROM good")
                    .execute(&mut **transaction)
                    .await?;
                Err(sqlx::Error::RowNotFound)
            })
        })
        .await;
    assert!(undone.is_err());
    let left: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM good")
        .fetch_one(&mut *connection)
        .await
        .unwrap();
    assert_eq!(left, 2);
    let ends: Vec<_> = watched
        .of("conn-begintx")
        .iter()
        .map(|event| event["end"].clone())
        .collect();
    assert_eq!(ends, ["commit", "rollback"]);
}

#[tokio::test]
async fn rows_and_columns_are_recorded_on_request_and_parameters_never() {
    let watched = TestMonitor::new();
    let config = SqlConfig::default()
        .with_rows(2)
        .with_columns(true)
        .with_params(true);
    let pool = pool(&watched).await.with_config(config);
    pool.execute("CREATE TABLE kind (i INTEGER, f REAL, t TEXT, b BLOB, n TEXT)")
        .await
        .unwrap();
    pool.execute("INSERT INTO kind VALUES (7, 1.5, 'tea', x'00ff', NULL)")
        .await
        .unwrap();
    pool.execute("INSERT INTO kind SELECT * FROM kind UNION ALL SELECT * FROM kind")
        .await
        .unwrap();
    type Kind = (i64, f64, String, Vec<u8>, Option<String>);
    let fetched: Vec<Kind> = sqlx::query_as("SELECT * FROM kind WHERE i = ? AND t = ?")
        .bind(7)
        .bind("tea")
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_eq!(fetched.len(), 3);
    assert_eq!(fetched[0], (7, 1.5, "tea".to_owned(), vec![0, 255], None));
    let rows = watched.one("sql-wrows");
    assert_eq!(rows["row-count"], 3);
    assert_eq!(rows["columns"], json!(["i", "f", "t", "b", "n"]));
    let row = json!([7, 1.5, "tea", {"base64": "AP8="}, null]);
    assert_eq!(rows["rows"], json!([row, row]));
    assert_eq!(watched.one("sql-wconn-query")["params"], json!(null));
}

#[tokio::test]
async fn separate_connection_outlives_requests_and_is_a_field_of_their_statements() {
    let watched = TestMonitor::new();
    let file = File::new("own");
    let connection = MonitoredConnection::<Sqlite>::connect(&file.url())
        .await
        .unwrap();
    let mut connection = connection.with_monitor(watched.monitor());
    watched
        .request(async {
            sqlx::query("SELECT 1")
                .execute(&mut connection)
                .await
                .unwrap()
        })
        .await;
    connection.close().await.unwrap();
    let [statement, request, own] = watched.events().try_into().unwrap();
    assert_eq!(statement["parent"], request["id"]);
    assert_eq!(statement["connection"], own["id"]);
    assert_eq!(own["gomon:fp"], "sql-wconn");
    assert_eq!(own["gomon:outcome"], "ok");
    assert!(
        own["dsn"].as_str().unwrap().ends_with(&file.name()),
        "{own}"
    );
    watched.assert_settled();
}

#[tokio::test]
async fn statements_below_a_tracker_belong_to_its_monitor() {
    let watched = TestMonitor::new();
    let pool = MonitoredPool::new(bare().await);
    watched
        .request(async {
            pool.execute(WORDS.create).await.unwrap();
            let mut transaction = pool.begin().await.unwrap();
            transaction.execute("DELETE FROM good").await.unwrap();
            transaction.commit().await.unwrap();
        })
        .await;
    // Nothing is current, and no monitor was started.
    pool.execute("SELECT 1").await.unwrap();
    let request = watched.one("request");
    let connections = watched.of("sql-wconn");
    assert_eq!(connections.len(), 2);
    for connection in &connections {
        assert_eq!(connection["parent"], request["id"]);
    }
    let transaction = watched.one("conn-begintx");
    assert_eq!(transaction["parent"], connections[1]["id"]);
    let statements = watched.of("sql-wconn-exec");
    assert_eq!(statements.len(), 2, "{statements:#?}");
    assert_eq!(statements[1]["parent"], transaction["id"]);
    watched.assert_settled();
}

#[tokio::test]
async fn failed_connection_returns_the_error_of_the_driver() {
    let error = MonitoredConnection::<Sqlite>::connect("sqlite:/no/such/folder/x.db")
        .await
        .unwrap_err();
    let bare = SqliteConnection::connect("sqlite:/no/such/folder/x.db")
        .await
        .unwrap_err();
    assert_eq!(format!("{error:?}"), format!("{bare:?}"));
    assert!(
        MonitoredConnection::<Sqlite>::connect("sqlite:x?mode=odd")
            .await
            .is_err()
    );
}

#[tokio::test]
async fn code_with_the_types_of_the_driver_runs_unrecorded() {
    async fn by_connection(connection: &mut SqliteConnection) {
        connection.execute("SELECT 1").await.unwrap();
    }
    async fn by_pool(pool: &SqlitePool) {
        pool.execute("SELECT 1").await.unwrap();
    }
    let watched = TestMonitor::new();
    let pool = pool(&watched).await;
    by_pool(&pool).await;
    let mut connection = pool.acquire().await.unwrap();
    by_connection(&mut connection).await;
    let mut transaction = connection.begin().await.unwrap();
    by_connection(&mut transaction).await;
    transaction.commit().await.unwrap();
    drop(connection);
    assert_eq!(watched.story(), ["conn-begintx commit", "sql-wconn"]);
}

#[tokio::test]
async fn code_that_acquires_is_one_event() {
    async fn acquiring<'a, A: sqlx::Acquire<'a, Database = Sqlite>>(source: A) {
        let mut connection = source.acquire().await.unwrap();
        connection.execute("SELECT 1").await.unwrap();
    }
    async fn beginning<'a, A: sqlx::Acquire<'a, Database = Sqlite>>(source: A) {
        let mut transaction = source.begin().await.unwrap();
        transaction.execute("SELECT 1").await.unwrap();
        transaction.commit().await.unwrap();
    }
    let watched = TestMonitor::new();
    let pool = pool(&watched).await;
    acquiring(&pool).await;
    beginning(&pool).await;
    assert_eq!(watched.story(), ["sql-wconn", "sql-wconn"]);
    let mut connection = pool.acquire().await.unwrap();
    acquiring(&mut connection).await;
    beginning(&mut connection).await;
    let mut transaction = connection.begin().await.unwrap();
    acquiring(&mut transaction).await;
    beginning(&mut transaction).await;
}

#[tokio::test]
async fn migrations_are_one_event_and_macros_work_unchanged() {
    let watched = TestMonitor::new();
    let pool = MonitoredPool::new(bare().await).with_monitor(watched.monitor());
    sqlx::migrate!("tests/migrations").run(&pool).await.unwrap();
    assert_eq!(watched.story(), ["sql-wconn"]);

    // Checked at compile time against `.sqlx`.
    let good = sqlx::query!("SELECT id, name FROM good WHERE name = ?", "tea")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!((good.id, good.name.as_str()), (1, "tea"));
    let mut transaction = pool.begin().await.unwrap();
    let count = sqlx::query_scalar!("SELECT COUNT(*) FROM good")
        .fetch_one(&mut *transaction)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(count, 1);
    assert_eq!(watched.of("sql-wconn-query").len(), 2);
    assert_eq!(watched.of("sql-wrows")[1]["row-count"], 1);
    watched.assert_settled();
}

#[tokio::test]
async fn nothing_is_recorded_under_suppression() {
    use gomon_core::FutureExt as _;
    let watched = TestMonitor::new();
    let pool = pool(&watched).await;
    let work = async {
        assert!(is_suppressed());
        pool.execute("SELECT 1").await.unwrap();
        let mut transaction = pool.begin().await.unwrap();
        transaction.execute("SELECT 1").await.unwrap();
        transaction.commit().await.unwrap();
    };
    work.suppressed().await;
    assert!(watched.events().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_concurrent_transactions_each_have_their_own_parent() {
    let watched = TestMonitor::new();
    let file = File::new("thousand");
    let options: SqliteConnectOptions = file.url().parse().unwrap();
    let options = options.journal_mode(sqlx::sqlite::SqliteJournalMode::Wal);
    let pool = SqlitePoolOptions::new()
        .max_connections(4)
        .acquire_timeout(Duration::from_secs(120))
        .connect_with(options.busy_timeout(Duration::from_secs(60)))
        .await
        .unwrap();
    let pool = MonitoredPool::new(pool).with_monitor(watched.monitor());
    server::thousand_transactions!(watched, pool, "SELECT ?");
}

#[tokio::test]
async fn slow_query_is_marked() {
    let watched = TestMonitor::new();
    let config = SqlConfig::default().with_slow_query(Duration::from_millis(1));
    let pool = pool(&watched).await.with_config(config);
    let slow = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 100000) SELECT COUNT(*) FROM n";
    pool.fetch_one(slow).await.unwrap();
    assert_eq!(watched.one("sql-wconn-query")["slow"], true);
}

#[tokio::test]
async fn settings_of_an_open_connection_keep_its_one_event() {
    let watched = TestMonitor::new();
    let connection = MonitoredConnection::<Sqlite>::connect("sqlite::memory:");
    let connection = connection.await.unwrap().with_monitor(watched.monitor());
    let mut connection = connection.with_config(SqlConfig::default().with_rows(1));
    (&mut connection).fetch_all("SELECT 1").await.unwrap();
    drop(connection);
    let rows = watched.one("sql-wrows");
    assert_eq!(rows["rows"], json!([[1]]));
    let connection = watched.one("sql-wconn");
    assert_eq!(connection["dsn"], "sqlite::memory:");
    assert_eq!(watched.one("sql-wconn-query")["parent"], connection["id"]);
    watched.assert_settled();
}

#[test]
fn public_types_are_send_and_debug() {
    fn check<T: Send + std::fmt::Debug>() {}
    check::<MonitoredPool<Sqlite>>();
    check::<MonitoredConnection<Sqlite>>();
    check::<MonitoredPoolConnection<Sqlite>>();
    check::<MonitoredTransaction<'static, Sqlite>>();
    check::<LentConnection<Sqlite>>();
    fn shared<T: Sync + Clone>() {}
    shared::<MonitoredPool<Sqlite>>();
}

#[tokio::test]
async fn debug_text_has_no_secret() {
    let options = SqliteConnectOptions::new()
        .filename("/var/shop.db")
        .pragma("key", "hunter2");
    assert!(format!("{options:?}").contains("hunter2"));
    let pool = SqlitePoolOptions::new().connect_lazy_with(options);
    let pool = MonitoredPool::new(pool).with_monitor(Monitor::noop());
    let text = format!("{pool:?}");
    assert!(
        text.contains("sqlite:/var/shop.db") && !text.contains("hunter2"),
        "{text}"
    );
}

/// A database file that goes with the test.
struct File(std::path::PathBuf);

impl File {
    fn new(name: &str) -> Self {
        let name = format!("gomon-sql-{}-{name}.db", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    fn name(&self) -> String {
        self.0.file_name().unwrap().to_string_lossy().into_owned()
    }

    fn url(&self) -> String {
        format!("sqlite:{}?mode=rwc", self.0.display())
    }
}

impl Drop for File {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", self.0.display()));
        }
    }
}
