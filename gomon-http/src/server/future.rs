//! Response future, which runs the handler.

use std::fmt::Display;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::Response;
use http_body::Body;
use pin_project_lite::pin_project;

use crate::server::response::{BodySize, watched};
use crate::server::{RequestWatch, ResponseBody};

pin_project! {
    /// Response future of a monitored service. The handler runs in the scope of the request's event, which continues
    /// with the response's body.
    ///
    /// `W` is the web framework; `()` is plain tower.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F, W = ()> {
        // Empty once the future is ready.
        #[pin]
        inner: Option<F>,
        watch: RequestWatch,
        framework: PhantomData<fn() -> W>,
    }

    impl<F, W> PinnedDrop for ResponseFuture<F, W> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.watch.drop_inside(this.inner);
        }
    }
}

impl<F, W> ResponseFuture<F, W> {
    pub(crate) fn new(inner: Option<F>, watch: RequestWatch) -> Self {
        Self {
            inner,
            watch,
            framework: PhantomData,
        }
    }
}

impl<F, W, B, E> Future for ResponseFuture<F, W>
where
    W: ResponseBody<B>,
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
    E: Display,
{
    type Output = Result<Response<W::Body>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let mut inner = this.inner.as_mut();
        // One scope for the poll, the drop of the future and the size of its body.
        let (result, size) = ready!(this.watch.poll(|| {
            let Some(polled) = inner.as_mut().as_pin_mut() else {
                // Polled after completion, where a future may do anything.
                return Poll::Pending;
            };
            let result = ready!(polled.poll(cx));
            inner.set(None);
            let size = result
                .as_ref()
                .ok()
                .map(|response| BodySize::of(response.body()));
            Poll::Ready((result, size.unwrap_or_default()))
        }));
        let watch = std::mem::take(this.watch);
        Poll::Ready(match result {
            Ok(response) => Ok(watched::<W, _>(response, size, watch)),
            Err(error) => {
                watch.fail(&error);
                Err(error)
            }
        })
    }
}
