//! Events of an axum application, over real sockets.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn, map_request};
use axum::response::Response;
use axum::routing::{get, post};
use futures_util::{StreamExt as _, stream};
use gomon_axum::{HttpConfig, MonitoringLayer, TracePolicy};
use gomon_core::{Key, Monitor, Recorder, Running, current};
use http_body_util::{BodyExt, Empty, Limited};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt as _;

struct Server {
    running: Running,
    recorder: Recorder,
    port: u16,
}

impl Server {
    async fn start(app: impl FnOnce(MonitoringLayer) -> Router) -> Self {
        let recorder = Recorder::new();
        let running = Monitor::builder()
            .listener(recorder.listener())
            .build()
            .unwrap();
        let app = app(MonitoringLayer::new().with_monitor(running.monitor()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let service = app.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        Self {
            running,
            recorder,
            port,
        }
    }

    async fn send(&self, head: &str, body: &str) -> TcpStream {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        let length = if body.is_empty() {
            String::new()
        } else {
            format!("content-length: {}\r\n", body.len())
        };
        let text =
            format!("{head} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n{length}\r\n{body}");
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }

    /// The whole response.
    async fn answer(&self, head: &str, body: &str) -> String {
        let mut answer = String::new();
        self.send(head, body)
            .await
            .read_to_string(&mut answer)
            .await
            .unwrap();
        answer
    }

    /// Returns the event of the only request.
    async fn events(self, count: usize) -> Vec<Value> {
        let recorder = self.recorder.clone();
        drop(
            tokio::task::spawn_blocking(move || recorder.wait_for(count))
                .await
                .unwrap(),
        );
        self.running.shutdown(Duration::from_secs(30));
        let events = self.recorder.wait_for(count);
        assert_eq!(events.len(), count, "{events:#?}");
        let parse = |event: &gomon_core::OwnedEvent| serde_json::from_str(&event.to_json());
        events.iter().map(|event| parse(event).unwrap()).collect()
    }

    async fn event(self) -> Value {
        self.events(1).await.remove(0)
    }
}

/// The common part of the routers.
fn shop() -> Router {
    let nested = Router::new().route("/items/{id}", get(async || "item"));
    Router::new()
        .route("/hello", get(async || "hello"))
        .route("/empty", get(async || StatusCode::NO_CONTENT))
        .route(
            "/unchanged",
            get(async || (StatusCode::NOT_MODIFIED, "body")),
        )
        .route("/failing", get(async || StatusCode::INTERNAL_SERVER_ERROR))
        .route("/echo", post(async |body: Bytes| body))
        .route("/first", post(first_frame))
        .route("/stream", get(async || ticks(3)))
        .route("/endless", get(async || ticks(usize::MAX)))
        .route("/hang", get(std::future::pending::<()>))
        .route(
            "/panic",
            get(async || {
                if true {
                    panic!("boom")
                }
            }),
        )
        .route(
            "/upgrade",
            get(async || (StatusCode::SWITCHING_PROTOCOLS, [("upgrade", "chat")])),
        )
        .nest("/shops/{shop}", nested)
}

async fn first_frame(request: Request) -> String {
    let frame = request.into_body().frame().await.unwrap().unwrap();
    frame.into_data().unwrap().len().to_string()
}

fn ticks(count: usize) -> Body {
    let ticks = stream::iter(0..count).then(async |_| {
        tokio::time::sleep(Duration::from_millis(5)).await;
        Ok::<_, Infallible>("tick\n")
    });
    Body::from_stream(ticks)
}

async fn event_of(head: &str) -> (String, Value) {
    let server = Server::start(|layer| shop().layer(layer)).await;
    let answer = server.answer(head, "").await;
    (answer, server.event().await)
}

#[tokio::test]
async fn request_is_one_event_with_its_route_and_address() {
    let (answer, event) = event_of("GET /hello?token=abc").await;
    assert!(answer.ends_with("\r\n\r\nhello"), "{answer}");
    let expected = json!({
        "gomon:fp": "axum-handle", "gomon:outcome": "ok", "direction": "incoming", "method": "GET",
        "proto": "HTTP/1.1", "route": "/hello", "response_code": 200, "request_size": 0, "response_size": 5,
        "url": {"scheme": "http", "host": "shop", "path": "/hello", "query": "token=[redacted]"},
    });
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&event[key], value, "{key} of {event:#}");
    }
    assert!(
        event["remoteaddr"]
            .as_str()
            .unwrap()
            .starts_with("127.0.0.1:")
    );
}

