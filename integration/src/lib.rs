#![doc = include_str!("../README.md")]

mod disturbance;
mod service;
#[cfg(feature = "tls")]
mod tls;

pub use disturbance::Disturbance;
pub use service::Service;
#[cfg(feature = "tls")]
pub use tls::{distrustful_tls, localhost_tls};
