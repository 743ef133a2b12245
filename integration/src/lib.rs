#![doc = include_str!("../README.md")]

mod disturbance;
mod service;

pub use disturbance::Disturbance;
pub use service::Service;
