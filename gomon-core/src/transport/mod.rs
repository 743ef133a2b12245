//! Transport of records from the threads that end trackers to the queues of the listeners.

pub(crate) mod batch;
pub(crate) mod buffer;
pub(crate) mod clock;
pub(crate) mod counters;
pub(crate) mod late;
pub(crate) mod memory;
pub(crate) mod queue;
pub(crate) mod ring;
pub(crate) mod ticket;
