//! Global core, and the number of enabled monitors.

use std::cell::Cell;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed, Ordering::SeqCst};

use crate::error::Error;
use crate::state::core::Core;
use crate::sync::lock_std;

/// The upper bits hold the generation of the global monitor, zero for none. The lowest bit is set if any monitor of this
/// process is enabled: the disabled path needs a single load.
static STATE: AtomicU64 = AtomicU64::new(0);
/// The process that built the last monitor; monitors of another process were inherited by a fork.
static PROCESS: AtomicU32 = AtomicU32::new(0);
static CURRENT: Mutex<Current> = Mutex::new(Current {
    core: None,
    generation: 0,
    enabled: 0,
});

struct Current {
    core: Option<&'static Core>,
    generation: u64,
    /// Number of enabled monitors of this process.
    enabled: usize,
}

thread_local! {
    /// Core of a generation, cached so that reading it takes no lock.
    static CACHE: Cell<(u64, Option<&'static Core>)> = const { Cell::new((0, None)) };
}

/// Returns whether any monitor of this process is enabled.
#[inline]
pub(crate) fn is_any_enabled() -> bool {
    STATE.load(Relaxed) & 1 != 0
}

/// Returns whether `core` was built in this process. A fork gets true until it builds a monitor.
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

/// Returns whether the global monitor runs, so that another cannot start.
pub(crate) fn is_taken() -> bool {
    lock_std(&CURRENT)
        .core
        .is_some_and(|core| core.is_native() && !core.stopped.load(Relaxed))
}

/// Updates the count of enabled monitors after `core` was built, enabled or disabled.
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
            // The first monitor of this process: inherited ones no longer count.
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
