use std::time::Duration;

use proptest::prelude::*;
use serde_json::Value as Json;

use super::*;
use crate::listeners::recorder::Recorder;
use crate::monitor::Monitor;
use crate::record::key::Key;
use crate::record::keys;
use crate::record::owned::OwnedEvent;
use crate::record::value::Value;
use crate::tracker::EventTracker;

/// Returns the event of a tracker that `set` filled in.
pub(crate) fn recorded(
    fingerprint: &'static str,
    set: impl FnOnce(&mut EventTracker),
) -> OwnedEvent {
    let recorder = Recorder::new();
    let running = Monitor::builder()
        .app_id("shop")
        .listener(recorder.listener())
        .build()
        .expect("starts");
    let mut tracker = running.monitor().root(fingerprint);
    set(&mut tracker);
    tracker.finish();
    recorder.wait_for(1).remove(0)
}

fn written(event: &OwnedEvent) -> String {
    let mut line = Vec::new();
    event.as_event().write_json(&mut line);
    String::from_utf8(line).expect("UTF-8")
}

fn assert_matches_serde(event: &OwnedEvent) {
    let line = written(event);
    let actual: Json = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"));
    let expected: Json = serde_json::to_value(event).expect("serializes");
    assert_eq!(actual, expected);
    assert!(!line.contains(needs_escape), "{line:?}");
}

fn string(text: &str) -> String {
    let mut out = Vec::new();
    write_string(&mut out, text);
    String::from_utf8(out).expect("UTF-8")
}

#[test]
fn unknown_outcome_is_absent() {
    let event = recorded("job", |tracker| tracker.set_outcome(Outcome::Unknown));
    assert_eq!(event.as_event().outcome(), Outcome::Unknown);
    assert!(!written(&event).contains("gomon:outcome"));
    assert_matches_serde(&event);
}

#[test]
fn every_kind_of_value_matches_the_serde_form() {
    let event = recorded("job", |tracker| {
        let flat = [
            Value::Null,
            true.into(),
            false.into(),
            i64::MIN.into(),
            (-1).into(),
            0.into(),
        ];
        let floats = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.1, -0.0, 1e300].map(Value::F64);
        tracker.set(Key::new("flat"), Value::List(&flat));
        tracker.set(Key::new("floats"), Value::List(&floats));
        tracker.set(Key::new("max"), u64::MAX);
        tracker.set(Key::new("empty"), Value::List(&[]));
        tracker.set(Key::new("bytes"), &b"\xff\x00"[..]);
        tracker.set(Key::new("took"), Duration::from_secs(1));
        tracker.set(Key::new("id"), tracker.id());
        tracker.set(
            Key::new("map"),
            Value::Map(&[("a", Value::Map(&[])), ("b\n", "c\"".into())]),
        );
        tracker.set(keys::METHOD, "GET");
        tracker.add_error(&std::io::Error::other("disk\u{1b}[2J \u{2028} full"));
        let mut child = tracker.child("step");
        child.set(Key::new("size"), 1);
        tracker.attach(child);
    });
    assert_matches_serde(&event);
    assert!(written(&event).contains(r#""children":[{"id":"#));
}

#[test]
fn terminal_commands_are_escaped() {
    assert_eq!(
        string("\0\n\t\r\u{1b}\u{7f}"),
        r#""\u0000\n\t\r\u001b\u007f""#
    );
    assert_eq!(string("\u{85}\u{9b}\u{a0}"), "\"\\u0085\\u009b\u{a0}\"");
    assert_eq!(
        string("a\u{2028}\u{2029}\u{202e}b"),
        r#""a\u2028\u2029\u202eb""#
    );
    assert_eq!(
        string("\u{61c}\u{200f}\u{2066}é世🙂"),
        "\"\\u061c\\u200f\\u2066é世🙂\""
    );
    assert_eq!(
        string("a\u{200b}\u{ad}\u{feff}\u{3164}\u{e0041}\u{e01ef}ㄱ🙂"),
        r#""a\u200b\u00ad\ufeff\u3164\udb40\udc41\udb40\uddefㄱ🙂""#
    );
    assert_eq!(string(r#"C:\a "b""#), r#""C:\\a \"b\"""#);
}

#[test]
fn escapes_are_found_at_any_position() {
    for length in 0..40 {
        for at in 0..=length {
            for c in [
                '"',
                '\\',
                '\x1f',
                '\x7f',
                '\u{9f}',
                '\u{202e}',
                '\u{feff}',
                '\u{e0041}',
            ] {
                let mut text = "x".repeat(length);
                text.insert(at, c);
                let json = string(&text);
                assert!(json.contains('\\'), "{json}");
                assert_eq!(serde_json::from_str::<String>(&json).expect("JSON"), text);
            }
        }
    }
}

#[test]
fn every_character_round_trips() {
    for text in (0..=0x10ffff_u32)
        .filter_map(char::from_u32)
        .collect::<Vec<_>>()
        .chunks(4096)
    {
        let text: String = text.iter().collect();
        let json = string(&text);
        assert!(!json.contains(needs_escape));
        assert_eq!(serde_json::from_str::<String>(&json).expect("JSON"), text);
    }
}

fn assert_round_trip(text: String) -> Result<(), TestCaseError> {
    let json = string(&text);
    prop_assert!(!json.contains(needs_escape));
    prop_assert_eq!(serde_json::from_str::<String>(&json).expect("JSON"), text);
    Ok(())
}

proptest! {
    #[test]
    fn text_round_trips(text in any::<String>()) {
        assert_round_trip(text)?;
    }

    #[test]
    fn text_with_invisible_characters_round_trips(
        text in "[a-c\"\\\\ \u{ad}\u{200b}-\u{2070}\u{feff}\u{fe0f}\u{1d173}\u{e0000}-\u{e01ef}\u{1f600}]{0,24}",
    ) {
        assert_round_trip(text)?;
    }

    #[test]
    fn numbers_round_trip(signed: i64, unsigned: u64, float: f64) {
        let write = |value| {
            let mut out = Vec::new();
            write_value(&mut out, &value);
            String::from_utf8(out).expect("UTF-8")
        };
        prop_assert_eq!(write(EventValue::I64(signed)), signed.to_string());
        prop_assert_eq!(write(EventValue::U64(unsigned)), unsigned.to_string());
        prop_assert_eq!(write(EventValue::F64(float)).parse(), Ok(float));
    }
}
