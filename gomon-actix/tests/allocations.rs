//! Allocations of a request, beside those of the application.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::Uri;
use actix_web::http::header::{ACCEPT, HOST, USER_AGENT};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, web};
use gomon_actix::{HttpConfig, MonitoringMiddleware};
use gomon_core::Monitor;

async fn hello() -> &'static str {
    "hello"
}

/// Returns the minimum number of allocations of one request, from its head to the end of its body. Reused memory is
/// allocated by the first request.
fn allocations<R, B: MessageBody + Unpin>(
    service: &impl Service<R, Response = ServiceResponse<B>, Error = Error>,
    request: fn() -> R,
) -> u64 {
    let once = || {
        let request = request();
        allocation_counter::measure(|| {
            let cx = &mut Context::from_waker(Waker::noop());
            let Poll::Ready(Ok(response)) = pin!(service.call(request)).poll(cx) else {
                panic!("not ready")
            };
            let mut body = response.into_body();
            while let Poll::Ready(Some(_)) = Pin::new(&mut body).poll_next(cx) {}
        })
        .count_total
    };
    (0..100).map(|_| once()).min().unwrap()
}

/// The allocations of an application without and with the middleware.
async fn bare_and_monitored(monitor: Monitor) -> (u64, u64) {
    let app = || App::new().route("/users/{id}", web::get().to(hello));
    let middleware = MonitoringMiddleware::new()
        .with_monitor(monitor)
        .with_config(HttpConfig::default());
    let bare = init_service(app()).await;
    let monitored = init_service(app().wrap(middleware)).await;
    let request = || {
        let mut request = TestRequest::get()
            .insert_header((HOST, "shop"))
            .insert_header((ACCEPT, "*/*"))
            .insert_header((USER_AGENT, "curl/8.5"))
            .peer_addr("127.0.0.1:4711".parse().unwrap())
            .to_request();
        // Shared already, as from a server's buffer.
        request.head_mut().uri = Uri::from_static("/users/7");
        drop(request.take_payload());
        request
    };
    (
        allocations(&bare, request),
        allocations(&monitored, request),
    )
}

#[actix_web::test]
async fn recorded_request_allocates_for_its_route() {
    let running = Monitor::builder().build().unwrap();
    let (bare, monitored) = bare_and_monitored(running.monitor()).await;
    assert_eq!(monitored - bare, 1);
}

#[actix_web::test]
async fn disabled_middleware_allocates_nothing() {
    let (bare, monitored) = bare_and_monitored(Monitor::noop()).await;
    assert_eq!(monitored, bare);
}
