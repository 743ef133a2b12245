//! A connection while it is opened.
//!
//! A call and the connections that it opens share nothing but ids. When a connection is there, failed or is given up
//! while its call is being polled or dropped, the call is current, and gets the marks. Once the client has found another
//! connection for the call, this one is opened in a task of its own, where the call is not current, and keeps its marks
//! to itself.

use std::fmt::Display;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use gomon_core::{EventTracker, Id, Outcome, Tracker, current, keys};
use pin_project_lite::pin_project;

use super::failure::{At, fail};
use super::phase::{DIAL, OF_CONNECTION, mark, mark_first, marked, opening};
use crate::panics;

/// What is told of a connection, and to whom.
#[derive(Debug)]
pub(super) enum Dial {
    /// It has an event.
    Own {
        tracker: EventTracker,
        /// The call that it was opened for, and when in the life of that.
        call: Option<(Id, Duration)>,
    },
    /// It is the lower part of one that has an event.
    Below { is_tls: bool },
}

impl Dial {
    /// For the call that is current.
    pub(super) fn of_call(call: &mut dyn Tracker) -> Self {
        let start = call.lapsed();
        Self::new(call.child(DIAL), Some((call.id(), start)))
    }

    /// For no call.
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

    /// The connection is there.
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

/// Connecting began when the name was found, or at once, where it was an address or nobody watches the resolver.
fn begin_connect(tracker: &mut EventTracker) {
    let looks_up = marked(tracker, keys::DNS_START).is_some();
    match marked(tracker, keys::DNS_DONE) {
        Some(found) => tracker.set(keys::CONN_START, found),
        None if looks_up => {}
        None => tracker.set(keys::CONN_START, Duration::ZERO),
    }
}

pin_project! {
    /// The future of a connection that a watched connector opens.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct DialFuture<F> {
        // Empty once it is ready.
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
            // Polled after it was ready, which a future may answer as it likes.
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
