//! Watched HTTP clients.

use std::fmt::Display;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use super::MonitoredBody;
use super::call::{Call, Dials, Sent};
use super::future::ResponseFuture;
use super::request::{Opened, Outgoing, open, outgoing};
use crate::server::Setup;
use crate::setup::setup_methods;

/// An HTTP client that records each call as an event.
///
/// It is a tower service of the same requests as the inner client. With the feature `reqwest` it also wraps reqwest's
/// client and has its [`execute`](Self::execute). For clients built from layers, use
/// [`MonitoringLayer`](super::MonitoringLayer).
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
    pub(super) setup: Setup,
    dials: Dials,
}

impl<S> MonitoredClient<S> {
    /// Wraps a client. Calls are recorded by the monitor of the current tracker, or else the global one.
    pub fn new(client: S) -> Self {
        Self::with_parts(client, Setup::new(), Dials::default())
    }

    setup_methods!(setup);

    /// Returns the inner client, such as reqwest's to build requests with. Requests that it sends itself are not
    /// recorded.
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

    /// Returns whether calls are recorded now.
    #[cfg(feature = "hyper-util")]
    pub(super) fn is_watching(&self) -> bool {
        self.setup.monitor_under(None).is_enabled()
    }

    /// Opens the event of a call with a request of the `http` crate, if it is recorded.
    pub(super) fn begin<B>(
        &self,
        request: &mut Request<B>,
        sent: impl FnOnce(&B) -> Sent,
    ) -> Option<Call> {
        let opened = self.open(|| outgoing(request, sent(request.body())))?;
        Some(opened.into_call(request.headers_mut()))
    }

    /// Opens the event of a call, if it is recorded.
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
