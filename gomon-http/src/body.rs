//! Bodies of responses, both those that a server sends and those that a client reads.
//!
//! The event ends when its [`BodyWatch`] is dropped. Whether the body was complete then is decided by its [`Progress`].

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Buf;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::ending::{BodyEnd, Ending, Phase};
use crate::sample::Sample;
use crate::server::RequestWatch;

/// The event of a response whose body is watched.
pub trait BodyEvent {
    /// Returns whether the event is open.
    fn is_on(&self) -> bool;

    /// Runs `f` in the scope of the event. A panic is recorded and resumed.
    fn run<R>(&mut self, f: impl FnOnce() -> R) -> R;

    /// Ends the event, unless it has ended.
    fn finish(&mut self, body: &Progress);
}

/// An event that records errors of the type `E`.
pub trait RecordError<E>: BodyEvent {
    /// Records an error of the body.
    fn record_error(&mut self, error: &E);
}

/// How far a body got before it was dropped.
#[derive(Debug)]
pub struct Progress {
    end: BodyEnd,
    /// Bytes that were passed on, also with 304 over HTTP/2, where hyper sends a body.
    moved: u64,
    polled: bool,
    /// The body reported its end: no more frames, or trailers.
    ended: bool,
    sample: Option<Sample>,
}

impl Progress {
    pub(crate) const fn new(end: BodyEnd, sample: Option<Sample>) -> Self {
        Self {
            end,
            moved: 0,
            polled: false,
            ended: false,
            sample,
        }
    }

    pub(crate) fn ending(&self) -> Ending {
        let is_complete = match self.end {
            BodyEnd::Empty | BodyEnd::Unsent => true,
            BodyEnd::AtLength(length) => self.ended || self.moved >= length,
            BodyEnd::AtEnd => self.ended,
        };
        if is_complete {
            Ending::Complete
        } else if self.polled {
            Ending::Aborted(Phase::Body)
        } else {
            Ending::Aborted(Phase::Head)
        }
    }

    /// Returns the number of bytes that were passed on.
    pub(crate) fn bytes(&self) -> u64 {
        self.moved
    }

    pub(crate) fn sample(&self) -> Option<&[u8]> {
        self.sample.as_ref().map(Sample::bytes)
    }
}

/// Records the body of a response. The event ends when this is dropped.
#[derive(Debug)]
#[must_use = "the event ends when this is dropped"]
pub struct BodyWatch<X: BodyEvent> {
    pub(crate) event: X,
    progress: Progress,
}

impl<X: BodyEvent> BodyWatch<X> {
    pub(crate) const fn new(event: X, end: BodyEnd, sample: Option<Sample>) -> Self {
        Self {
            event,
            progress: Progress::new(end, sample),
        }
    }

    /// Returns whether the event is open.
    #[must_use]
    #[inline]
    pub fn is_on(&self) -> bool {
        self.event.is_on()
    }

    /// Runs `f`, which polls the body, in the scope of the event. A panic is recorded and resumed.
    pub fn run<R>(&mut self, f: impl FnOnce() -> R) -> R {
        self.progress.polled = true;
        self.event.run(f)
    }

    /// Counts a piece of the body. Nothing of `data` is consumed.
    pub fn moved(&mut self, data: &impl Buf) {
        self.progress.moved += data.remaining() as u64;
        if let Some(sample) = &mut self.progress.sample {
            sample.take(data);
        }
    }

    /// Marks the body as complete.
    pub fn ended(&mut self) {
        self.progress.ended = true;
    }

    /// Records an error of the body.
    pub fn fail<E>(&mut self, error: &E)
    where
        X: RecordError<E>,
    {
        self.event.record_error(error);
    }

    /// Drops the body in the scope of the event, so that what its destructor records belongs there.
    pub fn drop_inside<T>(&mut self, mut inner: Pin<&mut Option<T>>) {
        if inner.is_some() {
            self.event.run(|| inner.set(None));
        }
    }
}

impl<X: BodyEvent> Drop for BodyWatch<X> {
    #[inline]
    fn drop(&mut self) {
        self.event.finish(&self.progress);
    }
}

pin_project! {
    /// The body of a monitored response. Frames, size hint and errors are unchanged; the event ends when it is dropped.
    #[derive(Debug)]
    pub struct MonitoredBody<B, X: BodyEvent> {
        // Empty once it ended, and in the drop.
        #[pin]
        inner: Option<B>,
        watch: BodyWatch<X>,
    }

    impl<B, X: BodyEvent> PinnedDrop for MonitoredBody<B, X> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.watch.drop_inside(this.inner);
        }
    }
}

impl<B, X: BodyEvent> MonitoredBody<B, X> {
    pub(crate) fn new(inner: B, watch: BodyWatch<X>) -> Self {
        Self {
            inner: Some(inner),
            watch,
        }
    }
}

impl<B> MonitoredBody<B, RequestWatch> {
    /// Returns the inner body if nothing is recorded of it any more, so that a framework need not box it twice.
    ///
    /// # Errors
    ///
    /// Returns this body unchanged if it is still recorded.
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

impl<B, X> Body for MonitoredBody<B, X>
where
    B: Body,
    X: RecordError<B::Error>,
{
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        if this.inner.is_none() {
            return Poll::Ready(None);
        }
        let watch = this.watch;
        let is_on = watch.is_on();
        // One scope for the poll, the check for the end and the drop.
        let (polled, ended) = watch.run(|| {
            let Some(mut inner) = this.inner.as_mut().as_pin_mut() else {
                return (Poll::Ready(None), false);
            };
            let polled = inner.as_mut().poll_frame(cx);
            // The sender checks for the end, too, and drops the body without another poll.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropped_bodies_are_complete_or_aborted() {
        use BodyEnd::{AtEnd, AtLength, Empty, Unsent};
        use Ending::{Aborted, Complete};
        for (end, polled, moved, ended, expected) in [
            (AtEnd, false, 0, false, Aborted(Phase::Head)),
            (AtEnd, true, 7, false, Aborted(Phase::Body)),
            (AtEnd, true, 7, true, Complete),
            (AtEnd, false, 0, true, Complete),
            (Empty, false, 0, false, Complete),
            (Unsent, false, 0, false, Complete),
            (Unsent, true, 7, false, Complete),
            (AtLength(0), false, 0, false, Complete),
            (AtLength(5), true, 5, false, Complete),
            (AtLength(5), true, 9, false, Complete),
            (AtLength(5), true, 4, false, Aborted(Phase::Body)),
            (AtLength(5), true, 4, true, Complete),
            (AtLength(5), false, 0, false, Aborted(Phase::Head)),
        ] {
            let progress = Progress {
                moved,
                polled,
                ended,
                ..Progress::new(end, None)
            };
            assert_eq!(progress.ending(), expected, "{progress:?}");
        }
    }
}