#[tokio::test]
async fn route_is_the_template_and_never_the_path() {
    for (head, route, status) in [
        ("GET /shops/7/items/8", "/shops/{shop}/items/{id}", 200),
        ("POST /hello", "/hello", 405),
        ("GET /nobody/knows", "<unmatched>", 404),
        ("GET /shops/7/nothing", "<unmatched>", 404),
    ] {
        let (_, event) = event_of(head).await;
        assert_eq!(
            (&event["route"], &event["response_code"]),
            (&json!(route), &json!(status)),
            "{head}"
        );
        let path = head.split_once(' ').unwrap().1;
        assert_eq!(
            (&event["url"]["path"], &event["gomon:outcome"]),
            (&json!(path), &json!("ok"))
        );
    }
}

#[tokio::test]
async fn inner_layer_sets_the_route_of_the_outer_one() {
    let server = Server::start(|layer| {
        let opaque = Router::new()
            .route("/items/{id}", get(async || "item"))
            .layer(layer.clone());
        Router::new().nest_service("/opaque", opaque).layer(layer)
    });
    let server = server.await;
    server.answer("GET /opaque/items/8", "").await;
    assert_eq!(server.event().await["route"], "/opaque/items/{id}");
}

#[tokio::test]
async fn layers_of_all_kinds_are_one_event() {
    let server = Server::start(|layer| {
        shop()
            .route_layer(layer.clone())
            .layer(layer.clone())
            .layer(layer)
    });
    let server = server.await;
    server.answer("GET /hello", "").await;
    assert_eq!(server.event().await["route"], "/hello");
}

#[tokio::test]
async fn request_that_a_handler_makes_is_a_separate_event() {
    let server = Server::start(|layer| {
        let inner = Router::new()
            .route("/hello", get(async || "inner"))
            .layer(layer.clone());
        let outer = async move |request: Request| {
            // Memory of the dropped request may be reused by the next one.
            drop(request);
            let own = Request::get("/hello").body(Body::empty()).unwrap();
            inner.oneshot(own).await
        };
        Router::new().route("/hello", get(outer)).layer(layer)
    });
    let server = server.await;
    server.answer("GET /hello", "").await;
    for event in server.events(2).await {
        assert_eq!(event["route"], "/hello");
    }
}

/// Runs the inner service in another task, with a copy of the request.
async fn elsewhere(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let copy = Request::from_parts(parts.clone(), body);
    tokio::spawn(next.run(copy)).await.unwrap()
}

#[tokio::test]
async fn layer_below_another_task_leaves_the_request_to_the_outer_one() {
    let server = Server::start(|layer| {
        shop()
            .layer(layer.clone())
            .layer(from_fn(elsewhere))
            .layer(layer)
    });
    let server = server.await;
    server.answer("GET /hello", "").await;
    assert_eq!(server.event().await["route"], "/hello");
}

#[tokio::test]
async fn excluded_request_is_excluded_below_another_task_too() {
    let server = Server::start(|layer| {
        let config = HttpConfig::default().with_excluded(["/hello"]);
        shop()
            .layer(layer.clone())
            .layer(from_fn(elsewhere))
            .layer(layer.with_config(config))
    });
    let server = server.await;
    server.answer("GET /hello", "").await;
    server.answer("GET /stream", "").await;
    assert_eq!(server.event().await["route"], "/stream");
}

#[tokio::test]
async fn layer_of_a_nested_router_records_the_whole_path() {
    let server = Server::start(|layer| {
        Router::new().nest(
            "/a",
            Router::new().route("/b", get(async || "b")).layer(layer),
        )
    });
    let server = server.await;
    server.answer("GET /a/b", "").await;
    let event = server.event().await;
    assert_eq!(
        (&event["route"], &event["url"]["path"]),
        (&json!("/a/b"), &json!("/a/b"))
    );
}

