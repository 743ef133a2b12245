//! A request to an axum server whose handler logs through all facades. Their loggers belong to the process, so this is
//! one test.
#![cfg(test)]

use axum::Router;
use axum::routing::get;
use gomon_axum::MonitoringLayer;
use gomon_log::{MonitoredDrain, MonitoredLogger};
use gomon_test::TestMonitor;
use log::LevelFilter;
use slog::{Discard, Logger, o};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tracing_subscriber::prelude::*;

#[tracing::instrument(skip(logger))]
async fn goods(logger: Logger) -> &'static str {
    log::info!(facade = "log"; "by log");
    tokio::task::yield_now().await;
    tracing::info!(facade = "tracing", "by tracing");
    slog::info!(logger, "by slog"; "facade" => "slog");
    "tea"
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tree_of_a_request_has_its_lines_of_all_facades() {
    MonitoredLogger::new(log::logger())
        .install(LevelFilter::Off)
        .unwrap();
    tracing_subscriber::registry()
        .with(gomon_log::layer())
        .try_init()
        .unwrap();
    let logger = Logger::root(MonitoredDrain::new(Discard), o!());
    let gomon = TestMonitor::new();
    let app = Router::new()
        .route("/goods", get(move || goods(logger.clone())))
        .layer(MonitoringLayer::new().with_monitor(gomon.monitor()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move { axum::serve(listener, app).await });

    let mut client = TcpStream::connect(address).await.unwrap();
    let request = b"GET /goods HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n";
    client.write_all(request).await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("tea"), "{answer}");
    server.abort();
    let _ = server.await;

    let (request, handler) = (gomon.one("axum-handle"), gomon.one("tracing-span"));
    assert_eq!(handler["parent"], request["id"]);
    for (fingerprint, facade) in [
        ("log-record", "log"),
        ("tracing-event", "tracing"),
        ("slog-record", "slog"),
    ] {
        let record = gomon.one(fingerprint);
        assert_eq!(record["message"], format!("by {facade}"));
        assert_eq!(record["facade"], facade);
        assert_eq!(record["parent"], handler["id"]);
        assert_eq!(record["trace"], request["trace"]);
    }
    assert_eq!(request["logs"], 3);
}
