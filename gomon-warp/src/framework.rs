//! Adapter of the shared service to warp.

use gomon_http::server::{CountedBody, Framework, MonitoredBody, RequestSize, ResponseBody, Route};
use http::Request;
use http_body::Body;

/// Adapts the shared service to warp. It has no values.
#[derive(Clone, Debug)]
pub enum Warp {}

impl<B: Body> Framework<B> for Warp {
    const FINGERPRINT: &'static str = "warp-handle";
    type Body = CountedBody<B>;

    /// Filters have no templates; applications set the route by [`set_route`](crate::set_route).
    fn route(_request: &Request<B>) -> Route<'_> {
        Route::Unmatched
    }

    fn admit(request: Request<B>, size: Option<&mut RequestSize>) -> Request<CountedBody<B>> {
        request.map(|body| CountedBody::counting(body, size))
    }
}

impl<B: Body> ResponseBody<B> for Warp {
    type Body = MonitoredBody<B>;

    fn monitored(body: MonitoredBody<B>) -> MonitoredBody<B> {
        body
    }
}
