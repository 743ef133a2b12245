//! Calls that their caller abandons, at any point.

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
async fn response_that_is_not_read_is_abandoned() {
    let (rig, site) = (Rig::new(), Site::open().await);
    drop(rig.client().get(site.uri("/fix")).await.unwrap());
    holds!(rig.call().await, {
        "gomon:outcome": "ok", "aborted": "abandoned", "response_code": 200, "response_size": 0,
    });
}

#[tokio::test]
async fn failure_whose_body_is_not_read_is_an_error() {
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
async fn panic_of_the_client_is_recorded_and_resumed() {
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

#[tokio::test]
async fn call_that_a_panic_unwinds_is_a_panic() {
    let (rig, site) = (Rig::new(), Site::open().await);
    let client = rig.client();
    unwound(async {
        let mut call = pin!(client.get(site.uri("/hang")));
        poll_fn(|cx| {
            assert!(call.as_mut().poll(cx).is_pending());
            Poll::Ready(())
        })
        .await;
        panic!("elsewhere");
    })
    .await;
    let event = rig.call().await;
    holds!(event, { "gomon:outcome": "panic", "aborted": null });
}

#[tokio::test]
async fn body_that_a_panic_unwinds_is_a_panic_unless_it_was_read() {
    for (is_read, outcome) in [(false, "panic"), (true, "ok")] {
        let (rig, site) = (Rig::new(), Site::open().await);
        let client = rig.client();
        unwound(async {
            let mut body = client.get(site.uri("/fix")).await.unwrap().into_body();
            if is_read {
                while body.frame().await.is_some() {}
            }
            panic!("elsewhere");
        })
        .await;
        holds!(rig.call().await, { "gomon:outcome": outcome, "aborted": null });
    }
}

/// Runs code that panics, without printing the message.
async fn unwound(work: impl Future) {
    use std::panic::AssertUnwindSafe;

    use futures_util::FutureExt;

    assert!(AssertUnwindSafe(work).catch_unwind().await.is_err());
}

#[tokio::test]
async fn call_below_a_tracker_belongs_to_its_monitor() {
    use gomon_core::FutureExt as _;

    let (rig, other, site) = (Rig::new(), Rig::new(), Site::open().await);
    let connector = MonitoredConnector::new(HttpConnector::new());
    let free: Client<_, Body> =
        Client::new(legacy::Client::builder(TokioExecutor::new()).build(connector));
    let get = async || {
        drop(
            free.get(site.uri("/fix"))
                .await
                .unwrap()
                .into_body()
                .collect()
                .await,
        );
    };
    let job = rig.monitor().root("job");
    let id = job.id().to_string();
    get().tracked(job).await;
    let (call, dial) = (rig.call().await, rig.dial().await);
    holds!(call, { "parent": (id.clone()), "gomon:outcome": "ok" });
    holds!(dial, { "parent": (call["id"]) });
    // Nothing is current, and no monitor was started.
    get().await;
    // A pinned monitor has no parent in another one.
    let job = rig.monitor().root("job");
    let pinned = other.client();
    async {
        drop(
            pinned
                .get(site.uri("/fix"))
                .await
                .unwrap()
                .into_body()
                .collect()
                .await,
        );
    }
    .tracked(job)
    .await;
    assert_eq!(rig.calls().await.len(), 1);
    let call = other.call().await;
    assert_ne!(call["parent"], id.as_str());
    assert_ne!(call["trace"], rig.call().await["trace"]);
    assert_eq!((rig.open(), other.open()), (0, 0));
}

/// Starts a call and drops it.
async fn poll_once(call: impl Future) {
    let mut call = pin!(call);
    poll_fn(|cx| {
        assert!(call.as_mut().poll(cx).is_pending());
        Poll::Ready(())
    })
    .await;
}
