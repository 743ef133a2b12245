//! Redis through redis-rs.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use integration::Service;
use redis::AsyncCommands as _;
use redis::aio::MultiplexedConnection;

async fn connect() -> redis::RedisResult<MultiplexedConnection> {
    let client = redis::Client::open(Service::REDIS.url().unwrap())?;
    client.get_multiplexed_async_connection().await
}

async fn ping() -> redis::RedisResult<()> {
    let response: String = redis::cmd("PING")
        .query_async(&mut connect().await?)
        .await?;
    assert_eq!(response, "PONG");
    Ok(())
}

async fn run_id() -> String {
    let mut connection = connect().await.unwrap();
    let info = redis::cmd("INFO")
        .arg("server")
        .query_async(&mut connection)
        .await;
    let info: String = info.unwrap();
    info.lines()
        .find_map(|line| line.strip_prefix("run_id:"))
        .unwrap()
        .to_owned()
}

#[tokio::test]
#[ignore = "needs redis: cargo xtask integration-test"]
async fn value_is_read_back() {
    let mut connection = connect().await.unwrap();
    let key = "value_is_read_back";
    let () = connection.set(key, b"a\0b".as_slice()).await.unwrap();
    assert_eq!(connection.get::<_, Vec<u8>>(key).await.unwrap(), b"a\0b");
    assert_eq!(connection.del::<_, u32>(key).await.unwrap(), 1);
    assert_eq!(
        connection.get::<_, Option<String>>(key).await.unwrap(),
        None
    );
}

support::disturbances_are_noticed!(
    Service::REDIS,
    ping,
    "needs redis, control: cargo xtask integration-test"
);

#[tokio::test]
#[ignore = "needs redis, control: cargo xtask integration-test"]
async fn restart_starts_a_new_server_and_closes_connections() {
    let before = run_id().await;
    let mut old = connect().await.unwrap();
    Service::REDIS.restart().unwrap();
    assert!(old.get::<_, Option<String>>("any").await.is_err());
    assert_ne!(run_id().await, before);
}
