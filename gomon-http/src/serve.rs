//! Serving connections with hyper.

use std::error::Error as StdError;
use std::fmt::{self, Display};
use std::future::{IntoFuture, Pending, pending};
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::time::Duration;

use gomon_core::Monitor;
use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper::service::Service;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};

use crate::{HttpConfig, MonitoringService, PeerAddress};

/// How long to wait for what an accept lacked, such as a file descriptor.
const PAUSE: Duration = Duration::from_millis(100);

type BoxError = Box<dyn StdError + Send + Sync>;

/// Serves `service` over HTTP/1.1 and HTTP/2, with every request an event that knows its client's address.
///
/// It is to a service of hyper's what `axum::serve` is to a router, and is used alike.
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
pub fn serve<S>(listener: TcpListener, service: S) -> Serve<S> {
    Serve {
        listener,
        service: MonitoringService::new(service),
        signal: pending(),
    }
}

/// A server, made by [`serve()`]; it runs when it is awaited.
///
/// # Examples
///
/// See [`serve()`].
#[must_use = "a server does nothing unless awaited"]
pub struct Serve<S, F = Pending<()>> {
    listener: TcpListener,
    service: MonitoringService<S>,
    signal: F,
}

impl<S, F> Serve<S, F> {
    /// Pins the configuration: that of the monitor is not asked.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_http::{HttpConfig, Serve};
    /// fn watched<S>(server: Serve<S>) -> Serve<S> {
    ///     server.with_config(HttpConfig::default().with_response_body(1024))
    /// }
    /// ```
    pub fn with_config(self, config: HttpConfig) -> Self {
        Self {
            service: self.service.with_config(config),
            ..self
        }
    }

    /// Records with this monitor instead of the one of the process.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_http::Serve;
    /// fn watched<S>(server: Serve<S>, monitor: gomon_core::Monitor) -> Serve<S> {
    ///     server.with_monitor(monitor)
    /// }
    /// ```
    pub fn with_monitor(self, monitor: Monitor) -> Self {
        Self {
            service: self.service.with_monitor(monitor),
            ..self
        }
    }
}

impl<S> Serve<S> {
    /// Once `signal` is there, takes no more connections, and ends when those that it has are done with their requests.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # use gomon_http::Serve;
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
    pub fn with_graceful_shutdown<F>(self, signal: F) -> Serve<S, F>
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

impl<S, B, F> IntoFuture for Serve<S, F>
where
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
        Box::pin(async move {
            let graceful = GracefulShutdown::new();
            let mut signal = pin!(self.signal);
            loop {
                tokio::select! {
                    (stream, peer) = accept(&self.listener) => {
                        let service = WithPeer { service: self.service.clone(), peer };
                        connection(stream, service, &graceful);
                    }
                    () = &mut signal => break,
                }
            }
            drop(self.listener);
            graceful.shutdown().await;
            Ok(())
        })
    }
}

/// The next connection, whatever an accept may lack meanwhile.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            // The client left while it waited.
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

/// Serves one connection in a task of its own.
fn connection<S, B>(stream: TcpStream, service: WithPeer<S>, graceful: &GracefulShutdown)
where
    S: Service<Request<Incoming>, Response = Response<B>> + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Into<BoxError>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new());
    builder
        .http2()
        .timer(TokioTimer::new())
        .enable_connect_protocol();
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
    let connection = graceful.watch(connection.into_owned());
    tokio::spawn(async move {
        // How a connection ends is its client's to see.
        drop(connection.await);
    });
}

/// Tells the service where a connection came from.
struct WithPeer<S> {
    service: S,
    peer: SocketAddr,
}

impl<S: Service<Request<Incoming>>> Service<Request<Incoming>> for WithPeer<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn call(&self, mut request: Request<Incoming>) -> S::Future {
        request.extensions_mut().insert(PeerAddress(self.peer));
        self.service.call(request)
    }
}

impl<S, F> fmt::Debug for Serve<S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serve")
            .field("listener", &self.listener)
            .finish_non_exhaustive()
    }
}
