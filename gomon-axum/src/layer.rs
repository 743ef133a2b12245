//! What the layer, its service and its future are called here.

use crate::framework::Axum;

/// Makes every request of a router an event, which ends with the response's body.
///
/// Add it last: it sees the routes, the fallback and the layers that were added before. Added twice, the outer one
/// records and the inner one tells it the route, if it knows better.
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

/// A service of which every request is an event. [`MonitoringLayer`] makes it.
///
/// # Examples
///
/// ```
/// use axum::Router;
/// use gomon_axum::{MonitoringLayer, MonitoringService};
/// use tower::Layer;
///
/// fn monitored(app: Router) -> MonitoringService<Router> {
///     MonitoringLayer::new().layer(app)
/// }
/// ```
pub type MonitoringService<S> = gomon_http::server::MonitoringService<S, Axum>;

/// The response future of a monitored service.
///
/// # Examples
///
/// ```
/// use std::convert::Infallible;
/// use axum::response::Response;
/// use gomon_axum::ResponseFuture;
///
/// async fn status(future: ResponseFuture<std::future::Ready<Result<Response, Infallible>>>) -> u16 {
///     let Ok(response) = future.await;
///     response.status().as_u16()
/// }
/// ```
pub type ResponseFuture<F> = gomon_http::server::ResponseFuture<F, Axum>;
