//! Recording of SeaORM: on SQLite in the process, and on real servers if available.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use futures_util::{StreamExt as _, TryStreamExt as _};
use gomon_core::{FutureExt as _, Monitor, Recorder};
use gomon_sea_orm::{MonitoredDatabase, metric_callback};
use gomon_test::TestMonitor;
use integration::Service;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectOptions, ConnectionTrait, Database,
    DatabaseConnection, DbErr, EntityTrait, IsolationLevel, PaginatorTrait as _, QueryFilter as _,
    Set, StreamTrait, TransactionError, TransactionTrait,
};

mod servers;
#[allow(unreachable_pub, reason = "the macro makes public items")]
mod good {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "goods")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub name: String,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const PLANTED: &str = "hunter2-s3cr3t";

/// One connection, so that all is the same database in memory.
async fn open(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await.unwrap()
}

async fn furnish(db: &impl ConnectionTrait) {
    for sql in [
        "DROP TABLE IF EXISTS goods",
        "CREATE TABLE goods (id INTEGER PRIMARY KEY, name VARCHAR(300) NOT NULL UNIQUE)",
    ] {
        db.execute_unprepared(sql).await.unwrap();
    }
}

async fn shop(watched: &TestMonitor, url: &str) -> MonitoredDatabase<DatabaseConnection> {
    let db = open(url).await;
    furnish(&db).await;
    MonitoredDatabase::new(db)
        .with_monitor(watched.monitor())
        .with_dsn(url)
}

fn good(id: i32, name: &str) -> good::ActiveModel {
    good::ActiveModel {
        id: Set(id),
        name: Set(name.to_owned()),
    }
}

/// Returns the results of a program.
async fn program<C>(db: &C) -> Vec<String>
where
    C: ConnectionTrait + TransactionTrait + StreamTrait,
{
    let mut got = Vec::new();
    let mut note = |what: &dyn std::fmt::Debug| got.push(format!("{what:?}"));
    for (id, name) in [(1, "apple"), (2, PLANTED), (3, "pear")] {
        note(&good(id, name).insert(db).await);
    }
    note(&good(4, "pear").insert(db).await.map_err(|e| e.to_string()));
    note(&good::Entity::find().all(db).await);
    note(&good::Entity::find_by_id(2).one(db).await);
    note(&good::Entity::find_by_id(99).one(db).await);
    note(&good::Entity::find().count(db).await);
    let named = good::Entity::find().filter(good::Column::Name.eq(PLANTED));
    note(&named.one(db).await);
    note(&good(1, "quince").update(db).await);
    let deleted = good::Entity::delete_by_id(3).exec(db).await;
    note(&deleted.map(|result| result.rows_affected));
    let streamed = good::Entity::find().stream(db).await.unwrap();
    note(&streamed.try_collect::<Vec<_>>().await);
    note(
        &db.execute_unprepared("SELEC nothing")
            .await
            .map_err(|e| e.to_string())
            .err(),
    );
    let done = db
        .transaction::<_, u64, DbErr>(|tx| {
            Box::pin(async move {
                good(5, "plum").insert(tx).await?;
                let undone = tx
                    .transaction::<_, (), DbErr>(|inner| {
                        Box::pin(async move {
                            good(6, "fig").insert(inner).await?;
                            Err(DbErr::Custom("by intent".to_owned()))
                        })
                    })
                    .await;
                assert!(matches!(undone, Err(TransactionError::Transaction(_))));
                good::Entity::find().count(tx).await
            })
        })
        .await;
    note(&done);
    let dropped = db.begin().await.unwrap();
    note(&good(7, "date").insert(&dropped).await);
    drop(dropped);
    note(&good::Entity::find().count(db).await);
    got
}

#[tokio::test]
async fn program_gets_the_same_with_and_without_monitoring() {
    let watched = TestMonitor::new();
    let bare = open("sqlite::memory:").await;
    furnish(&bare).await;
    let bare = program(&bare).await;
    let db = shop(&watched, "sqlite::memory:").await;
    assert_eq!(bare, program(&db).await);
    let recorded = format!("{:?}", watched.events());
    assert!(
        recorded.contains("INSERT") && !recorded.contains(PLANTED),
        "{recorded}"
    );
}

#[tokio::test]
async fn statements_record_rows_and_changes_under_their_request() {
    let watched = TestMonitor::new();
    let db = shop(&watched, "sqlite::memory:").await;
    let request = watched.monitor().root("request");
    let work = async {
        good(1, "apple").insert(&db).await?;
        good(2, "pear").insert(&db).await?;
        good::Entity::delete_by_id(2).exec(&db).await?;
        good::Entity::find().all(&db).await
    };
    assert_eq!(work.tracked(request).await.unwrap().len(), 1);
    let request = &watched.of("request")[0];
    let queries = watched.of("sql-wconn-query");
    let select = queries.last().unwrap();
    assert_eq!(select["operation"], "SELECT");
    assert_eq!(select["table"], "goods");
    assert_eq!(select["parent"], request["id"]);
    assert_eq!(watched.of("sql-wrows").last().unwrap()["row-count"], 1);
    let statements = watched.of("sql-wconn-exec");
    let deleted = statements
        .iter()
        .find(|event| event["operation"] == "DELETE");
    assert_eq!(deleted.unwrap()["rows-aff"], 1);
}

