//! The passive state of one monitor.

pub(crate) mod application;
pub(crate) mod core;
pub(crate) mod every;
pub(crate) mod extension;
pub(crate) mod global;
pub(crate) mod health;
pub(crate) mod notices;
pub(crate) mod sampling;
