//! Records of slog. Each test has its own logger and monitor.
#![cfg(test)]

mod forwarding;
mod hostile;
#[path = "../output/mod.rs"]
mod output;
mod records;

use std::sync::Mutex;

use gomon_log::MonitoredDrain;
use slog::{Discard, Drain as _, Logger, o};
use slog_json::Json;

use output::Output;

/// A drain that writes JSON lines without a time.
fn json(output: &Output) -> Mutex<Json<Output>> {
    let message = slog::PushFnValue(|record: &slog::Record<'_>, out| out.emit(record.msg()));
    let json = Json::new(output.clone()).add_key_value(o!("msg" => message));
    Mutex::new(json.build())
}

/// Returns a logger whose output is discarded.
fn silent() -> Logger {
    Logger::root(MonitoredDrain::new(Discard), o!())
}

/// Returns a logger, and its output as JSON lines.
fn writing() -> (Logger, Output) {
    let output = Output::default();
    let drain = MonitoredDrain::new(json(&output)).ignore_res();
    (Logger::root(drain, o!()), output)
}
