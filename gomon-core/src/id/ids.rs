//! Ids and flags.

use crate::id::Id;
use crate::id::trace::{SpanId, TraceId};

/// W3C trace flags, and internal ones.
pub(crate) mod flag {
    pub(crate) const SAMPLED: u8 = 1;
    pub(crate) const RANDOM: u8 = 2;
    /// The tracker exceeds the budget of open trackers. Children do not inherit it.
    pub(crate) const REFUSED: u8 = 0x40;
    /// The first half of the trace id is zero.
    pub(crate) const HALF_ZERO: u8 = 0x80;
}

/// Ids and flags. A child inherits all but its id and [`flag::REFUSED`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ids {
    pub(crate) id: Id,
    pub(crate) other_half: u64,
    pub(crate) flags: u8,
}

impl Ids {
    pub(crate) fn in_trace(trace: TraceId, span: SpanId, flags: u8) -> Self {
        let (first, second) = trace.halves();
        let half_zero = if first == 0 { flag::HALF_ZERO } else { 0 };
        let other_half = if first == 0 { 0 } else { second };
        Self {
            id: Id::in_trace(trace, span),
            other_half,
            flags: flags | half_zero,
        }
    }

    pub(crate) fn trace(&self) -> TraceId {
        if self.flags & flag::HALF_ZERO != 0 {
            TraceId::from_halves(0, self.id.hi())
        } else {
            TraceId::from_halves(self.id.hi(), self.other_half)
        }
    }

    #[inline]
    pub(crate) fn is_sampled(&self) -> bool {
        self.flags & flag::SAMPLED != 0
    }

    /// Returns whether the event is sampled and has memory.
    #[inline]
    pub(crate) fn is_recorded(&self) -> bool {
        self.flags & (flag::SAMPLED | flag::REFUSED) == flag::SAMPLED
    }
}
