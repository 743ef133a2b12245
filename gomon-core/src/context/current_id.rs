//! The id of the current tracker, readable in a signal handler.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::id::Id;

thread_local! {
    static CURRENT: (AtomicU64, AtomicU64) = const { (AtomicU64::new(0), AtomicU64::new(0)) };
}

/// The id of the tracker in scope on this thread, nil for none.
///
/// It reads two atomics in thread-local storage that needs no initialisation and has no destructor, so a signal handler may call it.
///
/// # Examples
///
/// ```
/// assert!(gomon_core::current_id().is_nil());
/// ```
#[must_use]
pub fn current_id() -> Id {
    CURRENT
        .try_with(|(hi, lo)| Id::from_parts(hi.load(Relaxed), lo.load(Relaxed)))
        .unwrap_or(Id::NIL)
}

#[inline]
pub(crate) fn publish_current(id: Id) {
    let _ = CURRENT.try_with(|(hi, lo)| {
        // A handler that runs in between sees an id that is nobody's, not a mixture that is somebody's.
        lo.store(0, Relaxed);
        hi.store(id.hi(), Relaxed);
        lo.store(id.lo(), Relaxed);
    });
}
