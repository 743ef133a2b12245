//! Allocations of a request, beside those of the service.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use gomon_core::Monitor;
use gomon_http::server::PeerAddress;
use gomon_http::{HttpConfig, MonitoringLayer};
use http::{Request, Response};
use http_body::Body;
use http_body_util::{Empty, Full};
use tower::{Layer, Service, service_fn};

type Data = &'static [u8];

fn respond(_: Request<Empty<Data>>) -> Ready<Result<Response<Full<Data>>, Infallible>> {
    ready(Ok(Response::new(Full::from(&b"hello"[..]))))
}

fn request() -> Request<Empty<Data>> {
    let mut request = Request::get("/hello").body(Empty::new()).unwrap();
    for (name, value) in [
        ("host", "shop"),
        ("accept", "*/*"),
        ("user-agent", "curl/8.5"),
    ] {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    request
        .extensions_mut()
        .insert(PeerAddress("127.0.0.1:4711".parse().unwrap()));
    request
}

/// The allocations of one request, from its head to the end of its body.
fn allocations(monitor: Monitor) -> u64 {
    let layer = MonitoringLayer::new()
        .with_monitor(monitor)
        .with_config(HttpConfig::default());
    let mut service = layer.layer(service_fn(respond));
    let mut once = || {
        let request = request();
        allocation_counter::measure(|| {
            let cx = &mut Context::from_waker(Waker::noop());
            let Poll::Ready(Ok(response)) = pin!(service.call(request)).poll(cx) else {
                panic!("not ready")
            };
            let mut body = response.into_body();
            assert!(Pin::new(&mut body).poll_frame(cx).is_ready());
        })
        .count_total
    };
    // Reused memory is allocated by the first request.
    (0..100).map(|_| once()).min().unwrap()
}

#[test]
fn recorded_request_allocates_nothing() {
    let running = Monitor::builder().build().unwrap();
    assert_eq!(allocations(running.monitor()), 0);
}

#[test]
fn disabled_layer_allocates_nothing() {
    assert_eq!(allocations(Monitor::noop()), 0);
}