#[tokio::test]
async fn transactions_record_depth_isolation_and_end() {
    let watched = TestMonitor::new();
    let db = shop(&watched, "sqlite::memory:").await;
    let outer = db
        .begin_with_config(Some(IsolationLevel::Serializable), None)
        .await
        .unwrap();
    let savepoint = outer.begin().await.unwrap();
    good(1, "apple").insert(&savepoint).await.unwrap();
    savepoint.rollback().await.unwrap();
    outer.commit().await.unwrap();
    let read = db.begin().await.unwrap();
    good::Entity::find().all(&read).await.unwrap();
    drop(read);
    let written = db.begin().await.unwrap();
    good(2, "pear").insert(&written).await.unwrap();
    drop(written);
    let ends = watched.of("conn-begintx");
    let recorded = |at: usize| (ends[at]["end"].clone(), ends[at]["depth"].clone());
    assert_eq!(recorded(0), ("rollback".into(), 2.into()));
    assert_eq!(recorded(1), ("commit".into(), 1.into()));
    for (at, outcome) in [(2, "ok"), (3, "cancelled")] {
        assert_eq!(recorded(at), ("dropped".into(), 1.into()));
        assert_eq!(ends[at]["gomon:outcome"], outcome);
    }
    assert_eq!(ends[1]["isolation"], "serializable");
    assert_eq!(ends[0]["parent"], ends[1]["id"]);
    assert_eq!(watched.of("sql-wconn-query")[0]["parent"], ends[0]["id"]);
}

#[tokio::test]
async fn errors_have_the_code_of_the_database() {
    let watched = TestMonitor::new();
    let db = shop(&watched, "sqlite::memory:").await;
    good(1, PLANTED).insert(&db).await.unwrap();
    let twice = good(2, PLANTED).insert(&db).await;
    assert!(twice.unwrap_err().sql_err().is_some());
    let events = watched.events();
    let failed = events
        .iter()
        .find(|event| event["gomon:outcome"] == "error");
    let failed = failed.unwrap();
    assert_eq!(failed["sqlite-code"], "2067");
    assert!(!failed.to_string().contains(PLANTED));
}

#[tokio::test]
async fn streams_are_counted_and_ok_when_they_are_dropped_after_a_row() {
    let watched = TestMonitor::new();
    let db = shop(&watched, "sqlite::memory:").await;
    for (id, name) in [(1, "apple"), (2, "pear"), (3, "plum")] {
        good(id, name).insert(&db).await.unwrap();
    }
    let before = watched.of("sql-wrows").len();
    let all = good::Entity::find().stream(&db).await.unwrap();
    assert_eq!(all.count().await, 3);
    let mut some = good::Entity::find().stream(&db).await.unwrap();
    assert!(some.next().await.is_some());
    drop(some);
    let rows = watched.of("sql-wrows");
    let recorded = |at: usize| {
        (
            &rows[before + at]["row-count"],
            &rows[before + at]["gomon:outcome"],
        )
    };
    assert_eq!(recorded(0), (&3.into(), &"ok".into()));
    assert_eq!(recorded(1), (&1.into(), &"ok".into()));
    drop(good::Entity::find().stream(&db).await.unwrap());
    let unread = watched.of("sql-wconn-query").pop().unwrap();
    assert_eq!(unread["gomon:outcome"], "cancelled");
}

/// Rows, columns and parameters are recorded if configured, also of streams.
async fn values_are_recorded_on_request(url: &str, sql: &str) {
    let watched = TestMonitor::new();
    let config = gomon_sea_orm::SqlConfig::default()
        .with_rows(1)
        .with_columns(true)
        .with_params(true);
    let db = MonitoredDatabase::new(open(url).await)
        .with_monitor(watched.monitor())
        .with_config(config);
    let backend = ConnectionTrait::get_database_backend(&db);
    let values = [7_i64.into(), "it's".into(), None::<i64>.into()];
    let statement = sea_orm::Statement::from_sql_and_values(backend, sql, values);
    db.query_all_raw(statement.clone()).await.unwrap();
    let rows = db.stream_raw(statement).await.unwrap();
    assert_eq!(rows.try_collect::<Vec<_>>().await.unwrap().len(), 1);
    for query in watched.of("sql-wconn-query") {
        assert_eq!(query["params"], serde_json::json!([7, "it's", null]));
    }
    let rows = watched.of("sql-wrows");
    assert_eq!(rows.len(), 2);
    for rows in rows {
        assert_eq!(
            rows["columns"],
            serde_json::json!(["a", "b", "c", "d", "e"])
        );
        assert_eq!(rows["rows"], serde_json::json!([[7, "it's", null, 1.5, 2]]));
    }
}

