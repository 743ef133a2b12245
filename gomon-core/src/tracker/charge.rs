//! Memory of a tracker, which is charged to its monitor's budget of open trackers.

use crate::id::ids::flag;
use crate::record::layout::HEADER;
use crate::state::core::Core;
use crate::tracker::body::Body;
use crate::tracker::sections::Cold;

/// Capacity of the record of a new body, in bytes.
pub(super) const RECORD: usize = 512;
/// Capacity of a record without fields, unless its fingerprint is long.
const HEAD: usize = HEADER + 24;

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
        let fits = core.open_memory.take_unreserved(bytes);
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
        let fits = self.core.open_memory.take_unreserved(bytes);
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

impl Body {
    /// Creates a body. Beyond the budget of open trackers it has ids and no fields, and `None` is returned beyond the
    /// reserve for these.
    #[cold]
    #[inline(never)]
    pub(crate) fn fresh(core: &'static Core) -> Option<Box<Self>> {
        if let Some(charge) = Charge::take(core, size_of::<Self>() + RECORD) {
            return Some(Self::charged(core, charge, RECORD));
        }
        let charge = Charge::take_reserve(core, size_of::<Self>() + HEAD)?;
        let mut body = Self::charged(core, charge, HEAD);
        body.ids.flags = flag::REFUSED;
        Some(body)
    }

    /// Creates a body for an event of GoMon itself, even beyond the budget.
    pub(crate) fn own(core: &'static Core) -> Box<Self> {
        let charge = Charge::force(core, size_of::<Self>() + RECORD);
        Self::charged(core, charge, RECORD)
    }

    /// Returns the bytes of the body and all that it owns.
    #[inline]
    fn held(&self) -> usize {
        let cold = self.cold.as_deref().map_or(0, Cold::held);
        size_of::<Self>() + self.record.capacity() + cold
    }

    /// Charges what the body has grown. Returns false if that exceeds the budget of open trackers.
    #[inline]
    pub(super) fn charge_growth(&mut self) -> bool {
        let held = self.held();
        self.charge.covers(held)
    }

    /// Removes the bytes from `end` on, which exceed a limit.
    #[cold]
    pub(super) fn undo(&mut self, end: usize) {
        self.record.truncate(end);
        if !self.charge_growth() {
            self.record.shrink();
        }
    }

    /// Charges what the body holds now, even beyond the budget.
    #[cold]
    pub(super) fn recharge(&mut self) {
        self.charge = Charge::force(self.core, self.held());
    }

    /// Charges a pooled body to `core`. Returns false if it exceeds the budget.
    #[cold]
    pub(super) fn move_to(&mut self, core: &'static Core) -> bool {
        let charge = Charge::take(core, self.held());
        charge.map(|charge| self.charge = charge).is_some()
    }
}
