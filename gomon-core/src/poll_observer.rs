//! Observer of all polls of tracked futures.

use std::sync::OnceLock;

/// Measures a quantity over all polls of tracked futures, such as the CPU time of the thread.
///
/// # Examples
///
/// ```
/// use gomon_core::adapter::PollObserver;
///
/// struct Nothing;
///
/// impl PollObserver for Nothing {
///     fn name(&self) -> &'static str {
///         "gomon:nothing"
///     }
///     fn before(&self) -> u64 {
///         0
///     }
///     fn after(&self, before: u64) -> u64 {
///         before
///     }
/// }
/// ```
pub trait PollObserver: Send + Sync {
    /// Returns the key of the sum in the event. At most 64 bytes of it are recorded.
    fn name(&self) -> &'static str;

    /// Starts a measurement before a poll. The result is passed to [`after`](Self::after).
    fn before(&self) -> u64;

    /// Returns the amount that this poll adds to the sum.
    fn after(&self, before: u64) -> u64;
}

static OBSERVER: OnceLock<&'static dyn PollObserver> = OnceLock::new();

/// Sets the observer of the process. Returns false if there is already one.
///
/// # Examples
///
/// ```
/// # struct Nothing;
/// # impl gomon_core::adapter::PollObserver for Nothing {
/// #     fn name(&self) -> &'static str { "gomon:nothing" }
/// #     fn before(&self) -> u64 { 0 }
/// #     fn after(&self, before: u64) -> u64 { before }
/// # }
/// assert!(gomon_core::adapter::set_poll_observer(&Nothing));
/// assert!(!gomon_core::adapter::set_poll_observer(&Nothing));
/// ```
pub fn set_poll_observer(observer: &'static dyn PollObserver) -> bool {
    OBSERVER.set(observer).is_ok()
}

#[inline]
pub(crate) fn poll_observer() -> Option<&'static dyn PollObserver> {
    OBSERVER.get().copied()
}

pub(crate) fn observed_name() -> Option<&'static str> {
    OBSERVER.get().map(|observer| observer.name())
}
