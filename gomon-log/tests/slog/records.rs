//! Fields, nested values, filters, limits and redaction.

use std::collections::BTreeMap;

use gomon_core::{Monitor, suppressed};
use gomon_log::{Level, LogConfig, MonitoredDrain};
use gomon_test::TestMonitor;
use serde::Serialize;
use serde_json::json;
use slog::{Discard, Drain as _, Logger, Serde, crit, debug, error, info, o, warn};

use crate::{silent, writing};

fn with(config: LogConfig) -> TestMonitor {
    TestMonitor::from_builder(Monitor::builder().health_interval(None).config(config))
}

#[test]
fn record_has_its_origin_message_and_typed_fields() {
    let gomon = TestMonitor::new();
    for logger in [silent(), writing().0] {
        gomon.root().scope(|| {
            warn!(logger, # "cart", "cart of {}", "me";
                "items" => 3_u8, "balance" => -4, "share" => 0.5, "full" => false, "user" => "me",
                "letter" => 'x', "missing" => None::<i32>, "some" => Some(1), "unit" => (),
                "shown" => %1.5, "list" => ?[1, 2], "huge" => u128::MAX);
        });
    }
    for record in gomon.of("slog-record") {
        assert_eq!(record["level"], "warn");
        assert_eq!(record["target"], "slog::records");
        assert_eq!(record["tag"], "cart");
        assert_eq!(record["message"], "cart of me");
        assert!(record["file"].as_str().unwrap().ends_with("records.rs"));
        assert!(record["line"].is_u64());
        let fields = [
            "items", "balance", "share", "full", "user", "letter", "missing", "some", "unit",
            "shown", "list", "huge",
        ];
        let values = json!([
            3,
            -4,
            0.5,
            false,
            "me",
            "x",
            null,
            1,
            null,
            "1.5",
            "[1, 2]",
            u128::MAX.to_string()
        ]);
        assert_eq!(
            fields.map(|field| record[field].clone()).as_slice(),
            values.as_array().unwrap()
        );
        assert_eq!(record["gomon:outcome"], "ok");
    }
    let (records, requests) = (gomon.of("slog-record"), gomon.of("request"));
    for at in 0..2 {
        assert_eq!(records[at]["parent"], requests[at]["id"]);
    }
}

#[test]
fn fields_of_the_record_override_those_of_its_logger_and_of_its_ancestors() {
    let gomon = TestMonitor::new();
    for logger in [silent(), writing().0] {
        let logger = logger.new(o!("a" => 1, "b" => 1, "c" => 1, "id" => 1));
        let logger = logger.new(o!("b" => 2, "c" => 2, "id" => 2));
        gomon.root().scope(|| info!(logger, "line"; "c" => 3));
    }
    for record in gomon.of("slog-record") {
        let fields = ["a", "b", "c", "user:id"].map(|field| record[field].clone());
        assert_eq!(fields, [json!(1), json!(2), json!(3), json!(2)], "{record}");
    }
}

#[derive(Clone, Serialize)]
struct Cart {
    items: Vec<u64>,
    owner: BTreeMap<&'static str, &'static str>,
    gift: Option<bool>,
}

#[test]
fn nested_values_are_recorded_without_secrets() {
    let (gomon, (logger, output)) = (TestMonitor::new(), writing());
    let cart = Cart {
        items: vec![1, 2],
        owner: BTreeMap::from([
            ("name", "me"),
            ("password", "hunter2"),
            ("note", "token=abc123"),
        ]),
        gift: None,
    };
    gomon
        .root()
        .scope(|| info!(logger, "line"; "cart" => Serde(cart)));
    let owner = json!({"name": "me", "note": "token=[redacted]", "password": "[redacted]"});
    assert_eq!(
        gomon.one("slog-record")["cart"],
        json!({"items": [1, 2], "owner": owner, "gift": null})
    );
    assert!(output.text().contains("hunter2"));
}

#[test]
fn secrets_of_messages_and_fields_are_redacted() {
    let gomon = TestMonitor::new();
    gomon.root().scope(|| {
        let logger = silent().new(o!("api_key" => "hunter2"));
        info!(logger, "with password={}", "hunter2"; "note" => %"token=abc123");
    });
    let json = gomon.one("slog-record").to_string();
    assert!(
        !json.contains("hunter2") && !json.contains("abc123"),
        "{json}"
    );
    assert_eq!(json.matches("[redacted]").count(), 3, "{json}");
}

#[test]
fn error_with_causes_is_recorded_with_its_chain() {
    let gomon = TestMonitor::new();
    let cause = || std::io::Error::other("x".parse::<i32>().unwrap_err());
    gomon.root().scope(|| {
        warn!(silent(), "failed"; "error" => #cause(), "other" => #cause());
    });
    let record = gomon.one("slog-record");
    assert_eq!(record["error"].as_array().unwrap().len(), 2);
    assert_eq!(
        record["error"][0]["message"],
        "invalid digit found in string"
    );
    assert_eq!(record["other"], "invalid digit found in string");
    assert_eq!(record.get("user:error"), None);
}

#[test]
fn critical_and_error_are_errors() {
    let gomon = TestMonitor::new();
    gomon.root().scope(|| {
        crit!(silent(), "critical");
        error!(silent(), "error");
    });
    for record in gomon.of("slog-record") {
        assert_eq!(
            (&record["level"], &record["gomon:outcome"]),
            (&"error".into(), &"error".into())
        );
    }
    assert_eq!(gomon.one("request")["log-errors"], 2);
}

#[test]
fn level_and_targets_filter_records() {
    let config = LogConfig::default().with_level(Level::Debug);
    let gomon = with(config.clone().with_target("slog::records", Level::Warn));
    gomon.root().scope(|| {
        debug!(silent(), "debug");
        warn!(silent(), "warning");
        // Some target has this level.
        assert!(MonitoredDrain::new(Discard.filter_level(slog::Level::Error)).is_debug_enabled());
    });
    assert_eq!(gomon.one("slog-record")["message"], "warning");
    let pinned = MonitoredDrain::new(Discard)
        .with_monitor(gomon.monitor())
        .with_config(config);
    debug!(Logger::root(pinned, o!()), "pinned");
    assert_eq!(gomon.of("slog-record")[1]["message"], "pinned");
}

#[test]
fn records_are_limited_attached_and_suppressed_like_all_others() {
    let gomon = with(
        LogConfig::default()
            .with_max_per_request(3)
            .with_attach(true),
    );
    gomon.root().scope(|| {
        suppressed(|| info!(silent(), "suppressed"));
        (0..5).for_each(|number| info!(silent(), "line"; "number" => number));
    });
    let request = gomon.one("request");
    assert_eq!(gomon.of("slog-record").len(), 0);
    assert_eq!(request["children"].as_array().unwrap().len(), 3);
    assert_eq!(request["children"][0]["number"], 0);
    assert_eq!(
        (&request["logs"], &request["logs-omitted"]),
        (&3.into(), &2.into())
    );
}
