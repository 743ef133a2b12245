//! A hyper service, served by `serve` and by hyper itself.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use gomon_core::adapter::keys;
use gomon_core::{Monitor, Recorder, Running, current};
use gomon_http::HttpConfig;
use gomon_http::server::MonitoringService;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

async fn handle(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    current(|tracker| tracker.set(keys::ROUTE, "/{name}"));
    if request.uri().path() == "/slow" {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut response = Response::new(Full::from("hello"));
    let plain = http::HeaderValue::from_static("text/plain");
    response.headers_mut().insert("content-type", plain);
    Ok(response)
}

struct Rig {
    running: Running,
    recorder: Recorder,
}

impl Rig {
    fn new() -> Self {
        let recorder = Recorder::new();
        let running = Monitor::builder()
            .listener(recorder.listener())
            .build()
            .unwrap();
        Self { running, recorder }
    }

    fn event(&self) -> Value {
        self.running.monitor().flush(Duration::from_secs(30));
        let events = self.recorder.wait_for(1);
        assert_eq!(events.len(), 1);
        serde_json::from_str(&events[0].to_json()).unwrap()
    }
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

async fn send(address: SocketAddr, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

async fn ask(address: SocketAddr, path: &str) -> String {
    let mut answer = String::new();
    let mut stream = send(address, path).await;
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn served_request_is_an_event_that_knows_its_client() {
    let (rig, (listener, address)) = (Rig::new(), listen().await);
    let server = gomon_http::serve(listener, service_fn(handle))
        .with_monitor(rig.running.monitor())
        .with_config(HttpConfig::default().with_response_body(4));
    tokio::spawn(server.into_future());
    assert!(ask(address, "/x").await.ends_with("hello"));
    let event = rig.event();
    assert_eq!(event["gomon:fp"], "http-service");
    assert_eq!(event["route"], "/{name}");
    assert_eq!(event["response_body"], "hell");
    let peer: SocketAddr = event["remoteaddr"].as_str().unwrap().parse().unwrap();
    assert_eq!(peer.ip(), address.ip());
}

#[tokio::test]
async fn graceful_shutdown_finishes_requests_and_accepts_no_more() {
    let (rig, (listener, address)) = (Rig::new(), listen().await);
    let (stop, stopped) = oneshot::channel::<()>();
    let server = gomon_http::serve(listener, service_fn(handle))
        .with_monitor(rig.running.monitor())
        .with_graceful_shutdown(async { drop(stopped.await) });
    let server = tokio::spawn(server.into_future());
    let mut slow = send(address, "/slow").await;
    while rig.running.monitor().health().open == 0 {
        tokio::task::yield_now().await;
    }
    stop.send(()).unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("hello"), "{answer}");
    server.await.unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err());
    assert_eq!(rig.event()["gomon:outcome"], "ok");
}

#[tokio::test(start_paused = true)]
async fn idle_connection_is_kept() {
    let (rig, (listener, address)) = (Rig::new(), listen().await);
    let server =
        gomon_http::serve(listener, service_fn(handle)).with_monitor(rig.running.monitor());
    tokio::spawn(server.into_future());
    let mut stream = TcpStream::connect(address).await.unwrap();
    for _ in 0..2 {
        stream
            .write_all(b"GET /x HTTP/1.1\r\nhost: shop\r\n\r\n")
            .await
            .unwrap();
        let (mut answer, mut piece) = (Vec::new(), [0; 1024]);
        while !answer.ends_with(b"hello") {
            let read = stream.read(&mut piece).await.unwrap();
            assert_ne!(read, 0, "the connection is closed");
            answer.extend_from_slice(&piece[..read]);
        }
        tokio::time::sleep(Duration::from_secs(3600)).await;
    }
}

#[tokio::test]
async fn service_needs_no_tower() {
    let (rig, (listener, address)) = (Rig::new(), listen().await);
    let service = MonitoringService::new(service_fn(handle)).with_monitor(rig.running.monitor());
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let serving = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        drop(serving.await);
    });
    assert!(ask(address, "/x").await.ends_with("hello"));
    let event = rig.event();
    assert_eq!(
        (&event["gomon:outcome"], &event["response_size"]),
        (&json!("ok"), &json!(5))
    );
}

#[tokio::test]
async fn nothing_is_recorded_while_the_monitor_is_off() {
    let (rig, (listener, address)) = (Rig::new(), listen().await);
    rig.running.monitor().disable();
    let server =
        gomon_http::serve(listener, service_fn(handle)).with_monitor(rig.running.monitor());
    tokio::spawn(server.into_future());
    assert!(ask(address, "/x").await.ends_with("hello"));
    rig.running.monitor().flush(Duration::from_secs(30));
    assert_eq!(rig.recorder.events().len(), 1, "the application's alone");
}
