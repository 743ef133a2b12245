//! Panics of what is watched.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use gomon_core::EventTracker;

/// Runs `f` with the tracker. A panic, which the tracker's scope notes as the outcome, is recorded and goes on as it was.
pub(crate) fn noted<R>(tracker: &mut EventTracker, f: impl FnOnce(&mut EventTracker) -> R) -> R {
    catch_unwind(AssertUnwindSafe(|| f(tracker))).unwrap_or_else(|panic| unwind(tracker, panic))
}

#[cold]
fn unwind(tracker: &mut EventTracker, panic: Box<dyn Any + Send>) -> ! {
    let message = panic.downcast_ref::<&str>().copied();
    let message = message.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracker.add_foreign_error(message.unwrap_or("a value that is no text"), Some("panic"));
    resume_unwind(panic)
}
