//! Ids of the current event in the output of the program's own loggers.
#![cfg(test)]

mod output;

use std::io::Write as _;
use std::sync::Mutex;

use env_logger::{Builder, Target};
use gomon_log::{CurrentIds, MonitoredDrain, MonitoredLogger};
use gomon_test::TestMonitor;
use log::LevelFilter;
use serde_json::Value;
use slog::{Drain as _, Logger, o};
use slog_json::Json;

use output::Output;

/// Asserts that a line has the ids of an event.
#[track_caller]
fn assert_ids(line: &Value, event: &Value) {
    assert_eq!(
        (&line["trace"], &line["id"]),
        (&event["trace"], &event["id"]),
        "{line}"
    );
}

#[test]
fn lines_of_env_logger_have_the_ids_of_their_request() {
    let (gomon, output) = (TestMonitor::new(), Output::default());
    let logger = Builder::new()
        .filter_level(LevelFilter::Info)
        .target(Target::Pipe(Box::new(output.clone())))
        .format(|out, record| writeln!(out, "{} {CurrentIds}", record.args()))
        .build();
    log::set_max_level(LevelFilter::Info);
    let logger = MonitoredLogger::new(logger);
    gomon.root().scope(|| log::info!(logger: logger, "line"));
    log::info!(logger: logger, "alone");
    let record = gomon.one("log-record");
    let line = format!(
        "line trace={} id={}\nalone \n",
        record["trace"].as_str().unwrap(),
        record["parent"].as_str().unwrap()
    );
    assert_eq!(output.text(), line);
}

#[test]
fn lines_of_slog_json_have_the_ids_of_their_request() {
    let (gomon, output) = (TestMonitor::new(), Output::default());
    let json = Mutex::new(Json::new(output.clone()).build());
    let logger = Logger::root(MonitoredDrain::new(json).ignore_res(), o!(CurrentIds));
    gomon.root().scope(|| slog::info!(logger, "line"));
    let line = serde_json::from_str(&output.text()).unwrap();
    assert_ids(&line, &gomon.one("request"));
    // The event has them already. A field of the program stays.
    gomon
        .root()
        .scope(|| slog::info!(logger, "again"; "id" => "7"));
    let records = gomon.of("slog-record");
    assert_eq!(
        (records[0].get("user:id"), records[0].get("user:trace")),
        (None, None)
    );
    assert_eq!(records[1]["user:id"], "7");
}
