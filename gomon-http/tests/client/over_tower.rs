//! Clients that are tower services, and the layers around them.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use gomon_core::current;
use gomon_http::client::{MonitoredConnector, MonitoringLayer};
use http::{Request, Response};
use http_body::Frame;
use http_body_util::BodyExt;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{self, Error};
use hyper_util::rt::TokioExecutor;
use tower::retry::{Policy, RetryLayer};
use tower::timeout::TimeoutLayer;
use tower::{ServiceBuilder, ServiceExt, service_fn};

use crate::connections::Gate;
use crate::rig::{Body, Rig, assert_phases, holds, kind};
use crate::site::Site;

/// Repeats a request while the server fails.
#[derive(Clone)]
struct Again(u32);

impl<B> Policy<Request<Body>, Response<B>, Error> for Again {
    type Future = Ready<()>;

    fn retry(
        &mut self,
        _: &mut Request<Body>,
        result: &mut Result<Response<B>, Error>,
    ) -> Option<Ready<()>> {
        let failed = result
            .as_ref()
            .is_ok_and(|response| response.status().is_server_error());
        self.0 = self.0.checked_sub(1).filter(|_| failed)?;
        Some(ready(()))
    }

    fn clone_request(&mut self, request: &Request<Body>) -> Option<Request<Body>> {
        Some(request.clone())
    }
}

fn get(site: &Site, path: &str) -> Request<Body> {
    Request::get(site.uri(path)).body(Body::default()).unwrap()
}

#[tokio::test]
async fn every_attempt_inside_a_retry_is_an_event() {
    let (rig, site) = (Rig::new(), Site::open().await);
    let http = legacy::Client::builder(TokioExecutor::new()).build_http::<Body>();
    let client = ServiceBuilder::new()
        .layer(RetryLayer::new(Again(2)))
        .layer(MonitoringLayer::new().with_monitor(rig.monitor()))
        .service(http);
    let response = client.oneshot(get(&site, "/status/503")).await.unwrap();
    drop(response.collect().await.unwrap());
    let calls = rig.calls().await;
    assert_eq!(calls.len(), 3);
    for call in &calls {
        holds!(call, { "gomon:outcome": "error", "response_code": 503 });
    }
}

#[tokio::test]
async fn a_layer_around_the_retry_and_one_inside_give_a_call_and_its_attempts() {
    let (rig, site) = (Rig::new(), Site::open().await);
    let http = legacy::Client::builder(TokioExecutor::new()).build_http::<Body>();
    let layer = MonitoringLayer::new().with_monitor(rig.monitor());
    let client = ServiceBuilder::new()
        .layer(layer.clone())
        .layer(RetryLayer::new(Again(1)))
        .layer(layer)
        .service(http);
    let response = client.oneshot(get(&site, "/status/503")).await.unwrap();
    drop(response.collect().await.unwrap());
    let calls = rig.calls().await;
    assert_eq!(calls.len(), 3);
    holds!(calls[1], { "parent": (calls[0]["id"]) });
    holds!(calls[2], { "parent": (calls[0]["id"]) });
}

#[tokio::test]
async fn timeout_of_an_inner_layer_is_recorded_as_one() {
    let (rig, site) = (Rig::new(), Site::open().await);
    let http = legacy::Client::builder(TokioExecutor::new()).build_http::<Body>();
    let client = ServiceBuilder::new()
        .layer(MonitoringLayer::new().with_monitor(rig.monitor()))
        .layer(TimeoutLayer::new(Duration::from_millis(50)))
        .service(http);
    let error = client.oneshot(get(&site, "/hang")).await.unwrap_err();
    assert!(
        error.is::<tower::timeout::error::Elapsed>(),
        "the host's own error"
    );
    let event = rig.call().await;
    holds!(event, { "gomon:outcome": "error" });
    assert_eq!(kind(&event), "timeout");
}

