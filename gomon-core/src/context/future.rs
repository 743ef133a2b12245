//! Futures with a tracker.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::context::tracker_context::TrackerContext;
use crate::record::outcome::Outcome;
use crate::suppress::{is_suppressed, suppressed};
use crate::tracker::EventTracker;
use crate::tracker::extension_trait::TrackerExt;

/// Extension methods of futures.
///
/// # Examples
///
/// ```
/// use gomon_core::{FutureExt, Monitor};
///
/// let tracker = Monitor::noop().root("job");
/// let future = async { 7 }.tracked(tracker);
/// # drop(future);
/// ```
pub trait FutureExt: Future + Sized {
    /// Makes `tracker` the current one during each poll, and ends it with the future.
    ///
    /// The outcome is `ok` if the future completes, `cancelled` if it is dropped before, and `panic` if it is unwound.
    fn tracked(self, tracker: EventTracker) -> Tracked<Self> {
        Tracked::new(self, tracker)
    }

    /// Carries the ids of the current tracker into another task: trackers opened there are its children.
    ///
    /// If trackers are suppressed here, they are suppressed there too.
    fn in_current(self) -> InCurrent<Self> {
        InCurrent {
            future: self,
            context: TrackerContext::current(),
            suppressed: is_suppressed(),
        }
    }

    /// Suppresses all trackers in this future. For exporters.
    fn suppressed(self) -> Suppressed<Self> {
        Suppressed::new(self)
    }
}

impl<F: Future> FutureExt for F {}

pin_project! {
    /// A future with its tracker, returned by [`FutureExt::tracked`].
    #[must_use = "futures do nothing unless polled"]
    pub struct Tracked<F> {
        #[pin]
        future: Option<F>,
        tracker: EventTracker,
    }

    impl<F> PinnedDrop for Tracked<F> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            end_inside(this.future, this.tracker);
        }
    }
}

/// Drops the inner future in the scope of its tracker, so that trackers of its destructors are children.
fn end_inside<F>(mut future: Pin<&mut Option<F>>, tracker: &mut EventTracker) {
    if future.is_some() {
        tracker.scope(|| future.set(None));
    }
}

impl<F> Tracked<F> {
    fn new(future: F, mut tracker: EventTracker) -> Self {
        tracker.set_outcome(Outcome::Cancelled);
        Self {
            future: Some(future),
            tracker,
        }
    }
}

impl<F: Future> Future for Tracked<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let tracker = this.tracker;
        let future = this.future.as_mut();
        let output = match tracker.poll_in(|| match future.as_pin_mut() {
            Some(future) => future.poll(cx),
            // A poll after completion is a caller's error; the result is unspecified.
            None => Poll::Pending,
        }) {
            Poll::Ready(output) => output,
            Poll::Pending => return Poll::Pending,
        };
        end_inside(this.future, tracker);
        let mut tracker = std::mem::take(tracker);
        tracker.complete();
        tracker.finish();
        Poll::Ready(output)
    }
}

impl<F> std::fmt::Debug for Tracked<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tracked")
            .field("tracker", &self.tracker)
            .finish_non_exhaustive()
    }
}

pin_project! {
    /// A future that carries the ids of a tracker, returned by [`FutureExt::in_current`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct InCurrent<F> {
        #[pin]
        future: F,
        context: Option<TrackerContext>,
        suppressed: bool,
    }
}

impl<F: Future> Future for InCurrent<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        match this.context {
            _ if *this.suppressed => suppressed(|| this.future.poll(cx)),
            Some(context) => context.scope(|| this.future.poll(cx)),
            None => this.future.poll(cx),
        }
    }
}

pin_project! {
    /// A future that suppresses all trackers, returned by [`FutureExt::suppressed`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Suppressed<F> {
        #[pin]
        future: F,
    }
}

impl<F> Suppressed<F> {
    pub(crate) fn new(future: F) -> Self {
        Self { future }
    }
}

impl<F: Future> Future for Suppressed<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        suppressed(|| self.project().future.poll(cx))
    }
}
