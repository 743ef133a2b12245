//! Id of the current tracker, readable in a signal handler.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::id::Id;

thread_local! {
    static CURRENT: (AtomicU64, AtomicU64) = const { (AtomicU64::new(0), AtomicU64::new(0)) };
}

/// Returns the id of the tracker in scope on this thread, or nil.
///
/// A signal handler may call it: it reads two thread-local atomics, which need no initialisation and have no destructor.
#[must_use]
pub fn current_id() -> Id {
    CURRENT
        .try_with(|(hi, lo)| Id::from_parts(hi.load(Relaxed), lo.load(Relaxed)))
        .unwrap_or(Id::NIL)
}

#[inline]
pub(crate) fn publish_current(id: Id) {
    let _ = CURRENT.try_with(|(hi, lo)| {
        // A signal handler that runs in between sees an unused id, never a mixture of two ids in use.
        lo.store(0, Relaxed);
        hi.store(id.hi(), Relaxed);
        lo.store(id.lo(), Relaxed);
    });
}
