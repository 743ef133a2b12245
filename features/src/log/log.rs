//! Records of `log`.

use gomon_core::Monitor;
use gomon_log::MonitoredLogger;
use log::LevelFilter;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let gomon = Monitor::builder().build()?;
    let logger = MonitoredLogger::new(log::logger()).with_monitor(gomon.monitor());
    logger.install(LevelFilter::Info)?;
    Ok(())
}
