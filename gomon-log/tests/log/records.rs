//! Fields, filters, limits and redaction.

use gomon_core::{Monitor, suppressed};
use gomon_log::{Level, LogConfig, MonitoredLogger};
use gomon_test::TestMonitor;
use log::{LevelFilter, Log as _, Metadata, debug, error, info, trace, warn};

use crate::{Kept, monitored};

fn with(config: LogConfig) -> (TestMonitor, MonitoredLogger<Kept>) {
    let builder = Monitor::builder().health_interval(None).config(config);
    let logger = MonitoredLogger::new(Kept::new(LevelFilter::Off));
    (TestMonitor::from_builder(builder), logger)
}

#[test]
fn record_has_its_origin_message_and_typed_fields() {
    let (gomon, logger) = monitored();
    let user = Some("me");
    gomon.root().scope(|| {
        warn!(
            logger: logger, target: "shop::cart",
            items = 3_u8, balance = -4, share = 0.5, full = false, user, missing = None::<i32>,
            list:? = vec![1, 2], huge = u128::MAX;
            "cart of {}", "me"
        );
    });
    let record = gomon.one("log-record");
    assert_eq!(record["level"], "warn");
    assert_eq!(record["target"], "shop::cart");
    assert_eq!(record["module"], "log::records");
    assert!(record["file"].as_str().unwrap().ends_with("records.rs") && record["line"].is_u64());
    assert_eq!(record["message"], "cart of me");
    let fields = [
        "items", "balance", "share", "full", "user", "missing", "list", "huge",
    ];
    let values = serde_json::json!([
        3,
        -4,
        0.5,
        false,
        "me",
        null,
        "[1, 2]",
        u128::MAX.to_string()
    ]);
    assert_eq!(
        fields.map(|field| record[field].clone()).as_slice(),
        values.as_array().unwrap()
    );
    assert_eq!(record["parent"], gomon.one("request")["id"]);
    assert_eq!(record["gomon:outcome"], "ok");
}

#[test]
fn secrets_of_messages_and_fields_are_redacted() {
    let (gomon, logger) = monitored();
    gomon.root().scope(|| {
        let password = "hunter2";
        info!(logger: logger, password, note = "token=abc123"; "with password={password}");
    });
    let json = gomon.one("log-record").to_string();
    assert!(
        !json.contains("hunter2") && !json.contains("abc123"),
        "{json}"
    );
    assert_eq!(json.matches("[redacted]").count(), 3, "{json}");
}

#[test]
fn record_of_level_error_is_an_error_and_counted_by_its_request() {
    let (gomon, logger) = monitored();
    gomon.root().scope(|| {
        error!(logger: logger, "failed");
        info!(logger: logger, "went on");
    });
    let records = gomon.of("log-record");
    assert_eq!(records[0]["gomon:outcome"], "error");
    let request = gomon.one("request");
    assert_eq!(
        (&request["logs"], &request["log-errors"]),
        (&2.into(), &1.into())
    );
    assert_eq!(request["gomon:outcome"], "ok");
}

#[test]
fn level_and_targets_filter_records() {
    let config = LogConfig::default()
        .with_level(Level::Debug)
        .with_target("noisy", Level::Error);
    let (gomon, logger) = with(config);
    gomon.root().scope(|| {
        trace!(logger: logger, "trace");
        debug!(logger: logger, "debug");
        info!(logger: logger, target: "noisy::part", "noise");
        error!(logger: logger, target: "noisy::part", "error");
        let is_enabled = |level, target| {
            logger.enabled(&Metadata::builder().level(level).target(target).build())
        };
        assert!(is_enabled(log::Level::Debug, "shop"));
        assert!(!is_enabled(log::Level::Trace, "shop") && !is_enabled(log::Level::Warn, "noisy"));
    });
    let records = gomon.of("log-record");
    let messages: Vec<_> = records.iter().map(|record| &record["message"]).collect();
    assert_eq!(messages, ["debug", "error"]);
}

#[test]
fn records_beyond_the_limit_of_a_request_are_counted() {
    let (gomon, logger) = with(LogConfig::default().with_max_per_request(3));
    gomon
        .root()
        .scope(|| (0..5).for_each(|number| info!(logger: logger, "line {number}")));
    assert_eq!(gomon.of("log-record").len(), 3);
    let request = gomon.one("request");
    assert_eq!(
        (&request["logs"], &request["logs-omitted"]),
        (&3.into(), &2.into())
    );
}

#[test]
fn statements_of_sqlx_have_no_literals() {
    let (gomon, logger) = monitored();
    let line = |text: &str| info!(logger: logger, target: "sqlx::query", "{text}");
    gomon.root().scope(|| {
        // As `tracing` formats the fields of an event for `log`.
        let sql = "SELECT \"name\" -- it's\nFROM goods WHERE owner = 'a-secret' AND id = 7";
        line(&format!(
            "slow summary={sql:?} db.statement={sql:?} rows_returned=3 elapsed=1.5ms"
        ));
        line(r#"summary="SELECT 'a-secret"#);
        line(r#"summary="SELECT \u{1f600}\'a-secret\'" rows_returned=3"#);
        info!(logger: logger, target: "sqlx::query", summary = "SELECT 'a-secret'"; "statement");
        info!(logger: logger, target: "shop", summary = "fine: 'tea'"; "say \"tea 7\"");
    });
    let records = gomon.of("log-record");
    let messages: Vec<_> = records.iter().map(|record| &record["message"]).collect();
    let sql = "SELECT ? \nFROM goods WHERE owner = ? AND id = ?";
    let slow =
        format!("slow summary=\"{sql}\" db.statement=\"{sql}\" rows_returned=3 elapsed=1.5ms");
    assert_eq!(messages[0], &slow);
    assert_eq!(messages[1], "summary=?");
    assert!(
        messages[2].as_str().unwrap().ends_with("rows_returned=3"),
        "{messages:?}"
    );
    assert_eq!(records[3]["summary"], "SELECT ?");
    assert!(
        records
            .iter()
            .all(|record| !record.to_string().contains("secret"))
    );
    assert_eq!(
        (messages[4], &records[4]["summary"]),
        (&"say \"tea 7\"".into(), &"fine: 'tea'".into())
    );
}

#[test]
fn records_are_attached_to_their_request_by_configuration() {
    let (gomon, logger) = with(LogConfig::default().with_attach(true));
    gomon.root().scope(|| info!(logger: logger, "line"));
    assert_eq!(gomon.of("log-record").len(), 0);
    assert_eq!(gomon.one("request")["children"][0]["message"], "line");
}

#[test]
fn pinned_monitor_and_configuration_are_used() {
    let (gomon, logger) = monitored();
    let config = LogConfig::default().with_level(Level::Trace);
    let logger = logger.with_monitor(gomon.monitor()).with_config(config);
    trace!(logger: logger, "without a request");
    let record = gomon.one("log-record");
    assert_eq!(record["message"], "without a request");
    assert!(gomon.of("request").is_empty());
}

#[test]
fn suppressed_and_disabled_code_records_nothing() {
    let (gomon, logger) = monitored();
    gomon.root().scope(|| {
        suppressed(|| info!(logger: logger, "suppressed"));
        gomon.monitor().disable();
        info!(logger: logger, "disabled");
        gomon.monitor().enable();
    });
    assert_eq!(gomon.events().len(), 1);
}
