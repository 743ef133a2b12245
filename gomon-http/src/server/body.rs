//! The response's body, with which the request ends.

use std::fmt::Display;
use std::pin::Pin;
use std::task::{Context, Poll};

use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::server::ResponseWatch;

pin_project! {
    /// The body of a monitored response: the same frames, size hint and errors; the event ends when it is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_http::{server::MonitoredBody, MonitoringLayer};
    /// use http::{Request, Response};
    /// use http_body_util::{BodyExt, Empty, Full};
    /// use tower::{Layer, ServiceExt, service_fn};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let service = service_fn(async |_request: Request<Empty<&[u8]>>| {
    ///     Ok::<_, std::convert::Infallible>(Response::new(Full::new(&b"hello"[..])))
    /// });
    /// let service = MonitoringLayer::new().layer(service);
    /// let response = service.oneshot(Request::new(Empty::new())).await.unwrap();
    /// let body: MonitoredBody<Full<&[u8]>> = response.into_body();
    /// assert_eq!(body.collect().await.unwrap().to_bytes(), "hello");
    /// # });
    /// ```
    #[derive(Debug)]
    pub struct MonitoredBody<B> {
        // Empty once it ended, and in the drop.
        #[pin]
        inner: Option<B>,
        watch: ResponseWatch,
    }

    impl<B> PinnedDrop for MonitoredBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.watch.drop_inside(this.inner);
        }
    }
}

impl<B> MonitoredBody<B> {
    pub(crate) fn new(inner: B, watch: ResponseWatch) -> Self {
        Self {
            inner: Some(inner),
            watch,
        }
    }

    /// The body itself where nothing is recorded of it any more, so that a framework that boxes bodies need not box it
    /// twice.
    ///
    /// # Errors
    ///
    /// This body unchanged, where it is still recorded.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn boxed<B: 'static>(body: gomon_http::server::MonitoredBody<B>) -> Box<dyn std::any::Any> {
    /// match body.into_unwatched() {
    ///     Ok(body) => Box::new(body),
    ///     Err(body) => Box::new(body),
    /// }
    /// # }
    /// ```
    pub fn into_unwatched(mut self) -> Result<B, Self> {
        match (self.watch.is_off(), self.inner.take()) {
            (true, Some(inner)) => Ok(inner),
            (_, inner) => {
                self.inner = inner;
                Err(self)
            }
        }
    }
}

impl<B> Body for MonitoredBody<B>
where
    B: Body,
    B::Error: Display,
{
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        let watch = this.watch;
        let is_on = watch.is_on();
        // All that is the body's is done in one scope: its poll, the question whether it ended, and then its drop.
        let (polled, ended) = watch.run(|| {
            let Some(mut inner) = this.inner.as_mut().as_pin_mut() else {
                return (Poll::Ready(None), false);
            };
            let polled = inner.as_mut().poll_frame(cx);
            // Whoever sends it asks the same and then drops it without another poll.
            let ended = is_on
                && match &polled {
                    Poll::Pending => false,
                    Poll::Ready(None) => true,
                    Poll::Ready(Some(_)) => inner.is_end_stream(),
                };
            if ended {
                this.inner.set(None);
            }
            (polled, ended)
        });
        match &polled {
            Poll::Ready(Some(Err(error))) => watch.fail(error),
            Poll::Ready(Some(Ok(frame))) => match frame.data_ref() {
                Some(data) => watch.moved(data),
                None if frame.is_trailers() => watch.ended(),
                None => {}
            },
            Poll::Ready(None) | Poll::Pending => {}
        }
        if ended {
            watch.ended();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(B::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner
            .as_ref()
            .map_or_else(|| SizeHint::with_exact(0), B::size_hint)
    }
}
