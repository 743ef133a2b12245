//! Layers beside others: filters, several monitors, reload, scoped subscribers, changed configurations.

use std::io::sink;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use gomon_core::tracker;
use gomon_log::{Level, LogConfig, MonitoringLayer};
use gomon_test::TestMonitor;
use serde_json::Value;
use tracing::subscriber::with_default;
use tracing::{Subscriber, debug, info, info_span};
use tracing_subscriber::filter::{LevelFilter, dynamic_filter_fn};
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry, fmt, registry, reload};

use crate::{assert_child, named};

fn layer(gomon: &TestMonitor) -> MonitoringLayer {
    MonitoringLayer::new().with_monitor(gomon.monitor())
}

fn messages(events: &[Value]) -> Vec<&str> {
    let messages = events.iter().filter_map(|event| event["message"].as_str());
    messages.collect()
}

#[test]
fn types_are_send_and_sync() {
    fn assert<T: Send + Sync + 'static>() {}
    assert::<MonitoringLayer>();
    assert::<gomon_log::LogFilter>();
    assert::<gomon_log::TraceFormat<()>>();
    assert::<LogConfig>();
    assert::<gomon_core::adapter::SharedTracker>();
}

#[test]
fn filters_of_other_layers_do_not_matter() {
    let gomon = TestMonitor::new();
    let subscriber = registry()
        .with(
            fmt::layer()
                .with_writer(sink)
                .with_filter(LevelFilter::ERROR),
        )
        .with(layer(&gomon).filtered())
        .with(
            fmt::layer()
                .with_writer(sink)
                .with_filter(LevelFilter::TRACE),
        );
    with_default(subscriber, || {
        info_span!("outer").in_scope(|| {
            // Enabled for another layer only.
            tracing::debug_span!("hidden").in_scope(|| {
                info_span!("inner").in_scope(|| info!("line"));
                debug!("hidden line");
            });
        });
    });
    let events = gomon.events();
    assert_eq!(messages(&events), ["line", "inner", "outer"]);
    assert_child(&events, "inner", "outer");
    assert_child(&events, "line", "inner");
}

#[test]
fn filter_of_the_program_replaces_that_of_the_configuration() {
    let gomon = TestMonitor::new();
    let subscriber = registry().with(layer(&gomon).with_filter(LevelFilter::DEBUG));
    with_default(subscriber, || debug!("line"));
    assert_eq!(messages(&gomon.events()), ["line"]);
}

#[test]
fn layers_of_two_monitors_have_trees_of_their_own() {
    let (one, two) = (TestMonitor::new(), TestMonitor::new());
    let subscriber = registry()
        .with(layer(&one).filtered())
        .with(layer(&two).filtered());
    with_default(subscriber, || {
        info_span!("outer").in_scope(|| {
            info_span!("inner", late = tracing::field::Empty).in_scope(|| {
                info!("line");
                tracing::Span::current().record("late", 1);
            });
        });
    });
    let (ones, twos) = (one.events(), two.events());
    for events in [&ones, &twos] {
        assert_eq!(messages(events), ["line", "inner", "outer"]);
        assert_child(events, "inner", "outer");
        assert_child(events, "line", "inner");
        assert_eq!(named(events, "inner")["user:late"], 1);
    }
    assert_ne!(ones[0]["trace"], twos[0]["trace"]);
}

fn verbose<S>(layer: MonitoringLayer) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    layer.with_filter(LevelFilter::DEBUG)
}

/// Records a tree of spans and lines, and asserts that it is there once.
#[track_caller]
fn assert_once(gomon: &TestMonitor, subscriber: impl Into<tracing::Dispatch>) {
    let subscriber = subscriber.into();
    let tree = || {
        let outer = info_span!("outer", error = tracing::field::Empty);
        outer.in_scope(|| {
            let hidden = tracing::debug_span!("verbose");
            hidden.in_scope(|| info!("line"));
            outer.record("error", "late");
            for number in 0..2 {
                info!(parent: &outer, "in a loop {number}");
            }
            debug!(parent: &hidden, "verbose line");
        });
    };
    gomon
        .root()
        .scope(|| tracing::dispatcher::with_default(&subscriber, tree));
    drop(subscriber);
    let events = gomon.events();
    let outer = named(&events, "outer");
    assert_eq!(outer["gomon:polls"], 1);
    assert_eq!(outer["error"].as_array().unwrap().len(), 1, "{outer}");
    assert_child(&events, "verbose", "outer");
    assert_child(&events, "line", "verbose");
    assert_child(&events, "in a loop 0", "outer");
    assert_child(&events, "in a loop 1", "outer");
    assert_child(&events, "verbose line", "verbose");
    assert_eq!(events.len(), 7, "{events:#?}");
}

#[test]
fn layers_of_one_monitor_record_once() {
    let pinned = || {
        let gomon = TestMonitor::new();
        let one = layer(&gomon);
        let two = layer(&gomon);
        (gomon, one, two)
    };
    let (gomon, one, two) = pinned();
    assert_once(&gomon, registry().with(verbose(one)).with(verbose(two)));
    assert_eq!(gomon.one("request")["logs"], 4);
    // One is not pinned.
    let (gomon, one, _) = pinned();
    let subscriber = registry().with(verbose(MonitoringLayer::new()));
    assert_once(&gomon, subscriber.with(verbose(one)));
    let (gomon, one, _) = pinned();
    let subscriber = registry().with(verbose(one));
    assert_once(&gomon, subscriber.with(verbose(MonitoringLayer::new())));
    // One gets less than the other.
    let (gomon, one, two) = pinned();
    assert_once(&gomon, registry().with(one.filtered()).with(verbose(two)));
    let (gomon, one, two) = pinned();
    assert_once(&gomon, registry().with(verbose(one)).with(two.filtered()));
    // One gets less than before from the same callsite.
    let (gomon, one, two) = pinned();
    let is_on = std::sync::atomic::AtomicBool::new(true);
    let once = dynamic_filter_fn(move |_, _| is_on.swap(false, Relaxed));
    with_default(
        registry().with(one.with_filter(once)).with(verbose(two)),
        || {
            (0..3).for_each(|number| info!("in a loop {number}"));
        },
    );
    let lines = ["in a loop 0", "in a loop 1", "in a loop 2"];
    assert_eq!(messages(&gomon.events()), lines);
    // Another one is between them.
    let ((gomon, one, two), other) = (pinned(), TestMonitor::new());
    let subscriber = registry().with(verbose(one)).with(verbose(layer(&other)));
    assert_once(&gomon, subscriber.with(verbose(two)));
    assert_eq!(other.events().len(), 6);
}

