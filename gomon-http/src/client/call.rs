//! What calls have beyond requests that a server answers: a connection, and a parent to be delivered in.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use gomon_core::adapter::{TrackerExt, keys};
use gomon_core::{EventTracker, current};

use crate::watch::RequestWatch;

/// Whether a watched connector was seen below a client. Without one, `reused` is unknown.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dials(Arc<AtomicBool>);

impl Dials {
    /// Whether the connection was open before the call. `is_dialed` says that one was opened for the call.
    pub(super) fn is_reused(&self, is_dialed: bool) -> bool {
        if is_dialed {
            self.0.store(true, Relaxed);
        }
        !is_dialed && self.0.load(Relaxed)
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

/// Delivers an ended event inside its parent's, if the parent is current.
pub(crate) fn attach(mut tracker: EventTracker) {
    let parent = tracker.parent();
    current(|current| {
        if Some(current.id()) == parent {
            current.attach(std::mem::take(&mut tracker));
        }
    });
}
