//! What the program's own drain gets and returns.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use gomon_core::Monitor;
use gomon_log::{LogConfig, MonitoredDrain, MonitoredLogger};
use gomon_test::TestMonitor;
use serde_json::json;
use slog::{Drain, Duplicate, FnValue, Logger, OwnedKVList, PushFnValue, Serde, info, o, trace};
use slog_async::Async;
use slog_json::Json;

use crate::{Output, json, silent, writing};

/// A drain with results.
struct Answers;

impl Drain for Answers {
    type Ok = usize;
    type Err = String;

    fn log(&self, record: &slog::Record<'_>, _: &OwnedKVList) -> Result<usize, String> {
        let text = record.msg().to_string();
        match record.level() {
            slog::Level::Info => Ok(text.len()),
            _ => Err(text),
        }
    }

    fn flush(&self) -> Result<(), slog::FlushError> {
        Err(slog::FlushError::Custom("planned".into()))
    }

    fn is_enabled(&self, level: slog::Level) -> bool {
        level <= slog::Level::Error
    }
}

#[test]
fn results_of_the_inner_drain_are_returned() {
    let (gomon, drain) = (TestMonitor::new(), MonitoredDrain::new(Answers));
    let (values, origin) = (
        OwnedKVList::from(o!()),
        slog::record_static!(slog::Level::Info, ""),
    );
    let log = |origin| {
        drain.log(
            &slog::Record::new(origin, &format_args!("four"), slog::b!()),
            &values,
        )
    };
    gomon.root().scope(|| assert_eq!(log(&origin), Ok(4)));
    let origin = slog::record_static!(slog::Level::Trace, "");
    assert_eq!(log(&origin), Err("four".to_owned()));
    assert!(drain.flush().unwrap_err().to_string().ends_with("planned"));
    assert_eq!(gomon.of("slog-record").len(), 1);
}

#[test]
fn drain_is_enabled_where_either_is() {
    let (gomon, drain) = (TestMonitor::new(), MonitoredDrain::new(Answers));
    assert!(drain.is_error_enabled() && !drain.is_info_enabled());
    gomon
        .root()
        .scope(|| assert!(drain.is_info_enabled() && !drain.is_debug_enabled()));
}

#[test]
fn inner_drain_writes_what_it_writes_alone() {
    let gomon = TestMonitor::new();
    let log = |logger: &Logger| {
        let logger = logger.new(o!("a" => 1, "lazy" => FnValue(|record| record.line() > 0)));
        info!(logger, # "tag", "cart of {}", "me";
            "items" => 3_u8, "share" => 0.5_f32, "none" => None::<u8>, "unit" => (), "letter" => 'x',
            "big" => i128::MIN, "shown" => %1.5, "nested" => Serde(vec![1, 2]),
            "bytes" => &b"ab"[..], "error" => #std::io::Error::other("planned"),
            "pushed" => PushFnValue(|_, out| out.emit("pushed")));
        trace!(logger, "not recorded"; "a" => 2);
    };
    let bare = Output::default();
    log(&Logger::root(json(&bare).ignore_res(), o!()));
    let (logger, output) = writing();
    gomon.root().scope(|| log(&logger));
    assert_eq!(output.text(), bare.text());
    assert_eq!(gomon.of("slog-record").len(), 1);
}

/// Logs with a lazy value of the record and one of its logger; returns how often each was evaluated.
fn evaluations(logger: &Logger) -> (u32, u32) {
    let counts = Arc::new((AtomicU32::new(0), AtomicU32::new(0)));
    let of_logger = Arc::clone(&counts);
    let logger = logger.new(o!("of-logger" => FnValue(move |_| of_logger.0.fetch_add(1, Relaxed))));
    let of_record = Arc::clone(&counts);
    let lazy = PushFnValue(move |_, out| out.emit(of_record.1.fetch_add(1, Relaxed)));
    info!(logger, "line"; "of-record" => lazy);
    (counts.0.load(Relaxed), counts.1.load(Relaxed))
}

