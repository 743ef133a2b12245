//! A local monitor with a recorder.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use gomon_core::{
    EventTracker, FutureExt as _, Monitor, MonitorBuilder, OwnedEvent, Recorder, Running,
};
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

    /// Opens the tracker of a request.
    pub fn root(&self) -> EventTracker {
        self.running.monitor().root("request")
    }

    /// Runs `work` under the tracker of a request.
    pub async fn request<T>(&self, work: impl Future<Output = T>) -> T {
        work.tracked(self.root()).await
    }

    /// Flushes and returns all events as JSON in the order of their ends, except those of the monitor itself.
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

    /// Returns a line for each event: fingerprint, operation, end, numbers of rows, and the outcome unless it is `ok`.
    #[must_use]
    #[track_caller]
    pub fn story(&self) -> Vec<String> {
        self.events().iter().map(line).collect()
    }

    /// Asserts that there are `count` events of the first fingerprint, each with a parent of the second, and so on.
    ///
    /// No two share the ancestor of the last fingerprint, and each has its trace.
    ///
    /// # Panics
    /// If there is no such tree.
    #[track_caller]
    pub fn assert_tree(&self, fingerprints: &[&str], count: usize) {
        let events = self.events().into_iter();
        let by_id: HashMap<_, _> = events
            .map(|event| (event["id"].to_string(), event))
            .collect();
        let leaves: Vec<_> = by_id
            .values()
            .filter(|event| event["gomon:fp"] == fingerprints[0])
            .collect();
        assert_eq!(leaves.len(), count);
        let mut roots = HashSet::new();
        for leaf in leaves {
            let mut event = leaf;
            for fingerprint in &fingerprints[1..] {
                event = &by_id[&event["parent"].to_string()];
                assert_eq!(event["gomon:fp"], *fingerprint);
                assert_eq!(event["trace"], leaf["trace"]);
            }
            assert!(roots.insert(event["id"].to_string()), "{event}");
        }
    }

    /// Asserts that no event is open, and that each was delivered once.
    ///
    /// # Panics
    /// If an event is open, or was not delivered exactly once.
    #[track_caller]
    pub fn assert_settled(&self) {
        let events = self.events();
        let health = self.monitor().health();
        assert_eq!(health.open, 0, "{health:?}");
        let ids: HashSet<_> = events.iter().map(|event| event["id"].to_string()).collect();
        assert_eq!(ids.len(), events.len(), "an event ended twice");
    }
}

fn line(event: &Value) -> String {
    let text = |value: &Value| match value.as_str() {
        Some(text) => text.to_owned(),
        None => value.to_string(),
    };
    let mut line = text(&event["gomon:fp"]);
    for key in ["operation", "end", "row-count", "rows-aff", "gomon:outcome"] {
        match &event[key] {
            Value::Null => {}
            outcome if outcome == "ok" => {}
            value => line = format!("{line} {}", text(value)),
        }
    }
    line
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
    fn story_and_tree_are_those_of_the_requests() {
        let test = TestMonitor::new();
        for _ in 0..2 {
            let request = test.root();
            let mut child = request.child("query");
            child.set(gomon_core::adapter::keys::ROWS_AFF, 3);
            child.set_outcome(gomon_core::Outcome::Error);
            child.finish();
            request.finish();
        }
        assert_eq!(test.story()[..2], ["query 3 error", "request"]);
        test.assert_tree(&["query", "request"], 2);
        test.assert_settled();
        let other_tree =
            std::panic::AssertUnwindSafe(|| test.assert_tree(&["request", "query"], 2));
        assert!(std::panic::catch_unwind(other_tree).is_err());
        let _open = test.root();
        let settled = std::panic::AssertUnwindSafe(|| test.assert_settled());
        assert!(std::panic::catch_unwind(settled).is_err());
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
