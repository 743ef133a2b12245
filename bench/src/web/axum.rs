//! Hello-world servers of axum.

use std::any::Any;
use std::fs::File;
use std::net::TcpListener;

use axum::Router;
use axum::routing::get;
use opentelemetry::global::set_tracer_provider;
use opentelemetry_instrumentation_tower::http;
use opentelemetry_sdk::trace::{BatchSpanProcessor, SdkTracerProvider};
use tower_http::trace::TraceLayer;
use tracing::Level;

use super::{Framework, on_tokio};
use crate::Result;
use crate::subject::{gomon, opentelemetry as otel};

/// Name of the server without a layer.
pub const BARE: &str = "bare";
/// Name of the server with a `TraceLayer` and no subscriber.
pub const SILENT: &str = "tower-http, silent";
/// Name of the server with OpenTelemetry's layer.
pub const OPENTELEMETRY: &str = "opentelemetry-instrumentation-tower";

/// The server, bare and monitored.
pub const AXUM: Framework = Framework {
    name: "axum",
    most: 0.5,
    least: 0.98,
    servers: &[
        (BARE, |listener| serve(listener, routes())),
        (gomon::SUBJECT.name, |listener| {
            (gomon::SUBJECT.prepare)()?;
            serve(listener, routes().layer(gomon_axum::MonitoringLayer::new()))
        }),
        (SILENT, |listener| {
            serve(listener, routes().layer(TraceLayer::new_for_http()))
        }),
        ("tower-http, at INFO", |listener| {
            trace(listener, Level::INFO)
        }),
        ("tower-http, at DEBUG to /dev/null", |listener| {
            trace(listener, Level::DEBUG)
        }),
        (OPENTELEMETRY, |listener| {
            let processor = BatchSpanProcessor::builder(otel::Count).build();
            set_tracer_provider(
                SdkTracerProvider::builder()
                    .with_span_processor(processor)
                    .build(),
            );
            serve(listener, routes().layer(http::server::Layer::new()))
        }),
    ],
};

fn routes() -> Router {
    Router::new().route("/hello", get(async || "Hello, World!"))
}

fn trace(listener: TcpListener, level: Level) -> Result<Box<dyn Any>> {
    let null = File::options().write(true).open("/dev/null")?;
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(null)
        .try_init()?;
    serve(listener, routes().layer(TraceLayer::new_for_http()))
}

fn serve(listener: TcpListener, routes: Router) -> Result<Box<dyn Any>> {
    on_tokio(listener, async |listener| {
        // It runs until the process ends.
        drop(axum::serve(listener, routes).await);
    })
}
