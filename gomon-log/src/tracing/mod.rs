//! Spans and events of `tracing`.

mod filter;
mod hook;
mod late;
mod layer;
mod library;
mod site;
mod spans;
mod visit;
mod with_ids;

pub use filter::LogFilter;
pub(crate) use hook::hook;
pub use layer::{MonitoringLayer, layer};
pub use with_ids::WithIds;

/// Applies a changed configuration: each callsite caches whether it is enabled.
pub(crate) fn refresh() {
    tracing_core::callsite::rebuild_interest_cache();
}
