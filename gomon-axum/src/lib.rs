#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod body;
mod framework;
mod future;
mod layer;
mod serve;
mod service;

pub use future::ResponseFuture;
pub use layer::MonitoringLayer;
pub use serve::{Serve, serve};
pub use service::MonitoringService;

pub use gomon_http::{HttpConfig, TracePolicy};
