//! Trackers of a span, kept in its extensions.
//!
//! Foreign code never runs while the extensions of a span are locked: trackers are cloned out first. A `Debug` that
//! enters the span, or logs, would deadlock otherwise.

use gomon_core::Monitor;
use gomon_core::adapter::SharedTracker;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

/// The trackers of a span, one for each pinned monitor. They end with the span's data, even without a layer.
#[derive(Debug, Default)]
struct Tracked(Vec<(Option<Monitor>, SharedTracker)>);

impl Drop for Tracked {
    fn drop(&mut self) {
        for (_, tracker) in &self.0 {
            tracker.finish();
        }
    }
}

/// Returns the tracker of a span.
pub(super) fn tracker<'a, S: LookupSpan<'a>>(
    span: &SpanRef<'a, S>,
    pinned: Option<Monitor>,
) -> Option<SharedTracker> {
    let extensions = span.extensions();
    let Tracked(trackers) = extensions.get()?;
    let (_, tracker) = trackers.iter().find(|(of, _)| *of == pinned)?;
    Some(tracker.clone())
}

/// Keeps the tracker of a new span. Another layer may have tracked it for the same monitor; then that one stays.
pub(super) fn keep<'a, S: LookupSpan<'a>>(
    span: &SpanRef<'a, S>,
    pinned: Option<Monitor>,
    tracker: SharedTracker,
) {
    let mut extensions = span.extensions_mut();
    match extensions.get_mut::<Tracked>() {
        Some(Tracked(trackers)) if trackers.iter().all(|(of, _)| *of != pinned) => {
            trackers.push((pinned, tracker));
        }
        Some(_) => {}
        None => extensions.insert(Tracked(vec![(pinned, tracker)])),
    }
}
