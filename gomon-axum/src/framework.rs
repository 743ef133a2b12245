//! Adapter of the shared service to axum.

use std::fmt::Display;
use std::net::SocketAddr;

use axum::BoxError;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{ConnectInfo, MatchedPath, OriginalUri, Request};
use axum::http::Uri;
use gomon_http::server::{Framework, MonitoredBody, PeerAddress, RequestSize, ResponseBody, Route};

use crate::body::{boxed, count};

/// Adapts the shared layer and service to axum. It has no values.
#[derive(Clone, Debug)]
pub enum Axum {}

impl Framework<Body> for Axum {
    const FINGERPRINT: &'static str = "axum-handle";
    type Body = Body;

    fn route(request: &Request) -> Route<'_> {
        let extensions = request.extensions();
        match extensions.get::<MatchedPath>() {
            Some(path) => Route::Matched(path.as_str()),
            // A router adds it before it looks for a match.
            None if extensions.get::<OriginalUri>().is_some() => Route::Unmatched,
            None => Route::Unknown,
        }
    }

    fn peer(request: &Request) -> Option<SocketAddr> {
        let extensions = request.extensions();
        let connected = extensions.get().map(|&ConnectInfo(peer)| peer);
        connected.or_else(|| extensions.get().map(|&PeerAddress(peer)| peer))
    }

    /// Below a nest, the request's own URI lacks the prefix.
    fn uri(request: &Request) -> &Uri {
        request
            .extensions()
            .get()
            .map_or(request.uri(), |OriginalUri(uri)| uri)
    }

    #[inline]
    fn admit(mut request: Request, size: Option<&mut RequestSize>) -> Request {
        if let Some(size) = size {
            *size = count(request.body_mut());
        }
        request
    }
}

impl<B> ResponseBody<B> for Axum
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError> + Display,
{
    type Body = Body;

    #[inline]
    fn monitored(body: MonitoredBody<B>) -> Body {
        boxed(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Request {
        Request::new(Body::empty())
    }

    #[test]
    fn request_is_unmatched_only_where_a_router_saw_it() {
        assert_eq!(Axum::route(&request()), Route::Unknown);
        let mut routed = request();
        routed
            .extensions_mut()
            .insert(OriginalUri(Uri::from_static("/a")));
        assert_eq!(Axum::route(&routed), Route::Unmatched);
    }

    #[test]
    fn peer_is_the_connections() {
        let address: SocketAddr = "127.0.0.1:80".parse().unwrap();
        assert_eq!(Axum::peer(&request()), None);
        let mut connected = request();
        connected.extensions_mut().insert(ConnectInfo(address));
        assert_eq!(Axum::peer(&connected), Some(address));
        let mut accepted = request();
        accepted.extensions_mut().insert(PeerAddress(address));
        assert_eq!(Axum::peer(&accepted), Some(address));
    }

    #[test]
    fn uri_is_the_one_that_the_client_sent() {
        let mut nested = request();
        *nested.uri_mut() = Uri::from_static("/b");
        nested
            .extensions_mut()
            .insert(OriginalUri(Uri::from_static("/a/b")));
        assert_eq!(Axum::uri(&nested).path(), "/a/b");
    }
}
