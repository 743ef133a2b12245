//! Spans and records of `tracing`.

use gomon_core::Monitor;
use tracing_subscriber::layer::SubscriberExt as _;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let gomon = Monitor::builder().build()?;
    let layer = gomon_log::MonitoringLayer::new().with_monitor(gomon.monitor());
    let subscriber = tracing_subscriber::registry().with(layer.filtered());
    let dispatch = tracing_core::Dispatch::new(subscriber);
    tracing_core::dispatcher::set_global_default(dispatch)?;
    Ok(())
}
