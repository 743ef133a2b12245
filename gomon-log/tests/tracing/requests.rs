//! Requests to an axum server over a socket.

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{Request, StatusCode};
use axum::routing::get;
use gomon_axum::MonitoringLayer;
use gomon_core::{FutureExt as _, tracker};
use gomon_test::TestMonitor;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt as _;
use tower_http::trace::TraceLayer;
use tracing::instrument::WithSubscriber as _;
use tracing::{Instrument as _, info, info_span, instrument};
use tracing_subscriber::layer::SubscriberExt as _;

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

/// Spawns no task: it would have another subscriber than its spans.
#[instrument]
async fn plain(Path(id): Path<u32>) -> &'static str {
    info!("plain {id}");
    "tea"
}

fn app() -> Router {
    let fails = async || StatusCode::SERVICE_UNAVAILABLE;
    Router::new()
        .route("/plain/{id}", get(plain))
        .route("/broken", get(fails))
}

async fn answer(gomon: &TestMonitor, path: &str) -> StatusCode {
    answer_of(app().layer(TraceLayer::new_for_http()), gomon, path).await
}

/// Returns the answer under tower-http 0.6, whose events have no explicit parent.
async fn answer_of_06(gomon: &TestMonitor, path: &str) -> StatusCode {
    let layer = tower_http_06::trace::TraceLayer::new_for_http();
    answer_of(app().layer(layer), gomon, path).await
}

async fn answer_of(app: Router, gomon: &TestMonitor, path: &str) -> StatusCode {
    let layer = gomon_log::MonitoringLayer::new().with_monitor(gomon.monitor());
    let subscriber = tracing_subscriber::registry().with(layer.filtered());
    let request = Request::get(path).body(Body::empty()).unwrap();
    let answer = async {
        let answer = app.oneshot(request).await.unwrap();
        let status = answer.status();
        axum::body::to_bytes(answer.into_body(), 1024)
            .await
            .unwrap();
        status
    };
    answer.with_subscriber(subscriber).await
}

#[tokio::test]
async fn request_of_tower_http_is_an_event_of_a_request() {
    let gomon = TestMonitor::new();
    assert_eq!(answer(&gomon, "/plain/7?token=abc").await, 200);
    let request = gomon.one("http-service");
    assert_eq!(
        (&request["source"], &request["direction"]),
        (&"tracing".into(), &"incoming".into())
    );
    assert_eq!(
        (&request["method"], &request["proto"]),
        (&"GET".into(), &"HTTP/1.1".into())
    );
    assert_eq!(request["url"]["path"], "/plain/7");
    assert_eq!(request["url"]["query"], "token=[redacted]");
    assert_eq!(
        (&request["response_code"], &request["gomon:outcome"]),
        (&200.into(), &"ok".into())
    );
    let events = gomon.events();
    assert_eq!(named(&events, "plain")["parent"], request["id"]);
    assert!(
        events
            .iter()
            .all(|event| event["target"] != "tower_http::trace::on_response")
    );
}

#[tokio::test]
async fn failed_request_of_tower_http_is_an_error() {
    let gomon = TestMonitor::new();
    assert_eq!(answer(&gomon, "/broken").await, 503);
    let request = gomon.one("http-service");
    assert_eq!(
        (&request["response_code"], &request["gomon:outcome"]),
        (&503.into(), &"error".into())
    );
    assert_eq!(gomon.events().len(), 1);
}

#[tokio::test]
async fn requests_of_tower_http_0_6_have_a_status_and_an_outcome() {
    for (path, status, outcome) in [("/plain/7", 200, "ok"), ("/broken", 503, "error")] {
        let gomon = TestMonitor::new();
        assert_eq!(answer_of_06(&gomon, path).await, status);
        let request = gomon.one("http-service");
        assert_eq!(
            (&request["response_code"], &request["gomon:outcome"]),
            (&status.into(), &outcome.into())
        );
        let lines = gomon.of("tracing-event");
        assert!(
            lines
                .iter()
                .all(|line| line["target"] == "tracing::requests")
        );
        // Under another event, its failure is a line like any other.
        let gomon = TestMonitor::new();
        gomon.request(answer_of_06(&gomon, "/broken")).await;
        assert_eq!(gomon.one("tracing-event")["message"], "response failed");
    }
}

#[tokio::test]
async fn request_that_another_event_records_is_not_recorded_twice() {
    let gomon = TestMonitor::new();
    let status = gomon.request(answer(&gomon, "/broken")).await;
    assert_eq!(status, 503);
    // The failure is a line like any other.
    assert_eq!(gomon.one("tracing-event")["message"], "response failed");
    assert_eq!(gomon.events().len(), 2);
}
