//! Calls with a response.

use bytes::Bytes;
use gomon_core::adapter::MonitorExt;
use gomon_core::{FutureExt, TraceContext};
use gomon_http::HttpConfig;
use http::Request;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;

use crate::rig::{Rig, assert_phases, holds};
use crate::site::{Site, field};

#[tokio::test]
async fn call_is_one_event_from_its_start_to_the_end_of_the_body() {
    let (rig, site) = (Rig::new(), Site::open().await);
    let request = Request::post(site.uri("/fix?token=abc"))
        .header("user-agent", "test")
        .header("authorization", "Bearer hunter2")
        .body(Full::from("four"))
        .unwrap();
    let response = rig.client().request(request).await.unwrap();
    assert_eq!(rig.open(), 1, "the body is not read yet");
    assert_eq!(
        response.into_body().collect().await.unwrap().to_bytes(),
        "hello"
    );
    let event = rig.call().await;
    holds!(event, {
        "gomon:outcome": "ok", "direction": "outgoing", "method": "POST", "proto": "HTTP/1.1",
        "response_code": 200, "request_size": 4, "response_size": 5,
        "headers": {"user-agent": ["test"]},
        "response_headers": {"content-length": ["5"], "content-type": ["text/plain"]},
    });
    holds!(event["url"], { "scheme": "http", "path": "/fix", "query": "token=[redacted]" });
    assert_eq!(event["url"]["host"], site.address.to_string());
    assert_eq!(event["remoteaddr"], site.address.to_string());
    assert_phases(
        &event,
        &["get-conn", "conn-start", "conn-done", "first-byte"],
    );
    assert!(event["gomon:lapsed"].as_u64() >= event["first-byte"].as_u64());
    assert!(!event.to_string().contains("hunter2"));
}

#[tokio::test]
async fn sizes_and_ends_are_those_of_the_body() {
    for (method, path, size) in [
        ("GET", "/fix", 5),
        ("GET", "/chunks", 8),
        ("HEAD", "/fix", 0),
        ("GET", "/no-content", 0),
    ] {
        let (rig, site) = (Rig::new(), Site::open().await);
        let request = Request::builder().method(method).uri(site.uri(path));
        let response = rig
            .client()
            .request(request.body(Full::default()).unwrap())
            .await;
        drop(response.unwrap().into_body().collect().await.unwrap());
        holds!(rig.call().await, { "gomon:outcome": "ok", "response_size": size, "request_size": 0 });
    }
}

#[tokio::test]
async fn streamed_request_is_counted() {
    let (rig, site) = (Rig::new(), Site::open().await);
    let client = gomon_http::client().with_monitor(rig.monitor());
    let pieces =
        ["ab", "cde"].map(|piece| Ok::<_, std::io::Error>(Frame::data(Bytes::from(piece))));
    let body = StreamBody::new(futures_util::stream::iter(pieces));
    let request = Request::post(site.uri("/fix")).header("content-length", "5");
    let response = client.request(request.body(body).unwrap()).await.unwrap();
    drop(response.collect().await.unwrap());
    holds!(rig.call().await, { "request_size": 5, "content-length": 5 });
}

#[tokio::test]
async fn status_of_a_failure_is_an_error() {
    for (status, outcome) in [(399, "ok"), (400, "error"), (404, "error"), (503, "error")] {
        let (rig, site) = (Rig::new(), Site::open().await);
        let path = format!("/status/{status}");
        let response = rig.client().get(site.uri(&path)).await.unwrap();
        assert_eq!(response.status(), status);
        drop(response.collect().await.unwrap());
        holds!(rig.call().await, { "gomon:outcome": outcome, "response_code": status, "response_size": 8 });
    }
}

#[tokio::test]
async fn beginning_of_the_body_is_recorded_when_configured() {
    let (rig, site) = (Rig::new(), Site::open().await);
    let client = rig
        .client()
        .with_config(HttpConfig::default().with_response_body(4));
    drop(
        client
            .get(site.uri("/fix"))
            .await
            .unwrap()
            .collect()
            .await
            .unwrap(),
    );
    holds!(rig.call().await, { "response_body": "hell", "response_size": 5 });
}

