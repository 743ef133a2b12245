//! What is asked of every server alike, for each driver's own types.

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
        let watched = Watched::new();
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
        // And the server has it.
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

#[allow(unused_imports, reason = "as above")]
pub(crate) use {exhausted_pool, stops_mid_query, thousand_transactions};
