//! Server built on hyper.

use std::error::Error as StdError;
use std::fmt::{self, Display};
use std::future::{IntoFuture, Pending, pending};
use std::io;
use std::pin::Pin;

use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper::service::Service;
use hyper_util::rt::TokioExecutor;
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpListener;

use crate::server::{Accept, MonitoringService, serve_connections};
use crate::setup::setup_methods;

type BoxError = Box<dyn StdError + Send + Sync>;

/// Serves `service` over HTTP/1.1 and HTTP/2 and records each request with the address of its client.
///
/// `listener` is tokio's for TCP or Unix sockets, or any other [`Accept`]. It is used like `axum::serve`. As there,
/// idle connections are kept open.
///
/// # Examples
///
/// ```no_run
/// use std::convert::Infallible;
///
/// use gomon_core::Monitor;
/// use http_body_util::Full;
/// use hyper::body::{Bytes, Incoming};
/// use hyper::service::service_fn;
/// use hyper::{Request, Response};
///
/// async fn hello(_: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
///     Ok(Response::new(Full::from("Hello!")))
/// }
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let gomon = Monitor::builder().app_id("shop").start()?;
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
/// gomon_http::serve(listener, service_fn(hello)).await?;
/// # drop(gomon);
/// # Ok(())
/// # }
/// ```
pub fn serve<L: Accept, S>(listener: L, service: S) -> Serve<S, L> {
    Serve {
        listener,
        service: MonitoringService::new(service),
        signal: pending(),
    }
}

/// A server created by [`serve()`]. It runs when awaited.
#[must_use = "a server does nothing unless awaited"]
pub struct Serve<S, L = TcpListener, F = Pending<()>> {
    listener: L,
    service: MonitoringService<S>,
    signal: F,
}

impl<S, L, F> Serve<S, L, F> {
    setup_methods!(service.setup);
}

impl<S, L> Serve<S, L> {
    /// Stops accepting connections when `signal` completes, and returns when open requests have finished.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # use gomon_http::server::Serve;
    /// # async fn run<S>(server: Serve<S>) -> std::io::Result<()>
    /// # where
    /// #     S: hyper::service::Service<hyper::Request<hyper::body::Incoming>, Response = hyper::Response<String>>,
    /// #     S: Clone + Send + 'static,
    /// #     S::Future: Send,
    /// #     S::Error: std::error::Error + Send + Sync,
    /// # {
    /// server.with_graceful_shutdown(async { drop(tokio::signal::ctrl_c().await) }).await
    /// # }
    /// ```
    pub fn with_graceful_shutdown<F>(self, signal: F) -> Serve<S, L, F>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Serve {
            listener: self.listener,
            service: self.service,
            signal,
        }
    }
}

impl<S, L, B, F> IntoFuture for Serve<S, L, F>
where
    L: Accept,
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Into<BoxError> + Display + 'static,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError> + Display,
    F: Future<Output = ()> + Send + 'static,
{
    type Output = io::Result<()>;
    type IntoFuture = Pin<Box<dyn Future<Output = io::Result<()>> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let mut http = Builder::new(TokioExecutor::new());
        // Without a timer: hyper would close idle connections.
        http.http2().enable_connect_protocol();
        Box::pin(async move {
            serve_connections(self.listener, self.service, http, self.signal).await;
            Ok(())
        })
    }
}

impl<S, L: fmt::Debug, F> fmt::Debug for Serve<S, L, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serve")
            .field("listener", &self.listener)
            .finish_non_exhaustive()
    }
}
