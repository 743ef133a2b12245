//! Whether a panic unwinds a tracker.
//!
//! `panicking` reads one atomic as long as no thread of the process panics.

use std::thread::panicking;

use crate::record::outcome::Outcome;
use crate::tracker::body::Body;

impl Body {
    /// Notes that it opens while its thread unwinds, in a destructor.
    #[cold]
    #[inline(never)]
    pub(crate) fn opens_unwinding(&mut self) {
        self.opened_unwinding = true;
    }

    /// Whether its thread unwinds by a panic that began after it was opened and before it was complete.
    #[inline(always)]
    pub(crate) fn is_unwound(&self) -> bool {
        panicking() && !self.opened_unwinding && !self.complete
    }

    /// The outcome of an end at this moment.
    #[inline(always)]
    pub(super) fn final_outcome(&self) -> Outcome {
        if self.is_unwound() {
            Outcome::Panic
        } else {
            self.outcome
        }
    }
}
