//! reqwest, as middleware and as a tower service.

use std::time::Duration;

use gomon_http::client::{
    MonitoredClient, MonitoredResolver, MonitoringConnectorLayer, MonitoringMiddleware,
    SystemResolver,
};
use reqwest_middleware::ClientWithMiddleware;

use crate::rig::{Rig, assert_phases, holds, kind};
use crate::site::{Site, field};

fn builder() -> reqwest::ClientBuilder {
    // These tests do not use TLS, but reqwest requires the provider that it was built with.
    reqwest::Client::builder()
        .tls_backend_preconfigured(integration::distrustful_tls())
        .connector_layer(MonitoringConnectorLayer::new())
        .dns_resolver(MonitoredResolver::new(SystemResolver::new()))
        .no_proxy()
}

fn client(rig: &Rig, builder: reqwest::ClientBuilder) -> ClientWithMiddleware {
    reqwest_middleware::ClientBuilder::new(builder.build().unwrap())
        .with(MonitoringMiddleware::new().with_monitor(rig.monitor()))
        .build()
}

#[tokio::test]
async fn response_is_unchanged_and_its_event_ends_with_the_body() {
    let (rig, site) = (Rig::new(), Site::open().await);
    let bare = builder().build().unwrap();
    let client = client(&rig, builder());
    let url = site.named("http", "localhost", "/fix?q=1");
    let expected = bare.get(&url).send().await.unwrap();
    let response = client.post(&url).body("four").send().await.unwrap();
    assert_eq!(response.url(), expected.url());
    assert_eq!(response.status(), expected.status());
    assert_eq!(response.version(), expected.version());
    assert_eq!(response.content_length(), expected.content_length());
    assert_eq!(response.remote_addr(), Some(site.address));
    assert_eq!(response.headers(), expected.headers());
    assert_eq!(rig.open(), 1);
    assert_eq!(response.text().await.unwrap(), "hello");
    let event = rig.call().await;
    holds!(event, {
        "gomon:outcome": "ok", "method": "POST", "response_code": 200, "request_size": 4, "response_size": 5,
        "proto": "HTTP/1.1",
    });
    holds!(event["url"], { "scheme": "http", "path": "/fix", "query": "q=[redacted]" });
    assert_eq!(event.get("final-url"), None);
    holds!(rig.dial().await["url"], { "host": "localhost" });
    assert_phases(
        &event,
        &[
            "get-conn",
            "dns-start",
            "dns-done",
            "conn-start",
            "conn-done",
            "first-byte",
        ],
    );
}

#[tokio::test]
async fn redirects_are_one_event_with_the_final_url() {
    let (rig, site) = (Rig::new(), Site::open().await);
    let response = client(&rig, builder())
        .get(site.url("/redirect"))
        .send()
        .await
        .unwrap();
    assert_eq!(response.url().path(), "/fix");
    assert_eq!(response.text().await.unwrap(), "hello");
    let event = rig.call().await;
    holds!(event, { "gomon:outcome": "ok", "response_code": 200, "response_size": 5 });
    holds!(event["url"], { "path": "/redirect" });
    holds!(event["final-url"], { "path": "/fix", "query": "token=[redacted]" });
}

#[tokio::test]
async fn pooled_connection_is_reused() {
    let (rig, site) = (Rig::new(), Site::open().await);
    let client = client(&rig, builder());
    for _ in 0..2 {
        let response = client.get(site.url("/fix")).send().await.unwrap();
        drop(response.bytes().await.unwrap());
    }
    let calls = rig.calls().await;
    assert_eq!(
        (calls[0].get("reused"), &calls[1]["reused"]),
        (None, &true.into())
    );
    assert_eq!((site.connections(), rig.dials().await.len()), (1, 1));
}

#[tokio::test]
async fn calls_name_themselves_to_the_server() {
    let (rig, site) = (Rig::new(), Site::open().await);
    let response = client(&rig, builder())
        .get(site.url("/headers"))
        .send()
        .await
        .unwrap();
    let head = response.text().await.unwrap();
    let event = rig.call().await;
    let trace = event["trace"].as_str().unwrap();
    assert!(field(&head, "traceparent").unwrap().contains(trace));
}

