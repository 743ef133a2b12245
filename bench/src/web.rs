//! Web servers in other processes, and their clients.

pub mod actix;
pub mod axum;
pub mod hyper;
pub mod load;
pub mod rocket;
pub mod server;
pub mod warp;

use std::net::TcpListener;

use tokio::runtime::Runtime;

pub use server::serve;

use crate::Result;

/// A server of hello world: its name, and a function that runs it until the process ends.
pub type Kind = (&'static str, fn(TcpListener) -> Result<()>);

/// A web framework and the maximum cost of monitoring it.
#[derive(Debug)]
pub struct Framework {
    /// The name, which is also that of its table.
    pub name: &'static str,
    /// The servers, the bare one first. The monitor runs in those whose names begin with ours.
    pub servers: &'static [Kind],
    /// Maximum CPU time beyond the bare server, µs per request.
    pub max_beyond_bare: f64,
    /// Minimum share of the bare server's rate.
    pub min_rate: f64,
}

/// All frameworks.
pub const FRAMEWORKS: [&Framework; 5] = [
    &axum::AXUM,
    &actix::ACTIX,
    &hyper::HYPER,
    &rocket::ROCKET,
    &warp::WARP,
];

/// Runs a server on a tokio runtime.
fn on_tokio<F: IntoFuture>(
    listener: TcpListener,
    serve: impl FnOnce(tokio::net::TcpListener) -> F,
) -> Result<()> {
    Runtime::new()?.block_on(async {
        // It runs until the process ends.
        drop(serve(tokio::net::TcpListener::from_std(listener)?).await);
        Ok(())
    })
}
