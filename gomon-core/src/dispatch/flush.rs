//! Flush of all listeners and its report.

use std::time::Instant;

use crate::state::core::Core;
use crate::sync::lock_std;

/// Reports the listeners that a flush did not reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlushReport {
    /// Listeners that did not finish by the deadline.
    pub late: Vec<String>,
    /// Listeners that failed to flush, for example because of a full disk.
    pub failed: Vec<String>,
    /// Listeners that are quarantined after panics.
    pub quarantined: Vec<String>,
}

impl FlushReport {
    /// Returns whether every listener has received and flushed all events that ended before the
    /// call.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.late.is_empty() && self.failed.is_empty() && self.quarantined.is_empty()
    }
}

/// Flushes all listeners. See [`Monitor::flush`](crate::Monitor::flush).
pub(crate) fn flush(core: &Core, deadline: Instant) -> FlushReport {
    let mut report = FlushReport::default();
    let ticket = core.tickets.draw();
    core.wake();
    let passed = core.tickets.wait(ticket, deadline);
    let this_thread = std::thread::current().id();
    let listeners = lock_std(&core.listeners).clone();
    let waiting: Vec<_> = listeners
        .iter()
        .filter(|listener| listener.thread != this_thread)
        .map(|listener| {
            let failed = listener.queue.figures().failed_flushes;
            (listener, listener.queue.request_flush(), failed)
        })
        .collect();
    for (listener, number, failed) in waiting {
        let flushed = passed && listener.queue.wait_flushed(number, deadline);
        let figures = listener.queue.figures();
        let missing = if flushed && figures.failed_flushes == failed {
            continue;
        } else if flushed {
            &mut report.failed
        } else if figures.quarantined {
            &mut report.quarantined
        } else {
            &mut report.late
        };
        missing.push(listener.name.clone());
    }
    report
}
