//! Charge of a tracker to its monitor's budget of open trackers.

use crate::state::core::Core;

/// Bytes charged to a monitor until they are dropped.
#[derive(Debug)]
pub(crate) struct Charge {
    core: &'static Core,
    bytes: usize,
}

impl Charge {
    /// Charges `bytes`; `None` if they exceed the budget without its reserve.
    pub(super) fn take(core: &'static Core, bytes: usize) -> Option<Self> {
        // Evaluated lazily: a charge that was not taken must not be released.
        let fits = core.open_memory.take_for_buffer(bytes);
        fits.then(|| Self { core, bytes })
    }

    /// Charges `bytes` to the reserve; `None` if they exceed it.
    pub(super) fn take_reserve(core: &'static Core, bytes: usize) -> Option<Self> {
        core.open_memory.take(bytes).then(|| Self { core, bytes })
    }

    /// Charges `bytes`, even beyond the budget.
    pub(super) fn force(core: &'static Core, bytes: usize) -> Self {
        core.open_memory.charge(bytes);
        Self { core, bytes }
    }

    /// Charges `bytes` more. Returns false and changes nothing if they exceed the budget.
    fn add(&mut self, bytes: usize) -> bool {
        let fits = self.core.open_memory.take_for_buffer(bytes);
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
