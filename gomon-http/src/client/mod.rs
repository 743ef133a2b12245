//! Client side: recording of calls and of the connections that are opened for them.
//!
//! [`MonitoringLayer`] records calls of any HTTP client that is a tower service of requests of the `http` crate. It
//! opens the event `http-roundtripper` as a child of the current tracker, adds `traceparent` to the request, and ends
//! the event with the response's body.
//!
//! [`MonitoredConnector`] and [`MonitoredResolver`] record what happens below the client. They find their call as the
//! current tracker, because clients open connections while they are polled for a response. Work that continues in
//! another task, after another connection served the call, cannot change the call's event.

pub(crate) mod call;
mod connector;
mod dial;
pub(crate) mod failure;
mod layer;
#[cfg(feature = "reqwest-middleware")]
mod middleware;
pub(crate) mod phase;
#[cfg(feature = "hyper-util")]
mod plain;
mod propagation;
mod request;
#[cfg(feature = "reqwest")]
mod reqwest;
mod resolver;
pub(crate) mod response;
mod service;
#[cfg(feature = "rustls")]
mod sessions;

pub use connector::{MonitoredConnector, MonitoringConnectorLayer};
pub use dial::DialFuture;
pub use layer::MonitoringLayer;
#[cfg(feature = "reqwest-middleware")]
pub use middleware::MonitoringMiddleware;
#[cfg(feature = "hyper-util")]
pub use plain::{Client, HttpConnector, client};
#[cfg(feature = "reqwest")]
pub use reqwest::{MonitoredFuture, SystemResolver};
pub use resolver::{MonitoredResolver, ResolveFuture};
pub use service::MonitoredClient;
#[cfg(feature = "rustls")]
pub use sessions::MonitoredSessions;

pub use crate::body::MonitoredBody;
pub use crate::future::ResponseFuture;
