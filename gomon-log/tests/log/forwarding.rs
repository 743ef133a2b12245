//! What the program's own logger gets.

use std::fmt::{Debug, Formatter, Result};

use gomon_log::MonitoredLogger;
use gomon_test::TestMonitor;
use log::{LevelFilter, Log, Metadata, Record, info, trace};

use crate::{Kept, monitored};

#[test]
fn inner_logger_gets_each_record_although_it_is_not_enabled() {
    let (gomon, logger) = (TestMonitor::new(), Kept::new(LevelFilter::Warn));
    let monitored = MonitoredLogger::new(&logger);
    gomon.root().scope(|| {
        info!(logger: monitored, "both");
        trace!(logger: monitored, "inner only");
        gomon.monitor().disable();
        info!(logger: monitored, "while disabled");
    });
    assert_eq!(logger.lines(), ["both", "inner only", "while disabled"]);
}

#[test]
fn logger_is_enabled_where_either_is() {
    let (gomon, logger) = (TestMonitor::new(), Kept::new(LevelFilter::Warn));
    let monitored = MonitoredLogger::new(&logger);
    let is_enabled = |level| monitored.enabled(&Metadata::builder().level(level).build());
    assert!(is_enabled(log::Level::Warn) && !is_enabled(log::Level::Info));
    gomon.root().scope(|| {
        assert!(is_enabled(log::Level::Info) && !is_enabled(log::Level::Debug));
    });
}

#[test]
fn flush_is_forwarded() {
    let logger = Kept::new(LevelFilter::Warn);
    MonitoredLogger::new(&logger).flush();
    assert_eq!(logger.lines(), ["flushed"]);
}

/// Logs while it is formatted.
struct Chatty<'a>(&'a dyn Log);

impl Debug for Chatty<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        info!(logger: self.0, "inside");
        f.write_str("chatty")
    }
}

#[test]
fn side_effects_of_recording_do_not_reach_the_inner_logger() {
    let gomon = TestMonitor::new();
    let bare = Kept::new(LevelFilter::Info);
    info!(logger: bare, "line {:?}", Chatty(&bare));
    let logger = Kept::new(LevelFilter::Info);
    let monitored = MonitoredLogger::new(&logger);
    gomon
        .root()
        .scope(|| info!(logger: monitored, "line {:?}", Chatty(&monitored)));
    assert_eq!(logger.lines(), bare.lines());
    assert_eq!(gomon.of("log-record").len(), 1);
}

#[test]
fn records_of_the_inner_logger_are_not_recorded() {
    struct Bridge(MonitoredLogger<Kept>);
    impl Log for Bridge {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }
        fn log(&self, record: &Record<'_>) {
            self.0.log(record);
        }
        fn flush(&self) {}
    }
    let (gomon, logger) = monitored();
    let logger = MonitoredLogger::new(Bridge(logger));
    gomon.root().scope(|| info!(logger: logger, "line"));
    assert_eq!(gomon.of("log-record").len(), 1);
    assert_eq!(gomon.one("request")["logs"], 1);
}
