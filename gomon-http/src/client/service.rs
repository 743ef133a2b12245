//! An HTTP client that is watched.

use std::fmt::Display;
use std::task::{Context, Poll};

use gomon_core::Monitor;
use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use super::MonitoredBody;
use super::call::{Call, Dials, Sent};
use super::future::ResponseFuture;
use super::request::{Opened, Outgoing, open, outgoing};
use crate::HttpConfig;
use crate::server::Setup;

/// An HTTP client of which every call is an event.
///
/// It is a tower service as the client is, of requests of the `http` crate; with the feature `reqwest` also of reqwest's,
/// and then has reqwest's [`execute`](Self::execute). [`MonitoringLayer`](super::MonitoringLayer) makes it where clients
/// are built of layers.
///
/// # Examples
///
/// ```
/// use gomon_http::client::MonitoredClient;
/// use http::{Request, Response};
/// use http_body_util::Empty;
/// use tower::{Service, service_fn};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let mut client = MonitoredClient::new(service_fn(async |_: Request<Empty<&[u8]>>| {
///     Ok::<_, std::io::Error>(Response::new(Empty::<&[u8]>::new()))
/// }));
/// let response = client.call(Request::new(Empty::new())).await?;
/// assert_eq!(response.status(), 200);
/// # Ok::<(), std::io::Error>(()) }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct MonitoredClient<S> {
    pub(super) inner: S,
    setup: Setup,
    dials: Dials,
}

impl<S> MonitoredClient<S> {
    /// Watches `client` for the monitor of the process, with its configuration.
    ///
    /// # Examples
    ///
    /// See [`MonitoredClient`].
    pub fn new(client: S) -> Self {
        Self::with_parts(client, Setup::new(), Dials::default())
    }

    /// Pins the configuration: that of the monitor is not asked.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn watched<S>(client: S) -> gomon_http::client::MonitoredClient<S> {
    /// use gomon_http::{HttpConfig, client::MonitoredClient};
    ///
    /// MonitoredClient::new(client).with_config(HttpConfig::default().with_response_body(1024))
    /// # }
    /// ```
    #[must_use]
    pub fn with_config(self, config: HttpConfig) -> Self {
        Self {
            setup: self.setup.with_config(config),
            ..self
        }
    }

    /// Records with this monitor instead of the one of the process.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn watched<S>(client: S, monitor: gomon_core::Monitor) -> gomon_http::client::MonitoredClient<S> {
    /// use gomon_http::client::MonitoredClient;
    ///
    /// MonitoredClient::new(client).with_monitor(monitor)
    /// # }
    /// ```
    #[must_use]
    pub fn with_monitor(self, monitor: Monitor) -> Self {
        Self {
            setup: self.setup.with_monitor(monitor),
            ..self
        }
    }

    /// The client that it watches, such as reqwest's to build requests with; what is sent by it is not recorded.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_http::client::MonitoredClient;
    ///
    /// let client = MonitoredClient::new("any HTTP client");
    /// assert_eq!(*client.inner(), "any HTTP client");
    /// ```
    #[must_use]
    pub const fn inner(&self) -> &S {
        &self.inner
    }

    pub(super) fn with_parts(inner: S, setup: Setup, dials: Dials) -> Self {
        Self {
            inner,
            setup,
            dials,
        }
    }

    /// Whether anything is to be recorded now.
    #[cfg(feature = "hyper-util")]
    pub(super) fn is_watching(&self) -> bool {
        self.setup.monitor_under(None).is_enabled()
    }

    /// The event of a call with a request of the `http` crate, if there is to be one.
    pub(super) fn begin<B>(
        &self,
        request: &mut Request<B>,
        sent: impl FnOnce(&B) -> Sent,
    ) -> Option<Call> {
        let opened = self.open(|| outgoing(request, sent(request.body())))?;
        Some(opened.into_call(request.headers_mut()))
    }

    /// The event of a call, if there is to be one.
    pub(super) fn open<'r>(&self, outgoing: impl FnOnce() -> Outgoing<'r>) -> Option<Opened> {
        let monitor = self.setup.monitor_under(None);
        if !monitor.is_enabled() {
            return None;
        }
        open(&self.setup, monitor, &self.dials, outgoing())
    }
}

impl<S, B, R> Service<Request<B>> for MonitoredClient<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: Display + 'static,
    B: Body,
    R: Body,
    R::Error: Display + 'static,
{
    type Response = Response<MonitoredBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    #[inline]
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let call = self.begin(&mut request, |body| {
            Sent::Declared(body.size_hint().exact())
        });
        let inner = &mut self.inner;
        ResponseFuture::start(call, || inner.call(request))
    }
}
