//! Events that another layer of the same monitor has recorded.
//!
//! A subscriber passes an event to its layers one after another, on one thread. Until the last of them returns, the event
//! has its address. Before that, it calls `event_enabled` of all of them: then the address is that of a new event. Also
//! without that call, an event is new if its callsite is another one, or if this layer recorded the one before.

use std::cell::Cell;
use std::ptr;

use gomon_core::Monitor;
use tracing_core::Event;

use super::live::{self, Live};

/// Maximum number of monitors that an event is recorded in once.
const MAX_MONITORS: usize = 4;

thread_local! {
    static LATEST: Cell<Latest> = const { Cell::new(Latest::NONE) };
}

/// An event, and the layers that recorded it.
#[derive(Clone, Copy)]
struct Latest {
    /// Addresses of the event and of its metadata.
    event: (usize, usize),
    records: [Option<(Monitor, u64)>; MAX_MONITORS],
}

impl Latest {
    const NONE: Self = Self {
        event: (0, 0),
        records: [None; MAX_MONITORS],
    };
}

fn addresses(event: &Event<'_>) -> (usize, usize) {
    let metadata = ptr::from_ref(event.metadata());
    (ptr::from_ref(event).addr(), metadata.addr())
}

/// Returns the records of an event.
fn latest(event: &Event<'_>) -> Latest {
    let latest = LATEST.try_with(Cell::get).unwrap_or(Latest::NONE);
    match latest.event == addresses(event) {
        true => latest,
        false => Latest {
            event: addresses(event),
            ..Latest::NONE
        },
    }
}

/// Begins a new event.
#[inline]
pub(super) fn begin(event: &Event<'_>) {
    if live::is_one() {
        return;
    }
    let _ = LATEST.try_with(|latest| {
        if latest.get().event == addresses(event) {
            latest.set(Latest::NONE);
        }
    });
}

/// Returns whether another layer recorded the event in this monitor.
#[inline]
pub(super) fn is_recorded(event: &Event<'_>, monitor: Monitor, layer: &Live) -> bool {
    let is_other = |(of, by): &(Monitor, u64)| *of == monitor && *by != layer.id();
    !live::is_one() && latest(event).records.iter().flatten().any(is_other)
}

/// Marks the event as recorded in this monitor.
#[inline]
pub(super) fn set_recorded(event: &Event<'_>, monitor: Monitor, layer: &Live) {
    if live::is_one() {
        return;
    }
    let mut latest = latest(event);
    let mut records = latest.records.iter_mut();
    let is_free = |record: &&mut Option<_>| match record {
        Some((of, _)) => *of == monitor,
        None => true,
    };
    if let Some(record) = records.find(is_free) {
        *record = Some((monitor, layer.id()));
        let _ = LATEST.try_with(|stored| stored.set(latest));
    }
}
