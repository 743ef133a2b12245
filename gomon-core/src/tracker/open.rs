//! Opening of roots, children and trackers with a remote parent.

use crate::id::ids::Ids;
use crate::id::trace::TraceId;
use crate::id::traceparent::TraceContext;
use crate::state::core::Core;
use crate::tracker::EventTracker;
use crate::tracker::thread;

/// Opens a root tracker; sampling rules may match `route`.
#[inline]
pub(crate) fn open_root(
    core: &'static Core,
    fingerprint: &'static str,
    route: Option<&str>,
) -> EventTracker {
    if !core.is_open() {
        return EventTracker::noop();
    }
    if core.sampler.takes_everything() {
        return EventTracker::open(thread::open_root(core, fingerprint));
    }
    open_sampled_root(core, fingerprint, route)
}

#[cold]
#[inline(never)]
fn open_sampled_root(
    core: &'static Core,
    fingerprint: &'static str,
    route: Option<&str>,
) -> EventTracker {
    let mut tracker = EventTracker::open(thread::open_root(core, fingerprint));
    tracker.sample(|trace| is_sampled(core, fingerprint, route, trace));
    tracker
}

fn is_sampled(core: &Core, fingerprint: &str, route: Option<&str>, trace: TraceId) -> bool {
    let second = || core.clock.nanos_between(0, core.clock.ticks()) / 1_000_000_000;
    core.sampler.decide(fingerprint, route, trace, second)
}

/// Opens a child of `parent`.
#[inline]
pub(crate) fn open_child(
    core: &'static Core,
    fingerprint: &'static str,
    parent: &Ids,
) -> EventTracker {
    if !core.is_open() {
        return EventTracker::noop();
    }
    EventTracker::open(thread::open_child(core, fingerprint, parent))
}

/// Opens a tracker whose parent is in another process.
pub(crate) fn open_remote(
    core: &'static Core,
    fingerprint: &'static str,
    remote: &TraceContext,
) -> EventTracker {
    if !core.is_open() {
        return EventTracker::noop();
    }
    let mut tracker = EventTracker::open(thread::open_remote(core, fingerprint, remote));
    if let Some(state) = &remote.state {
        tracker.set_state(state.clone());
    }
    tracker
}
