//! The monitor of the process.

use std::cell::Cell;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::context;
use crate::error::Error;
use crate::monitor::Monitor;
use crate::state::core::Core;
use crate::sync::lock_std;
use crate::tracker::EventTracker;

/// The generation in its upper bits, zero for none; whether it is enabled in its lowest.
static STATE: AtomicU64 = AtomicU64::new(0);
static CURRENT: Mutex<Current> = Mutex::new(Current {
    core: None,
    generation: 0,
});

struct Current {
    core: Option<&'static Core>,
    generation: u64,
}

thread_local! {
    /// The core of a generation, so that reading it takes no lock.
    static CACHE: Cell<(u64, Option<&'static Core>)> = const { Cell::new((0, None)) };
}

/// Opens a tracker of the global monitor: a child of the current tracker, or else a root.
///
/// It costs less than a nanosecond when no monitor was started, or it is disabled.
///
/// # Examples
///
/// ```
/// let mut tracker = gomon_core::tracker("job");
/// tracker.set(gomon_core::Key::new("size"), 17);
/// ```
#[inline]
pub fn tracker(fingerprint: &'static str) -> EventTracker {
    if STATE.load(Relaxed) & 1 == 0 {
        return EventTracker::noop();
    }
    open(fingerprint)
}

#[inline(never)]
fn open(fingerprint: &'static str) -> EventTracker {
    let Some(core) = core() else {
        return EventTracker::noop();
    };
    context::child_of_current(core, fingerprint)
        .unwrap_or_else(|| core.open_root(fingerprint, None))
}

/// The global monitor, or one that does nothing where none was started.
///
/// # Examples
///
/// ```
/// assert!(gomon_core::global().is_noop());
/// ```
#[must_use]
#[inline]
pub fn global() -> Monitor {
    Monitor::of(core())
}

#[inline]
fn core() -> Option<&'static Core> {
    let generation = STATE.load(Relaxed) >> 1;
    if generation == 0 {
        return None;
    }
    CACHE
        .try_with(|cache| match cache.get() {
            (cached, core) if cached == generation => core,
            _ => {
                let current = lock_std(&CURRENT);
                cache.set((current.generation, current.core));
                current.core
            }
        })
        .unwrap_or_else(|_| lock_std(&CURRENT).core)
}

/// Makes `core` the global one.
pub(crate) fn install(core: &'static Core) -> Result<(), Error> {
    let mut current = lock_std(&CURRENT);
    if current
        .core
        .is_some_and(|core| core.is_native() && !core.stopped.load(Relaxed))
    {
        return Err(Error::already_started());
    }
    current.core = Some(core);
    current.generation += 1;
    STATE.store(
        current.generation << 1 | u64::from(core.enabled.load(Relaxed)),
        Relaxed,
    );
    Ok(())
}

/// Whether the global monitor runs, so that another cannot start.
pub(crate) fn is_taken() -> bool {
    lock_std(&CURRENT)
        .core
        .is_some_and(|core| core.is_native() && !core.stopped.load(Relaxed))
}

/// Takes over whether `core` is enabled, if it is the global one.
pub(crate) fn refresh(core: &Core) {
    let current = lock_std(&CURRENT);
    if current
        .core
        .is_some_and(|global| std::ptr::eq(global, core))
    {
        STATE.store(
            current.generation << 1 | u64::from(core.enabled.load(Relaxed)),
            Relaxed,
        );
    }
}
