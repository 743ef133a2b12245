//! Records of slog.

use gomon_core::Monitor;
use gomon_log::MonitoredDrain;
use slog::{Discard, Logger, o};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let gomon = Monitor::builder().build()?;
    let drain = MonitoredDrain::new(Discard).with_monitor(gomon.monitor());
    drop(Logger::root(drain, o!()));
    Ok(())
}
