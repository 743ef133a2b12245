//! The hook for a whole process, in a program with loggers. They belong to the process, so this is one test.
#![cfg(test)]

use std::sync::Mutex;
use std::time::Duration;

use gomon_core::{Monitor, Recorder};
use log::{LevelFilter, Log, Metadata, Record};

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Own;

impl Log for Own {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn log(&self, record: &Record<'_>) {
        LINES.lock().unwrap().push(record.args().to_string());
    }
    fn flush(&self) {}
}

#[test]
fn loggers_of_the_program_stay() {
    log::set_logger(&Own).unwrap();
    log::set_max_level(LevelFilter::Info);
    let recorder = Recorder::new();
    let start = || {
        let builder = Monitor::builder().listener(recorder.listener());
        builder.auto([gomon_log::auto()]).start().unwrap()
    };
    let reasons = |running: &gomon_core::Running| {
        let reasons = running.hooks().iter().map(|hook| hook.reason().unwrap());
        reasons.map(str::to_owned).collect::<Vec<_>>()
    };
    let running = start();
    let [tracing, log] = &reasons(&running)[..] else {
        panic!("two hooks: {:?}", running.hooks());
    };
    // A subscriber would divert the lines of `tracing`.
    assert!(tracing.contains("logs through `log`") && !tracing::dispatcher::has_been_set());
    assert!(log.contains("MonitoredLogger"));
    running.monitor().root("request").scope(|| {
        log::info!("line");
        log::debug!("not of the program");
    });
    running.shutdown(Duration::from_secs(5));
    assert_eq!(*LINES.lock().unwrap(), ["line"]);
    assert_eq!(recorder.wait_for(1).len(), 1);

    // With its own subscriber.
    tracing::subscriber::set_global_default(tracing_subscriber::registry()).unwrap();
    log::set_max_level(LevelFilter::Off);
    let running = start();
    assert!(reasons(&running)[0].contains("gomon_log::layer()"));
    assert_eq!(log::max_level(), LevelFilter::Off);
}
