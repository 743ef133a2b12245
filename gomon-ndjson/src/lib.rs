#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod factory;
mod file;
mod lines;
mod listener;
mod rotation;

pub use factory::factory;
pub use lines::Lines;
pub use listener::NdjsonListener;
