//! What the benchmarks are made of.
//!
//! Each table is measured in a process of its own, so that what one leaves behind (a global subscriber, caches,
//! memory) does not touch the next. In it the subjects take turns, in an order that rotates and flips; every timed
//! burst begins with empty queues, and what it left is delivered outside the timing.

#![forbid(unsafe_code)]

pub mod cpu;
pub mod crew;
pub mod flags;
pub mod goal;
pub mod parent;
pub mod print;
#[cfg(feature = "request")]
pub mod request;
pub mod rounds;
pub mod row;
pub mod spread;
pub mod subject;
pub mod table;
pub mod usage;
#[cfg(feature = "peers")]
pub mod web;

/// Whatever went wrong, told to the one who runs the benchmarks.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
