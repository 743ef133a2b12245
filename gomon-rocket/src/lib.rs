#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod body;
mod exchange;
mod fairing;
mod guard;
mod handler;
mod headers;
mod request;
mod responses;
mod routes;
mod tasks;

pub use fairing::MonitoringFairing;
pub use routes::MonitoredRoutes;

pub use gomon_http::{HttpConfig, TracePolicy};
