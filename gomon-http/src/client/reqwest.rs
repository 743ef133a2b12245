//! reqwest's client, and its requests and responses into those of the `http` crate.

use std::fmt::Display;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use ::reqwest::dns::{Addrs, Name, Resolve, Resolving};
use ::reqwest::{Body, Client, Error, Request, Response, ResponseBuilderExt, Url};
use gomon_core::UrlParts;
use hyper_util::client::legacy::connect::dns::GaiResolver;
use pin_project_lite::pin_project;
use tower_service::Service;

use super::body::watched;
use super::call::{Call, Sent};
use super::future::Answer;
use super::request::Outgoing;
use super::resolver::{MonitoredResolver, ResolveFuture, begin};
use super::service::MonitoredClient;
use crate::server::CountedBody;

impl<S> MonitoredClient<S> {
    /// The event of a call with a request of reqwest's, if there is to be one.
    pub(super) fn begin_reqwest(&self, request: &mut Request) -> Option<Asked> {
        let opened = self.open(|| Outgoing {
            method: request.method(),
            url: parts(request.url()),
            headers: request.headers(),
            sent: Sent::Declared(declared(request)),
        })?;
        let mut call = opened.into_call(request.headers_mut());
        // Only what cannot be sent again is counted: reqwest repeats a body of bytes after a redirect.
        if let Some(body) = request.body_mut().take_if(|body| body.as_bytes().is_none()) {
            let (body, size) = CountedBody::new(body);
            *request.body_mut() = Some(Body::wrap(body));
            call.count(size);
        }
        let url = request.url().clone();
        Some(Asked { call, url })
    }
}

/// A call, and the URL that it asked for.
pub(super) struct Asked {
    call: Call,
    url: Url,
}

impl MonitoredClient<Client> {
    /// Sends a request of reqwest's.
    ///
    /// # Errors
    ///
    /// Those of reqwest's client, unchanged.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use gomon_http::client::MonitoredClient;
    ///
    /// # async fn run() -> reqwest::Result<()> {
    /// let http = reqwest::Client::new();
    /// let client = MonitoredClient::new(http.clone());
    /// let goods = client.execute(http.get("http://localhost:3000/goods").build()?).await?;
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
    /// The future of a response of reqwest's.
    ///
    /// # Examples
    ///
    /// See [`MonitoredClient::execute`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct MonitoredFuture<F> {
        #[pin]
        answer: Answer<F>,
        asked: Option<Url>,
    }
}

impl<F> MonitoredFuture<F> {
    pub(super) fn start(asked: Option<Asked>, begin: impl FnOnce() -> F) -> Self {
        let (call, asked) = asked.map(|it| (it.call, it.url)).unzip();
        Self {
            answer: Answer::start(call, begin),
            asked,
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
        Poll::Ready(answer.map(|response| match (call, this.asked.take()) {
            (Some(call), Some(asked)) => recorded(response, call, &asked),
            _ => response,
        }))
    }
}

/// Watches the body of `response`. On the way through the `http` crate it would lose its URL.
fn recorded(response: Response, mut call: Call, asked: &Url) -> Response {
    let url = response.url().clone();
    if parts(&url) != parts(asked) {
        call.redirected(parts(&url));
    }
    let (mut parts, body) = watched(http::Response::from(response), Some(call)).into_parts();
    let placed = http::Response::builder().url(url).body(());
    if let Ok(placed) = placed {
        parts.extensions.extend(placed.into_parts().0.extensions);
    }
    http::Response::from_parts(parts, Body::wrap(body)).into()
}

fn parts(url: &Url) -> UrlParts<'_> {
    UrlParts {
        scheme: Some(url.scheme()),
        host: Some(url.authority()),
        path: url.path(),
        query: url.query(),
    }
}

fn declared(request: &Request) -> Option<u64> {
    match request.body() {
        None => Some(0),
        Some(body) => Some(body.as_bytes()?.len() as u64),
    }
}

impl<R: Resolve> Resolve for MonitoredResolver<R> {
    fn resolve(&self, name: Name) -> Resolving {
        begin();
        Box::pin(ResolveFuture::new(self.inner.resolve(name)))
    }
}

/// The system's resolver for reqwest, which is reqwest's own unless another is chosen.
///
/// # Examples
///
/// ```
/// use gomon_http::client::{MonitoredResolver, SystemResolver};
///
/// let builder = reqwest::Client::builder().dns_resolver(MonitoredResolver::new(SystemResolver::new()));
/// # drop(builder);
/// ```
#[derive(Clone, Debug, Default)]
pub struct SystemResolver(());

impl SystemResolver {
    /// The system's resolver.
    ///
    /// # Examples
    ///
    /// See [`SystemResolver`].
    #[must_use]
    pub const fn new() -> Self {
        Self(())
    }
}

impl Resolve for SystemResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let name = name.as_str().parse()?;
            let addresses = GaiResolver::new().call(name).await?;
            Ok(Box::new(addresses) as Addrs)
        })
    }
}
