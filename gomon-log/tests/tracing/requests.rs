//! Requests to an axum server over a socket.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use gomon_axum::MonitoringLayer;
use gomon_core::{FutureExt as _, tracker};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tracing::{Instrument as _, info, info_span, instrument};

use crate::{assert_child, monitor, named};

#[instrument]
async fn goods(Path(id): Path<u32>) -> String {
    info!("looking for {id}");
    stock().await;
    let task = async { info!("in a task") }.instrument(info_span!("task"));
    tokio::spawn(task).await.unwrap();
    let plain = async { info!("in a plain task") }.in_current();
    tokio::spawn(plain).await.unwrap();
    "tea".to_owned()
}

async fn stock() {
    async {
        tokio::task::yield_now().await;
        info!("in stock");
    }
    .tracked(tracker("stock"))
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tree_of_a_request_has_the_spans_and_lines_of_its_handler() {
    let gomon = monitor();
    let app = Router::new()
        .route("/goods/{id}", get(goods))
        .layer(MonitoringLayer::new().with_monitor(gomon.monitor()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move { axum::serve(listener, app).await });

    let mut client = TcpStream::connect(address).await.unwrap();
    let request = b"GET /goods/7 HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n";
    client.write_all(request).await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("tea"), "{answer}");
    server.abort();
    let _ = server.await;

    let events = gomon.events();
    let (request, handler) = (gomon.one("axum-handle"), named(&events, "goods"));
    assert_eq!(handler["parent"], request["id"]);
    assert_eq!(handler["user:id"], "7");
    assert_child(&events, "looking for 7", "goods");
    assert_child(&events, "task", "goods");
    assert_child(&events, "in a task", "task");
    assert_child(&events, "in a plain task", "goods");
    let stock = gomon.one("stock");
    assert_eq!(stock["parent"], handler["id"]);
    assert_eq!(named(&events, "in stock")["parent"], stock["id"]);
    assert!(
        events
            .iter()
            .all(|event| event["trace"] == request["trace"])
    );
    // The tasks run on threads where the request is not current.
    assert_eq!(request["logs"], 2);
}
