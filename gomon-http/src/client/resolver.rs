//! Watched resolvers.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use gomon_core::Value;
use gomon_core::adapter::{UrlParts, keys};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::phase::{DIAL, mark, mark_first, opening};

/// Records when a name lookup begins and ends, in the connection that it is made for.
///
/// It wraps resolvers of hyper-util, which are tower services. With the feature `reqwest` it also wraps those of
/// reqwest.
///
/// # Examples
///
/// ```
/// use std::net::SocketAddr;
/// use gomon_http::client::MonitoredResolver;
/// use tower::service_fn;
///
/// let resolver = MonitoredResolver::new(service_fn(async |_name: String| {
///     Ok::<_, std::io::Error>(std::iter::once(SocketAddr::from(([127, 0, 0, 1], 80))))
/// }));
/// # drop(resolver);
/// ```
#[derive(Clone, Debug)]
pub struct MonitoredResolver<R> {
    pub(super) inner: R,
}

impl<R> MonitoredResolver<R> {
    /// Wraps a resolver.
    pub fn new(resolver: R) -> Self {
        Self { inner: resolver }
    }
}

impl<R, N> Service<N> for MonitoredResolver<R>
where
    R: Service<N>,
{
    type Response = R::Response;
    type Error = R::Error;
    type Future = ResolveFuture<R::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), R::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, name: N) -> Self::Future {
        begin(None);
        ResolveFuture::new(self.inner.call(name))
    }
}

/// Marks the beginning of a lookup. The `host` is the target of a connection whose connector does not show it.
pub(super) fn begin(host: Option<&str>) {
    opening(|tracker| {
        mark_first(tracker, keys::DNS_START);
        if host.is_some() && tracker.fingerprint() == DIAL && tracker.get("url").is_none() {
            let url = UrlParts::default().with_host(host);
            tracker.set(keys::URL, Value::url(url));
        }
    });
}

pin_project! {
    /// Future of the addresses that a watched resolver finds.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct ResolveFuture<F> {
        #[pin]
        inner: F,
    }
}

impl<F> ResolveFuture<F> {
    pub(super) fn new(inner: F) -> Self {
        Self { inner }
    }
}

impl<F: Future<Output = Result<T, E>>, T, E> Future for ResolveFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let found = ready!(self.project().inner.poll(cx));
        if found.is_ok() {
            opening(|tracker| mark(tracker, keys::DNS_DONE));
        }
        Poll::Ready(found)
    }
}
