//! Where other crates hook in: the sources of the current tracker, and the observer of polls.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

use crate::context::TrackerContext;
use crate::id::Id;
use crate::tracker::r#trait::Tracker;

/// Finds the current tracker where nothing polls in its scope, as in a framework that cannot wrap its handlers.
///
/// # Examples
///
/// ```
/// use gomon_core::{ContextSource, Tracker, TrackerContext};
///
/// struct Nowhere;
///
/// impl ContextSource for Nowhere {
///     fn context(&self) -> Option<TrackerContext> {
///         None
///     }
///
///     fn lend(&self, _use_it: &mut dyn FnMut(&mut dyn Tracker)) -> bool {
///         false
///     }
/// }
///
/// assert!(gomon_core::add_context_source(&Nowhere));
/// ```
pub trait ContextSource: Send + Sync {
    /// The ids of the current tracker.
    fn context(&self) -> Option<TrackerContext>;

    /// Lends the current tracker to `use_it`, once; false if there is none. No lock may be held meanwhile.
    fn lend(&self, use_it: &mut dyn FnMut(&mut dyn Tracker)) -> bool;
}

static SOURCES: [OnceLock<&'static dyn ContextSource>; 4] = [const { OnceLock::new() }; 4];
static SOURCE_COUNT: AtomicUsize = AtomicUsize::new(0);

/// Adds a source that is asked when no tracker is in scope on the thread; false if there are four already.
///
/// # Examples
///
/// See [`ContextSource`].
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

/// Measures something over all polls of tracked futures, such as the CPU time of the thread.
///
/// # Examples
///
/// ```
/// use gomon_core::PollObserver;
///
/// struct Nothing;
///
/// impl PollObserver for Nothing {
///     fn name(&self) -> &'static str {
///         "gomon:nothing"
///     }
///     fn before(&self) -> u64 {
///         0
///     }
///     fn after(&self, before: u64) -> u64 {
///         before
///     }
/// }
/// ```
pub trait PollObserver: Send + Sync {
    /// The key of the sum in the event; at most 64 bytes of it are recorded.
    fn name(&self) -> &'static str;

    /// Called before a poll; what it returns is handed to `after`.
    fn before(&self) -> u64;

    /// What this poll adds to the sum.
    fn after(&self, before: u64) -> u64;
}

static OBSERVER: OnceLock<&'static dyn PollObserver> = OnceLock::new();

/// Sets the observer of the process; false if there is one already.
///
/// # Examples
///
/// ```
/// # struct Nothing;
/// # impl gomon_core::PollObserver for Nothing {
/// #     fn name(&self) -> &'static str { "gomon:nothing" }
/// #     fn before(&self) -> u64 { 0 }
/// #     fn after(&self, before: u64) -> u64 { before }
/// # }
/// assert!(gomon_core::set_poll_observer(&Nothing));
/// assert!(!gomon_core::set_poll_observer(&Nothing));
/// ```
pub fn set_poll_observer(observer: &'static dyn PollObserver) -> bool {
    OBSERVER.set(observer).is_ok()
}

#[inline]
pub(crate) fn poll_observer() -> Option<&'static dyn PollObserver> {
    OBSERVER.get().copied()
}

pub(crate) fn observed_name() -> Option<&'static str> {
    OBSERVER.get().map(|observer| observer.name())
}

thread_local! {
    static CURRENT: (AtomicU64, AtomicU64) = const { (AtomicU64::new(0), AtomicU64::new(0)) };
}

/// The id of the tracker in scope on this thread, nil for none.
///
/// It reads two atomics in thread-local storage that needs no initialisation and has no destructor, so a signal handler may call it.
///
/// # Examples
///
/// ```
/// assert!(gomon_core::current_id().is_nil());
/// ```
#[must_use]
pub fn current_id() -> Id {
    CURRENT
        .try_with(|(hi, lo)| Id::from_parts(hi.load(Relaxed), lo.load(Relaxed)))
        .unwrap_or(Id::NIL)
}

#[inline]
pub(crate) fn publish_current(id: Id) {
    let _ = CURRENT.try_with(|(hi, lo)| {
        // A handler that runs in between sees an id that is nobody's, not a mixture that is somebody's.
        lo.store(0, Relaxed);
        hi.store(id.hi(), Relaxed);
        lo.store(id.lo(), Relaxed);
    });
}
