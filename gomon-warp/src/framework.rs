//! What warp tells of a request.

use gomon_http::MonitoredBody;
use gomon_http::server::{CountedBody, Framework, RequestSize, ResponseBody, Route};
use http::Request;
use http_body::Body;

/// warp, as the service that all frameworks share knows it.
///
/// # Examples
///
/// See [`service`](crate::service()).
#[derive(Debug)]
pub enum Warp {}

impl<B: Body> Framework<B> for Warp {
    const FINGERPRINT: &'static str = "warp-handle";
    type Body = CountedBody<B>;

    /// Filters have no templates: whoever knows one says so by [`set_route`](crate::set_route).
    fn route(_request: &Request<B>) -> Route<'_> {
        Route::Unmatched
    }

    fn untouched(body: B) -> CountedBody<B> {
        CountedBody::uncounted(body)
    }

    fn counted(body: B) -> (CountedBody<B>, RequestSize) {
        if body.is_end_stream() {
            (CountedBody::uncounted(body), RequestSize::none())
        } else {
            CountedBody::new(body)
        }
    }
}

impl<B: Body> ResponseBody<B> for Warp {
    type Body = MonitoredBody<B>;

    fn monitored(body: MonitoredBody<B>) -> MonitoredBody<B> {
        body
    }
}
