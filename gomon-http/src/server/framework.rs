//! Extension points for web frameworks.

use std::net::SocketAddr;

use http::{Request, Uri};
use http_body::Body;

use crate::server::{MonitoredBody, PeerAddress, RequestSize, Route};

/// Adapts [`MonitoringService`](crate::server::MonitoringService) to a web framework whose requests have the body `B`.
///
/// Applications do not need it. `()` is plain tower; the crates for frameworks have their own implementations.
///
/// # Examples
///
/// ```
/// use gomon_http::server::{Framework, Layer, MonitoredBody, RequestSize, ResponseBody, Route};
/// use http::Request;
/// use http_body::Body;
///
/// #[derive(Clone)]
/// struct Template(&'static str);
///
/// /// The router, as layers know it.
/// #[derive(Clone, Debug)]
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
    /// Fingerprint of the events.
    const FINGERPRINT: &'static str;

    /// The request body that the inner service receives.
    type Body;

    /// Returns the template that the request matched, if it is known before the inner service is called.
    fn route(request: &Request<B>) -> Route<'_>;

    /// Returns the peer address that the server added to the request.
    fn peer(request: &Request<B>) -> Option<SocketAddr> {
        request.extensions().get().map(|&PeerAddress(peer)| peer)
    }

    /// Returns the target as the client sent it. Override this if the framework rewrites it.
    fn uri(request: &Request<B>) -> &Uri {
        request.uri()
    }

    /// Converts the request for the inner service. If the request is recorded, implementations set `size` to a counter
    /// of the bytes read of its body.
    fn admit(request: Request<B>, size: Option<&mut RequestSize>) -> Request<Self::Body>;
}

/// Plain tower: no router, and the request's body is unchanged.
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

/// Converts the bodies of responses for frameworks with their own body type.
pub trait ResponseBody<B: Body> {
    /// The body of the response that leaves the monitored service.
    type Body;

    /// Converts a monitored body. The result must own `body`, because the event ends when `body` is dropped.
    fn monitored(body: MonitoredBody<B>) -> Self::Body;
}

/// Plain tower: the monitored body is unchanged.
impl<B: Body> ResponseBody<B> for () {
    type Body = MonitoredBody<B>;

    fn monitored(body: MonitoredBody<B>) -> Self::Body {
        body
    }
}