#[tokio::test]
async fn upgrade_ends_the_event() {
    let (rig, site) = (Rig::new(), Site::open().await);
    let response = rig.client().get(site.uri("/upgrade")).await.unwrap();
    holds!(rig.call().await, { "gomon:outcome": "ok", "upgrade": "echo", "response_code": 101 });
    hyper::upgrade::on(response).await.unwrap();
}

#[tokio::test]
async fn call_is_a_child_of_the_current_tracker_and_the_parent_of_the_server_event() {
    let (rig, site) = (Rig::new(), Site::open().await);
    let mut request = rig.monitor().continued("http-service", &caller());
    let client = rig.client();
    let response = request.scope(|| client.get(site.uri("/headers")));
    let head = response.await.unwrap().collect().await.unwrap().to_bytes();
    let head = String::from_utf8_lossy(&head);
    let (id, trace) = (request.id().to_string(), "0af7651916cd43dd8448eb211c80319c");
    request.finish();
    let event = rig.call().await;
    holds!(event, { "parent": id, "trace": trace });
    let span = event["id"].as_str().unwrap().replace('-', "").split_off(16);
    assert_eq!(
        field(&head, "traceparent"),
        Some(&*format!("00-{trace}-{span}-01"))
    );
    assert_eq!(field(&head, "tracestate"), Some("congo=1"));
}

#[tokio::test]
async fn trace_is_sent_to_listed_hosts_only() {
    for (hosts, is_sent) in [(&["127.0.0.*"], true), (&["*.internal"], false)] {
        let (rig, site) = (Rig::new(), Site::open().await);
        let client = rig
            .client()
            .with_config(HttpConfig::default().with_propagate_to(*hosts));
        let request = Request::get(site.uri("/headers"))
            .header("traceparent", "mine")
            .header("baggage", "user=7")
            .body(Full::default())
            .unwrap();
        let body = client
            .request(request)
            .await
            .unwrap()
            .collect()
            .await
            .unwrap();
        let head = String::from_utf8_lossy(&body.to_bytes()).into_owned();
        assert_eq!(field(&head, "traceparent") == Some("mine"), !is_sent);
        assert_eq!(
            field(&head, "baggage"),
            Some("user=7"),
            "the program's own stays"
        );
        drop(rig.call().await);
    }
}

#[tokio::test]
async fn nothing_is_tracked_or_sent_where_tracking_is_suppressed_or_off() {
    let (rig, site) = (Rig::new(), Site::open().await);
    let client = rig.client();
    let ask = || client.get(site.uri("/headers"));
    let suppressed = gomon_core::suppressed(ask);
    rig.monitor().disable();
    for response in [suppressed, ask()] {
        let body = response.await.unwrap().collect().await.unwrap().to_bytes();
        assert_eq!(field(&String::from_utf8_lossy(&body), "traceparent"), None);
    }
    assert_eq!(rig.calls().await.len(), 0);
}

#[tokio::test]
async fn call_is_inside_its_request_when_configured() {
    let (rig, site) = (Rig::new(), Site::open().await);
    let config = HttpConfig::default().with_attached_calls(true);
    let client = rig.client().with_config(config);
    let handler = async {
        let response = client.get(site.uri("/fix")).await.unwrap();
        drop(response.collect().await.unwrap());
        drop(client.get(site.uri("/hang")));
    };
    handler.tracked(rig.monitor().root("http-service")).await;
    // Outside any tracker.
    drop(client.get(site.uri("/fix")).await.unwrap());
    let requests = rig.of("http-service").await;
    let children = requests[0]["children"].as_array().unwrap();
    assert_eq!(children.len(), 2, "{requests:#?}");
    holds!(children[0], { "gomon:outcome": "ok", "parent": (requests[0]["id"]), "response_size": 5 });
    holds!(children[1], { "gomon:outcome": "cancelled" });
    holds!(rig.call().await, { "aborted": "abandoned" });
}

fn caller() -> TraceContext {
    let parent = &b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"[..];
    TraceContext::from_headers([parent].into_iter(), [&b"congo=1"[..]].into_iter()).unwrap()
}
