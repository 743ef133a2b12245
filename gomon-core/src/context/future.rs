//! Futures with a tracker.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::context::tracker_context::TrackerContext;
use crate::record::outcome::Outcome;
use crate::suppress::{is_suppressed, suppressed};
use crate::tracker::EventTracker;

/// What GoMon adds to futures.
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
    /// Makes `tracker` the current one during each poll, and ends it with the future: `ok` when it completes,
    /// `cancelled` when it is dropped before, `panic` when it is unwound.
    ///
    /// # Examples
    ///
    /// See [`FutureExt`].
    fn tracked(self, tracker: EventTracker) -> Tracked<Self> {
        Tracked::new(self, tracker)
    }

    /// Carries the ids of the tracker that is current now into another task, so that trackers opened there are its
    /// children; and suppression, where that is in force now.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::FutureExt;
    ///
    /// let background = async { /* … */ }.in_current();
    /// # drop(background);
    /// ```
    fn in_current(self) -> InCurrent<Self> {
        InCurrent {
            future: self,
            context: TrackerContext::current(),
            suppressed: is_suppressed(),
        }
    }

    /// Has nothing under it tracked: for exporters.
    ///
    /// # Examples
    ///
    /// See [`Suppressed`].
    fn suppressed(self) -> Suppressed<Self> {
        Suppressed::new(self)
    }
}

impl<F: Future> FutureExt for F {}

pin_project! {
    /// A future with its tracker, made by [`FutureExt::tracked`].
    ///
    /// # Examples
    ///
    /// See [`FutureExt`].
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

/// Drops the inner future in the scope of its tracker, so that what its destructors do belongs to it.
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
            // Polled after it was ready, which a future may answer as it likes.
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
    /// A future that carries the ids of a tracker, made by [`FutureExt::in_current`].
    ///
    /// # Examples
    ///
    /// See [`FutureExt::in_current`].
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
    /// A future under which nothing is tracked, made by [`FutureExt::suppressed`](crate::FutureExt::suppressed).
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::FutureExt;
    ///
    /// let export = async { assert!(gomon_core::is_suppressed()) }.suppressed();
    /// # futures_lite_block_on(export);
    /// # fn futures_lite_block_on<F: std::future::Future>(future: F) -> F::Output {
    /// #     let mut future = std::pin::pin!(future);
    /// #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    /// #     loop {
    /// #         if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut context) { return output; }
    /// #     }
    /// # }
    /// ```
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
