//! Server for filters.

use std::fmt;
use std::future::{Future, pending};
use std::net::SocketAddr;
use std::pin::Pin;

use gomon_core::Monitor;
use gomon_http::HttpConfig;
use gomon_http::server::{Accept, MonitoringService, Setup, serve_connections};
use hyper_util::rt::TokioExecutor;
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use warp::Filter;
use warp::reply::Reply;

use crate::Warp;

/// Serves `filter` like `warp::serve` and records each request as an event.
///
/// # Examples
///
/// ```no_run
/// use warp::Filter;
///
/// # async fn run() {
/// let routes = warp::path!("hello").map(|| "hello, world\n");
/// gomon_warp::serve(routes).run(([127, 0, 0, 1], 3030)).await;
/// # }
/// ```
pub fn serve<F>(filter: F) -> Server<F>
where
    F: Filter + Clone + Send + Sync + 'static,
    F::Extract: Reply,
{
    Server {
        filter,
        acceptor: Unbound,
        setup: Setup::new(),
        shutdown: None,
    }
}

/// A server with the methods of warp's own. `A` is its source of connections.
///
/// # Examples
///
/// ```no_run
/// use tokio::net::TcpListener;
/// use warp::Filter;
///
/// # async fn run() -> std::io::Result<()> {
/// let routes = warp::path!("hello").map(|| "hello, world\n");
/// let listener = TcpListener::bind("127.0.0.1:3030").await?;
/// gomon_warp::serve(routes)
///     .incoming(listener)
///     .graceful(async { /* a signal came */ })
///     .run()
///     .await;
/// # Ok(())
/// # }
/// ```
#[must_use = "a server does nothing until it runs"]
pub struct Server<F, A = Unbound> {
    filter: F,
    acceptor: A,
    setup: Setup,
    shutdown: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

/// Placeholder of a [`Server`] without a source of connections.
#[derive(Clone, Copy, Debug)]
pub struct Unbound;

impl<F, A> Server<F, A> {
    /// Pins the configuration, in place of the monitor's.
    pub fn with_config(mut self, config: HttpConfig) -> Self {
        self.setup = self.setup.with_config(config);
        self
    }

    /// Pins the monitor, in place of the global one.
    pub fn with_monitor(mut self, monitor: Monitor) -> Self {
        self.setup = self.setup.with_monitor(monitor);
        self
    }
}

impl<F> Server<F>
where
    F: Filter + Clone + Send + Sync + 'static,
    F::Extract: Reply,
{
    /// Binds to an address and runs the server.
    ///
    /// # Panics
    ///
    /// Panics if it cannot bind, as warp does. To handle the error, bind a listener and pass it to
    /// [`incoming`](Self::incoming).
    pub async fn run(self, address: impl Into<SocketAddr>) {
        self.bind(address).await.run().await;
    }

    /// Binds to an address.
    ///
    /// # Panics
    ///
    /// Panics if it cannot bind, as warp does. To handle the error, bind a listener and pass it to
    /// [`incoming`](Self::incoming).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use warp::Filter;
    ///
    /// # async fn run() {
    /// let server = gomon_warp::serve(warp::any().map(|| "hello")).bind(([127, 0, 0, 1], 3030)).await;
    /// server.run().await;
    /// # }
    /// ```
    #[allow(clippy::expect_used, reason = "what warp does, in its words")]
    pub async fn bind(self, address: impl Into<SocketAddr>) -> Server<F, TcpListener> {
        let listener = TcpListener::bind(address.into())
            .await
            .expect("failed to bind to address");
        self.incoming(listener)
    }

    /// Sets the source of connections.
    pub fn incoming<A>(self, acceptor: A) -> Server<F, A> {
        Server {
            filter: self.filter,
            acceptor,
            setup: self.setup,
            shutdown: self.shutdown,
        }
    }
}

impl<F, A> Server<F, A>
where
    F: Filter + Clone + Send + Sync + 'static,
    F::Extract: Reply,
    A: Accept,
{
    /// Stops accepting connections when `signal` completes, and returns when open requests have finished.
    pub fn graceful<S>(mut self, signal: S) -> Self
    where
        S: Future<Output = ()> + Send + 'static,
    {
        self.shutdown = Some(Box::pin(signal));
        self
    }

    /// Runs the server. It returns only if it is [`graceful`](Self::graceful).
    pub async fn run(self) {
        let service = warp::service(self.filter);
        let service = MonitoringService::<_, Warp>::with_setup(service, self.setup);
        // Outside the monitoring: it calls the inner service in the first poll only. Inside, a request that is dropped
        // earlier would be recorded without filters that set its route.
        let service = TowerToHyperService::new(service);
        // As in warp, without a timeout.
        let http = Builder::new(TokioExecutor::new());
        let shutdown = self.shutdown.unwrap_or_else(|| Box::pin(pending()));
        serve_connections(self.acceptor, service, http, shutdown).await;
    }
}

impl<F, A: fmt::Debug> fmt::Debug for Server<F, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("acceptor", &self.acceptor)
            .field("setup", &self.setup)
            .field("is_graceful", &self.shutdown.is_some())
            .finish_non_exhaustive()
    }
}
