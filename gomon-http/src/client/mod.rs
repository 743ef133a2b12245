//! Calls that go out: every one an event, and every connection that is opened for one.
//!
//! A call is watched by [`MonitoringLayer`], around any HTTP client that is a tower service of requests of the `http`
//! crate. It opens the event `http-roundtripper` as a child of whatever is current, puts `traceparent` into the request,
//! and ends with the response's body.
//!
//! What happens below the client is watched by [`MonitoredConnector`] and [`MonitoredResolver`]. They find their call by
//! the current tracker, as a client looks for a connection while it is polled for a response; so they need no channel to
//! it, and what goes on in another task, after the call was served by another connection, cannot touch its event.

mod call;
mod connector;
mod dial;
mod failure;
mod future;
mod layer;
#[cfg(feature = "reqwest-middleware")]
mod middleware;
mod phase;
#[cfg(feature = "hyper-util")]
mod plain;
mod propagation;
mod request;
#[cfg(feature = "reqwest")]
mod reqwest;
mod resolver;
mod response;
mod service;
#[cfg(feature = "rustls")]
mod sessions;

pub use connector::{MonitoredConnector, MonitoringConnectorLayer};
pub use dial::DialFuture;
pub use future::ResponseFuture;
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

/// The body of a watched call's response. Frames, size hint and errors are unchanged; the event ends when it is dropped.
pub type MonitoredBody<B> = crate::body::MonitoredBody<B, Option<call::Call>>;
