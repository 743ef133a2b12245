//! What the crates of web frameworks are built on. Applications have no use for it.
//!
//! A framework that speaks tower and version 1 of the `http` crate implements [`Framework`] and
//! [`ResponseBody`], calls the [`Layer`] its `MonitoringLayer`, and is done. Any other brings
//! its own types as text and bytes: [`RequestFacts`] and [`Headers`] say what is asked, a [`RequestWatch`] goes where the
//! handler runs, and the [`ResponseWatch`] that it becomes goes where the body is sent. Both give the same event.
//!
//! Nothing here panics or blocks. A request that does not fail allocates nothing but what tells the size of its body, where
//! that is counted ([`RequestSize::counted`]), the beginning of the response's body, where it is recorded, and the guess
//! at a [late route](RequestFacts::with_late_route), where it is asked for. The types are `Send`, and need not be sent.

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

/// Which monitor and which [`HttpConfig`](crate::HttpConfig) a middleware uses.
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
pub type Setup = gomon_core::Setup<crate::HttpConfig>;
