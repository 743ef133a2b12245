//! The server.

use std::fmt;
use std::future::{Future, pending};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use gomon_core::Monitor;
use gomon_http::server::Setup;
use gomon_http::{HttpConfig, MonitoringService};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::time::sleep;
use warp::Filter;
use warp::reply::Reply;

use crate::{Accept, Warp, connection};

/// How long the server waits before it accepts again where it could not, as for want of file descriptors.
const PAUSE: Duration = Duration::from_secs(1);

/// Serves `filter` as `warp::serve` does, with every request an event.
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
        acceptor: (),
        setup: Setup::new(),
        shutdown: None,
    }
}

/// A server of a filter, with the verbs of warp's own: `A` is where its connections come from, once that is known.
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
pub struct Server<F, A = ()> {
    filter: F,
    acceptor: A,
    setup: Setup,
    shutdown: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl<F, A> Server<F, A> {
    /// Pins the configuration: that of the monitor is not asked.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_warp::HttpConfig;
    /// use warp::Filter;
    ///
    /// let server = gomon_warp::serve(warp::any().map(|| "hello"))
    ///     .with_config(HttpConfig::default().with_excluded(["/healthz"]));
    /// # drop(server);
    /// ```
    pub fn with_config(mut self, config: HttpConfig) -> Self {
        self.setup = self.setup.with_config(config);
        self
    }

    /// Records with this monitor instead of the one of the process.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::Monitor;
    /// use warp::Filter;
    ///
    /// let running = Monitor::builder().build()?;
    /// let server = gomon_warp::serve(warp::any().map(|| "hello")).with_monitor(running.monitor());
    /// # drop(server);
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
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
    /// Binds to an address and runs.
    ///
    /// # Panics
    ///
    /// As warp does, when it cannot bind. To be told instead, bind a listener and hand it to [`incoming`](Self::incoming).
    ///
    /// # Examples
    ///
    /// See [`serve`].
    pub async fn run(self, address: impl Into<SocketAddr>) {
        self.bind(address).await.run().await;
    }

    /// Binds to an address.
    ///
    /// # Panics
    ///
    /// As warp does, when it cannot bind. To be told instead, bind a listener and hand it to [`incoming`](Self::incoming).
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

    /// Takes its connections from `acceptor`.
    ///
    /// # Examples
    ///
    /// See [`Server`].
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
    /// Stops accepting once `signal` is there, and ends when the requests at hand are answered.
    ///
    /// # Examples
    ///
    /// See [`Server`].
    pub fn graceful<S>(mut self, signal: S) -> Self
    where
        S: Future<Output = ()> + Send + 'static,
    {
        self.shutdown = Some(Box::pin(signal));
        self
    }

    /// Runs it: for ever, unless it is [`graceful`](Self::graceful).
    ///
    /// # Examples
    ///
    /// See [`Server`].
    pub async fn run(self) {
        let mut acceptor = self.acceptor;
        let service = warp::service(self.filter);
        let service = MonitoringService::<_, Warp>::with_setup(service, self.setup);
        let connections = GracefulShutdown::new();
        let is_graceful = self.shutdown.is_some();
        let mut shutdown = self.shutdown.unwrap_or_else(|| Box::pin(pending()));
        loop {
            let accepted = tokio::select! {
                biased;
                accepted = acceptor.accept() => accepted,
                () = &mut shutdown => break,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let watcher = is_graceful.then(|| connections.watcher());
                    tokio::spawn(connection::serve(stream, peer, service.clone(), watcher));
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(_) => sleep(PAUSE).await,
            }
        }
        drop(acceptor);
        connections.shutdown().await;
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

/// Whether the next connection may well be accepted.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}
