//! Lines of slog under the request that logged them, with the program's own drain beside.
//!
//! Run `cargo run -p examples --features slog --bin slog`. The drain writes JSON to standard error, events go to standard
//! output.

use std::io::stderr;
use std::sync::Mutex;
use std::time::Duration;

use gomon_core::{LogListener, Monitor, tracker};
use gomon_log::{CurrentIds, MonitoredDrain};
use slog::{Drain as _, Level, Logger, info, o, warn};
use slog_json::Json;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let gomon = Monitor::builder()
        .app_id("shop")
        .listener(LogListener::stdout())
        .start()?;
    // The program's own drain, whose lines have the ids of the event that is current.
    let drain = Mutex::new(Json::default(stderr())).filter_level(Level::Warning);
    let drain = MonitoredDrain::new(drain).ignore_res();
    let logger = Logger::root(drain, o!(CurrentIds, "service" => "checkout"));

    let mut request = gomon.monitor().root("request");
    request.scope(|| checkout(&logger, "visitor-7", 3));
    request.finish();

    gomon.shutdown(Duration::from_secs(5));
    Ok(())
}

fn checkout(logger: &Logger, visitor: &str, amount: u32) {
    let logger = logger.new(o!("visitor" => visitor.to_owned()));
    info!(logger, "cart has {amount} goods"; "amount" => amount);
    // A line below a tracker of the request.
    tracker("stock").scope(|| warn!(logger, "stock is low"; "left" => 2));
    if let Err(error) = visitor.parse::<u32>() {
        warn!(logger, "not paid"; "error" => #error, "token" => "tk-1234");
    }
}
