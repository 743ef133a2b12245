//! Global monitor. There is one per process, so this is one test.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

use gomon_core::{Monitor, Recorder, Settings, TrackerContext, global, tracker};
use support::PATIENCE;

#[test]
fn process_has_one_global_monitor_at_a_time() {
    assert!(global().is_noop() && tracker("job").is_noop());
    let settings = Settings::from_json("test", "{}").unwrap();
    let too_early = [
        global().add_listener(Recorder::new().listener()),
        global().set_config_named("gomon/sampling", settings),
        global().every(PATIENCE, || {}).map(drop),
    ];
    for result in too_early {
        assert!(result.unwrap_err().is_not_started());
    }
    let first = Recorder::new();
    let gomon = Monitor::builder()
        .app_id("first")
        .health_interval(None)
        .listener(first.listener())
        .start()
        .unwrap();
    assert_eq!(global().app_id(), "first");

    let second = Recorder::new();
    let error = Monitor::builder()
        .app_id("second")
        .health_interval(None)
        .listener(second.listener())
        .start()
        .unwrap_err();
    assert!(error.is_already_started());
    let builder = error.into_builder().expect("the builder comes back");

    let mut outer = tracker("outer");
    let id = outer.id();
    outer.scope(|| {
        assert_eq!(TrackerContext::current().unwrap().id(), id);
        tracker("inner").finish();
    });
    outer.finish();
    global().disable();
    assert!(tracker("job").is_noop());
    global().enable();
    let on_another_thread =
        std::thread::scope(|scope| scope.spawn(|| tracker("job").is_noop()).join().unwrap());
    assert!(!on_another_thread);
    assert!(gomon.shutdown(PATIENCE).is_complete());
    assert!(tracker("job").is_noop());
    global().enable();
    assert!(tracker("job").is_noop());
    assert_eq!(first.events().len(), 4);

    let gomon = builder.start().unwrap();
    assert_eq!(global().app_id(), "second");
    tracker("job").finish();
    std::thread::scope(|scope| {
        scope.spawn(|| tracker("job").finish());
    });
    assert!(global().flush(PATIENCE).is_complete());
    assert_eq!(second.events().len(), 3);
    drop(gomon);
    assert!(tracker("job").is_noop());
    assert_eq!(first.events().len(), 4);
}