#[tokio::test]
async fn answers_without_a_body_are_complete() {
    for (head, size) in [
        ("HEAD /hello", 0),
        ("HEAD /endless", 0),
        ("GET /empty", 0),
        ("GET /unchanged", 0),
        ("GET /stream", 15),
    ] {
        let (answer, event) = event_of(head).await;
        assert_eq!(
            (&event["gomon:outcome"], &event["response_size"]),
            (&json!("ok"), &json!(size)),
            "{head}"
        );
        assert_eq!(
            answer.contains("content-length: 5"),
            head == "HEAD /hello",
            "{answer}"
        );
    }
}

#[tokio::test]
async fn request_size_counts_the_bytes_that_were_read() {
    let server = Server::start(|layer| shop().layer(layer)).await;
    let answer = server.answer("POST /echo", "hello world").await;
    assert!(answer.ends_with("hello world"), "{answer}");
    let event = server.event().await;
    let sizes = [
        &event["content-length"],
        &event["request_size"],
        &event["response_size"],
    ];
    assert_eq!(sizes, [11, 11, 11]);
}

#[tokio::test]
async fn partly_read_request_counts_the_bytes_that_were_read() {
    let server = Server::start(|layer| shop().layer(layer)).await;
    let mut stream = TcpStream::connect(("127.0.0.1", server.port))
        .await
        .unwrap();
    stream
        .write_all(b"POST /first HTTP/1.1\r\nhost: shop\r\ncontent-length: 1000\r\n\r\nabc")
        .await
        .unwrap();
    let mut answer = [0; 1024];
    let length = stream.read(&mut answer).await.unwrap();
    assert!(answer[..length].ends_with(b"\r\n\r\n3"));
    let event = server.event().await;
    assert_eq!(
        (&event["content-length"], &event["request_size"]),
        (&json!(1000), &json!(3))
    );
}

#[tokio::test]
async fn client_that_leaves_during_the_body_cancels() {
    let server = Server::start(|layer| shop().layer(layer)).await;
    let mut stream = server.send("GET /endless", "").await;
    let mut seen = Vec::new();
    while !seen.ends_with(b"tick\n\r\n") {
        assert_ne!(stream.read_buf(&mut seen).await.unwrap(), 0);
    }
    drop(stream);
    let event = server.event().await;
    assert_eq!(
        (&event["gomon:outcome"], &event["aborted"]),
        (&json!("cancelled"), &json!("body"))
    );
}

#[tokio::test]
async fn client_that_leaves_before_the_head_cancels() {
    let server = Server::start(|layer| shop().layer(layer)).await;
    let stream = server.send("GET /hang", "").await;
    while server.running.monitor().health().open == 0 {
        tokio::task::yield_now().await;
    }
    drop(stream);
    let event = server.event().await;
    assert_eq!(
        (&event["gomon:outcome"], &event["aborted"]),
        (&json!("cancelled"), &json!("handler"))
    );
    assert_eq!(event.get("response_code"), None);
}

#[tokio::test]
async fn panic_and_failure_are_distinguished() {
    let (answer, event) = event_of("GET /panic").await;
    assert_eq!(answer, "");
    assert_eq!(
        (&event["gomon:outcome"], &event["error"][0]["message"]),
        (&json!("panic"), &json!("boom"))
    );
    let (_, event) = event_of("GET /failing").await;
    assert_eq!(
        (&event["gomon:outcome"], &event["response_code"]),
        (&json!("error"), &json!(500))
    );
}

#[tokio::test]
async fn upgrade_ends_the_event() {
    let server = Server::start(|layer| shop().layer(layer)).await;
    let mut stream = TcpStream::connect(("127.0.0.1", server.port))
        .await
        .unwrap();
    let head =
        b"GET /upgrade HTTP/1.1\r\nhost: shop\r\nconnection: upgrade\r\nupgrade: chat\r\n\r\n";
    stream.write_all(head).await.unwrap();
    let event = server.event().await;
    assert_eq!(
        (&event["gomon:outcome"], &event["upgrade"]),
        (&json!("ok"), &json!("chat"))
    );
}

