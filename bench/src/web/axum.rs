//! Hello-world servers of axum.

use std::fs::File;
use std::net::TcpListener;

use tracing::Level;

use super::{Framework, on_tokio};
use crate::Result;
use crate::request::variants::variant;
use crate::subject::gomon;

/// Name of the server without a layer.
pub const BARE: &str = "bare";
/// Name of the server with a `TraceLayer` and no subscriber.
pub const SILENT: &str = "tower-http, silent";
/// Name of the server with OpenTelemetry's layer.
pub const OPENTELEMETRY: &str = "opentelemetry-instrumentation-tower";

/// The server, bare and monitored.
pub const AXUM: Framework = Framework {
    name: "axum",
    max_beyond_bare: 0.5,
    min_rate: 0.98,
    servers: &[
        (BARE, |listener| serve(listener, BARE)),
        (gomon::SUBJECT.name, |listener| {
            serve(listener, gomon::SUBJECT.name)
        }),
        (SILENT, |listener| serve(listener, SILENT)),
        ("tower-http, at INFO", |listener| {
            trace(listener, Level::INFO)
        }),
        ("tower-http, at DEBUG to /dev/null", |listener| {
            trace(listener, Level::DEBUG)
        }),
        (OPENTELEMETRY, |listener| serve(listener, OPENTELEMETRY)),
    ],
};

fn trace(listener: TcpListener, level: Level) -> Result<()> {
    let null = File::options().write(true).open("/dev/null")?;
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(null)
        .try_init()?;
    serve(listener, SILENT)
}

/// Serves the router of a variant.
fn serve(listener: TcpListener, name: &str) -> Result<()> {
    let router = (variant(name)?.router)()?;
    on_tokio(listener, |listener| axum::serve(listener, router))
}
