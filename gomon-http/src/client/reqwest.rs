//! Calls of reqwest's client.

mod convert;
mod resolver;

use std::fmt::Display;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use ::reqwest::{Body, Client, Error, Request, Response, Url};
use pin_project_lite::pin_project;
use tower_service::Service;

use self::convert::{outgoing, recorded};
use super::service::MonitoredClient;
use crate::future::Running;
use crate::server::CountedBody;
use crate::watch::RequestWatch;

pub use self::resolver::SystemResolver;

impl<S> MonitoredClient<S> {
    /// Opens the event of a call with a request of reqwest, if it is recorded. Also returns the request's URL.
    pub(super) fn begin_reqwest(&self, request: &mut Request) -> (RequestWatch, Option<Url>) {
        let opened = self.open(|| outgoing(request));
        let mut watch = opened.into_watch(request.headers_mut());
        if !watch.is_on() {
            return (watch, None);
        }
        // Bodies of bytes are not counted, because reqwest sends them again after a redirect.
        if let Some(body) = request.body_mut().take_if(|body| body.as_bytes().is_none()) {
            let (body, size) = CountedBody::new(body);
            *request.body_mut() = Some(Body::wrap(body));
            watch.set_request_size(size);
        }
        (watch, Some(request.url().clone()))
    }
}

impl MonitoredClient<Client> {
    /// Sends a request of reqwest.
    ///
    /// # Errors
    ///
    /// Errors of reqwest's client, unchanged.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use gomon_http::client::MonitoredClient;
    ///
    /// # async fn run() -> reqwest::Result<()> {
    /// let client = MonitoredClient::new(reqwest::Client::new());
    /// let request = client.inner().get("http://localhost:3000/goods").build()?;
    /// let goods = client.execute(request).await?;
    /// # drop(goods);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn execute(&self, mut request: Request) -> Result<Response, Error> {
        let call = self.begin_reqwest(&mut request);
        MonitoredFuture::start(call, || (&self.inner).call(request)).await
    }
}

impl<S> Service<Request> for MonitoredClient<S>
where
    S: Service<Request, Response = Response>,
    S::Error: Display + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = MonitoredFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let call = self.begin_reqwest(&mut request);
        MonitoredFuture::start(call, || self.inner.call(request))
    }
}

pin_project! {
    /// Response future of a watched client of reqwest.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct MonitoredFuture<F> {
        #[pin]
        running: Running<F>,
        // The URL of the request, if the call is recorded.
        requested: Option<Url>,
    }
}

impl<F> MonitoredFuture<F> {
    pub(super) fn start(call: (RequestWatch, Option<Url>), begin: impl FnOnce() -> F) -> Self {
        let (mut watch, requested) = call;
        let inner = watch.run(begin);
        Self {
            running: Running::new(Some(inner), watch),
            requested,
        }
    }
}

impl<F, E> Future for MonitoredFuture<F>
where
    F: Future<Output = Result<Response, E>>,
    E: Display + 'static,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let requested = this.requested;
        let record = |response, (), watch| match requested.take() {
            Some(requested) => recorded(response, watch, &requested),
            None => response,
        };
        this.running.poll(cx, |response| response, |_| (), record)
    }
}
