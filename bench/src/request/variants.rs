//! Hello-world routers with different layers.

use axum::Router;
use axum::routing::get;
use gomon_axum::{HttpConfig, MonitoringLayer};
use gomon_core::Sampling;
use opentelemetry::global::set_tracer_provider;
use opentelemetry_instrumentation_tower::http;
use opentelemetry_sdk::trace::{BatchSpanProcessor, SdkTracerProvider};
use tower::layer::layer_fn;
use tower_http::trace::TraceLayer;

use super::BODY;
use crate::Result;
use crate::subject::{gomon, opentelemetry as otel};

/// A router with a layer.
#[derive(Debug)]
pub struct Variant {
    /// Name on the command line and in the tables.
    pub name: &'static str,
    /// Creates the router, once per process.
    pub router: fn() -> Result<Router>,
    /// Whether the monitor delivers an event per request.
    pub is_recorded: bool,
    /// Maximum instructions beyond bare, by the name of the profile.
    pub bounds: &'static [(&'static str, f64)],
}

/// All variants, the bare one first.
pub const VARIANTS: &[Variant] = &[
    peer("bare", || Ok(routes())),
    // axum's own cost of a layer.
    peer("pass-through", || {
        Ok(routes().layer(layer_fn(|service| service)))
    }),
    peer("tower-http, silent", || {
        Ok(routes().layer(TraceLayer::new_for_http()))
    }),
    peer("opentelemetry-instrumentation-tower", || {
        let processor = BatchSpanProcessor::builder(otel::Count).build();
        let provider = SdkTracerProvider::builder().with_span_processor(processor);
        set_tracer_provider(provider.build());
        Ok(routes().layer(http::server::Layer::new()))
    }),
    Variant {
        name: gomon::SUBJECT.name,
        router: || Ok(monitored(HttpConfig::default())),
        is_recorded: true,
        bounds: &[("bench", 5_500.0), ("browser", 8_000.0)],
    },
    Variant {
        name: "gomon, unsampled",
        router: || {
            gomon_core::global().set_config(Sampling::default().with_rate(0.0));
            Ok(monitored(HttpConfig::default()))
        },
        is_recorded: false,
        bounds: &[("bench", 2_500.0)],
    },
    Variant {
        name: "gomon, disabled",
        router: || {
            gomon_core::global().disable();
            Ok(monitored(HttpConfig::default()))
        },
        is_recorded: false,
        bounds: &[("bench", 1_100.0)],
    },
    Variant {
        name: "gomon, excluded route",
        router: || Ok(monitored(HttpConfig::default().with_excluded(["/hello"]))),
        is_recorded: false,
        bounds: &[("bench", 1_800.0)],
    },
];

const fn peer(name: &'static str, router: fn() -> Result<Router>) -> Variant {
    Variant {
        name,
        router,
        is_recorded: false,
        bounds: &[],
    }
}

/// Returns the variant with this name.
///
/// # Errors
///
/// Fails if the name is unknown.
pub fn variant(name: &str) -> Result<&'static Variant> {
    crate::find("variant", name, VARIANTS, |variant| variant.name)
}

fn routes() -> Router {
    Router::new().route("/hello", get(async || BODY))
}

fn monitored(config: HttpConfig) -> Router {
    routes().layer(MonitoringLayer::new().with_config(config))
}
