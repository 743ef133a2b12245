//! Health events and the application event.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use gomon_core::{Config, Monitor, OwnedEvent, Recorder, Running, Settings, listener};
use gomon_test::TestMonitor;
use serde_json::Value;
use support::{Gate, PATIENCE, assert_accounted, blocked, wait_until};

/// A health interval longer than any test: the only health event is the last one.
const NEVER: Duration = Duration::from_secs(86_400);
/// Well below half of the timeouts of shutdowns in these tests.
const MAX_DELAY: Duration = Duration::from_millis(750);

fn json(event: &OwnedEvent) -> Value {
    serde_json::from_str(&event.to_json()).unwrap()
}

fn fingerprints(recorder: &Recorder) -> Vec<String> {
    let events = recorder.events();
    let names = events
        .iter()
        .map(|event| event.as_event().fingerprint().to_owned());
    names.collect()
}

#[test]
fn last_health_counts_all_events_before_it() {
    for _ in 0..20 {
        let (gomon, recorder) =
            TestMonitor::from_builder(Monitor::builder().health_interval(Some(NEVER))).into_parts();
        for _ in 0..100 {
            gomon.monitor().root("job").finish();
        }
        assert!(gomon.shutdown(PATIENCE).is_complete());
        let events = recorder.events();
        assert_eq!(events.len(), 102);
        let last = json(&events[101]);
        assert_eq!(last["gomon:fp"], "gomon-health");
        assert_eq!(last["produced"], 101, "{last}");
        assert_eq!(last["listener-0"]["delivered"], 101, "{last}");
        assert_eq!(last["listener-0"]["waiting"], 0, "{last}");
    }
}

#[test]
fn last_health_counts_events_waiting_for_a_hung_listener() {
    let gate = Gate::default();
    let builder = Monitor::builder().health_interval(Some(NEVER));
    let (gomon, recorder) =
        TestMonitor::from_builder(builder.listener(blocked(&gate))).into_parts();
    for _ in 0..10 {
        gomon.monitor().root("job").finish();
    }
    let begin = Instant::now();
    let report = gomon.shutdown(Duration::from_millis(500));
    assert!(
        begin.elapsed() < Duration::from_millis(750),
        "{:?}",
        begin.elapsed()
    );
    assert_eq!(report.late, ["blocked"]);
    let events = recorder.events();
    let last = json(&events[events.len() - 1]);
    assert_eq!(last["gomon:fp"], "gomon-health");
    assert_eq!(last["produced"], 11);
    assert_eq!(last["listener-0"]["waiting"], 11);
    assert_eq!(last["listener-1"]["delivered"], 11);
    gate.open();
}

#[test]
fn flush_by_an_ending_listener_delays_no_other() {
    let recorder = Recorder::new();
    let (sender, receiver) = mpsc::channel::<Monitor>();
    let mut monitor = None;
    let flushing = listener::from_fn("flushing", move |_| {
        let monitor = monitor.get_or_insert_with(|| receiver.recv().unwrap());
        monitor.flush(PATIENCE);
    });
    let gomon = Monitor::builder()
        .health_interval(Some(NEVER))
        .listener(flushing)
        .listener(recorder.listener())
        .build()
        .unwrap();
    for _ in 0..10 {
        gomon.monitor().root("job").finish();
    }
    sender.send(gomon.monitor()).unwrap();
    let begin = Instant::now();
    assert!(gomon.shutdown(PATIENCE).is_complete());
    assert!(begin.elapsed() < PATIENCE / 4, "{:?}", begin.elapsed());
    assert_eq!(recorder.events().len(), 12);
}

#[test]
fn concurrent_shutdown_by_owner_and_listener_delays_neither() {
    let (own_up, own) = mpsc::channel::<Arc<Running>>();
    let (done_up, done) = mpsc::channel();
    let entered = Gate::default();
    let gomon = Monitor::builder()
        .health_interval(Some(NEVER))
        .listener(listener::from_fn("ending", {
            let entered = entered.clone();
            move |_| {
                let Ok(gomon) = own.recv() else { return };
                entered.open();
                wait_until("its owner ends it", || !gomon.monitor().is_enabled());
                // Nothing reports when the dispatcher has seen that.
                std::thread::sleep(Duration::from_millis(50));
                let begin = Instant::now();
                gomon.shutdown(Duration::from_secs(10));
                done_up.send(begin.elapsed()).unwrap();
            }
        }))
        .build()
        .unwrap();
    gomon.monitor().root("job").finish();
    let gomon = Arc::new(gomon);
    own_up.send(Arc::clone(&gomon)).unwrap();
    drop(own_up);
    entered.pass();
    let begin = Instant::now();
    assert!(gomon.shutdown(Duration::from_secs(10)).is_complete());
    let elapsed = [begin.elapsed(), done.recv().unwrap()];
    assert!(
        elapsed.iter().all(|duration| *duration < MAX_DELAY),
        "{elapsed:?}"
    );
}