#[tokio::test]
async fn streamed_body_is_counted() {
    let (rig, site) = (Rig::new(), Site::open().await);
    let client = client(&rig, builder());
    let body = reqwest::Body::wrap(http_body_util::Full::new(bytes::Bytes::from("three")));
    let response = client
        .post(site.url("/fix"))
        .body(body)
        .send()
        .await
        .unwrap();
    drop(response.bytes().await.unwrap());
    holds!(rig.call().await, { "request_size": 5 });
}

#[tokio::test]
async fn body_of_bytes_can_still_be_sent_again() {
    let (rig, site) = (Rig::new(), Site::open().await);
    let request = client(&rig, builder())
        .post(site.url("/again"))
        .body("four");
    assert_eq!(request.send().await.unwrap().text().await.unwrap(), "four");
    holds!(rig.call().await, { "gomon:outcome": "ok", "request_size": 4, "response_size": 4 });
}

#[tokio::test]
async fn failures_have_their_kinds() {
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let refused = format!("http://{free}/?token=hunter2");
    for (url, expected) in [
        (&*refused, "connect"),
        ("http://no-such.invalid/?token=hunter2", "dns"),
    ] {
        let rig = Rig::new();
        let error = client(&rig, builder()).get(url).send().await.unwrap_err();
        assert!(error.is_connect());
        assert!(
            error.url().unwrap().as_str().contains("hunter2"),
            "the host's own error"
        );
        let (call, dial) = (rig.call().await, rig.dial().await);
        assert_eq!((kind(&call), kind(&dial)), (expected, expected), "{call:#}");
        assert!(!format!("{call}{dial}").contains("hunter2"), "{call:#}");
    }
}

#[tokio::test]
async fn kind_of_a_timeout_depends_on_its_place() {
    let short = Duration::from_millis(60);
    // While it waits for the head.
    let (rig, site) = (Rig::new(), Site::open().await);
    let slow = client(&rig, builder().timeout(short));
    let error = slow.get(site.url("/hang")).send().await.unwrap_err();
    assert!(error.is_timeout());
    let event = rig.call().await;
    holds!(event, { "gomon:outcome": "error" });
    assert_eq!(kind(&event), "timeout");

    // In the body.
    let (rig, site) = (Rig::new(), Site::open().await);
    let slow = client(&rig, builder().timeout(short));
    let response = slow.get(site.url("/drip")).send().await.unwrap();
    assert!(response.text().await.unwrap_err().is_timeout());
    let event = rig.call().await;
    holds!(event, { "gomon:outcome": "error", "response_size": 5, "response_code": 200 });
    assert_eq!(kind(&event), "timeout");

    // While it connects: a server with a full queue does not respond.
    let (rig, full) = (Rig::new(), Full::new());
    let slow = client(&rig, builder().connect_timeout(short));
    let error = slow
        .get(format!("http://{}/", full.address))
        .send()
        .await
        .unwrap_err();
    assert!(error.is_timeout() && error.is_connect());
    let (call, dial) = (rig.call().await, rig.dial().await);
    holds!(call, { "gomon:outcome": "error" });
    assert_eq!(kind(&call), "connect-timeout");
    assert_phases(&call, &["get-conn", "conn-start"]);
    // The connector has the same timeout, which may expire first.
    assert!(
        dial["gomon:outcome"] == "cancelled" || kind(&dial) == "connect-timeout",
        "{dial:#}"
    );

    // The same, when the timeout of the whole call expires.
    let (rig, http) = (Rig::new(), builder().timeout(short).build().unwrap());
    let request = http.get(format!("http://{}/", full.address)).build();
    let slow = MonitoredClient::new(http).with_monitor(rig.monitor());
    let error = slow.execute(request.unwrap()).await.unwrap_err();
    assert!(error.is_timeout() && !error.is_connect());
    let (call, dial) = (rig.call().await, rig.dial().await);
    assert_eq!(kind(&call), "connect-timeout");
    assert_phases(&call, &["get-conn", "conn-start"]);
    holds!(dial, { "gomon:outcome": "cancelled" });
}

