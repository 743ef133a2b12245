//! Detection of a panic that unwinds a tracker.
//!
//! `panicking` costs one atomic load as long as no thread of the process panics.

use std::thread::panicking;

use crate::record::outcome::Outcome;
use crate::tracker::body::Body;

impl Body {
    /// Marks the tracker as opened by a destructor during unwinding.
    #[cold]
    #[inline(never)]
    pub(crate) fn opens_unwinding(&mut self) {
        self.opened_unwinding = true;
    }

    /// Returns whether the thread unwinds by a panic that began between the opening and the completion.
    #[inline(always)]
    pub(crate) fn is_unwound(&self) -> bool {
        panicking() && !self.opened_unwinding && !self.complete
    }

    /// Returns the outcome if the tracker ends now.
    #[inline(always)]
    pub(super) fn final_outcome(&self) -> Outcome {
        if self.is_unwound() {
            Outcome::Panic
        } else {
            self.outcome
        }
    }
}
