//! Response future of a call.

use std::fmt::Display;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::Response;
use http_body::Body;
use pin_project_lite::pin_project;

use super::MonitoredBody;
use super::call::Call;
use super::response::watched;
use crate::panics;

pin_project! {
    /// Response future of a watched client. The client runs in the scope of the call's event, which continues with the
    /// response's body.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F> {
        #[pin]
        answer: Answer<F>,
    }
}

impl<F> ResponseFuture<F> {
    /// Starts the client in the scope of the call.
    pub(super) fn start(call: Option<Call>, begin: impl FnOnce() -> F) -> Self {
        Self {
            answer: Answer::start(call, begin),
        }
    }

    /// Wraps the future of a client that does nothing before it is polled.
    #[cfg(feature = "hyper-util")]
    pub(super) fn of(call: Option<Call>, inner: F) -> Self {
        Self {
            answer: Answer::new(call, inner),
        }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
    E: Display + 'static,
{
    type Output = Result<Response<MonitoredBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (answer, call) = ready!(self.project().answer.poll(cx));
        Poll::Ready(answer.map(|response| watched(response, call)))
    }
}

pin_project! {
    /// A client at work on a call, for any response type.
    #[derive(Debug)]
    pub(super) struct Answer<F> {
        // Empty once the future is ready.
        #[pin]
        inner: Option<F>,
        call: Option<Call>,
        has_begun: bool,
    }

    impl<F> PinnedDrop for Answer<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(mut call) = this.call.take() {
                if this.inner.is_some() {
                    panics::scope(&mut call.tracker, || this.inner.set(None));
                }
                call.abandoned();
            }
        }
    }
}

impl<F> Answer<F> {
    pub(super) fn start(mut call: Option<Call>, begin: impl FnOnce() -> F) -> Self {
        let inner = match &mut call {
            Some(call) => panics::scope(&mut call.tracker, begin),
            None => begin(),
        };
        Self::new(call, inner)
    }

    fn new(call: Option<Call>, inner: F) -> Self {
        Self {
            inner: Some(inner),
            call,
            has_begun: false,
        }
    }
}

impl<F, T, E> Answer<F>
where
    F: Future<Output = Result<T, E>>,
    E: Display + 'static,
{
    /// Polls for the response. Also returns the call if it continues with the response's body.
    pub(super) fn poll(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<(F::Output, Option<Call>)> {
        let mut this = self.project();
        let Some(call) = this.call else {
            return match this.inner.as_pin_mut() {
                Some(inner) => inner.poll(cx).map(|answer| (answer, None)),
                // Polled after completion, where a future may do anything.
                None => Poll::Pending,
            };
        };
        if !std::mem::replace(this.has_begun, true) {
            call.begin();
        }
        let mut inner = this.inner.as_mut();
        // Drop the client's future in the scope of the call: it may own a connection that records its marks in its
        // drop.
        let answer = ready!(panics::poll(&mut call.tracker, || {
            let Some(polled) = inner.as_mut().as_pin_mut() else {
                return Poll::Pending;
            };
            let answer = ready!(polled.poll(cx));
            inner.set(None);
            Poll::Ready(answer)
        }));
        let call = this.call.take();
        Poll::Ready(match answer {
            Ok(answer) => (Ok(answer), call),
            Err(error) => {
                if let Some(call) = call {
                    call.failed(&error);
                }
                (Err(error), None)
            }
        })
    }
}
