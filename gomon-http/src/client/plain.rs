//! Replacement for hyper-util's client.

use std::error::Error as StdError;
use std::fmt;
use std::task::{Context, Poll};

use http::{Request, Response, Uri};
use http_body::Body;
use hyper::body::Incoming;
use hyper_util::client::legacy::connect::dns::GaiResolver;
use hyper_util::client::legacy::connect::{Connect, HttpConnector as TcpConnector};
use hyper_util::client::legacy::{self, Error};
use hyper_util::rt::TokioExecutor;
use tower_service::Service;

use super::{
    MonitoredBody, MonitoredClient, MonitoredConnector, MonitoredResolver, ResponseFuture,
};
use crate::server::CountedBody;
use crate::setup::setup_methods;

/// The connector of [`client()`]: hyper-util's, with recorded name lookups.
pub type HttpConnector = MonitoredConnector<TcpConnector<MonitoredResolver<GaiResolver>>>;

/// The error of hyper-util's connector, which is not exported by name.
pub(super) type ConnectError = <TcpConnector as Service<Uri>>::Error;

/// Creates a client for `http` URLs that records every call with all its phases.
///
/// It replaces hyper-util's `Client::builder(TokioExecutor::new()).build_http()`.
///
/// # Examples
///
/// ```no_run
/// use http_body_util::{BodyExt, Empty};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let client = gomon_http::client::<Empty<&[u8]>>();
/// let response = client.get("http://localhost:3000/goods".parse()?).await?;
/// let goods = response.into_body().collect().await?.to_bytes();
/// # drop(goods);
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn client<B>() -> Client<HttpConnector, B>
where
    B: Body + Send,
    B::Data: Send,
{
    let connector = TcpConnector::new_with_resolver(MonitoredResolver::new(GaiResolver::new()));
    let builder = legacy::Client::builder(TokioExecutor::new());
    Client::new(builder.build(MonitoredConnector::new(connector)))
}

/// hyper-util's `Client`, with each call recorded as an event that has the sizes of both bodies.
///
/// [`client()`] creates one for `http` URLs. For TLS or other settings, wrap a client made by hyper-util's builder.
///
/// # Examples
///
/// ```
/// use gomon_http::client::{Client, MonitoredConnector};
/// use http_body_util::Empty;
/// use hyper_util::client::legacy::{self, connect::HttpConnector};
/// use hyper_util::rt::TokioExecutor;
///
/// let connector = MonitoredConnector::new(HttpConnector::new()); // or one with TLS around it
/// let client: Client<_, Empty<&[u8]>> = Client::new(
///     legacy::Client::builder(TokioExecutor::new())
///         .pool_max_idle_per_host(4)
///         .build(connector),
/// );
/// # drop(client);
/// ```
pub struct Client<C, B> {
    inner: MonitoredClient<legacy::Client<C, CountedBody<B>>>,
}

impl<C, B> Client<C, B> {
    /// Wraps a client of hyper-util.
    #[must_use]
    pub fn new(client: legacy::Client<C, CountedBody<B>>) -> Self {
        Self {
            inner: MonitoredClient::new(client),
        }
    }

    setup_methods!(inner.setup);
}

impl<C, B> Client<C, B>
where
    C: Connect + Clone + Send + Sync + 'static,
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    /// Sends a request.
    ///
    /// # Errors
    ///
    /// Errors of hyper-util's client, unchanged.
    pub fn request(&self, mut request: Request<B>) -> ResponseFuture<legacy::ResponseFuture> {
        let mut watch = self.inner.begin(&mut request);
        let request = request.map(|body| CountedBody::counting(body, watch.request_size()));
        // hyper-util's client does nothing before its future is polled.
        let future = self.inner.inner.request(request);
        ResponseFuture::new(Some(future), watch)
    }

    /// Sends a `GET` request without a body.
    ///
    /// # Errors
    ///
    /// Errors of hyper-util's client, unchanged.
    pub fn get(&self, uri: Uri) -> ResponseFuture<legacy::ResponseFuture>
    where
        B: Default,
    {
        let mut request = Request::new(B::default());
        *request.uri_mut() = uri;
        self.request(request)
    }
}

impl<C, B> Service<Request<B>> for Client<C, B>
where
    C: Connect + Clone + Send + Sync + 'static,
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    type Response = Response<MonitoredBody<Incoming>>;
    type Error = Error;
    type Future = ResponseFuture<legacy::ResponseFuture>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        // As hyper-util's client.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        self.request(request)
    }
}

impl<C: Clone, B> Clone for Client<C, B> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
        }
    }
}

impl<C, B> fmt::Debug for Client<C, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}