#[tokio::test]
async fn values_of_sqlite_are_recorded_on_request() {
    let sql = "SELECT ? AS a, ? AS b, ? AS c, 1.5 AS d, 2 AS e";
    values_are_recorded_on_request("sqlite::memory:", sql).await;
}

#[tokio::test]
#[ignore = "needs postgres: cargo xtask integration-test"]
async fn values_of_postgres_are_recorded_on_request() {
    let sql = "SELECT $1::int8 AS a, $2::text AS b, $3::int8 AS c, 1.5::float8 AS d, 2::int2 AS e";
    values_are_recorded_on_request(&Service::POSTGRES.url().unwrap(), sql).await;
}

#[tokio::test]
#[ignore = "needs mariadb: cargo xtask integration-test"]
async fn values_of_mariadb_are_recorded_on_request() {
    let sql = "SELECT CAST(? AS SIGNED) AS a, CAST(? AS CHAR) AS b, CAST(? AS SIGNED) AS c, 1.5e0 AS d, CAST(2 AS UNSIGNED) AS e";
    values_are_recorded_on_request(&Service::MARIADB.url().unwrap(), sql).await;
}

#[tokio::test]
async fn slow_query_is_marked_and_secrets_of_the_url_are_not_shown() {
    let watched = TestMonitor::new();
    let threshold = std::time::Duration::from_millis(1);
    let config = gomon_sea_orm::SqlConfig::default().with_slow_query(threshold);
    let db = MonitoredDatabase::new(open("sqlite::memory:").await)
        .with_monitor(watched.monitor())
        .with_config(config);
    let slow = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 300000) SELECT count(*) FROM n";
    let slow = sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, slow);
    db.query_one_raw(slow).await.unwrap();
    assert_eq!(watched.one("sql-wconn-query")["slow"], true);
    let shown = format!("{:?}", db.with_dsn("postgres://shop:topsecret@db/orders"));
    assert!(!shown.contains("topsecret"), "{shown}");
}

#[tokio::test]
async fn callback_records_statements_and_their_duration() {
    let recorder = Recorder::new();
    let running = Monitor::builder()
        .listener(recorder.listener())
        .start()
        .unwrap();
    let mut db = open("sqlite::memory:").await;
    db.set_metric_callback(metric_callback());
    furnish(&db).await;
    let request = running.monitor().root("request");
    let work = async {
        good(1, PLANTED).insert(&db).await.unwrap();
        good(2, PLANTED).insert(&db).await.unwrap_err();
        let slow = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 300000) SELECT count(*) FROM n";
        let slow = sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, slow);
        let start = std::time::Instant::now();
        db.query_one_raw(slow).await.unwrap();
        start.elapsed()
    };
    let took = work.tracked(request).await;
    let watched = TestMonitor { running, recorder };
    let events = watched.events();
    let recorded = format!("{events:?}");
    assert!(!recorded.contains(PLANTED), "{recorded}");
    let request = watched.of("request").remove(0);
    let inserts = watched.of("sql-wconn-exec");
    let [one, two] = &inserts[inserts.len() - 2..] else {
        panic!("{inserts:#?}")
    };
    assert_eq!(
        (&one["operation"], &one["gomon:outcome"]),
        (&"INSERT".into(), &"ok".into())
    );
    assert_eq!(two["gomon:outcome"], "error");
    assert_eq!(one["parent"], request["id"]);
    let queries = watched.of("sql-wconn-query");
    let slow = queries.last().unwrap();
    let elapsed = u128::from(slow["gomon:lapsed"].as_u64().unwrap());
    assert!(
        elapsed * 10 > took.as_nanos() * 5 && elapsed <= took.as_nanos() * 11 / 10,
        "{elapsed} {took:?}"
    );
    assert!(slow["gomon:start"].as_u64() >= request["gomon:start"].as_u64());
}

#[tokio::test]
#[ignore = "needs postgres: cargo xtask integration-test"]
async fn program_gets_the_same_from_postgres_with_and_without_monitoring() {
    gets_the_same_with_and_without(Service::POSTGRES, "23505").await;
}

#[tokio::test]
#[ignore = "needs mariadb: cargo xtask integration-test"]
async fn program_gets_the_same_from_mariadb_with_and_without_monitoring() {
    gets_the_same_with_and_without(Service::MARIADB, "23000").await;
}

/// `code` is the expected code of a violated unique name.
async fn gets_the_same_with_and_without(service: Service, code: &str) {
    let url = service.url().unwrap();
    let watched = TestMonitor::new();
    let bare = open(&url).await;
    furnish(&bare).await;
    let bare = program(&bare).await;
    let db = shop(&watched, &url).await;
    assert_eq!(bare, program(&db).await);
    let recorded = format!("{:?}", watched.events());
    assert!(
        recorded.contains(code) && !recorded.contains(PLANTED),
        "{recorded}"
    );
}
