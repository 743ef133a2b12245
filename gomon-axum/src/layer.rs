//! Names of the layer, its service and its future.

use crate::framework::Axum;

/// Records each request of a router as an event that ends with the response's body.
///
/// Add it last: it covers the routes, the fallback and the layers that were added before it. If it is added twice, the
/// outer layer records the request and the inner one sets the route if it knows more of it.
///
/// # Examples
///
/// ```
/// use axum::{Router, routing::get};
/// use gomon_axum::{HttpConfig, MonitoringLayer};
///
/// let app: Router = Router::new()
///     .route("/hello", get(async || "Hello!"))
///     .layer(MonitoringLayer::new().with_config(HttpConfig::default().with_excluded(["/healthz"])));
/// # drop(app);
/// ```
pub type MonitoringLayer = gomon_http::server::Layer<Axum>;

/// A service that records each request as an event. [`MonitoringLayer`] creates it.
pub type MonitoringService<S> = gomon_http::server::MonitoringService<S, Axum>;

/// Response future of a monitored service.
pub type ResponseFuture<F> = gomon_http::server::ResponseFuture<F, Axum>;
