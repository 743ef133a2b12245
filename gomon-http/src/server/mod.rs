//! Server side: recording of requests, and building blocks for the crates of web frameworks.
//!
//! A framework that uses tower and version 1 of the `http` crate implements [`Framework`] and [`ResponseBody`] and
//! exports [`Layer`] as its `MonitoringLayer`. Other frameworks convert their types: [`RequestFacts`] and [`Headers`]
//! describe the request, a [`RequestWatch`] runs the handler, and the [`ResponseWatch`] that it becomes accompanies the
//! body. Both ways record the same event.
//!
//! No function here panics or blocks. A successful request allocates only for the counter of its body
//! ([`RequestSize::counted`]), the sample of the response's body, and the guess at a [late
//! route](RequestFacts::with_late_route). All types are `Send`; handlers and bodies need not be.

#[cfg(feature = "serve")]
mod accept;
mod client_address;
#[cfg(feature = "serve")]
mod connections;
mod describe;
mod exchange;
mod framework;
mod future;
#[cfg(feature = "hyper")]
mod hyper;
pub(crate) mod layer;
mod request;
mod response;
pub(crate) mod route;
#[cfg(feature = "serve")]
pub(crate) mod serve;
mod service;
mod watch;

#[cfg(feature = "serve")]
pub use self::accept::Accept;
pub use self::client_address::PeerAddress;
#[cfg(feature = "serve")]
pub use self::connections::serve_connections;
pub use self::framework::{Framework, ResponseBody};
pub use self::future::ResponseFuture;
pub use self::layer::Layer;
pub use self::request::RequestFacts;
pub use self::route::Route;
#[cfg(feature = "serve")]
pub use self::serve::Serve;
pub use self::service::MonitoringService;
pub use self::watch::{MonitoredBody, RequestWatch, ResponseWatch};
pub use crate::ending::BodyEnd;
pub use crate::headers::Headers;
pub use crate::request_size::{ByteCounter, CountedBody, RequestSize};

/// The monitor and the [`HttpConfig`](crate::HttpConfig) of a middleware.
///
/// # Examples
///
/// ```
/// use gomon_http::HttpConfig;
/// use gomon_http::server::Setup;
///
/// let setup = Setup::new().with_config(HttpConfig::default().with_response_body(10));
/// assert_eq!(setup.config(setup.monitor()).response_body(), 10);
/// ```
pub type Setup = gomon_core::adapter::Setup<crate::HttpConfig>;
