//! Threads that move records to the listeners.

pub(crate) mod attach;
pub(crate) mod dispatcher;
pub(crate) mod every;
pub(crate) mod flush;
pub(crate) mod own_events;
pub(crate) mod times;
pub(crate) mod worker;
