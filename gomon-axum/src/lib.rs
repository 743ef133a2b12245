#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod body;
mod framework;
mod layer;
mod serve;

pub use framework::Axum;
pub use layer::{MonitoringLayer, MonitoringService, ResponseFuture};
pub use serve::{Serve, serve};

pub use gomon_http::{HttpConfig, TracePolicy};
