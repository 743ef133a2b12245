//! A connection while it is opened.
//!
//! A call and its connections share only ids. While the call is polled or dropped it is current, so a connection that
//! is established, fails or is dropped then adds its marks to the call. Once another connection serves the call, the
//! client continues to open this one in its own task. There the call is not current, and the marks stay with the
//! connection.

use std::fmt::Display;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use gomon_core::adapter::keys;
use gomon_core::{EventTracker, Id, Outcome, Tracker, current};
use pin_project_lite::pin_project;

use super::failure::{At, fail};
use super::phase::{DIAL, OF_CONNECTION, mark, mark_first, marked, opening};
use crate::panics;

/// Recording of a connection that is being opened.
#[derive(Debug)]
pub(super) enum Dial {
    /// A connection with its own event.
    Own {
        tracker: EventTracker,
        /// The call that the connection is opened for, and the elapsed time of the call at that point.
        call: Option<(Id, Duration)>,
    },
    /// The inner connector of a connection that has an event.
    Below { is_tls: bool },
}

impl Dial {
    /// Opens the event of a connection for the current call.
    pub(super) fn of_call(call: &mut dyn Tracker) -> Self {
        let start = call.elapsed();
        Self::new(call.child(DIAL), Some((call.id(), start)))
    }

    /// Records a connection that belongs to no call.
    pub(super) fn alone(tracker: EventTracker) -> Self {
        Self::new(tracker, None)
    }

    fn new(mut tracker: EventTracker, call: Option<(Id, Duration)>) -> Self {
        tracker.set_outcome(Outcome::Cancelled);
        tracker.set(keys::DIRECTION, "outgoing");
        Self::Own { tracker, call }
    }

    fn run<R>(&mut self, f: impl FnOnce() -> R) -> R {
        match self {
            Self::Own { tracker, .. } => panics::scope(tracker, f),
            Self::Below { .. } => f(),
        }
    }

    fn poll<T>(&mut self, f: impl FnOnce() -> Poll<T>) -> Poll<T> {
        match self {
            Self::Own { tracker, .. } => panics::poll(tracker, f),
            Self::Below { .. } => f(),
        }
    }

    /// Marks the connection as established.
    fn done(&mut self) {
        match self {
            Self::Own { tracker, .. } => {
                let is_tls = marked(tracker, keys::TLS_HAND_START).is_some();
                mark_first(tracker, keys::CONN_DONE);
                if is_tls {
                    mark(tracker, keys::TLS_HAND_DONE);
                }
                tracker.complete();
            }
            Self::Below { is_tls } => {
                let is_tls = *is_tls;
                opening(|tracker| {
                    mark(tracker, keys::CONN_DONE);
                    if is_tls {
                        mark(tracker, keys::TLS_HAND_START);
                    }
                });
            }
        }
    }

    /// Ends the event.
    fn finish(self) {
        let Self::Own { mut tracker, call } = self else {
            return;
        };
        begin_connect(&mut tracker);
        let Some((id, start)) = call else { return };
        current(|call| {
            if call.id() == id {
                for key in OF_CONNECTION {
                    if let Some(at) = marked(&tracker, key) {
                        call.set(key, start + at);
                    }
                }
            }
        });
    }
}

/// Sets when connecting began: after the name lookup, or at once if none was recorded.
fn begin_connect(tracker: &mut EventTracker) {
    let looks_up = marked(tracker, keys::DNS_START).is_some();
    match marked(tracker, keys::DNS_DONE) {
        Some(found) => tracker.set(keys::CONN_START, found),
        None if looks_up => {}
        None => tracker.set(keys::CONN_START, Duration::ZERO),
    }
}

pin_project! {
    /// Future of a connection that a watched connector opens.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct DialFuture<F> {
        // Empty once the future is ready.
        #[pin]
        inner: Option<F>,
        dial: Option<Dial>,
    }

    impl<F> PinnedDrop for DialFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(mut dial) = this.dial.take() {
                dial.run(|| this.inner.set(None));
                dial.finish();
            }
        }
    }
}

impl<F> DialFuture<F> {
    pub(super) fn start(mut dial: Dial, begin: impl FnOnce() -> F) -> Self {
        let inner = dial.run(begin);
        Self {
            inner: Some(inner),
            dial: Some(dial),
        }
    }
}

impl<F, T, E> Future for DialFuture<F>
where
    F: Future<Output = Result<T, E>>,
    E: Display + 'static,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let Some(dial) = this.dial else {
            // Polled after completion, where a future may do anything.
            return Poll::Pending;
        };
        let inner = this.inner.as_mut();
        let connected = ready!(dial.poll(|| match inner.as_pin_mut() {
            Some(inner) => inner.poll(cx),
            None => Poll::Pending,
        }));
        dial.run(|| this.inner.set(None));
        match (&connected, &mut *dial) {
            (Ok(_), dial) => dial.done(),
            (Err(error), Dial::Own { tracker, .. }) => {
                begin_connect(tracker);
                fail(tracker, error, At::Dial);
            }
            (Err(_), Dial::Below { .. }) => {}
        }
        if let Some(dial) = this.dial.take() {
            dial.finish();
        }
        Poll::Ready(connected)
    }
}
