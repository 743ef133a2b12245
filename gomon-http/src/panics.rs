//! Scopes that record panics.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use gomon_core::EventTracker;
use gomon_core::adapter::TrackerExt;

use crate::unquoted::Unquoted;

/// Runs `f` in the scope of `tracker`; records a panic and resumes it.
pub(crate) fn scope<R>(tracker: &mut EventTracker, f: impl FnOnce() -> R) -> R {
    record_panic(tracker, |tracker| tracker.scope(f))
}

/// Runs and measures a poll in the scope of `tracker`; records a panic and resumes it.
pub(crate) fn poll<T>(tracker: &mut EventTracker, f: impl FnOnce() -> Poll<T>) -> Poll<T> {
    record_panic(tracker, |tracker| tracker.poll_in(f))
}

/// Polls a future, drops it once it is ready, and calls `look` with its output: all in one scope.
#[inline]
pub(crate) fn poll_once<F: Future, S>(
    mut future: Pin<&mut Option<F>>,
    cx: &mut Context<'_>,
    look: impl FnOnce(&F::Output) -> S,
) -> Poll<(F::Output, S)> {
    let Some(polled) = future.as_mut().as_pin_mut() else {
        // Polled after completion, where a future may do anything.
        return Poll::Pending;
    };
    let output = ready!(polled.poll(cx));
    future.set(None);
    let seen = look(&output);
    Poll::Ready((output, seen))
}

/// Runs `f`; records the message of a panic and resumes it. The tracker's scope sets the outcome.
fn record_panic<R>(tracker: &mut EventTracker, f: impl FnOnce(&mut EventTracker) -> R) -> R {
    catch_unwind(AssertUnwindSafe(|| f(tracker))).unwrap_or_else(|panic| resume(tracker, panic))
}

#[cold]
fn resume(tracker: &mut EventTracker, panic: Box<dyn Any + Send>) -> ! {
    let message = panic.downcast_ref::<&str>().copied();
    let message = message.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let message = message.unwrap_or("a value that is not text");
    tracker.add_foreign_error(&Unquoted(message), Some("panic"));
    resume_unwind(panic)
}
