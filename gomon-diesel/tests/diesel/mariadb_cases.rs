//! The cases of a real MariaDB, for each type of connection that leads to one; `$nothing` is the emptiest statement that its
//! client survives.

macro_rules! cases {
    ($bare:ty, $nothing:literal) => {

        use diesel::connection::SimpleConnection as _;
        use diesel::prelude::*;
        use diesel::result::{DatabaseErrorKind, Error};
        use gomon_diesel::SqlConfig;
        use gomon_diesel::MonitoredConnection;
        use integration::Service;
        use serde_json::json;

        use crate::server;
        use crate::support::{Good, good, goods};
        use gomon_test::TestMonitor;

        type Bare = $bare;
        type Conn = MonitoredConnection<Bare>;

        fn url() -> String {
            Service::MARIADB.url().unwrap()
        }

        fn shop(watched: &TestMonitor, ids: std::ops::Range<i32>) -> Conn {
            let mut inner = Bare::establish(&url()).unwrap();
            let create = "CREATE TEMPORARY TABLE goods (id INT PRIMARY KEY, name VARCHAR(300) NOT NULL UNIQUE, price INT NOT NULL)";
            inner.batch_execute(create).unwrap();
            for id in ids {
                let insert = diesel::insert_into(goods::table).values(good(id));
                insert.execute(&mut inner).unwrap();
            }
            MonitoredConnection::new(inner)
                .with_monitor(watched.monitor())
                .with_dsn(&url())
        }

        #[test]
        #[ignore = "needs mariadb: cargo xtask integration-test"]
        fn queries_transactions_and_errors_are_recorded() {
            let watched = TestMonitor::new();
            let mut conn = shop(&watched, 1..4);
            let found: Vec<Good> = goods::table.load(&mut conn).unwrap();
            assert_eq!(found.len(), 3);
            let done = conn.transaction(|conn| {
                let update = diesel::update(goods::table).set(goods::price.eq(1));
                update.execute(conn)
            });
            assert_eq!(done, Ok(3));
            let twice = diesel::insert_into(goods::table).values(good(1));
            assert!(matches!(
                twice.execute(&mut conn),
                Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _))
            ));
            drop(conn);
            assert_eq!(watched.one("sql-wconn")["driver"], "mysql");
            assert_eq!(
                watched.story(),
                [
                    "sql-wrows 3",
                    "sql-wconn-query SELECT",
                    "sql-wconn-exec UPDATE 3",
                    "conn-begintx commit",
                    "sql-wconn-exec INSERT error",
                    "sql-wconn"
                ]
            );
            let failed = &watched.of("sql-wconn-exec")[1];
            assert!(!failed.to_string().contains("good 1"), "{failed}");
            watched.assert_settled();
        }

        #[test]
        #[ignore = "needs mariadb: cargo xtask integration-test"]
        fn rollback_after_a_definition_is_recorded_as_the_commit_that_it_was() {
            let watched = TestMonitor::new();
            let mut conn = shop(&watched, 1..2);
            let table = "gomon_diesel_defined";
            let undone = conn.transaction(|conn| {
                diesel::insert_into(goods::table).values(good(2)).execute(conn)?;
                diesel::sql_query(format!("CREATE OR REPLACE TABLE {table} (a INT)")).execute(conn)?;
                Err::<(), _>(Error::RollbackTransaction)
            });
            assert_eq!(undone, Err(Error::RollbackTransaction));
            assert_eq!(goods::table.count().get_result(&mut conn), Ok(2_i64));
            conn.batch_execute(&format!("DROP TABLE {table}")).unwrap();
            drop(conn);
            let transaction = watched.one("conn-begintx");
            assert_eq!(transaction["end"], "commit");
            assert_eq!(transaction["gomon:outcome"], "error");
        }

        #[test]
        #[ignore = "needs mariadb: cargo xtask integration-test"]
        fn invalid_statements_fail_as_without_monitoring() {
            let watched = TestMonitor::new();
            let mut bare = Bare::establish(&url()).unwrap();
            let mut conn = shop(&watched, 1..1);
            let long = format!("SELECT '{}'", "x".repeat(1 << 20));
            for sql in ["SELEC 1", "SELECT * FROM nowhere", $nothing, "SELECT '\0'", &long] {
                let [ours, its] = [
                    diesel::sql_query(sql).execute(&mut conn),
                    diesel::sql_query(sql).execute(&mut bare),
                ];
                assert_eq!(format!("{ours:?}"), format!("{its:?}"));
            }
            let wrong = url().replacen('@', "-not@", 1);
            let unreachable = "mysql://shop:topsecret@127.0.0.1:1/orders";
            for url in [wrong.as_str(), unreachable, "nonsense"] {
                let bare = Bare::establish(url).err().unwrap();
                assert_eq!(bare, Conn::establish(url).err().unwrap());
            }
            drop(conn);
            assert!(!format!("{:?}", watched.events()).contains("xxxxxxxx"));
        }

        #[test]
        #[ignore = "needs mariadb: cargo xtask integration-test"]
        fn rows_and_columns_are_recorded_on_request() {
            let watched = TestMonitor::new();
            let config = SqlConfig::default().with_rows(1).with_columns(true);
            let mut conn = shop(&watched, 1..4).with_config(config);
            let query = "SELECT CAST(-7 AS SIGNED) AS a, CAST(7 AS UNSIGNED) AS b, 1.5e0 AS c, 'tea' AS d, \
                         NULL AS e, x'00ff' AS f, price AS g FROM goods WHERE id < ? AND name <> ?";
            let query = diesel::sql_query(query)
                .bind::<diesel::sql_types::Integer, _>(9)
                .bind::<diesel::sql_types::Text, _>("it's \"so\"");
            let rows = diesel::connection::LoadConnection::<diesel::connection::DefaultLoadingMode>::load(
                &mut conn, query,
            );
            assert_eq!(rows.unwrap().count(), 3);
            let rows = watched.one("sql-wrows");
            assert_eq!(rows["columns"], json!(["a", "b", "c", "d", "e", "f", "g"]));
            assert_eq!(
                rows["rows"],
                json!([[-7, 7, 1.5, "tea", null, {"base64": "AP8="}, 10]])
            );
        }

        #[test]
        #[ignore = "needs mariadb: cargo xtask integration-test"]
        fn statement_timeout_is_an_error_and_the_connection_stays_usable() {
            let watched = TestMonitor::new();
            let mut bare = Bare::establish(&url()).unwrap();
            let mut conn = shop(&watched, 1..1);
            let slow = "SET STATEMENT max_statement_time = 0.05 FOR SELECT SLEEP(10)";
            let error = conn.batch_execute(slow).unwrap_err();
            assert_eq!(error, bare.batch_execute(slow).unwrap_err());
            assert!(error.to_string().contains("max_statement_time"), "{error}");
            assert!(conn.batch_execute("SELECT 1").is_ok());
            drop(conn);
            let outcomes = watched.of("sql-wconn-exec");
            assert_eq!(outcomes[0]["gomon:outcome"], "error");
            assert!(outcomes[0]["gomon:lapsed"].as_u64().unwrap() >= 50_000_000);
            assert_eq!(outcomes[1]["gomon:outcome"], "ok");
        }

        #[test]
        #[ignore = "needs mariadb: cargo xtask integration-test"]
        fn exhausted_pool_and_its_wait_are_recorded() {
            server::exhausted_pool::<Bare>(Service::MARIADB);
        }

        #[test]
        #[ignore = "needs mariadb: cargo xtask integration-test"]
        fn a_thousand_concurrent_transactions_each_have_their_own_parent() {
            server::thousand_transactions::<Bare>(Service::MARIADB, |conn, number| {
                diesel::select(number.into_sql::<diesel::sql_types::Integer>()).get_result(conn)
            });
        }

        #[test]
        #[ignore = "needs mariadb, control: cargo xtask integration-test"]
        fn stopped_server_is_an_error_and_recording_resumes_after_its_restart() {
            let sleep = "SELECT SLEEP(60)";
            server::stops_mid_query::<Bare>(Service::MARIADB, sleep, |conn| {
                let asleep = "(SELECT count(*) FROM information_schema.processlist WHERE info = 'SELECT SLEEP(60)')";
                let asleep = diesel::dsl::sql::<diesel::sql_types::BigInt>(asleep);
                diesel::select(asleep).get_result(conn).unwrap()
            });
        }

        #[test]
        #[ignore = "needs mariadb, control: cargo xtask integration-test"]
        fn stopped_server_is_an_error_and_a_new_connection_works() {
            let watched = TestMonitor::new();
            let mut conn = shop(&watched, 1..1);
            let stopped = Service::MARIADB.stop().unwrap();
            assert!(diesel::sql_query("SELECT 1").execute(&mut conn).is_err());
            let refused = conn.transaction(|conn| diesel::sql_query("SELECT 1").execute(conn));
            assert!(refused.is_err());
            stopped.end().unwrap();
            let mut conn = shop(&watched, 1..2);
            assert_eq!(goods::table.count().get_result(&mut conn), Ok(1_i64));
            drop(conn);
            assert_eq!(watched.one("sql-wconn-exec")["gomon:outcome"], "error");
            assert_eq!(watched.one("conn-begintx")["gomon:outcome"], "error");
        }
    };
}

pub(crate) use cases;
