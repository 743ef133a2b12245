//! The response's body, with which a call ends.

use std::fmt::Display;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Buf;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::call::Call;
use crate::ending::{BodyEnd, Ending, Phase, Progress};
use crate::sample::Sample;

pin_project! {
    /// The body of a watched call's response: the same frames, size hint and errors; the event ends when it is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_http::client::{MonitoredBody, MonitoredClient};
    /// use http::{Request, Response};
    /// use http_body_util::{BodyExt, Empty, Full};
    /// use tower::{Service, service_fn};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let mut client = MonitoredClient::new(service_fn(async |_: Request<Empty<&[u8]>>| {
    ///     Ok::<_, std::io::Error>(Response::new(Full::new(&b"hello"[..])))
    /// }));
    /// let body: MonitoredBody<Full<&[u8]>> = client.call(Request::new(Empty::new())).await?.into_body();
    /// assert_eq!(body.collect().await.unwrap().to_bytes(), "hello");
    /// # Ok::<(), std::io::Error>(()) }).unwrap();
    /// ```
    #[derive(Debug)]
    pub struct MonitoredBody<B> {
        // Empty in its drop only.
        #[pin]
        inner: Option<B>,
        watch: Option<Watch>,
    }

    impl<B> PinnedDrop for MonitoredBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(mut watch) = this.watch.take() {
                watch.run(|| this.inner.set(None));
                watch.finish();
            }
        }
    }
}

/// A body that is read.
#[derive(Debug)]
pub(super) struct Watch {
    call: Call,
    progress: Progress,
    sample: Option<Sample>,
}

impl Watch {
    pub(super) fn new(call: Call, end: BodyEnd, sample: Option<Sample>) -> Self {
        Self {
            call,
            progress: Progress::new(end),
            sample,
        }
    }

    /// Runs `f` in the scope of the call, as long as the body has something to do for it.
    fn run<R>(&mut self, f: impl FnOnce() -> R) -> R {
        if self.progress.ended {
            f()
        } else {
            self.call.run(f)
        }
    }

    /// Nothing more is to come.
    pub(super) fn end(mut self) {
        self.progress.ended = true;
        self.finish();
    }

    fn finish(self) {
        let aborted = match self.progress.ending() {
            Ending::Complete => None,
            Ending::Aborted(Phase::Body) => Some("body"),
            // Nothing of the body was asked for.
            Ending::Aborted(_) => Some("abandoned"),
        };
        let sample = self.sample.as_ref().map(Sample::bytes);
        self.call.finish(aborted, self.progress.moved, sample);
    }

    fn see<D: Buf, E: Display + 'static>(&mut self, polled: &Poll<Option<Result<Frame<D>, E>>>) {
        let progress = &mut self.progress;
        progress.polled = true;
        match polled {
            Poll::Pending => {}
            Poll::Ready(None) => progress.ended = true,
            Poll::Ready(Some(Err(error))) => self.call.broken(error),
            Poll::Ready(Some(Ok(frame))) => match frame.data_ref() {
                Some(data) => {
                    progress.moved += data.remaining() as u64;
                    if let Some(sample) = &mut self.sample {
                        sample.take(data);
                    }
                }
                None => progress.ended |= frame.is_trailers(),
            },
        }
    }
}

impl<B> MonitoredBody<B> {
    /// A body that is read from now on; not watched where its call has ended with the head.
    pub(super) fn new(inner: B, watch: Option<Watch>) -> Self {
        Self {
            inner: Some(inner),
            watch,
        }
    }
}

impl<B> Body for MonitoredBody<B>
where
    B: Body,
    B::Error: Display + 'static,
{
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        let Some(mut inner) = this.inner.as_pin_mut() else {
            return Poll::Ready(None);
        };
        let Some(watch) = this.watch else {
            return inner.poll_frame(cx);
        };
        let polled = watch.run(|| inner.as_mut().poll_frame(cx));
        watch.see(&polled);
        watch.progress.ended |= inner.is_end_stream();
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(B::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner
            .as_ref()
            .map_or_else(SizeHint::default, B::size_hint)
    }
}
