//! Web servers in other processes, and their clients.

pub mod actix;
pub mod axum;
pub mod hyper;
pub mod load;
pub mod rocket;
pub mod server;
pub mod warp;

use std::any::Any;
use std::net::TcpListener;

use tokio::runtime::Runtime;

pub use server::serve;

use crate::Result;

/// A server of hello world: its name, and a function that starts it and returns its owner.
pub type Kind = (&'static str, fn(TcpListener) -> Result<Box<dyn Any>>);

/// A web framework and the maximum cost of monitoring it.
#[derive(Debug)]
pub struct Framework {
    /// The name, which is also that of its table.
    pub name: &'static str,
    /// The servers, the bare one first.
    pub servers: &'static [Kind],
    /// Maximum CPU time beyond the bare server, µs per request.
    pub most: f64,
    /// Minimum share of the bare server's rate.
    pub least: f64,
}

/// All frameworks.
pub const FRAMEWORKS: &[&Framework] = &[
    &axum::AXUM,
    &actix::ACTIX,
    &hyper::HYPER,
    &rocket::ROCKET,
    &warp::WARP,
];

/// Runs a server on a tokio runtime with separate threads.
fn on_tokio<F>(
    listener: TcpListener,
    serve: impl FnOnce(tokio::net::TcpListener) -> F,
) -> Result<Box<dyn Any>>
where
    F: Future<Output = ()> + Send + 'static,
{
    let runtime = Runtime::new()?;
    let entered = runtime.enter();
    let listener = tokio::net::TcpListener::from_std(listener)?;
    drop(entered);
    runtime.spawn(serve(listener));
    Ok(Box::new(runtime))
}
