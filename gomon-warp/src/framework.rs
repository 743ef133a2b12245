//! Adapter of the shared service to warp.

use gomon_http::server::{CountedBody, Framework, MonitoredBody, RequestSize, ResponseBody, Route};
use http::Request;
use http_body::Body;

/// Adapts the shared service to warp. It has no values.
#[derive(Debug)]
pub enum Warp {}

impl<B: Body> Framework<B> for Warp {
    const FINGERPRINT: &'static str = "warp-handle";
    type Body = CountedBody<B>;

    /// Filters have no templates; applications set the route by [`set_route`](crate::set_route).
    fn route(_request: &Request<B>) -> Route<'_> {
        Route::Unmatched
    }

    fn admit(request: Request<B>, size: Option<&mut RequestSize>) -> Request<CountedBody<B>> {
        request.map(|body| {
            let Some(size) = size else {
                return CountedBody::uncounted(body);
            };
            if body.is_end_stream() {
                *size = RequestSize::none();
                return CountedBody::uncounted(body);
            }
            let (body, counted) = CountedBody::new(body);
            *size = counted;
            body
        })
    }
}

impl<B: Body> ResponseBody<B> for Warp {
    type Body = MonitoredBody<B>;

    fn monitored(body: MonitoredBody<B>) -> MonitoredBody<B> {
        body
    }
}
