//! Which core is the global one, and whether any is enabled.

use std::cell::Cell;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed, Ordering::SeqCst};

use crate::error::Error;
use crate::state::core::Core;
use crate::sync::lock_std;

/// The generation of the global monitor in its upper bits, zero for none; in its lowest whether any monitor of this
/// process is enabled, global or not, so that one look at it is enough to open nothing.
static STATE: AtomicU64 = AtomicU64::new(0);
/// The process in which a monitor was built last: monitors of another were inherited by a fork.
static PROCESS: AtomicU32 = AtomicU32::new(0);
static CURRENT: Mutex<Current> = Mutex::new(Current {
    core: None,
    generation: 0,
    enabled: 0,
});

struct Current {
    core: Option<&'static Core>,
    generation: u64,
    /// Monitors of this process that are enabled.
    enabled: usize,
}

thread_local! {
    /// The core of a generation, so that reading it takes no lock.
    static CACHE: Cell<(u64, Option<&'static Core>)> = const { Cell::new((0, None)) };
}

/// Whether any monitor of this process is enabled.
#[inline]
pub(crate) fn is_any_enabled() -> bool {
    STATE.load(Relaxed) & 1 != 0
}

/// Whether `core` was built in this process; exact from when a fork has built a monitor of its own.
#[inline]
pub(crate) fn is_native(core: &Core) -> bool {
    core.process == PROCESS.load(Relaxed)
}

/// Returns the global core.
#[inline]
pub(crate) fn core() -> Option<&'static Core> {
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
    current.publish();
    Ok(())
}

/// Whether the global monitor runs, so that another cannot start.
pub(crate) fn is_taken() -> bool {
    lock_std(&CURRENT)
        .core
        .is_some_and(|core| core.is_native() && !core.stopped.load(Relaxed))
}

/// Follows a change of whether `core` is enabled, its building included.
pub(crate) fn refresh(core: &Core) {
    let mut current = lock_std(&CURRENT);
    current.count(core);
    current.publish();
}

impl Current {
    fn count(&mut self, core: &Core) {
        if !is_native(core) {
            if !core.is_native() {
                return;
            }
            // The first of this process: those that a fork inherited count no more.
            PROCESS.store(core.process, Relaxed);
            self.enabled = 0;
        }
        let is_enabled = core.enabled.load(SeqCst);
        if core.counted.swap(is_enabled, Relaxed) == is_enabled {
            return;
        }
        if is_enabled {
            self.enabled += 1;
        } else {
            self.enabled = self.enabled.saturating_sub(1);
        }
    }

    fn publish(&self) {
        STATE.store(self.generation << 1 | u64::from(self.enabled > 0), Relaxed);
    }
}
