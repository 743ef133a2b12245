//! Charge of a tracker to its monitor's budget of open trackers.

use crate::state::core::Core;

/// Bytes charged to a monitor until they are dropped.
#[derive(Debug)]
pub(crate) struct Charge {
    core: &'static Core,
    bytes: usize,
}

impl Charge {
    /// Charges `bytes`; `None` if they exceed the budget.
    pub(super) fn take(core: &'static Core, bytes: usize) -> Option<Self> {
        // Evaluated lazily: a charge that was not taken must not be released.
        core.open_memory.take(bytes).then(|| Self { core, bytes })
    }

    /// Charges `bytes`, even beyond the budget.
    pub(super) fn force(core: &'static Core, bytes: usize) -> Self {
        core.open_memory.charge(bytes);
        Self { core, bytes }
    }

    /// Charges `bytes` more. Returns false and changes nothing if they exceed the budget.
    pub(super) fn add(&mut self, bytes: usize) -> bool {
        let fits = self.core.open_memory.take(bytes);
        if fits {
            self.bytes += bytes;
        }
        fits
    }

    /// Charges what is missing to `bytes`. Returns false and changes nothing if it exceeds the budget.
    #[inline]
    pub(super) fn covers(&mut self, bytes: usize) -> bool {
        bytes <= self.bytes || self.add(bytes - self.bytes)
    }

    /// Replaces the charge by one of `bytes` to `core`, even beyond the budget.
    #[cold]
    pub(super) fn replace(&mut self, core: &'static Core, bytes: usize) {
        *self = Self::force(core, bytes);
    }

    #[inline]
    pub(super) fn is_to(&self, core: &'static Core) -> bool {
        std::ptr::eq(self.core, core)
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.core.open_memory.release(self.bytes);
    }
}
