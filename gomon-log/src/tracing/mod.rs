//! Spans and events of `tracing`.

mod filter;
mod format;
mod hook;
mod late;
mod layer;
mod library;
mod live;
mod once;
mod site;
mod spans;
mod visit;

pub use filter::LogFilter;
pub use format::TraceFormat;
pub(crate) use hook::hook;
pub use layer::{MonitoringLayer, layer};

/// Applies a changed configuration: each callsite caches whether it is enabled.
pub(crate) fn refresh() {
    tracing_core::callsite::rebuild_interest_cache();
}