#[test]
fn newly_hung_listeners_do_not_delay_the_end_of_others() {
    /// Reports the drop of its listener.
    struct OnDrop(mpsc::Sender<()>);

    impl Drop for OnDrop {
        fn drop(&mut self) {
            self.0.send(()).unwrap();
        }
    }

    let (gate, entered) = (Gate::default(), [Gate::default(), Gate::default()]);
    let (sender, dropped) = mpsc::channel();
    let on_drop = OnDrop(sender);
    let mut builder = Monitor::builder().health_interval(Some(NEVER));
    for entered in &entered {
        let (gate, entered) = (gate.clone(), entered.clone());
        builder = builder.listener(listener::from_fn("hanging", move |_| {
            entered.open();
            gate.pass();
        }));
    }
    let gomon = builder
        .listener(listener::from_fn("healthy", move |_| {
            let _ = &on_drop;
        }))
        .build()
        .unwrap();
    gomon.monitor().root("job").finish();
    entered.iter().for_each(Gate::pass);
    std::thread::scope(|scope| {
        let begin = Instant::now();
        scope.spawn(|| gomon.shutdown(Duration::from_secs(10)));
        dropped.recv().unwrap();
        let elapsed = begin.elapsed();
        gate.open();
        assert!(elapsed < MAX_DELAY, "{elapsed:?}");
    });
}

#[test]
fn monitor_started_disabled_emits_nothing_until_enabled() {
    let builder = Monitor::builder()
        .enabled(false)
        .health_interval(Some(Duration::from_millis(100)));
    let (gomon, recorder) = TestMonitor::from_builder(builder).into_parts();
    let begin = Instant::now();
    gomon.monitor().root("job").finish();
    gomon.monitor().flush(PATIENCE);
    while begin.elapsed() < Duration::from_millis(300) {
        gomon.monitor().flush(PATIENCE);
        std::thread::yield_now();
    }
    assert_eq!(fingerprints(&recorder), [""; 0]);
    assert_eq!(gomon.monitor().health().produced, 0);
    assert_accounted(&gomon.monitor().health());

    gomon.monitor().enable();
    gomon.monitor().root("job").finish();
    gomon.monitor().flush(PATIENCE);
    assert_eq!(fingerprints(&recorder)[0], "application");
    assert!(fingerprints(&recorder).contains(&"job".to_owned()));
    wait_until("health is emitted", || {
        fingerprints(&recorder).contains(&"gomon-health".to_owned())
    });

    gomon.monitor().disable();
    gomon.monitor().flush(PATIENCE);
    let known = recorder.events().len();
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_millis(300) {
        gomon.monitor().flush(PATIENCE);
    }
    assert_eq!(recorder.events().len(), known);
    assert_accounted(&gomon.monitor().health());

    gomon.shutdown(PATIENCE);
    let last = recorder.events().last().map(json).unwrap();
    assert_eq!(last["gomon:fp"], "gomon-health");
}

#[test]
fn enabling_emits_the_application_event_at_once() {
    let builder = Monitor::builder().enabled(false).health_interval(None);
    let (gomon, recorder) = TestMonitor::from_builder(builder).into_parts();
    assert!(gomon.monitor().toggle());
    wait_until("the application event is emitted", || {
        fingerprints(&recorder) == ["application"]
    });
    gomon.monitor().toggle();
    gomon.monitor().toggle();
    gomon.shutdown(PATIENCE);
    assert_eq!(fingerprints(&recorder), ["application"]);
}

#[test]
fn never_enabled_monitor_emits_nothing_at_its_end() {
    let builder = Monitor::builder().enabled(false);
    let (gomon, recorder) = TestMonitor::from_builder(builder).into_parts();
    let report = gomon.shutdown(PATIENCE);
    assert!(report.is_complete());
    assert_eq!(fingerprints(&recorder), [""; 0]);
    assert_eq!(report.health.produced, 0);
    assert_accounted(&report.health);
}

#[test]
fn invalid_configuration_is_reported_when_its_plug_in_is_loaded() {
    #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
    #[serde(default, rename_all = "kebab-case")]
    struct Cache {
        max_keys: u32,
    }

    impl Config for Cache {
        const NAME: &'static str = "shop/cache";
    }

    let (gomon, recorder) =
        TestMonitor::from_builder(Monitor::builder().health_interval(Some(NEVER))).into_parts();
    let settings = Settings::from_json("shop.json", r#"{"max-keys": "many"}"#);
    gomon
        .monitor()
        .set_config_named(Cache::NAME, settings.unwrap())
        .unwrap();
    gomon.monitor().flush(PATIENCE);
    assert_eq!(fingerprints(&recorder), ["application"]);

    assert_eq!(gomon.monitor().config::<Cache>().max_keys, 0);
    wait_until("the error is reported", || {
        fingerprints(&recorder) == ["application", "gomon-health"]
    });
    let last = recorder.events().last().map(json).unwrap();
    let error = last["config-errors"][0].as_str().unwrap();
    assert!(
        error.starts_with(r#"shop.json: shop/cache: key "max-keys": expected an integer"#),
        "{error}"
    );
    for _ in 0..3 {
        gomon.monitor().flush(PATIENCE);
    }
    assert_eq!(recorder.events().len(), 2, "it is reported once");
}
