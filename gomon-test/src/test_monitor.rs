//! A local monitor with a recorder.

use std::time::Duration;

use gomon_core::{Monitor, MonitorBuilder, OwnedEvent, Recorder, Running};
use serde_json::Value;

/// Maximum duration of a flush.
const PATIENCE: Duration = Duration::from_secs(60);

/// A monitor of one test and the recorder of its events.
#[derive(Debug)]
pub struct TestMonitor {
    /// The monitor.
    pub running: Running,
    /// Its last listener.
    pub recorder: Recorder,
}

impl TestMonitor {
    /// Starts a monitor without health events.
    #[must_use]
    pub fn new() -> Self {
        Self::from_builder(Monitor::builder().health_interval(None))
    }

    /// Starts a monitor with a recorder after the listeners of `builder`.
    #[must_use]
    pub fn from_builder(builder: MonitorBuilder) -> Self {
        let recorder = Recorder::new();
        let running = builder.listener(recorder.listener()).build().unwrap();
        Self { running, recorder }
    }

    /// Returns the monitor and the recorder, for a test that ends the monitor itself.
    pub fn into_parts(self) -> (Running, Recorder) {
        (self.running, self.recorder)
    }

    /// Returns a handle of the monitor.
    #[must_use]
    pub fn monitor(&self) -> Monitor {
        self.running.monitor()
    }

    /// Flushes and returns all events as JSON, except those of the monitor itself.
    #[must_use]
    #[track_caller]
    pub fn events(&self) -> Vec<Value> {
        let report = self.running.monitor().flush(PATIENCE);
        assert!(report.is_complete(), "{report:?}");
        let json = |event: &OwnedEvent| serde_json::from_str(&event.to_json()).unwrap();
        let events = self.recorder.wait_for(0);
        events.iter().map(json).collect()
    }

    /// Returns the events of one fingerprint.
    #[must_use]
    #[track_caller]
    pub fn of(&self, fingerprint: &str) -> Vec<Value> {
        let mut events = self.events();
        events.retain(|event| event["gomon:fp"] == fingerprint);
        events
    }

    /// Returns the single event of a fingerprint.
    #[must_use]
    #[track_caller]
    pub fn one(&self, fingerprint: &str) -> Value {
        match self.of(fingerprint).as_slice() {
            [event] => event.clone(),
            _ => panic!("not one {fingerprint}: {:#?}", self.events()),
        }
    }
}

impl Default for TestMonitor {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_those_of_the_test() {
        let test = TestMonitor::new();
        test.running.monitor().root("job").finish();
        test.monitor().root("other").finish();
        assert_eq!(test.events().len(), 2);
        assert_eq!(test.one("job")["gomon:outcome"], "ok");
        assert!(test.of("application").is_empty());
    }

    #[test]
    fn several_events_are_not_one() {
        let test = TestMonitor::new();
        test.running.monitor().root("job").finish();
        test.running.monitor().root("job").finish();
        let one = std::panic::AssertUnwindSafe(|| test.one("job"));
        assert!(std::panic::catch_unwind(one).is_err());
    }
}
