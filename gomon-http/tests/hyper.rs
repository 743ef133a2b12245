//! A tower service behind hyper, over real sockets.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::convert::Infallible;
use std::time::Duration;

use futures_util::stream::{self, Stream};
use gomon_core::{Monitor, Recorder, Running};
use gomon_http::MonitoringLayer;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tower::{Layer, service_fn};

type Body = UnsyncBoxBody<Bytes, Infallible>;

async fn handle(request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let body = match request.uri().path() {
        "/stream" => StreamBody::new(ticks(3)).boxed_unsync(),
        "/endless" => StreamBody::new(ticks(usize::MAX)).boxed_unsync(),
        "/hang" => std::future::pending().await,
        "/panic" => panic!("boom"),
        _ => Full::new(Bytes::from_static(b"hello")).boxed_unsync(),
    };
    Ok(Response::new(body))
}

/// A body with this many frames, one every 5 ms.
fn ticks(count: usize) -> impl Stream<Item = Result<Frame<Bytes>, Infallible>> + Send {
    stream::unfold(count, async |left| {
        let left = left.checked_sub(1)?;
        tokio::time::sleep(Duration::from_millis(5)).await;
        Some((Ok(Frame::data(Bytes::from_static(b"tick\n"))), left))
    })
}

struct Server {
    running: Running,
    recorder: Recorder,
    port: u16,
}

impl Server {
    async fn start() -> Self {
        let recorder = Recorder::new();
        let running = Monitor::builder()
            .listener(recorder.listener())
            .build()
            .unwrap();
        let layer = MonitoringLayer::new().with_monitor(running.monitor());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let service = TowerToHyperService::new(layer.layer(service_fn(handle)));
                tokio::spawn(async move {
                    let builder = Builder::new(TokioExecutor::new());
                    drop(
                        builder
                            .serve_connection(TokioIo::new(stream), service)
                            .await,
                    );
                });
            }
        });
        Self {
            running,
            recorder,
            port,
        }
    }

    async fn send(&self, method: &str, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        let head = format!("{method} {path} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        stream
    }

    /// The whole response.
    async fn answer(&self, method: &str, path: &str) -> String {
        let mut answer = String::new();
        self.send(method, path)
            .await
            .read_to_string(&mut answer)
            .await
            .unwrap();
        answer
    }

    async fn event(self) -> Value {
        let recorder = self.recorder.clone();
        drop(
            tokio::task::spawn_blocking(move || recorder.wait_for(1))
                .await
                .unwrap(),
        );
        self.running.shutdown(Duration::from_secs(30));
        let events = self.recorder.wait_for(1);
        let [event] = events.as_slice() else {
            panic!("more than one event: {events:#?}")
        };
        serde_json::from_str(&event.to_json()).unwrap()
    }
}

#[tokio::test]
async fn exact_chunked_and_bodiless_answers_are_complete() {
    for (method, path, size) in [
        ("GET", "/", 5),
        ("GET", "/stream", 15),
        ("HEAD", "/", 0),
        ("HEAD", "/endless", 0),
    ] {
        let server = Server::start().await;
        let answer = server.answer(method, path).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
        assert_eq!(
            answer.contains("content-length: 5"),
            path == "/",
            "{answer}"
        );
        let event = server.event().await;
        assert_eq!(
            (&event["gomon:outcome"], &event["response_size"]),
            (&json!("ok"), &json!(size)),
            "{method} {path}"
        );
        assert_eq!(
            (&event["url"]["host"], &event["close"]),
            (&json!("shop"), &json!(true))
        );
    }
}

#[tokio::test]
async fn client_that_leaves_during_the_body_cancels() {
    let server = Server::start().await;
    let mut stream = server.send("GET", "/endless").await;
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
    assert!(event["response_size"].as_u64() >= Some(5));
}

#[tokio::test]
async fn client_that_leaves_before_the_head_cancels() {
    let server = Server::start().await;
    let stream = server.send("GET", "/hang").await;
    let monitor = server.running.monitor();
    while monitor.health().open == 0 {
        tokio::task::yield_now().await;
    }
    drop(stream);
    let event = server.event().await;
    assert_eq!(
        (&event["gomon:outcome"], &event["aborted"]),
        (&json!("cancelled"), &json!("handler"))
    );
}

#[tokio::test]
async fn panic_closes_the_connection_as_without_the_layer() {
    let server = Server::start().await;
    assert_eq!(server.answer("GET", "/panic").await, "");
    let event = server.event().await;
    assert_eq!(
        (&event["gomon:outcome"], &event["error"][0]["message"]),
        (&json!("panic"), &json!("boom"))
    );
}