#[test]
fn explicit_parent_that_is_not_recorded_is_no_other_request() {
    let gomon = TestMonitor::new();
    let all = fmt::layer()
        .with_writer(sink)
        .with_filter(LevelFilter::TRACE);
    with_default(registry().with(all).with(layer(&gomon).filtered()), || {
        let background = tracing::debug_span!("background");
        let before = info_span!("before");
        let below = before.in_scope(|| tracing::debug_span!("below"));
        gomon.root().scope(|| {
            info!(parent: &background, "line");
            info_span!(parent: &background, "span").in_scope(|| info!("inside"));
            info_span!(parent: &below, "step");
            // The parent is not explicit.
            background.in_scope(|| info!("contextual"));
        });
    });
    let events = gomon.events();
    for root in ["line", "span"] {
        let root = named(&events, root);
        assert_ne!(root["trace"], gomon.one("request")["trace"], "{root}");
    }
    assert_child(&events, "inside", "span");
    assert_child(&events, "step", "before");
    let contextual = named(&events, "contextual");
    assert_eq!(contextual["parent"], gomon.one("request")["id"]);
}

#[test]
fn layer_that_is_removed_while_a_span_is_entered_leaves_no_parent() {
    let gomon = TestMonitor::new();
    let (reloaded, handle) = reload::Layer::new(Some(layer(&gomon)));
    let subscriber: tracing::Dispatch = Registry::default().with(reloaded).into();
    let id = tracing::dispatcher::with_default(&subscriber, || {
        let span = info_span!("span");
        span.in_scope(|| handle.reload(None).unwrap());
        let id = gomon_core::TrackerContext::current()
            .unwrap()
            .id()
            .to_string();
        drop(span);
        tracker("later").finish();
        gomon.monitor().tracker("later").finish();
        info_span!("not recorded").in_scope(|| info!("nor this"));
        id
    });
    let events = gomon.events();
    assert_eq!(messages(&events), ["span"]);
    assert_eq!(named(&events, "span")["id"], id.as_str());
    assert_ne!(gomon.one("later")["parent"], id.as_str());
}

#[test]
fn layer_that_is_replaced_leaves_the_spans_of_the_old_one() {
    let gomon = TestMonitor::new();
    let (reloaded, handle) = reload::Layer::new(layer(&gomon));
    let subscriber: tracing::Dispatch = Registry::default().with(reloaded).into();
    tracing::dispatcher::with_default(&subscriber, || {
        info_span!("span").in_scope(|| {
            handle.reload(layer(&gomon)).unwrap();
            info!("line");
        });
        info!("outside");
    });
    let events = gomon.events();
    assert_child(&events, "line", "span");
    assert_ne!(
        named(&events, "outside")["parent"],
        named(&events, "span")["id"]
    );
}

#[test]
fn changed_configuration_is_in_effect_at_once() {
    let gomon = TestMonitor::new();
    let set = |level| {
        gomon
            .monitor()
            .set_config(LogConfig::default().with_level(level));
    };
    let line = || debug!("line");
    with_default(registry().with(layer(&gomon).filtered()), || {
        line();
        set(Level::Debug);
        line();
        set(Level::Off);
        line();
        let settings = gomon_core::Settings::from_json("test", r#"{"level": "debug"}"#).unwrap();
        gomon
            .monitor()
            .set_config_named("gomon/log", settings)
            .unwrap();
        line();
    });
    assert_eq!(messages(&gomon.events()), ["line", "line"]);
}

#[test]
fn spans_under_a_tracker_of_another_monitor_stay_in_theirs() {
    let (one, two) = (TestMonitor::new(), TestMonitor::new());
    with_default(registry().with(layer(&one).filtered()), || {
        info_span!("outer").in_scope(|| {
            two.root()
                .scope(|| info_span!("inner").in_scope(|| info!("line")));
        });
    });
    let events = one.events();
    assert_child(&events, "inner", "outer");
    assert_child(&events, "line", "inner");
    assert_eq!(two.events().len(), 1);
}

#[test]
fn health_says_that_a_filter_hides_the_statements_of_sqlx() {
    let run = |filter: LevelFilter| {
        let gomon = TestMonitor::new();
        let subscriber = registry().with(layer(&gomon).filtered()).with(filter);
        let subscriber: tracing::Dispatch = subscriber.into();
        tracing::dispatcher::with_default(&subscriber, || info!("line"));
        let (running, _) = gomon.into_parts();
        running.shutdown(Duration::from_secs(10)).health.notices
    };
    let [notice] = &run(LevelFilter::INFO)[..] else {
        panic!("not one notice");
    };
    assert!(notice.starts_with("gomon-log: a filter of the whole subscriber hides `sqlx::query`"));
    assert_eq!(run(LevelFilter::DEBUG), [""; 0]);
}
