//! A whole application with the global monitor.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use gomon_axum::MonitoringLayer;
use gomon_core::{Monitor, Recorder};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

#[tokio::test]
async fn served_application_is_covered_as_a_whole_and_stops_gracefully() {
    let recorder = Recorder::new();
    let running = Monitor::builder()
        .listener(recorder.listener())
        .start()
        .unwrap();
    let app = Router::new()
        .route("/early", get(async || "early"))
        .layer(MonitoringLayer::new())
        .route("/late", get(async || "late"));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let server =
        gomon_axum::serve(listener, app).with_graceful_shutdown(async { drop(stopped.await) });
    let server = tokio::spawn(async move { server.await });

    for path in ["/early", "/late", "/nobody"] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.read_to_end(&mut Vec::new()).await.unwrap();
    }
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();

    running.shutdown(Duration::from_secs(30));
    let events = recorder.wait_for(3);
    let routes: Vec<_> = events
        .iter()
        .map(|event| {
            event
                .as_event()
                .get("route")
                .unwrap()
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(routes, ["/early", "/late", "<unmatched>"]);
    for event in &events {
        let address = event.as_event().get("remoteaddr").unwrap();
        assert!(address.as_str().unwrap().starts_with("127.0.0.1:"));
    }
}
