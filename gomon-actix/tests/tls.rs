//! A server with TLS, over both protocols.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::{App, HttpServer, rt, web};
use gomon_actix::MonitoringMiddleware;
use gomon_core::{Monitor, Recorder};
use rustls::ClientConfig;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

async fn connect(address: SocketAddr, client: ClientConfig) -> TlsStream<TcpStream> {
    let stream = TcpStream::connect(address).await.unwrap();
    TlsConnector::from(Arc::new(client))
        .connect("localhost".try_into().unwrap(), stream)
        .await
        .unwrap()
}

/// Returns the event of a request that `ask` makes over a connection with `protocol`.
async fn event(protocol: &[u8], ask: impl AsyncFnOnce(TlsStream<TcpStream>)) -> Value {
    let recorder = Recorder::new();
    let running = Monitor::builder()
        .health_interval(None)
        .listener(recorder.listener())
        .build()
        .unwrap();
    let middleware = MonitoringMiddleware::new().with_monitor(running.monitor());
    let (server, mut client) = integration::localhost_tls();
    client.alpn_protocols = vec![protocol.to_vec()];
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let app = move || {
        App::new()
            .route("/echo", web::post().to(async |body: String| body))
            .wrap(middleware.clone())
    };
    let server = HttpServer::new(app)
        .workers(1)
        .disable_signals()
        .listen_rustls_0_23(listener, server)
        .unwrap()
        .run();
    rt::spawn(server);
    ask(connect(address, client).await).await;
    let events = web::block(move || {
        let events = recorder.wait_for(1);
        running.shutdown(Duration::from_secs(30));
        events
    });
    let events = events.await.unwrap();
    serde_json::from_str(&events[0].to_json()).unwrap()
}

fn check(event: &Value, proto: &str) {
    let url = json!({ "scheme": "https", "host": "localhost", "path": "/echo" });
    for (key, value) in [
        ("url", url),
        ("proto", json!(proto)),
        ("route", json!("/echo")),
        ("request_size", json!(5)),
        ("response_size", json!(5)),
        ("gomon:outcome", json!("ok")),
    ] {
        assert_eq!(event[key], value, "{key}");
    }
}

#[actix_web::test]
async fn scheme_is_https_over_http_1() {
    let event = event(b"http/1.1", async |mut stream| {
        let request = "POST /echo HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
                       content-length: 5\r\n\r\nhello";
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // A close without a TLS close message is the client's error.
        drop(stream.read_to_end(&mut answer).await);
        assert!(answer.ends_with(b"hello"));
    });
    check(&event.await, "HTTP/1.1");
}

#[actix_web::test]
async fn scheme_is_https_over_http_2() {
    let event = event(b"h2", async |stream| {
        let (client, connection) = h2::client::handshake(stream).await.unwrap();
        rt::spawn(connection);
        let request = http::Request::post("https://localhost/echo")
            .body(())
            .unwrap();
        let mut client = client.ready().await.unwrap();
        let (response, mut body) = client.send_request(request, false).unwrap();
        body.send_data("hello".into(), true).unwrap();
        let mut body = response.await.unwrap().into_body();
        let mut read = Vec::new();
        while let Some(data) = body.data().await {
            read.extend(data.unwrap());
        }
        assert_eq!(read, b"hello");
    });
    check(&event.await, "HTTP/2");
}
