//! Events that another layer of the same monitor has recorded.
//!
//! A subscriber passes an event to its layers one after another, on one thread. Until the last of them returns, the event
//! has its address. Before that, it calls `event_enabled` of all of them: then the address is that of a new event. A
//! subscriber that does not do so loses nothing, as a layer never gets an event twice.

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
    address: usize,
    records: [Option<(Monitor, u64)>; MAX_MONITORS],
}

impl Latest {
    const NONE: Self = Self {
        address: 0,
        records: [None; MAX_MONITORS],
    };
}

fn address(event: &Event<'_>) -> usize {
    ptr::from_ref(event).addr()
}

/// Returns the records of an event.
fn latest(event: &Event<'_>) -> Latest {
    let latest = LATEST.try_with(Cell::get).unwrap_or(Latest::NONE);
    match latest.address == address(event) {
        true => latest,
        false => Latest {
            address: address(event),
            ..Latest::NONE
        },
    }
}

/// Begins a new event.
#[inline]
pub(super) fn begin(event: &Event<'_>) {
    let _ = LATEST.try_with(|latest| {
        if latest.get().address == address(event) {
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
