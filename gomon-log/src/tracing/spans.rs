//! Trackers of a span, kept in its extensions.
//!
//! Foreign code never runs while the extensions of a span are locked: trackers are cloned out first. A `Debug` that
//! enters the span, or logs, would deadlock otherwise.

use gomon_core::Monitor;
use gomon_core::adapter::SharedTracker;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

/// The trackers of a span, one for each pinned monitor. They end with the data of the span, even if it is still entered
/// or its layer is gone.
#[derive(Debug)]
struct Tracked {
    first: (Option<Monitor>, SharedTracker),
    more: Vec<(Option<Monitor>, SharedTracker)>,
}

impl Tracked {
    fn iter(&self) -> impl Iterator<Item = &(Option<Monitor>, SharedTracker)> {
        std::iter::once(&self.first).chain(&self.more)
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        for (_, tracker) in self.iter() {
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
    let tracked = extensions.get::<Tracked>()?;
    let (_, tracker) = tracked.iter().find(|(of, _)| *of == pinned)?;
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
        Some(tracked) if tracked.iter().all(|(of, _)| *of != pinned) => {
            tracked.more.push((pinned, tracker));
        }
        Some(_) => {}
        None => extensions.insert(Tracked {
            first: (pinned, tracker),
            more: Vec::new(),
        }),
    }
}