#[tokio::test]
async fn timeout_while_a_connection_is_opened_is_one_of_the_connection() {
    let (rig, site) = (Rig::new(), Site::open().await);
    let connector = MonitoredConnector::new(Gate::new(HttpConnector::new()));
    let http = legacy::Client::builder(TokioExecutor::new()).build::<_, Body>(connector);
    let client = ServiceBuilder::new()
        .layer(MonitoringLayer::new().with_monitor(rig.monitor()))
        .layer(TimeoutLayer::new(Duration::from_millis(50)))
        .service(http);
    assert!(client.oneshot(get(&site, "/fix")).await.is_err());
    let (call, dial) = (rig.call().await, rig.dial().await);
    holds!(call, { "gomon:outcome": "error" });
    assert_eq!(kind(&call), "connect-timeout");
    assert_phases(&call, &["get-conn", "conn-start"]);
    holds!(dial, { "gomon:outcome": "cancelled", "parent": (call["id"]) });
}

/// A body without an end that reports the scope of its drop.
struct Endless(Arc<Mutex<Option<String>>>);

impl http_body::Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

impl Drop for Endless {
    fn drop(&mut self) {
        *self.0.lock().unwrap() = current(|tracker| tracker.fingerprint().to_owned());
    }
}

#[tokio::test]
async fn body_is_dropped_in_the_scope_of_its_call() {
    let (rig, scope) = (Rig::new(), Arc::new(Mutex::new(None)));
    let shared = Arc::clone(&scope);
    let client = ServiceBuilder::new()
        .layer(MonitoringLayer::new().with_monitor(rig.monitor()))
        .service(service_fn(move |_: Request<Body>| {
            ready(Ok::<_, Infallible>(Response::new(Endless(shared.clone()))))
        }));
    drop(client.oneshot(Request::default()).await);
    assert_eq!(scope.lock().unwrap().as_deref(), Some("http-roundtripper"));
    holds!(rig.call().await, { "gomon:outcome": "ok", "aborted": "abandoned" });
}

#[tokio::test]
async fn timeout_of_a_layer_outside_cancels() {
    let (rig, site) = (Rig::new(), Site::open().await);
    let http = legacy::Client::builder(TokioExecutor::new()).build_http::<Body>();
    let client = ServiceBuilder::new()
        .layer(TimeoutLayer::new(Duration::from_millis(50)))
        .layer(MonitoringLayer::new().with_monitor(rig.monitor()))
        .service(http);
    assert!(client.oneshot(get(&site, "/hang")).await.is_err());
    holds!(rig.call().await, { "gomon:outcome": "cancelled", "aborted": "request" });
}

#[tokio::test]
async fn connections_are_unknown_without_a_watched_connector() {
    let (rig, site) = (Rig::new(), Site::open().await);
    let http = legacy::Client::builder(TokioExecutor::new()).build_http::<Body>();
    let client = ServiceBuilder::new()
        .layer(MonitoringLayer::new().with_monitor(rig.monitor()))
        .service(http);
    for _ in 0..2 {
        let response = client.clone().oneshot(get(&site, "/fix")).await.unwrap();
        drop(response.collect().await.unwrap());
    }
    for call in rig.calls().await {
        assert_eq!((call.get("reused"), call.get("conn-done")), (None, None));
    }
    assert_eq!(rig.dials().await.len(), 0);
}

#[test]
fn middleware_can_be_cloned_and_shared() {
    use gomon_http::client::{
        Client, DialFuture, HttpConnector, MonitoredBody, MonitoredClient, MonitoredConnector,
        MonitoredResolver, MonitoredSessions, MonitoringConnectorLayer, MonitoringMiddleware,
        ResolveFuture, ResponseFuture,
    };

    fn shared<T: Clone + Send + Sync + std::fmt::Debug + 'static>() {}
    shared::<MonitoringLayer>();
    shared::<MonitoredClient<()>>();
    shared::<MonitoredConnector<()>>();
    shared::<MonitoringConnectorLayer>();
    shared::<MonitoredResolver<()>>();
    shared::<MonitoringMiddleware>();
    shared::<MonitoredSessions>();
    shared::<Client<HttpConnector, Body>>();
    fn sent<T: Send + Sync + 'static>() {}
    sent::<MonitoredBody<Body>>();
    sent::<ResponseFuture<()>>();
    sent::<DialFuture<()>>();
    sent::<ResolveFuture<()>>();
}
