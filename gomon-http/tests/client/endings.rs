//! Calls that their caller gives up, wherever that is.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use gomon_http::client::{Client, MonitoredConnector, MonitoredResolver};
use http_body_util::BodyExt;
use hyper_util::client::legacy::{self, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use tokio::time::timeout;

use crate::connections::{Gate, Names};
use crate::rig::{Body, Rig, assert_phases, holds};
use crate::site::Site;

#[tokio::test]
async fn call_that_is_never_polled_is_cancelled() {
    let (rig, site) = (Rig::new(), Site::open().await);
    drop(rig.client().get(site.uri("/fix")));
    let event = rig.call().await;
    holds!(event, { "gomon:outcome": "cancelled", "aborted": "request" });
    assert_phases(&event, &[]);
    assert_eq!(site.connections(), 0);
}

#[tokio::test]
async fn dropped_while_the_name_is_looked_up() {
    let rig = Rig::new();
    let connector = MonitoredConnector::new(HttpConnector::new_with_resolver(
        MonitoredResolver::new(Names),
    ));
    let client: Client<_, Body> =
        Client::new(legacy::Client::builder(TokioExecutor::new()).build(connector))
            .with_monitor(rig.monitor());
    poll_once(client.get("http://slow.test/".parse().unwrap())).await;
    let event = rig.call().await;
    holds!(event, { "gomon:outcome": "cancelled", "aborted": "connect" });
    assert_phases(&event, &["get-conn", "dns-start"]);
    holds!(rig.dial().await, { "gomon:outcome": "cancelled", "parent": (event["id"]) });
}

#[tokio::test]
async fn dropped_while_it_connects() {
    let (rig, site) = (Rig::new(), Site::open().await);
    let gate = Gate::new(HttpConnector::new());
    let client: Client<_, Body> = Client::new(
        legacy::Client::builder(TokioExecutor::new()).build(MonitoredConnector::new(gate.clone())),
    )
    .with_monitor(rig.monitor());
    poll_once(client.get(site.uri("/fix"))).await;
    let event = rig.call().await;
    holds!(event, { "gomon:outcome": "cancelled", "aborted": "connect" });
    assert_phases(&event, &["get-conn", "conn-start"]);
    holds!(rig.dial().await, { "gomon:outcome": "cancelled", "parent": (event["id"]) });
}

#[tokio::test]
async fn dropped_while_it_waits_for_the_answer() {
    let (rig, site) = (Rig::new(), Site::open().await);
    let client = rig.client();
    let call = timeout(Duration::from_millis(50), client.get(site.uri("/hang")));
    assert!(call.await.is_err());
    let event = rig.call().await;
    holds!(event, { "gomon:outcome": "cancelled", "aborted": "request" });
    assert_phases(&event, &["get-conn", "conn-start", "conn-done"]);
    assert_eq!(event.get("response_code"), None);
}

#[tokio::test]
async fn response_that_nobody_reads_is_abandoned() {
    let (rig, site) = (Rig::new(), Site::open().await);
    drop(rig.client().get(site.uri("/fix")).await.unwrap());
    holds!(rig.call().await, {
        "gomon:outcome": "cancelled", "aborted": "abandoned", "response_code": 200, "response_size": 0,
    });
}

#[tokio::test]
async fn failure_that_nobody_reads_is_still_an_error() {
    let (rig, site) = (Rig::new(), Site::open().await);
    drop(rig.client().get(site.uri("/status/500")).await.unwrap());
    holds!(rig.call().await, { "gomon:outcome": "error", "aborted": "abandoned", "response_code": 500 });
}

#[tokio::test]
async fn body_that_is_dropped_half_read() {
    let (rig, site) = (Rig::new(), Site::open().await);
    let mut body = rig
        .client()
        .get(site.uri("/drip"))
        .await
        .unwrap()
        .into_body();
    let frame = body.frame().await.unwrap().unwrap();
    assert_eq!(frame.into_data().unwrap(), "hello");
    drop(body);
    holds!(rig.call().await, {
        "gomon:outcome": "cancelled", "aborted": "body", "response_size": 5,
    });
}

#[tokio::test]
async fn panic_of_the_client_is_noted_and_goes_on() {
    use std::panic::AssertUnwindSafe;

    use futures_util::FutureExt;
    use gomon_http::client::MonitoredClient;
    use tower::{Service, service_fn};

    let rig = Rig::new();
    let inner = service_fn(async |request: http::Request<Body>| {
        assert!(request.uri() == "/", "boom");
        Ok::<_, std::io::Error>(http::Response::new(Body::default()))
    });
    let mut client = MonitoredClient::new(inner).with_monitor(rig.monitor());
    let request = http::Request::get("/x").body(Body::default()).unwrap();
    let panic = AssertUnwindSafe(client.call(request)).catch_unwind().await;
    assert_eq!(panic.unwrap_err().downcast_ref(), Some(&"boom"));
    let event = rig.call().await;
    holds!(event, { "gomon:outcome": "panic" });
    holds!(event["error"][0], { "message": "boom", "type": "panic" });
}

/// Lets a call begin, and drops it.
async fn poll_once(call: impl Future) {
    let mut call = pin!(call);
    poll_fn(|cx| {
        assert!(call.as_mut().poll(cx).is_pending());
        Poll::Ready(())
    })
    .await;
}
