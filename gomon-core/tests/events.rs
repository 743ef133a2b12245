//! Trackers become events.

use std::future::Future as _;
use std::time::Duration;

use gomon_core::{
    EventValue, FutureExt, Key, Monitor, Outcome, Recorder, Tracker, Value, current, keys,
};

#[test]
fn an_event_is_what_its_tracker_was_told() {
    let recorder = Recorder::new();
    let gomon = Monitor::builder()
        .app_id("shop")
        .listener(recorder.listener())
        .build()
        .unwrap();
    let mut root = gomon.root("job");
    root.set(Key::new("a"), "x");
    root.set(Key::new("b"), -1);
    root.set(Key::new("a"), 2.5);
    root.set(Key::new("password"), "hunter2");
    root.set(Key::new("url"), "taken");
    root.set(
        keys::QUERY,
        Value::sql("SELECT 1 FROM t WHERE x = 'geheim'"),
    );
    root.set(
        Key::new("list"),
        Value::List(&["a".into(), 1.into(), Value::Null]),
    );
    root.add_error(&std::io::Error::other("broken token=abcdef"));
    let child = root.child("step");
    let (root_id, child_id) = (root.id(), child.id());
    root.attach(child);
    let second = root.child("alone");
    second.finish();
    root.finish();
    let events = recorder.wait_for(2);
    println!(
        "{}",
        recorder
            .events()
            .iter()
            .map(|e| e.to_json() + "\n")
            .collect::<String>()
    );
    let job = events[1].as_event();
    assert_eq!(job.id(), root_id);
    assert_eq!(events[0].as_event().parent(), Some(root_id));
    assert_eq!(job.outcome(), Outcome::Error);
    assert_eq!(job.get("a"), Some(EventValue::F64(2.5)));
    assert_eq!(
        job.children().unwrap().iter().next().unwrap().id(),
        child_id
    );
    let json = events[1].to_json();
    for secret in ["hunter2", "geheim", "abcdef"] {
        assert!(!json.contains(secret), "{json}");
    }
    let report = gomon.shutdown(Duration::from_secs(5));
    assert!(report.is_complete());
    let health = report.health;
    assert_eq!(health.open, 0);
    println!("{health:#?}");
}

#[test]
fn the_current_tracker_is_that_of_the_future_that_is_polled() {
    let recorder = Recorder::new();
    let gomon = Monitor::builder()
        .listener(recorder.listener())
        .build()
        .unwrap();
    let monitor = gomon.monitor();
    let future = async move {
        current(|tracker| tracker.set(Key::new("n"), 1)).unwrap();
        monitor.tracker("child").finish();
    }
    .tracked(gomon.root("job"));
    let mut future = std::pin::pin!(future);
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(future.as_mut().poll(&mut cx).is_ready());
    let events = recorder.wait_for(2);
    assert_eq!(
        events[0].as_event().parent(),
        Some(events[1].as_event().id())
    );
    assert_eq!(
        events[1].as_event().get("gomon:polls"),
        Some(EventValue::U64(1))
    );
    assert_eq!(gomon.root("x").parent().is_some(), true);
}
