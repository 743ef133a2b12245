//! Calls of reqwest's client.

mod convert;
mod resolver;

use std::fmt::Display;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use ::reqwest::{Body, Client, Error, Request, Response, Url};
use pin_project_lite::pin_project;
use tower_service::Service;

use self::convert::{outgoing, recorded};
use super::call::{Call, Sent};
use super::future::Answer;
use super::service::MonitoredClient;
use crate::server::CountedBody;

pub use self::resolver::SystemResolver;

impl<S> MonitoredClient<S> {
    /// Opens the event of a call with a request of reqwest, if it is recorded.
    pub(super) fn begin_reqwest(&self, request: &mut Request) -> Option<UrlCall> {
        let opened = self.open(|| outgoing(request))?;
        let mut call = opened.into_call(request.headers_mut());
        // Bodies of bytes are not counted, because reqwest sends them again after a redirect.
        if let Some(body) = request.body_mut().take_if(|body| body.as_bytes().is_none()) {
            let (body, size) = CountedBody::new(body);
            *request.body_mut() = Some(Body::wrap(body));
            call.sent = Sent::Counted(size);
        }
        let url = request.url().clone();
        Some(UrlCall { call, url })
    }
}

/// A call and the URL of its request.
pub(super) struct UrlCall {
    call: Call,
    url: Url,
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
        let inner = &mut self.inner;
        MonitoredFuture::start(call, || inner.call(request))
    }
}

pin_project! {
    /// Response future of a watched client of reqwest.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct MonitoredFuture<F> {
        #[pin]
        answer: Answer<F>,
        requested: Option<Url>,
    }
}

impl<F> MonitoredFuture<F> {
    pub(super) fn start(requested: Option<UrlCall>, begin: impl FnOnce() -> F) -> Self {
        let (call, requested) = requested.map(|opened| (opened.call, opened.url)).unzip();
        Self {
            answer: Answer::start(call, begin),
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
        let (answer, call) = ready!(this.answer.poll(cx));
        Poll::Ready(answer.map(|response| match (call, this.requested.take()) {
            (Some(call), Some(requested)) => recorded(response, call, &requested),
            _ => response,
        }))
    }
}
