//! Bodies of responses, both those that a server sends and those that a client reads.
//!
//! The event ends when its [`ResponseWatch`] is dropped. Whether the body was complete then is decided by how far it
//! got.

use std::fmt::Display;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Buf;
use gomon_core::Tracker;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::client::failure::At;
use crate::ending::{BodyEnd, Ending, Phase};
use crate::sample::Sample;
use crate::watch::RequestWatch;

/// Records a response while its body is sent. It belongs in the body; the event ends when it is dropped.
#[derive(Debug)]
#[must_use = "the event ends when this is dropped"]
pub struct ResponseWatch {
    request: RequestWatch,
    end: BodyEnd,
    /// Bytes that were passed on, also with 304 over HTTP/2, where hyper sends a body.
    moved: u64,
    polled: bool,
    /// The body reported its end: no more frames, or trailers.
    ended: bool,
    sample: Option<Box<Sample>>,
}

impl ResponseWatch {
    pub(crate) const fn new(
        request: RequestWatch,
        end: BodyEnd,
        sample: Option<Box<Sample>>,
    ) -> Self {
        Self {
            request,
            end,
            moved: 0,
            polled: false,
            ended: false,
            sample,
        }
    }

    /// Returns a watch that records nothing.
    #[inline]
    pub const fn off() -> Self {
        Self::new(RequestWatch::off(), BodyEnd::AtEnd, None)
    }

    /// Returns whether the event is open.
    #[must_use]
    #[inline]
    pub const fn is_on(&self) -> bool {
        self.request.is_on()
    }

    /// Returns whether there is nothing to watch, so that the body need not be wrapped.
    #[must_use]
    #[inline]
    pub const fn is_off(&self) -> bool {
        self.request.is_off()
    }

    /// Returns the tracker of an open event.
    #[must_use]
    pub fn tracker(&mut self) -> Option<&mut dyn Tracker> {
        self.request.tracker()
    }

    /// Runs `f`, which polls the body, in the scope of the event. A panic is recorded and resumed.
    pub fn run<R>(&mut self, f: impl FnOnce() -> R) -> R {
        self.polled = true;
        self.request.run(f)
    }

    /// Counts a piece of the body. Nothing of `data` is consumed.
    pub fn moved(&mut self, data: &impl Buf) {
        self.moved += data.remaining() as u64;
        if let Some(sample) = &mut self.sample {
            sample.take(data);
        }
    }

    /// Marks the body as complete.
    pub fn ended(&mut self) {
        self.ended = true;
    }

    /// Records an error of the body.
    pub fn fail<E: Display + 'static>(&mut self, error: &E) {
        if let Some(exchange) = self.request.exchange() {
            exchange.error(error, At::Body);
        }
    }

    /// Drops the body in the scope of the event, so that what its destructor records belongs there.
    pub fn drop_inside<T>(&mut self, inner: Pin<&mut Option<T>>) {
        self.request.drop_inside(inner);
    }

    fn ending(&self) -> Ending {
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
}

impl Drop for ResponseWatch {
    #[inline]
    fn drop(&mut self) {
        if self.is_on() {
            let (ending, sample) = (
                self.ending(),
                self.sample.as_ref().map(|sample| sample.bytes()),
            );
            self.request.end(ending, Some(self.moved), sample);
        }
    }
}

pin_project! {
    /// The body of a monitored response. Frames, size hint and errors are unchanged; the event ends when it is dropped.
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
    #[inline]
    pub(crate) fn new(inner: B, watch: ResponseWatch) -> Self {
        Self {
            inner: Some(inner),
            watch,
        }
    }

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
    #[inline]
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
    B: Body<Error: Display + 'static>,
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
            let mut watch = ResponseWatch::new(RequestWatch::off(), end, None);
            (watch.moved, watch.polled, watch.ended) = (moved, polled, ended);
            assert_eq!(watch.ending(), expected, "{watch:?}");
        }
    }
}
