//! Tests of every server, for each driver's types.

/// A thousand requests at once, each with a transaction; every query finds its own transaction, connection and request.
macro_rules! thousand_transactions {
    ($watched:ident, $pool:ident, $echo:expr) => {
        use gomon_core::FutureExt as _;
        let tasks: Vec<_> = (0..1000_i64)
            .map(|number| {
                let pool = $pool.clone();
                let request = async move {
                    let mut transaction = pool.begin().await.unwrap();
                    let echo = sqlx::query_scalar::<_, i64>($echo).bind(number);
                    assert_eq!(echo.fetch_one(&mut *transaction).await.unwrap(), number);
                    match number % 3 {
                        0 => transaction.commit().await.unwrap(),
                        1 => transaction.rollback().await.unwrap(),
                        _ => drop(transaction),
                    }
                };
                tokio::spawn(request.tracked($watched.monitor().root("request")))
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        $watched.assert_tree(
            &["sql-wconn-query", "conn-begintx", "sql-wconn", "request"],
            1000,
        );
        $watched.assert_settled();
    };
}

/// A pool whose only connection is out: the error is sqlx's own.
#[allow(unused_macros, reason = "as below")]
macro_rules! exhausted_pool {
    ($options:expr, $service:expr) => {
        let watched = TestMonitor::new();
        let options = $options
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(1));
        let pool = options.connect(&$service.url().unwrap()).await.unwrap();
        let pool = MonitoredPool::new(pool).with_monitor(watched.monitor());
        let held = pool.acquire().await.unwrap();
        assert!(matches!(
            pool.execute("SELECT 1").await,
            Err(sqlx::Error::PoolTimedOut)
        ));
        let refused = watched.one("sql-wconn");
        assert_eq!(refused["gomon:outcome"], "error");
        assert!(refused["gomon:lapsed"].as_u64().unwrap() >= 1_000_000_000);
        drop(held);
        pool.execute("SELECT 1").await.unwrap();
        watched.assert_settled();
    };
}

/// A server that stops under a query: the error is the driver's, and the pool finds the server again.
#[allow(unused_macros, reason = "an embedded database does not stop")]
macro_rules! stops_mid_query {
    ($watched:ident, $pool:ident, $service:expr, $sleep:expr) => {
        let sleeping = $pool.clone();
        let sleeping = tokio::spawn(async move { sleeping.execute($sleep).await });
        // Until it holds the one connection of the pool.
        while (*$pool).try_acquire().is_some() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // And the server runs it.
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(!sleeping.is_finished());
        let stopped = tokio::task::spawn_blocking(|| $service.stop())
            .await
            .unwrap()
            .unwrap();
        let error = sleeping.await.unwrap().unwrap_err();
        let event = $watched.one("sql-wconn-exec");
        assert_eq!(event["gomon:outcome"], "error", "{error:?}: {event}");
        assert!($watched.one("sql-wconn").get("wait").is_some());
        tokio::task::spawn_blocking(|| stopped.end())
            .await
            .unwrap()
            .unwrap();
        $pool.execute("SELECT 1").await.unwrap();
        assert_eq!(
            $watched.of("sql-wconn-exec").pop().unwrap()["gomon:outcome"],
            "ok"
        );
        $watched.assert_settled();
    };
}

/// The tests that are the same for each server, where `$needs` and `$controls` say what they want, `$nap` and `$sleep` make
/// the server wait half a second and a minute, and `$echo` gives back a number.
#[allow(unused_macros, reason = "as above")]
macro_rules! cases {
    (
        $database:ident, $options:ident, $connection:ident, $service:expr,
        $needs:literal, $controls:literal, $nap:literal, $sleep:literal, $echo:literal
    ) => {
        async fn bare(connections: u32) -> sqlx::Pool<$database> {
            $options::new()
                .max_connections(connections)
                .acquire_timeout(Duration::from_secs(60))
                .connect(&$service.url().unwrap())
                .await
                .unwrap()
        }

        async fn pool(watched: &TestMonitor, connections: u32) -> MonitoredPool<$database> {
            MonitoredPool::new(bare(connections).await).with_monitor(watched.monitor())
        }

        program!(run_bare, sqlx::Pool<$database>, $database);
        program!(run_watched, MonitoredPool<$database>, $database);

        #[tokio::test]
        #[ignore = $needs]
        async fn program_gets_the_same_bare_and_watched() {
            let watched = TestMonitor::new();
            let expected = run_bare(bare(1).await, &WORDS).await;
            let got = run_watched(pool(&watched, 1).await, &WORDS).await;
            assert_eq!(
                server::without_temporary_schema(got),
                server::without_temporary_schema(expected)
            );
            watched.assert_settled();
        }

        #[tokio::test]
        #[ignore = $needs]
        async fn query_cancelled_half_way_ends_and_leaves_the_connection_usable() {
            let watched = TestMonitor::new();
            let pool = pool(&watched, 1).await;
            let sleep = tokio::time::timeout(Duration::from_millis(50), pool.fetch_all($nap));
            assert!(sleep.await.is_err());
            assert_eq!(
                watched.story(),
                ["sql-wconn-query SELECT cancelled", "sql-wconn"]
            );
            pool.execute("SELECT 1").await.unwrap();
            watched.assert_settled();
        }

        #[tokio::test]
        #[ignore = $needs]
        async fn exhausted_pool_is_the_pools_error() {
            server::exhausted_pool!($options::new(), $service);
        }

        #[tokio::test(flavor = "multi_thread")]
        #[ignore = $needs]
        async fn a_thousand_concurrent_transactions_each_have_their_own_parent() {
            let watched = TestMonitor::new();
            let pool = pool(&watched, 20).await;
            server::thousand_transactions!(watched, pool, $echo);
        }

        #[tokio::test]
        #[ignore = $needs]
        async fn rejected_login_returns_the_error_of_the_driver() {
            let url = $service.url().unwrap();
            let wrong = url.replacen('@', "planted-secret@", 1);
            let scheme = url.split(':').next().unwrap();
            let unreachable = format!("{scheme}://someone:planted-secret@127.0.0.1:1/none");
            for url in [wrong, unreachable] {
                let bare = $connection::connect(&url).await.unwrap_err();
                let own = MonitoredConnection::<$database>::connect(&url).await;
                assert_eq!(format!("{:?}", own.unwrap_err()), format!("{bare:?}"));
                let watched = TestMonitor::new();
                let pool = $options::new()
                    .acquire_timeout(Duration::from_secs(2))
                    .connect_lazy(&url);
                let pool = MonitoredPool::new(pool.unwrap()).with_monitor(watched.monitor());
                assert!(pool.execute("SELECT 1").await.is_err());
                let event = watched.one("sql-wconn");
                assert_eq!(event["gomon:outcome"], "error");
                let shown = format!("{event}{pool:?}");
                assert!(!shown.contains("planted-secret"), "{shown}");
            }
        }

        #[tokio::test(flavor = "multi_thread")]
        #[ignore = $controls]
        async fn server_that_stops_is_an_error_and_its_return_is_found() {
            let watched = TestMonitor::new();
            let pool = pool(&watched, 1).await;
            server::stops_mid_query!(watched, pool, $service, $sleep);
        }
    };
}

/// Errors of PostgreSQL name the schema of temporary tables, which is new for each connection.
#[allow(dead_code, reason = "as above")]
pub(crate) fn without_temporary_schema(recorded: Vec<String>) -> Vec<String> {
    let is_digit = |c: char| c.is_ascii_digit();
    let stripped = recorded
        .into_iter()
        .map(|line| match line.split_once("pg_temp_") {
            Some((before, after)) => format!("{before}{}", after.trim_start_matches(is_digit)),
            None => line,
        });
    stripped.collect()
}

#[allow(unused_imports, reason = "as above")]
pub(crate) use {cases, exhausted_pool, stops_mid_query, thousand_transactions};