/// A listener that accepts no more connections.
struct Full {
    address: std::net::SocketAddr,
    _held: (tokio::net::TcpListener, Vec<std::net::TcpStream>),
}

impl Full {
    fn new() -> Self {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        let mut held = Vec::new();
        while let Ok(stream) =
            std::net::TcpStream::connect_timeout(&address, Duration::from_millis(200))
        {
            held.push(stream);
        }
        Self {
            address,
            _held: (listener, held),
        }
    }
}

#[tokio::test]
async fn body_cut_short_is_the_hosts_error_and_an_error_of_the_body() {
    let (rig, site) = (Rig::new(), Site::open().await);
    let response = client(&rig, builder())
        .get(site.url("/cut"))
        .send()
        .await
        .unwrap();
    let error = response.text().await.unwrap_err();
    let bare = builder().build().unwrap();
    let expected = bare
        .get(site.url("/cut"))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), expected.to_string());
    assert_eq!(error.is_decode(), expected.is_decode());
    let event = rig.call().await;
    holds!(event, { "gomon:outcome": "error", "response_size": 5 });
    assert_eq!(kind(&event), "body");
}

#[tokio::test]
async fn unread_response_is_abandoned() {
    let (rig, site) = (Rig::new(), Site::open().await);
    drop(
        client(&rig, builder())
            .get(site.url("/fix"))
            .send()
            .await
            .unwrap(),
    );
    holds!(rig.call().await, { "gomon:outcome": "ok", "aborted": "abandoned" });
}

#[tokio::test]
async fn tower_form_is_the_same() {
    use tower::ServiceExt;

    let (rig, site) = (Rig::new(), Site::open().await);
    let http = builder().build().unwrap();
    let service = tower::ServiceBuilder::new()
        .layer(gomon_http::client::MonitoringLayer::new().with_monitor(rig.monitor()))
        .service(http.clone());
    let request = http.get(site.url("/redirect")).build().unwrap();
    let response = service.oneshot(request).await.unwrap();
    assert_eq!(response.url().path(), "/fix");
    assert_eq!(response.text().await.unwrap(), "hello");
    holds!(rig.call().await, { "gomon:outcome": "ok", "response_size": 5 });

    let client = MonitoredClient::new(http).with_monitor(rig.monitor());
    let request = client.inner().get(site.url("/fix")).build().unwrap();
    drop(client.execute(request).await.unwrap().text().await.unwrap());
    assert_eq!(rig.calls().await.len(), 2);
}

#[tokio::test]
async fn client_inside_builds_requests_and_sends_them_unseen() {
    let (rig, site) = (Rig::new(), Site::open().await);
    let client = MonitoredClient::new(builder().build().unwrap()).with_monitor(rig.monitor());
    let unseen = client.inner().get(site.url("/fix")).send().await.unwrap();
    assert_eq!(unseen.text().await.unwrap(), "hello");
    let request = client.inner().get(site.url("/fix?seen=1")).build().unwrap();
    let seen = client.execute(request).await.unwrap();
    assert_eq!(seen.text().await.unwrap(), "hello");
    holds!(rig.call().await["url"], { "query": "seen=[redacted]" });
}

#[tokio::test]
async fn failing_and_missing_pages_are_errors_that_the_host_handles_itself() {
    for status in [404, 500] {
        let (rig, site) = (Rig::new(), Site::open().await);
        let response = client(&rig, builder())
            .get(site.url(&format!("/status/{status}")))
            .send()
            .await;
        let error = response.unwrap().error_for_status().unwrap_err();
        assert_eq!(error.status().unwrap(), status);
        holds!(rig.call().await, { "gomon:outcome": "error", "response_code": status });
    }
}
