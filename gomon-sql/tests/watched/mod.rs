//! A monitor with a recorder, and helpers for tests of all libraries.

#![allow(dead_code, reason = "each test program uses its part")]

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::time::Duration;

use gomon_core::{EventTracker, FutureExt as _, Monitor, OwnedEvent, Recorder, Running};
use serde_json::Value;

/// A monitor of one test, and its recorder.
pub(crate) struct Watched {
    pub running: Running,
    recorder: Recorder,
}

impl Watched {
    pub(crate) fn new() -> Self {
        let recorder = Recorder::new();
        let running = Monitor::builder()
            .health_interval(None)
            .listener(recorder.listener())
            .build()
            .unwrap();
        Self::around(running, recorder)
    }

    pub(crate) const fn around(running: Running, recorder: Recorder) -> Self {
        Self { running, recorder }
    }

    pub(crate) fn monitor(&self) -> Monitor {
        self.running.monitor()
    }

    /// Opens the tracker of a request.
    pub(crate) fn root(&self) -> EventTracker {
        self.monitor().root("request")
    }

    /// Runs `work` under the tracker of a request.
    pub(crate) async fn request<T>(&self, work: impl Future<Output = T>) -> T {
        work.tracked(self.root()).await
    }

    /// Returns all events so far, in the order of their ends.
    pub(crate) fn events(&self) -> Vec<Value> {
        let report = self.monitor().flush(Duration::from_secs(30));
        assert!(report.is_complete(), "{report:?}");
        let all = self.recorder.events();
        all.iter()
            .filter(|event| {
                !matches!(
                    event.as_event().fingerprint(),
                    "application" | "sql-profile"
                )
            })
            .map(json)
            .collect()
    }

    /// Returns the events of one fingerprint.
    pub(crate) fn of(&self, fingerprint: &str) -> Vec<Value> {
        let events = self.events().into_iter();
        events
            .filter(|event| event["gomon:fp"] == fingerprint)
            .collect()
    }

    /// Returns the single event of a fingerprint.
    #[track_caller]
    pub(crate) fn one(&self, fingerprint: &str) -> Value {
        let mut found = self.of(fingerprint);
        assert_eq!(found.len(), 1, "{fingerprint}: {:#?}", self.events());
        found.remove(0)
    }

    /// Returns fingerprint, operation and numbers of each event, in the order of their ends.
    pub(crate) fn story(&self) -> Vec<String> {
        self.events().iter().map(line).collect()
    }

    /// Asserts that there are `count` events of the first fingerprint, each with a parent of the second, and so on.
    /// There are as many of the last one, in the same trace.
    #[track_caller]
    pub(crate) fn assert_tree(&self, fingerprints: &[&str], count: usize) {
        let by_id: HashMap<_, _> = self
            .events()
            .into_iter()
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

    /// Asserts that nothing is open, and that everything was delivered once.
    #[track_caller]
    pub(crate) fn assert_settled(&self) {
        self.events();
        let health = self.monitor().health();
        assert_eq!(health.open, 0, "{health:?}");
        let mut ids: Vec<_> = self
            .events()
            .iter()
            .map(|event| event["id"].to_string())
            .collect();
        let all = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), all, "an event ended twice");
    }
}

pub(crate) fn json(event: &OwnedEvent) -> Value {
    serde_json::to_value(event.as_event()).unwrap()
}

/// Returns fingerprint and outcome of each event, in the order of their ends.
pub(crate) fn outline(events: &[Value]) -> Vec<String> {
    let told = |event: &Value| {
        let text = |key: &str| event[key].as_str().unwrap_or_default().to_owned();
        format!("{} {}", text("gomon:fp"), text("gomon:outcome"))
    };
    events.iter().map(told).collect()
}

fn line(event: &Value) -> String {
    let mut line = event["gomon:fp"].as_str().unwrap().to_owned();
    for key in ["operation", "end", "row-count", "rows-aff"] {
        match &event[key] {
            Value::Null => {}
            Value::String(text) => line = format!("{line} {text}"),
            other => line = format!("{line} {other}"),
        }
    }
    if event["gomon:outcome"] != "ok" {
        line = format!("{line} {}", event["gomon:outcome"].as_str().unwrap());
    }
    line
}
