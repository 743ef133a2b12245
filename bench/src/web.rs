//! A web server in another process, and who asks it.

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

/// A way to serve hello world: its name, and what starts it and gives what keeps it running.
pub type Kind = (&'static str, fn(TcpListener) -> Result<Box<dyn Any>>);

/// A web framework, and what watching it may cost.
#[derive(Debug)]
pub struct Framework {
    /// Which is the name of its table.
    pub name: &'static str,
    /// How it is served, the bare way first.
    pub servers: &'static [Kind],
    /// Beyond the bare server, µs of CPU per request.
    pub most: f64,
    /// Of the bare server's rate.
    pub least: f64,
}

/// All of them.
pub const FRAMEWORKS: &[&Framework] = &[
    &axum::AXUM,
    &actix::ACTIX,
    &hyper::HYPER,
    &rocket::ROCKET,
    &warp::WARP,
];

/// Runs a server of tokio's on threads of their own.
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
