//! Tables of fields and settings in the README and in `docs/`, compared with the code.
#![cfg(feature = "toml")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use gomon_core::adapter::MonitorExt as _;
use gomon_core::{Config, ConfigFile, Limits, Monitor, OwnedEvent, Recorder, Sampling};
use gomon_test::ReadmeTable;

const README: &str = include_str!("../README.md");
const EVENTS: &str = include_str!("../../docs/events.md");
const CONFIGURATION: &str = include_str!("../../docs/configuration.md");

/// Returns the application event and the last health event of a monitor, with all their fields.
fn own_events() -> (OwnedEvent, OwnedEvent) {
    let recorder = Recorder::new();
    let misspelt = gomon_core::Settings::from_json("README", "{}").unwrap();
    let gomon = Monitor::builder()
        .version("1.4.0")
        .environment("test")
        .listener(recorder.listener())
        .listener(recorder.listener())
        .build()
        .unwrap();
    gomon
        .monitor()
        .set_config_named("shop/cahce", misspelt)
        .unwrap();
    let notice = Some("a filter hides statements".to_owned());
    gomon.monitor().set_notice("shop", notice);
    gomon.shutdown(Duration::from_secs(60));
    let events = recorder.events();
    let of = |fingerprint| {
        let mut events = events.iter();
        events.find(|event| event.as_event().fingerprint() == fingerprint)
    };
    (
        of("application").unwrap().clone(),
        of("gomon-health").unwrap().clone(),
    )
}

fn fields(event: &OwnedEvent) -> Vec<String> {
    let fields = event.as_event().fields();
    fields.iter().map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn docs_list_the_fields_of_the_application_event_in_order() {
    let (application, _) = own_events();
    let table = ReadmeTable::under("### `application`", EVENTS);
    assert_eq!(fields(&application), table.keys());
}

#[test]
fn docs_list_the_fields_of_the_health_event_in_order() {
    let (_, health) = own_events();
    let table = ReadmeTable::under("### `gomon-health`", EVENTS);
    assert_eq!(fields(&health), table.keys());
    let event = health.as_event();
    let listener = event.get("listener-0").unwrap();
    let listener = listener.as_map().unwrap();
    let names: Vec<_> = listener.iter().map(|(name, _)| name).collect();
    let table = ReadmeTable::under("#### `listener-0`", EVENTS);
    assert_eq!(names, table.keys());
}

#[test]
fn docs_list_every_cause_of_a_drop() {
    let dropped = gomon_core::Dropped::default();
    let table = ReadmeTable::under("#### `dropped`", EVENTS);
    // The `Debug` output lists the fields of the type.
    let debug = format!("{dropped:?}");
    let causes = debug.split(['{', ',']).skip(1);
    for cause in causes.filter_map(|field| field.split(':').next()) {
        let cause = cause.trim().replace('_', "-");
        assert!(table.keys().contains(&&*cause), "{cause}");
    }
}

#[test]
fn docs_list_the_settings_with_their_defaults() {
    for name in [Limits::NAME, Sampling::NAME] {
        let table = ReadmeTable::under(&format!("### `{name}`"), README);
        match name {
            Limits::NAME => table.assert_defaults(&Limits::default()),
            _ => table.assert_defaults(&Sampling::default()),
        }
    }
}

#[test]
fn docs_list_the_top_level_keys() {
    let error = ConfigFile::parse("README.toml", "unknown = 1").unwrap_err();
    let error = error.to_string();
    let known = error.split_once("one of ").unwrap().1;
    let known = known.split_once(" or ").unwrap().0;
    let known: Vec<_> = known.split('"').skip(1).step_by(2).collect();
    assert_eq!(
        ReadmeTable::under("### Top of the file", README).keys(),
        known
    );
}

#[test]
fn example_of_a_file_has_every_key_and_is_accepted() {
    let blocks = CONFIGURATION.split("```toml\n").skip(1);
    let mut blocks = blocks.map(|block| block.split_once("```").unwrap().0);
    let example = blocks.find(|block| block.contains("app-id")).unwrap();
    for heading in [
        "### Top of the file",
        "### `gomon/limits`",
        "### `gomon/redaction`",
        "### `gomon/sampling`",
        "### `log`",
        "### `retransmitter`",
        "#### `filter`",
    ] {
        for key in ReadmeTable::under(heading, README).keys() {
            let is_there = |line: &str| {
                let line = line.trim_start_matches(['[', ' ']);
                line.starts_with(&format!("{key} ="))
                    || line.starts_with(&format!("{key}]"))
                    || line.ends_with(&format!(".{key}]"))
            };
            assert!(example.lines().any(is_there), "{heading}: {key}");
        }
    }
    let file = std::env::temp_dir().join(format!("gomon-readme-{}.toml", std::process::id()));
    // A disabled monitor prints nothing.
    std::fs::write(&file, example.replace("enabled = true", "enabled = false")).unwrap();
    let gomon = Monitor::builder().config_file(&file).build();
    std::fs::remove_file(&file).unwrap();
    let gomon = gomon.unwrap();
    assert_eq!(gomon.monitor().config_errors(), [""; 0]);
    assert_eq!(gomon.monitor().health().listeners.len(), 2);
}
