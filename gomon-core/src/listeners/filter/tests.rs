use std::time::Duration;

use super::*;
use crate::config::settings::Settings;
use crate::id::Id;
use crate::listeners::recorder::Recorder;
use crate::monitor::Monitor;
use crate::record::key::Key;
use crate::record::owned::OwnedEvent;
use crate::tracker::EventTracker;

fn event(fingerprint: &'static str, set: impl FnOnce(&mut EventTracker)) -> OwnedEvent {
    let recorder = Recorder::new();
    let running = Monitor::builder()
        .listener(recorder.listener())
        .build()
        .expect("starts");
    let mut tracker = running.monitor().root(fingerprint);
    set(&mut tracker);
    tracker.finish();
    recorder.wait_for(1).remove(0)
}

fn read(text: &str) -> Result<Filter, String> {
    let settings = Settings::from_json("test", text).expect("JSON");
    settings.parse().map_err(|error| error.to_string())
}

#[test]
fn empty_filter_passes_every_event() {
    assert!(Filter::all().passes(&event("job", |_| {}).as_event()));
}

#[test]
fn all_conditions_must_hold() {
    let event = event("sql-wconn-exec", |tracker| tracker.set(Key::new("size"), 7));
    let both = |name, size: u8| {
        Filter::all()
            .with_fingerprint(name)
            .with_field("size", size)
            .passes(&event.as_event())
    };
    assert!(both("sql-wconn-exec", 7));
    assert!(!both("sql-wconn-query", 7));
    assert!(!both("sql-wconn-exec", 8));
}

#[test]
fn star_matches_any_suffix_of_a_fingerprint() {
    let event = event("sql-wrows", |_| {});
    let passes = |wanted| {
        Filter::all()
            .with_fingerprint(wanted)
            .passes(&event.as_event())
    };
    assert!(passes("sql-*") && passes("*") && passes("sql-wrows*") && passes("sql-wrows"));
    assert!(!passes("sql-") && !passes("sql-wrowss*") && !passes("http-*"));
}

#[test]
fn fingerprints_and_outcomes_are_alternatives() {
    let event = event("b", |tracker| tracker.set_outcome(Outcome::Panic));
    let filter = Filter::all().with_fingerprint("a").with_fingerprint("b");
    let filter = filter
        .with_outcome(Outcome::Error)
        .with_outcome(Outcome::Panic);
    assert!(filter.passes(&event.as_event()));
    assert!(
        !Filter::all()
            .with_outcome(Outcome::Ok)
            .passes(&event.as_event())
    );
}

#[test]
fn numbers_are_compared_by_value() {
    let id = Id::from_parts(1, 2);
    let event = event("job", |tracker| {
        tracker.set(Key::new("signed"), 5_i64);
        tracker.set(Key::new("unsigned"), u64::MAX);
        tracker.set(Key::new("float"), 5.0);
        tracker.set(Key::new("took"), Duration::from_nanos(5));
        tracker.set(Key::new("word"), "five");
        tracker.set(Key::new("owner"), id);
        tracker.set(Key::new("yes"), true);
        tracker.set(Key::new("raw"), &b"\xff"[..]);
        tracker.set(Key::new("none"), Value::Null);
        tracker.set(Key::new("list"), Value::List(&[]));
    });
    let is = |name: &str, value: Value<'_>| {
        Filter::all()
            .with_field(name, value)
            .passes(&event.as_event())
    };
    assert!(is("signed", 5_u8.into()) && is("signed", 5.0.into()) && is("float", 5.into()));
    assert!(is("unsigned", u64::MAX.into()) && is("took", 5.into()) && is("word", "five".into()));
    assert!(is("owner", id.into()) && is("owner", "00000000-0000-0001-0000-000000000002".into()));
    assert!(is("yes", true.into()) && is("raw", (&b"\xff"[..]).into()) && is("none", Value::Null));
    assert!(!is("signed", "5".into()) && !is("signed", 6.into()) && !is("unsigned", (-1).into()));
    assert!(!is("list", Value::List(&[])) && !is("missing", Value::Null));
}

#[test]
fn present_matches_fields_and_sections() {
    let event = event("job", |tracker| {
        tracker.add_error(&std::io::Error::other("full"));
    });
    assert!(
        Filter::all()
            .with_present("error")
            .passes(&event.as_event())
    );
    assert!(!Filter::all().with_present("size").passes(&event.as_event()));
}

#[test]
fn rate_is_a_share_of_traces() {
    let recorder = Recorder::new();
    let running = Monitor::builder()
        .listener(recorder.listener())
        .build()
        .expect("starts");
    for _ in 0..2_000 {
        let root = running.monitor().root("job");
        root.child("step").finish();
        root.finish();
    }
    let filter = Filter::all().with_rate(0.25);
    let events = recorder.wait_for(4_000);
    let passed: Vec<_> = events
        .iter()
        .map(OwnedEvent::as_event)
        .filter(|e| filter.passes(e))
        .collect();
    assert!((800..1_200).contains(&passed.len()), "{}", passed.len());
    assert!(
        passed
            .chunks(2)
            .all(|pair| pair[0].trace() == pair[1].trace()),
        "a trace was torn"
    );
}

#[test]
fn application_event_always_passes() {
    let recorder = Recorder::new();
    let running = Monitor::builder()
        .listener(recorder.listener())
        .build()
        .expect("starts");
    running.monitor().flush(Duration::from_secs(5));
    let never = Filter::all().with_fingerprint("never").with_rate(0.0);
    assert!(never.passes(&recorder.events()[0].as_event()));
}

#[test]
fn settings_equal_the_methods() {
    let text = r#"{"fingerprints": ["a", "b*"], "fields": {"n": 1, "s": "x", "t": true, "f": 0.5},
        "present": ["error"], "min-elapsed-ms": 100, "outcomes": ["error", "panic"], "rate": 0.1}"#;
    let filter = Filter::all()
        .with_fingerprint("a")
        .with_fingerprint("b*")
        .with_field("f", 0.5)
        .with_field("n", 1)
        .with_field("s", "x")
        .with_field("t", true)
        .with_present("error")
        .with_min_elapsed(Duration::from_millis(100))
        .with_outcome(Outcome::Error)
        .with_outcome(Outcome::Panic)
        .with_rate(0.1);
    assert_eq!(read(text), Ok(filter));
    assert_eq!(read("{}"), Ok(Filter::all()));
}

#[test]
fn invalid_settings_are_rejected() {
    for (text, expected) in [
        (r#"{"rate": 1.5}"#, "expected a number from 0 to 1"),
        (r#"{"outcomes": ["errors"]}"#, "\"error\""),
        (r#"{"min-elapsed-ms": -1}"#, "min-elapsed-ms"),
        (
            r#"{"fields": {"a": []}}"#,
            "a string, a number or a truth value",
        ),
        (r#"{"fingerprint": "a"}"#, "unknown key \"fingerprint\""),
    ] {
        let error = read(text).expect_err("rejected");
        assert!(error.contains(expected), "{error}");
    }
}
