//! The hook for a whole process, in a program without loggers. They belong to the process, so this is one test.
#![cfg(test)]

use std::time::Duration;

use gomon_core::{Monitor, Recorder, Running};
use gomon_log::{Level, LogConfig};

fn started(level: Level) -> (Running, Recorder) {
    let recorder = Recorder::new();
    let builder = Monitor::builder().listener(recorder.listener());
    let builder = builder.config(LogConfig::default().with_level(level));
    let running = builder.auto([gomon_log::auto()]).start().unwrap();
    (running, recorder)
}

fn lines(running: &Running) -> Vec<String> {
    running.hooks().iter().map(ToString::to_string).collect()
}

/// Logs through both facades under a request.
fn log(running: &Running) {
    running.monitor().root("request").scope(|| {
        log::debug!("debug of log");
        log::info!("info of log");
        tracing::info!("info of tracing");
    });
}

#[test]
fn program_without_loggers_is_recorded_by_one_line() {
    let hooked = ["subscriber of `tracing`: hooked", "logger of `log`: hooked"];
    // The second monitor finds the hooks of the first.
    for (level, records) in [(Level::Info, 2), (Level::Debug, 3)] {
        let (running, recorder) = started(level);
        assert_eq!(lines(&running), hooked);
        log(&running);
        running.shutdown(Duration::from_secs(5));
        let events = recorder.wait_for(records + 1);
        assert_eq!(events.len(), records + 1, "{events:?}");
        // After the shutdown, nothing is recorded.
        log(&running);
        assert_eq!(recorder.wait_for(0).len(), records + 1);
    }
    // Loggers of the program come too late.
    assert!(log::set_boxed_logger(Box::new(log::logger())).is_err());
}
