//! Records: fields, filters, limits, and `log` through `tracing-log`.

use gomon_core::{Monitor, suppressed};
use gomon_log::{Level, LogConfig};
use gomon_test::TestMonitor;
use tracing::{debug, error, info, info_span, trace, warn};

use crate::{assert_child, monitor, named};

fn with(config: LogConfig) -> TestMonitor {
    drop(monitor());
    TestMonitor::from_builder(Monitor::builder().health_interval(None).config(config))
}

#[test]
fn record_has_its_origin_message_and_fields() {
    let gomon = monitor();
    gomon
        .root()
        .scope(|| warn!(target: "shop::cart", items = 3, full = false, "cart of {}", "me"));
    let record = gomon.one("tracing-event");
    assert_eq!(record["level"], "warn");
    assert_eq!(record["target"], "shop::cart");
    assert_eq!(record["module"], "tracing::events");
    assert_eq!(record["message"], "cart of me");
    assert_eq!(
        (&record["items"], &record["full"]),
        (&3.into(), &false.into())
    );
    assert_eq!(record["parent"], gomon.one("request")["id"]);
    assert_eq!(record["gomon:outcome"], "ok");
}

#[test]
fn error_with_causes_is_recorded_with_its_chain() {
    let gomon = monitor();
    gomon.root().scope(|| {
        let error = std::io::Error::other("x".parse::<i32>().unwrap_err());
        let error: &(dyn std::error::Error + 'static) = &error;
        warn!(error, "it failed");
        warn!(cause = error, "it failed again");
    });
    let events = gomon.events();
    let record = named(&events, "it failed");
    assert_eq!(
        record["error"][0]["message"],
        "invalid digit found in string"
    );
    let again = named(&events, "it failed again");
    assert_eq!(again["error"], record["error"]);
    assert_eq!(again["cause"], "invalid digit found in string");
}

#[test]
fn level_and_targets_filter_spans_and_records() {
    let config = LogConfig::default()
        .with_level(Level::Debug)
        .with_target("noisy", Level::Error);
    let gomon = with(config);
    gomon.root().scope(|| {
        trace!("trace");
        debug!("debug");
        info!(target: "noisy::part", "noise");
        error!(target: "noisy::part", "error");
        info_span!(target: "noisy", "span").in_scope(|| info!("inside"));
    });
    let events = gomon.events();
    let messages: Vec<_> = events
        .iter()
        .filter_map(|event| event["message"].as_str())
        .collect();
    // Without the filtered span, the request is the parent.
    assert_eq!(messages, ["debug", "error", "inside"]);
    assert_eq!(
        named(&events, "inside")["parent"],
        gomon.one("request")["id"]
    );
}

#[test]
fn records_beyond_the_limit_of_a_request_are_counted() {
    let gomon = with(LogConfig::default().with_max_per_request(3));
    gomon.root().scope(|| {
        let span = info_span!("span");
        for number in 0..5 {
            span.in_scope(|| info!(number, "line"));
        }
    });
    gomon.root().scope(|| info!("another request"));
    assert_eq!(gomon.of("tracing-event").len(), 4);
    let requests = gomon.of("request");
    assert_eq!(requests[0]["logs"], 3);
    assert_eq!(requests[0]["logs-omitted"], 2);
    assert_eq!(
        (&requests[1]["logs"], requests[1].get("logs-omitted")),
        (&1.into(), None)
    );
}

#[test]
fn errors_beyond_the_limit_have_a_reserve_and_are_all_counted() {
    let run = |limit, lines: usize, errors: usize| {
        let gomon = with(LogConfig::default().with_max_per_request(limit));
        gomon.root().scope(|| {
            (0..lines).for_each(|number| info!(number, "line"));
            (0..errors).for_each(|number| error!(number, "failed"));
            info!("after");
        });
        let request = gomon.one("request");
        let fields = ["logs", "log-errors", "logs-omitted"];
        let recorded = gomon.of("tracing-event").len();
        let counts = fields.map(|field| request[field].as_u64().unwrap_or_default());
        (recorded, counts)
    };
    assert_eq!(run(20, 25, 1), (21, [21, 1, 6]));
    assert_eq!(run(20, 25, 5), (22, [22, 5, 9]));
    assert_eq!(run(20, 0, 30), (22, [22, 30, 9]));
    // A small limit has a reserve, too.
    assert_eq!(run(1, 2, 2), (2, [2, 2, 3]));
    assert_eq!(run(0, 2, 2), (5, [5, 2, 0]));
    assert_eq!(run(u32::MAX, 2, 2), (5, [5, 2, 0]));
}

#[test]
fn records_are_attached_to_the_event_of_their_span_or_request() {
    let gomon = with(LogConfig::default().with_attach(true));
    gomon.root().scope(|| {
        info!("of the request");
        let span = info_span!("span");
        span.in_scope(|| info!("of the span"));
        info!(parent: &span, "also of the span");
    });
    assert_eq!(gomon.of("tracing-event").len(), 0);
    assert_eq!(
        gomon.one("request")["children"][0]["message"],
        "of the request"
    );
    let children = &gomon.one("tracing-span")["children"];
    assert_eq!(children[0]["message"], "of the span");
    assert_eq!(children[1]["message"], "also of the span");
}

#[test]
fn record_of_log_is_recorded_once_with_its_origin() {
    let gomon = monitor();
    let _ = tracing_log::LogTracer::init();
    gomon.root().scope(|| {
        info_span!("span").in_scope(|| log::warn!(target: "shop::log", "by {}", "log"));
        log::debug!(target: "shop::log", "filtered");
    });
    let record = gomon.one("tracing-event");
    assert_eq!(
        (&record["level"], &record["target"]),
        (&"warn".into(), &"shop::log".into())
    );
    assert_eq!(record["message"], "by log");
    assert!(record["file"].as_str().unwrap().ends_with("events.rs") && record["line"].is_u64());
    assert!(
        record
            .as_object()
            .unwrap()
            .keys()
            .all(|key| !key.starts_with("log."))
    );
    assert_child(&gomon.events(), "by log", "span");
}

#[test]
fn suppressed_and_disabled_code_records_nothing() {
    let gomon = monitor();
    gomon.root().scope(|| {
        suppressed(|| info_span!("span").in_scope(|| info!("line")));
        gomon.monitor().disable();
        info_span!("span").in_scope(|| info!("line"));
        gomon.monitor().enable();
    });
    assert_eq!(gomon.events().len(), 1);
}

#[test]
fn records_after_shutdown_are_lost_without_harm() {
    let (running, recorder) = monitor().into_parts();
    let mut request = running.monitor().root("request");
    let span = request.scope(|| info_span!("span"));
    running.shutdown(std::time::Duration::from_secs(5));
    request.scope(|| span.in_scope(|| info!("late")));
    drop((span, request));
    assert_eq!(recorder.wait_for(0).len(), 0);
}