#[tokio::test]
async fn http2_is_one_event_too() {
    let server = Server::start(|layer| shop().layer(layer)).await;
    let stream = TcpStream::connect(("127.0.0.1", server.port))
        .await
        .unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
    tokio::spawn(connection);
    let request = Request::get("https://shop/shops/1/items/2")
        .body(Empty::<Bytes>::new())
        .unwrap();
    let response = sender.send_request(request).await.unwrap();
    assert_eq!(
        response.into_body().collect().await.unwrap().to_bytes(),
        "item"
    );
    let event = server.event().await;
    assert_eq!(
        (&event["proto"], &event["gomon:outcome"]),
        (&json!("HTTP/2"), &json!("ok"))
    );
    let url = json!({"scheme": "https", "host": "shop", "path": "/shops/1/items/2"});
    assert_eq!((&event["url"], &event["response_size"]), (&url, &json!(4)));
}

#[tokio::test]
async fn handler_finds_its_request() {
    let server = Server::start(|layer| {
        let handler = async || {
            current(|tracker| tracker.set(Key::new("cart"), 17))
                .is_some()
                .to_string()
        };
        Router::new().route("/", get(handler)).layer(layer)
    });
    let server = server.await;
    assert!(server.answer("GET /", "").await.ends_with("true"));
    assert_eq!(server.event().await["cart"], 17);
}

#[tokio::test]
async fn errors_of_request_bodies_keep_their_depth() {
    let server = Server::start(|layer| {
        let limit = map_request(async |request: Request| {
            request.map(|body| Body::new(Limited::new(body, 3)))
        });
        shop().layer(layer).layer(limit)
    });
    let server = server.await;
    let answer = server.answer("POST /echo", "hello world").await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert_eq!(server.event().await["response_code"], 413);
}

#[tokio::test]
async fn excluded_routes_leave_no_event() {
    let server = Server::start(|layer| {
        shop().layer(
            layer.with_config(HttpConfig::default().with_excluded(["/shops/{shop}/*", "/hello"])),
        )
    });
    let server = server.await;
    server.answer("GET /hello", "").await;
    server.answer("GET /shops/1/items/2", "").await;
    server.answer("GET /stream", "").await;
    assert_eq!(server.event().await["route"], "/stream");
}

#[tokio::test]
async fn request_to_a_router_of_the_process_is_a_child_of_its_cause() {
    const CALLER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    for policy in [TracePolicy::Link, TracePolicy::Trust, TracePolicy::Ignore] {
        let server = Server::start(|layer| {
            let layer = layer.with_config(HttpConfig::default().with_trace_policy(policy));
            let inner = Router::new()
                .route("/inner", get(async || "inner"))
                .layer(layer.clone());
            let outer = async move |outer: Request| {
                let mut request = Request::get("/inner").body(Body::empty()).unwrap();
                // As a proxy does it, with the `traceparent` of the caller.
                *request.headers_mut() = outer.headers().clone();
                inner.oneshot(request).await
            };
            Router::new().route("/outer", get(outer)).layer(layer)
        })
        .await;
        let head = format!("GET /outer HTTP/1.1\r\ntraceparent: {CALLER}\r\nx-rest:");
        assert!(server.answer(&head, "").await.ends_with("inner"));
        let events = server.events(2).await;
        let (inner, outer) = (&events[0], &events[1]);
        assert_eq!(
            (&inner["route"], &outer["route"]),
            (&json!("/inner"), &json!("/outer"))
        );
        assert_eq!(inner["parent"], outer["id"], "{policy:?}");
        assert_eq!(inner["trace"], outer["trace"]);
        let is_linked = inner.get("links").is_some();
        assert_eq!(is_linked, policy != TracePolicy::Ignore, "{policy:?}");
    }
}

#[tokio::test]
async fn answer_of_a_router_of_the_process_is_judged_by_its_status() {
    let server = Server::start(|layer| {
        let inner = shop().layer(layer.clone());
        let outer = async move || {
            let mut statuses = Vec::new();
            for path in ["/hello", "/failing"] {
                let request = Request::get(path).body(Body::empty()).unwrap();
                let response = inner.clone().oneshot(request).await.unwrap();
                statuses.push(response.status().as_u16());
            }
            format!("{statuses:?}")
        };
        Router::new().route("/outer", get(outer)).layer(layer)
    })
    .await;
    let answer = server.answer("GET /outer", "").await;
    assert!(answer.ends_with("[200, 500]"), "{answer}");
    let events = server.events(3).await;
    let outcomes: Vec<_> = events.iter().map(|event| &event["gomon:outcome"]).collect();
    assert_eq!(outcomes, ["ok", "error", "ok"]);
    assert_eq!(events[0]["aborted"], "head");
}
