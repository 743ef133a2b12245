//! Trackers of a span, kept in its extensions.
//!
//! Foreign code never runs while the extensions of a span are locked: trackers are cloned out first. A `Debug` that
//! enters the span, or logs, would deadlock otherwise.

use gomon_core::Monitor;
use gomon_core::adapter::SharedTracker;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use super::live::{self, Live};

/// The trackers of a span, one for each monitor. They end with the data of the span, even if it is still entered or its
/// layer is gone.
#[derive(Debug)]
struct Tracked {
    first: Entry,
    more: Vec<Entry>,
}

/// A tracker, and the layer that opened it.
#[derive(Debug)]
struct Entry {
    layer: u64,
    pinned: Option<Monitor>,
    tracker: SharedTracker,
}

impl Entry {
    fn monitor(&self) -> Monitor {
        self.tracker.context().monitor()
    }

    /// Returns whether the layer enters and leaves the span. A layer that replaced another one does so in its place.
    fn is_of(&self, layer: &Live, pinned: Option<Monitor>) -> bool {
        self.layer == layer.id() || self.pinned == pinned && !live::exists(self.layer)
    }
}

impl Tracked {
    fn iter(&self) -> impl Iterator<Item = &Entry> {
        std::iter::once(&self.first).chain(&self.more)
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        for entry in self.iter() {
            entry.tracker.finish();
        }
    }
}

/// Returns the tracker of a span, opened by this layer or by another one of its monitor.
pub(super) fn tracker<'a, S: LookupSpan<'a>>(
    span: &SpanRef<'a, S>,
    pinned: Option<Monitor>,
) -> Option<SharedTracker> {
    let extensions = span.extensions();
    let tracked = extensions.get::<Tracked>()?;
    let entry = tracked.iter().find(|entry| entry.pinned == pinned);
    let is_its = |entry: &&Entry| pinned.is_none_or(|pinned| entry.monitor() == pinned);
    let entry = entry.or_else(|| tracked.iter().find(is_its))?;
    Some(entry.tracker.clone())
}

/// Returns the tracker of a span that this layer opened.
pub(super) fn own_tracker<'a, S: LookupSpan<'a>>(
    span: &SpanRef<'a, S>,
    layer: &Live,
    pinned: Option<Monitor>,
) -> Option<SharedTracker> {
    let extensions = span.extensions();
    let mut entries = extensions.get::<Tracked>()?.iter();
    let entry = entries.find(|entry| entry.is_of(layer, pinned))?;
    Some(entry.tracker.clone())
}

/// Returns whether a layer opened a tracker of this monitor.
pub(super) fn is_tracked<'a, S: LookupSpan<'a>>(span: &SpanRef<'a, S>, monitor: Monitor) -> bool {
    let extensions = span.extensions();
    let tracked = extensions.get::<Tracked>();
    tracked.is_some_and(|tracked| tracked.iter().any(|entry| entry.monitor() == monitor))
}

/// Keeps the tracker of a new span.
pub(super) fn keep<'a, S: LookupSpan<'a>>(
    span: &SpanRef<'a, S>,
    layer: &Live,
    pinned: Option<Monitor>,
    tracker: SharedTracker,
) {
    let entry = Entry {
        layer: layer.id(),
        pinned,
        tracker,
    };
    let mut extensions = span.extensions_mut();
    match extensions.get_mut::<Tracked>() {
        Some(tracked) => tracked.more.push(entry),
        None => extensions.insert(Tracked {
            first: entry,
            more: Vec::new(),
        }),
    }
}