#[test]
fn lazy_values_are_evaluated_once() {
    let gomon = TestMonitor::new();
    let (logger, output) = writing();
    gomon.root().scope(|| {
        assert_eq!(evaluations(&logger), (1, 1));
        // The drain serializes nothing.
        assert_eq!(evaluations(&silent()), (1, 1));
    });
    assert!(
        output.text().contains(r#""of-logger":0,"of-record":0"#),
        "{}",
        output.text()
    );
    for record in gomon.of("slog-record") {
        assert_eq!(
            (&record["of-logger"], &record["of-record"]),
            (&0.into(), &0.into())
        );
    }
    // Two drains of slog evaluate each.
    let both = Duplicate(json(&output), json(&output)).ignore_res();
    let logger = Logger::root(MonitoredDrain::new(both), o!());
    gomon
        .root()
        .scope(|| assert_eq!(evaluations(&logger), (2, 2)));
}

#[test]
fn drain_outside_of_async_knows_the_request() {
    let (gomon, output) = (TestMonitor::new(), Output::default());
    let writer = Async::new(json(&output).ignore_res()).build();
    let logger = Logger::root(
        MonitoredDrain::new(writer).ignore_res(),
        o!("service" => "shop"),
    );
    let (of_logger, of_record) = gomon.root().scope(|| evaluations(&logger));
    drop(logger);
    let record = gomon.one("slog-record");
    assert_eq!(record["parent"], gomon.one("request")["id"]);
    assert_eq!(
        (&record["service"], &record["of-record"]),
        (&"shop".into(), &0.into())
    );
    let line: serde_json::Value = serde_json::from_str(&output.text()).unwrap();
    assert_eq!(
        (&line["service"], &line["of-record"]),
        (&json!("shop"), &json!(0))
    );
    // The worker serializes the values of the logger later. It may have begun before they were counted.
    assert!(of_logger >= 1 && of_record == 1);
}

#[test]
fn drain_that_logs_through_log_is_recorded_once() {
    /// Passes records on to `log`, as `slog-stdlog` does.
    struct Bridge;
    impl Drain for Bridge {
        type Ok = ();
        type Err = slog::Never;
        fn log(&self, record: &slog::Record<'_>, _: &OwnedKVList) -> Result<(), slog::Never> {
            log::set_max_level(log::LevelFilter::Info);
            let logger = MonitoredLogger::new(log::logger());
            log::info!(logger: logger, "{}", record.msg());
            Ok(())
        }
    }
    let config = LogConfig::default().with_max_per_request(1);
    let gomon = TestMonitor::from_builder(Monitor::builder().health_interval(None).config(config));
    let logger = Logger::root(MonitoredDrain::new(Bridge), o!());
    gomon
        .root()
        .scope(|| (0..3).for_each(|_| info!(logger, "line")));
    assert_eq!(gomon.one("slog-record")["message"], "line");
    assert_eq!(gomon.of("log-record").len(), 0);
    let request = gomon.one("request");
    assert_eq!(
        (&request["logs"], &request["logs-omitted"]),
        (&1.into(), &2.into())
    );
}

#[test]
fn values_are_recorded_on_the_thread_that_logs() {
    /// Serializes the values of the logger on another thread.
    struct Elsewhere(Mutex<Json<Output>>);
    impl Drain for Elsewhere {
        type Ok = ();
        type Err = slog::Never;
        fn log(&self, _: &slog::Record<'_>, values: &OwnedKVList) -> Result<(), slog::Never> {
            std::thread::scope(|threads| {
                threads.spawn(|| {
                    let origin = slog::record_static!(slog::Level::Info, "");
                    let log = |record: &_| self.0.log(record, values);
                    log(&slog::Record::new(&origin, &format_args!(""), slog::b!())).unwrap();
                });
            });
            Ok(())
        }
    }
    let (gomon, output) = (TestMonitor::new(), Output::default());
    let logger = Logger::root(MonitoredDrain::new(Elsewhere(json(&output))), o!());
    let here = std::thread::current().id();
    let is_here = FnValue(move |_| std::thread::current().id() == here);
    let logger = logger.new(o!("is-here" => is_here));
    gomon.root().scope(|| info!(logger, "line"));
    assert_eq!(gomon.one("slog-record")["is-here"], true);
    assert!(output.text().contains(r#""is-here":false"#));
}
