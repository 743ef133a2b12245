//! Global monitor of the process.

use crate::context::child::child_of_current;
use crate::monitor::Monitor;
use crate::state::global::{core, is_any_enabled};
use crate::tracker::EventTracker;
use crate::tracker::open::open_root;

/// Opens a child of the current tracker, or a root of the global monitor if there is no current tracker.
///
/// The child belongs to the monitor of the current tracker. If that monitor is disabled, the child is empty. A tracker
/// of a monitor that was shut down or inherited by a fork does not count as current.
///
/// It costs less than a nanosecond as long as no monitor of the process is enabled.
///
/// # Examples
///
/// ```
/// let mut tracker = gomon_core::tracker("job");
/// tracker.set(gomon_core::Key::new("size"), 17);
/// ```
///
/// The monitor of the current tracker need not be the global one:
///
/// ```
/// use gomon_core::{Monitor, Recorder, Tracker, tracker};
///
/// let running = Monitor::builder().listener(Recorder::new().listener()).build()?;
/// let mut job = running.monitor().root("job");
/// let id = job.id();
/// job.scope(|| assert_eq!(tracker("step").parent(), Some(id)));
/// # Ok::<(), gomon_core::Error>(())
/// ```
#[inline]
pub fn tracker(fingerprint: &'static str) -> EventTracker {
    if !is_any_enabled() {
        return EventTracker::noop();
    }
    open(fingerprint)
}

#[inline(never)]
fn open(fingerprint: &'static str) -> EventTracker {
    if let Some(child) = child_of_current(None, fingerprint) {
        return child;
    }
    match core() {
        Some(core) => open_root(core, fingerprint, None),
        None => EventTracker::noop(),
    }
}

/// Returns the global monitor, or a no-op monitor if none was started.
#[must_use]
#[inline]
pub fn global() -> Monitor {
    Monitor::of(core())
}
