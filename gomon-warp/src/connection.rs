//! One connection, served as warp serves it.

use std::convert::Infallible;
use std::error::Error;
use std::net::SocketAddr;
use std::task::{Context, Poll};

use gomon_http::PeerAddress;
use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::Watcher;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tower_service::Service;

/// Serves `stream` over HTTP/1.1 or HTTP/2, whichever its client speaks, until it is closed or, with a `watcher`, until the
/// server shuts down.
pub(crate) async fn serve<I, S, B>(
    stream: I,
    peer: Option<SocketAddr>,
    service: S,
    watcher: Option<Watcher>,
) where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + 'static,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let service = TowerToHyperService::new(WithPeer { service, peer });
    let builder = auto::Builder::new(TokioExecutor::new());
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
    let ended = match watcher {
        Some(watcher) => watcher.watch(connection).await,
        None => connection.await,
    };
    // How a connection ends is its client's to see, and its requests' events tell it.
    drop(ended);
}

/// Tells each request where its connection came from.
#[derive(Clone)]
struct WithPeer<S> {
    service: S,
    peer: Option<SocketAddr>,
}

impl<S: Service<Request<B>>, B> Service<Request<B>> for WithPeer<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    #[inline]
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(cx)
    }

    #[inline]
    fn call(&mut self, mut request: Request<B>) -> S::Future {
        if let Some(peer) = self.peer {
            request.extensions_mut().insert(PeerAddress(peer));
        }
        self.service.call(request)
    }
}
