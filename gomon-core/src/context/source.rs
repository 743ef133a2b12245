//! Sources of the current tracker for frameworks whose handlers cannot be wrapped.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::context::tracker_context::TrackerContext;
use crate::tracker::r#trait::Tracker;

/// Finds the current tracker in a framework whose handlers cannot be polled in its scope.
///
/// # Examples
///
/// ```
/// use gomon_core::adapter::ContextSource;
/// use gomon_core::{Tracker, TrackerContext};
///
/// struct Nowhere;
///
/// impl ContextSource for Nowhere {
///     fn context(&self) -> Option<TrackerContext> {
///         None
///     }
///
///     fn lend(&self, _f: &mut dyn FnMut(&mut dyn Tracker)) -> bool {
///         false
///     }
/// }
///
/// assert!(gomon_core::adapter::add_context_source(&Nowhere));
/// ```
pub trait ContextSource: Send + Sync {
    /// Returns the ids of the current tracker.
    fn context(&self) -> Option<TrackerContext>;

    /// Calls `f` once with the current tracker; returns false if there is none.
    ///
    /// It must not hold a lock during the call.
    fn lend(&self, f: &mut dyn FnMut(&mut dyn Tracker)) -> bool;
}

static SOURCES: [OnceLock<&'static dyn ContextSource>; 4] = [const { OnceLock::new() }; 4];
static SOURCE_COUNT: AtomicUsize = AtomicUsize::new(0);

/// Adds a source that is queried when no tracker is in scope on the thread; returns false if there are four already.
pub fn add_context_source(source: &'static dyn ContextSource) -> bool {
    let added = SOURCES.iter().any(|slot| slot.set(source).is_ok());
    SOURCE_COUNT.store(
        SOURCES.iter().filter(|slot| slot.get().is_some()).count(),
        Relaxed,
    );
    added
}

pub(crate) fn context_sources() -> impl Iterator<Item = &'static dyn ContextSource> {
    let count = SOURCE_COUNT.load(Relaxed);
    SOURCES
        .iter()
        .take(count)
        .filter_map(|slot| slot.get().copied())
}
