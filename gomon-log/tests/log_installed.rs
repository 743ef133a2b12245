//! The logger of a process with its own one. It belongs to the process, so this is one test.
#![cfg(test)]

use std::sync::Mutex;
use std::time::Duration;

use gomon_core::{Monitor, Recorder};
use gomon_log::{Level, LogConfig, MonitoredLogger};
use log::{LevelFilter, Log, Metadata, Record};
use tracing_log::LogTracer;
use tracing_subscriber::prelude::*;

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Keeps what it gets, does not check the level, and passes it on to `tracing`.
struct Own(LogTracer);

impl Log for Own {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= log::max_level()
    }
    fn log(&self, record: &Record<'_>) {
        LINES.lock().unwrap().push(record.args().to_string());
        self.0.log(record);
    }
    fn flush(&self) {}
}

fn messages(recorder: &Recorder, count: usize) -> Vec<String> {
    let events = recorder.wait_for(count);
    let values = events
        .iter()
        .map(|event| serde_json::from_str::<serde_json::Value>(&event.to_json()).unwrap());
    let messages = values.filter_map(|event| Some(event["message"].as_str()?.to_owned()));
    messages.collect()
}

#[test]
fn installed_logger_takes_the_more_verbose_level_and_records_each_line_once() {
    let own = || MonitoredLogger::new(Own(LogTracer::new()));
    own().install(LevelFilter::Info).unwrap();
    // Before a monitor is started, its level is not known.
    assert_eq!(log::max_level(), LevelFilter::Trace);
    log::debug!("before");
    let refused = own().install(LevelFilter::Off).unwrap_err();
    assert!(refused.to_string().contains("already"), "{refused}");

    tracing_subscriber::registry()
        .with(gomon_log::layer())
        .try_init()
        .unwrap();
    let recorder = Recorder::new();
    let builder = Monitor::builder()
        .health_interval(None)
        .listener(recorder.listener());
    let running = builder
        .config(LogConfig::default().with_level(Level::Debug))
        .start()
        .unwrap();
    let monitor = running.monitor();
    monitor.root("request").scope(|| {
        log::trace!("trace");
        assert_eq!(log::max_level(), LevelFilter::Debug);
        log::debug!("debug");
        log::info!("info");
    });
    // Also by `LogTracer`, and once.
    assert_eq!(messages(&recorder, 3), ["debug", "info"]);

    // A changed configuration.
    monitor.set_config(
        LogConfig::default()
            .with_level(Level::Off)
            .with_target("shop", Level::Trace),
    );
    assert_eq!(log::max_level(), LevelFilter::Trace);
    monitor.set_config(LogConfig::default().with_level(Level::Error));
    assert_eq!(log::max_level(), LevelFilter::Info);
    log::info!("only inner");

    // A changed level of the program.
    log::set_max_level(LevelFilter::Debug);
    monitor.set_config(LogConfig::default());
    assert_eq!(log::max_level(), LevelFilter::Debug);
    log::debug!("program's debug");

    running.shutdown(Duration::from_secs(5));
    log::info!("after");
    assert_eq!(
        *LINES.lock().unwrap(),
        ["info", "only inner", "program's debug", "after"]
    );
    assert_eq!(messages(&recorder, 3), ["debug", "info"]);
}
