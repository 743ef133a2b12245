//! Records of `log`, through loggers that are not installed: each test has its own monitor.
#![cfg(test)]

mod forwarding;
mod hostile;
mod records;

use std::sync::{Mutex, PoisonError};

use gomon_log::MonitoredLogger;
use gomon_test::TestMonitor;
use log::{LevelFilter, Log, Metadata, Record};

/// The program's own logger: keeps what it gets, and does not check the level again.
#[derive(Debug)]
struct Kept {
    level: LevelFilter,
    lines: Mutex<Vec<String>>,
}

impl Kept {
    fn new(level: LevelFilter) -> Self {
        // The macros check the global level first, also for a given logger.
        log::set_max_level(LevelFilter::Trace);
        Self {
            level,
            lines: Mutex::default(),
        }
    }

    fn lines(&self) -> Vec<String> {
        self.lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Log for Kept {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= self.level
    }

    fn log(&self, record: &Record<'_>) {
        let line = record.args().to_string();
        self.lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(line);
    }

    fn flush(&self) {
        self.log(&Record::builder().args(format_args!("flushed")).build());
    }
}

/// Returns a monitor, and a logger without output.
fn monitored() -> (TestMonitor, MonitoredLogger<Kept>) {
    let logger = MonitoredLogger::new(Kept::new(LevelFilter::Off));
    (TestMonitor::new(), logger)
}
