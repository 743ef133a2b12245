//! The accept loop of a server.

use std::error::Error;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper::service::Service;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;

use crate::server::{Accept, PeerAddress};

/// Pause after an accept that failed for lack of resources, such as file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// Accepts connections until `signal` completes, then waits for open connections to finish.
///
/// Each connection is served by `http` in its own task. Each request carries the [`PeerAddress`] of its connection.
///
/// # Examples
///
/// ```no_run
/// use std::convert::Infallible;
/// use gomon_http::server::{MonitoringService, serve_connections};
/// use http::{Request, Response};
/// use hyper::body::Incoming;
/// use hyper::service::service_fn;
/// use hyper_util::rt::TokioExecutor;
/// use hyper_util::server::conn::auto::Builder;
///
/// async fn hello(_: Request<Incoming>) -> Result<Response<String>, Infallible> {
///     Ok(Response::new("hello".to_owned()))
/// }
///
/// # async fn run() -> std::io::Result<()> {
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
/// let service = MonitoringService::new(service_fn(hello));
/// serve_connections(listener, service, Builder::new(TokioExecutor::new()), std::future::pending()).await;
/// # Ok(())
/// # }
/// ```
pub async fn serve_connections<A, S, B>(
    mut acceptor: A,
    service: S,
    http: Builder<TokioExecutor>,
    signal: impl Future<Output = ()> + Send,
) where
    A: Accept,
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let connections = GracefulShutdown::new();
    let mut signal = pin!(signal);
    loop {
        let (stream, peer) = tokio::select! {
            accepted = accept(&mut acceptor) => accepted,
            () = &mut signal => break,
        };
        let service = WithPeer {
            service: service.clone(),
            peer,
        };
        let connection = http.serve_connection_with_upgrades(TokioIo::new(stream), service);
        let connection = connections.watch(connection.into_owned());
        tokio::spawn(async move {
            // Connection errors concern the client only; ignore them.
            drop(connection.await);
        });
    }
    drop(acceptor);
    connections.shutdown().await;
}

/// Returns the next connection, retrying after errors.
async fn accept<A: Accept>(acceptor: &mut A) -> (A::Stream, Option<SocketAddr>) {
    loop {
        match acceptor.accept().await {
            Ok(accepted) => return accepted,
            // The client left while it was queued.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::ConnectionRefused
                        | io::ErrorKind::ConnectionAborted
                        | io::ErrorKind::ConnectionReset
                ) => {}
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// Adds the peer address of its connection to each request.
struct WithPeer<S> {
    service: S,
    peer: Option<SocketAddr>,
}

impl<S: Service<Request<Incoming>>> Service<Request<Incoming>> for WithPeer<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn call(&self, mut request: Request<Incoming>) -> S::Future {
        if let Some(peer) = self.peer {
            request.extensions_mut().insert(PeerAddress(peer));
        }
        self.service.call(request)
    }
}
