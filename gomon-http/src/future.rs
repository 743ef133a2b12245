//! Response futures of monitored services and clients.

use std::fmt::Display;
use std::future::Future;
use std::marker::PhantomData;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::Response;
use http_body::Body;
use pin_project_lite::pin_project;

use crate::client::call::{begin, wait};
use crate::panics::poll_once;
use crate::response::{BodySize, passed, watched};
use crate::server::ResponseBody;
use crate::watch::RequestWatch;

pin_project! {
    /// Response future of a monitored service or client. It runs in the scope of the request's event, which continues
    /// with the response's body.
    ///
    /// `W` is the web framework; `()` is plain tower.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F, W = ()> {
        #[pin]
        running: Running<F>,
        framework: PhantomData<fn() -> W>,
    }
}

impl<F, W> ResponseFuture<F, W> {
    pub(crate) fn new(inner: Option<F>, watch: RequestWatch) -> Self {
        Self {
            running: Running::new(inner, watch),
            framework: PhantomData,
        }
    }
}

impl<F, W, B, E> Future for ResponseFuture<F, W>
where
    W: ResponseBody<B>,
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
    E: Display + 'static,
{
    type Output = Result<Response<W::Body>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let size = |response: &Response<B>| BodySize::of(response.body());
        let (pass, record) = (passed::<W, _>, watched::<W, _>);
        self.project().running.poll(cx, pass, size, record)
    }
}

pin_project! {
    /// A handler or a client at work, for any type of response.
    #[derive(Debug)]
    pub(crate) struct Running<F> {
        // Empty once the future is ready.
        #[pin]
        inner: Option<F>,
        watch: RequestWatch,
    }

    impl<F> PinnedDrop for Running<F> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.watch.drop_inside(this.inner);
        }
    }
}

impl<F> Running<F> {
    pub(crate) const fn new(inner: Option<F>, watch: RequestWatch) -> Self {
        Self { inner, watch }
    }
}

impl<F, T, E> Running<F>
where
    F: Future<Output = Result<T, E>>,
    E: Display + 'static,
{
    /// Polls for the response.
    ///
    /// If nothing is recorded, `pass` converts it. Otherwise `look` reads from it in the scope of the event, and `record`
    /// continues with its body.
    #[inline]
    pub(crate) fn poll<S: Default, R>(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pass: impl FnOnce(T) -> R,
        look: impl FnOnce(&T) -> S,
        record: impl FnOnce(T, S, RequestWatch) -> R,
    ) -> Poll<Result<R, E>> {
        let this = self.project();
        if this.watch.is_off() {
            let polled = poll_once(this.inner, cx, |_| ());
            return polled.map(|(result, ())| result.map(pass));
        }
        begin(this.watch);
        let look = |result: &F::Output| result.as_ref().map_or_else(|_| S::default(), look);
        let Poll::Ready((result, seen)) = this.watch.poll_inside(this.inner, cx, look) else {
            wait(this.watch);
            return Poll::Pending;
        };
        Poll::Ready(match result {
            Ok(response) => Ok(record(response, seen, mem::take(this.watch))),
            Err(error) => {
                mem::take(this.watch).fail(&error);
                Err(error)
            }
        })
    }
}
