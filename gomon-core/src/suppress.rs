//! Suppression of tracking for the work of GoMon itself and of exporters.

use std::cell::Cell;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Returns whether trackers opened on this thread are currently empty.
///
/// # Examples
///
/// ```
/// assert!(!gomon_core::is_suppressed());
/// gomon_core::suppressed(|| assert!(gomon_core::is_suppressed()));
/// ```
#[inline]
#[must_use]
pub fn is_suppressed() -> bool {
    DEPTH.try_with(|depth| depth.get() > 0).unwrap_or(false)
}

/// Runs `f` without tracking, for exporters whose own calls must not become events.
pub fn suppressed<R>(f: impl FnOnce() -> R) -> R {
    let _suppression = Suppression::begin();
    f()
}

/// Suppresses tracking on this thread permanently.
pub(crate) fn suppress_thread() {
    let _ = DEPTH.try_with(|depth| depth.set(depth.get().saturating_add(1)));
}

struct Suppression(());

impl Suppression {
    fn begin() -> Self {
        suppress_thread();
        Self(())
    }
}

impl Drop for Suppression {
    fn drop(&mut self) {
        let _ = DEPTH.try_with(|depth| depth.set(depth.get().saturating_sub(1)));
    }
}
