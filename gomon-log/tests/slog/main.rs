//! Records of slog. Each test has its own logger and monitor.
#![cfg(test)]

mod forwarding;
mod hostile;
mod records;

use std::io::{Result, Write};
use std::sync::{Arc, Mutex, PoisonError};

use gomon_log::MonitoredDrain;
use slog::{Discard, Drain as _, Logger, o};
use slog_json::Json;

/// A file in memory, which the program's own drain writes to.
#[derive(Clone, Debug, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Output {
    fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8(bytes.clone()).unwrap()
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

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
