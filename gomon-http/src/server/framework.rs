//! What one web framework adds to the service that they share.

use std::net::SocketAddr;

use http::{Request, Uri};
use http_body::Body;

use crate::server::MonitoredBody;
use crate::server::{PeerAddress, RequestSize, Route};

/// What one web framework adds to [`MonitoringService`](crate::server::MonitoringService), for requests with the body `B`.
///
/// Applications have no use for it: `()` is plain tower, and the framework crates bring their own.
///
/// # Examples
///
/// ```
/// use gomon_http::server::MonitoredBody;
/// use gomon_http::server::{Framework, Layer, RequestSize, ResponseBody, Route};
/// use http::Request;
/// use http_body::Body;
///
/// #[derive(Clone)]
/// struct Template(&'static str);
///
/// /// The router, as layers know it.
/// pub enum Router {}
///
/// pub type MonitoringLayer = Layer<Router>;
///
/// impl<B> Framework<B> for Router {
///     const FINGERPRINT: &'static str = "router-handle";
///     type Body = B;
///
///     fn route(request: &Request<B>) -> Route<'_> {
///         request.extensions().get().map_or(Route::Unmatched, |Template(route)| Route::Matched(route))
///     }
///
///     fn admit(request: Request<B>, _size: Option<&mut RequestSize>) -> Request<B> {
///         request
///     }
/// }
///
/// impl<B: Body> ResponseBody<B> for Router {
///     type Body = MonitoredBody<B>;
///
///     fn monitored(body: MonitoredBody<B>) -> Self::Body {
///         body
///     }
/// }
///
/// let layer = MonitoringLayer::new();
/// # drop(layer);
/// ```
pub trait Framework<B> {
    /// The fingerprint of its events.
    const FINGERPRINT: &'static str;

    /// The request's body that the inner service gets.
    type Body;

    /// The template that the request matched, as far as it is known before the inner service is called.
    fn route(request: &Request<B>) -> Route<'_>;

    /// The address of the peer, from what the server added to the request.
    fn peer(request: &Request<B>) -> Option<SocketAddr> {
        request.extensions().get().map(|&PeerAddress(peer)| peer)
    }

    /// The request's target as the client sent it, where the framework changes it on the way.
    fn uri(request: &Request<B>) -> &Uri {
        request.uri()
    }

    /// Passes `request` on to the inner service. A `size` is given where the request is recorded, and takes the counter
    /// of the bytes that are read from its body.
    fn admit(request: Request<B>, size: Option<&mut RequestSize>) -> Request<Self::Body>;
}

/// Plain tower: no router, and the request's body stays as it is.
impl<B: Body> Framework<B> for () {
    const FINGERPRINT: &'static str = "http-service";
    type Body = B;

    fn route(_request: &Request<B>) -> Route<'_> {
        Route::Unknown
    }

    #[inline]
    fn admit(request: Request<B>, size: Option<&mut RequestSize>) -> Request<B> {
        if let Some(size) = size
            && request.body().is_end_stream()
        {
            *size = RequestSize::none();
        }
        request
    }
}

/// What one web framework makes of the bodies of responses, where it has a type of its own for them.
pub trait ResponseBody<B: Body> {
    /// The body of the response that leaves the monitored service.
    type Body;

    /// Whatever is around the service gets this; it has to keep `body` in it, whose drop ends the event.
    fn monitored(body: MonitoredBody<B>) -> Self::Body;
}

/// Plain tower: whatever body the service gives, watched.
impl<B: Body> ResponseBody<B> for () {
    type Body = MonitoredBody<B>;

    fn monitored(body: MonitoredBody<B>) -> Self::Body {
        body
    }
}
