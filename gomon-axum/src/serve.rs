//! Server for an application.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::extract::connect_info::{Connected, IntoMakeServiceWithConnectInfo};
use axum::middleware::AddExtension;
use axum::serve::{IncomingStream, Listener};

use crate::MonitoringLayer;

/// axum's server for a router that knows the addresses of its clients.
pub type Serve<L> = axum::serve::Serve<
    L,
    IntoMakeServiceWithConnectInfo<Router, SocketAddr>,
    AddExtension<Router, ConnectInfo<SocketAddr>>,
>;

/// Serves `app` like [`axum::serve()`] and records each request with the address of its client.
///
/// All routes and the fallback are covered, in whichever order they and the layers were added. It uses the global
/// monitor. To use another one, add a [`MonitoringLayer`] and serve with `axum::serve`.
///
/// # Examples
///
/// ```no_run
/// use axum::{Router, routing::get};
/// use gomon_core::Monitor;
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let gomon = Monitor::builder().app_id("shop").start()?;
/// let app = Router::new().route("/hello", get(async || "Hello!"));
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
/// gomon_axum::serve(listener, app).await?;
/// # drop(gomon);
/// # Ok(())
/// # }
/// ```
pub fn serve<L>(listener: L, app: Router) -> Serve<L>
where
    L: Listener,
    SocketAddr: for<'a> Connected<IncomingStream<'a, L>>,
{
    let app = app.layer(MonitoringLayer::new());
    axum::serve(listener, app.into_make_service_with_connect_info())
}
