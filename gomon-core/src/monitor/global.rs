//! The monitor of the process.

use crate::context::child::child_of_current;
use crate::monitor::Monitor;
use crate::state::global::{core, is_any_enabled};
use crate::tracker::EventTracker;
use crate::tracker::open::open_root;

/// Opens a child of the current tracker, in the monitor of that; where nothing is current, a root of the global monitor.
///
/// A tracker of a monitor that was shut down, or that a fork inherited, does not count as current. Below one whose monitor
/// is disabled nothing is tracked.
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
/// A monitor need not be the global one for its trackers to have children:
///
/// ```
/// use gomon_core::{Monitor, Recorder, Tracker, tracker};
///
/// let running = Monitor::builder().listener(Recorder::new().listener()).build()?;
/// let mut job = running.root("job");
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

/// The global monitor, or one that does nothing where none was started.
///
/// # Examples
///
/// ```
/// assert!(gomon_core::global().is_noop());
/// ```
#[must_use]
#[inline]
pub fn global() -> Monitor {
    Monitor::of(core())
}
