//! What calls have beyond requests that a server answers: a connection, and a parent to be delivered in.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use gomon_core::adapter::{TrackerExt, keys};
use gomon_core::{EventTracker, current};

use super::phase::marked;
use crate::exchange::Side;
use crate::watch::RequestWatch;

/// Whether a watched connector was seen below a client. Without one, `reused` is unknown.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dials(Arc<AtomicBool>);

impl Dials {
    /// Returns whether the call uses a connection that was opened for another call.
    pub(super) fn is_reused(&self, call: &EventTracker) -> bool {
        !self.is_dialed(call) && self.0.load(Relaxed)
    }

    /// Returns whether a connection was opened for the call, and remembers that the connector is watched.
    fn is_dialed(&self, call: &EventTracker) -> bool {
        // A connection copies this mark to the call that it was opened for.
        let is_dialed = marked(call, keys::CONN_START).is_some();
        if is_dialed {
            self.0.store(true, Relaxed);
        }
        is_dialed
    }
}

/// Marks when the client is first polled and begins to look for a connection, if `watch` records a call.
#[inline]
pub(crate) fn begin(watch: &mut RequestWatch) {
    let Some(call) = watch.exchange().filter(|exchange| exchange.is_call()) else {
        return;
    };
    let is_first = call.tracker.elapsed_when_polled().is_zero();
    if is_first && call.tracker.is_recording() {
        let now = call.tracker.elapsed();
        call.tracker.set(keys::GET_CONN, now);
    }
}

/// Looks for a connection that was opened for a call which still waits for its response. Another call may get its
/// response over this connection first.
#[inline]
pub(crate) fn wait(watch: &mut RequestWatch) {
    if let Some(call) = watch.exchange()
        && let Side::Client(dials) = &call.side
        && !dials.0.load(Relaxed)
    {
        dials.is_dialed(&call.tracker);
    }
}

/// Delivers an ended event inside its parent's, if the parent is current.
pub(crate) fn attach(mut tracker: EventTracker) {
    let parent = tracker.parent();
    current(|current| {
        if Some(current.id()) == parent {
            current.attach(std::mem::take(&mut tracker));
        }
    });
}
