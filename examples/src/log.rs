//! Lines of `log` under the request that logged them, with the program's own logger beside.
//!
//! Run `cargo run -p examples --features log --bin log`. `env_logger` writes to standard error, events go to standard
//! output.

use std::io::Write as _;
use std::time::Duration;

use gomon_core::{LogListener, Monitor, tracker};
use gomon_log::{CurrentIds, MonitoredLogger};
use log::{LevelFilter, info, warn};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let gomon = Monitor::builder()
        .app_id("shop")
        .listener(LogListener::stdout())
        .start()?;
    // The program's own logger, whose lines have the ids of the event that is current.
    let logger = env_logger::Builder::new()
        .filter_level(LevelFilter::Warn)
        .format(|out, record| writeln!(out, "[{}] {} {CurrentIds}", record.level(), record.args()))
        .build();
    let level = logger.filter();
    MonitoredLogger::new(logger).install(level)?;

    let mut request = gomon.monitor().root("request");
    request.scope(|| checkout("visitor-7", 3));
    request.finish();

    gomon.shutdown(Duration::from_secs(5));
    Ok(())
}

fn checkout(visitor: &str, amount: u32) {
    info!(visitor, amount; "cart has {amount} goods");
    // A line below a tracker of the request.
    tracker("stock").scope(|| warn!(left = 2; "stock is low"));
    if let Err(error) = visitor.parse::<u32>() {
        warn!(error:%, token = "tk-1234"; "not paid");
    }
}
