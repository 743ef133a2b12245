//! A monitor with a recorder, and what tests of all libraries ask of the events.

#![allow(dead_code, reason = "each test program uses its part")]

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::time::{Duration, Instant};

use gomon_core::{EventTracker, FutureExt as _, Monitor, OwnedEvent, Recorder, Running};
use serde_json::Value;

/// How long an event is waited for, and how often it is looked for.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(5);

/// A monitor of a test's own, with what it recorded.
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

    /// The tracker of a request.
    pub(crate) fn root(&self) -> EventTracker {
        self.monitor().root("request")
    }

    /// Runs `work` as a request does, under a tracker of its own.
    pub(crate) async fn request<T>(&self, work: impl Future<Output = T>) -> T {
        work.tracked(self.root()).await
    }

    /// All events that ended so far, in the order of their ends.
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

    /// The events of one fingerprint.
    pub(crate) fn of(&self, fingerprint: &str) -> Vec<Value> {
        let events = self.events().into_iter();
        events
            .filter(|event| event["gomon:fp"] == fingerprint)
            .collect()
    }

    /// The one event of a fingerprint.
    #[track_caller]
    pub(crate) fn one(&self, fingerprint: &str) -> Value {
        let mut found = self.of(fingerprint);
        assert_eq!(found.len(), 1, "{fingerprint}: {:#?}", self.events());
        found.remove(0)
    }

    /// Waits until there is an event of that fingerprint.
    pub(crate) async fn eventually(&self, fingerprint: &str) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = self.first(fingerprint, deadline) {
                return found;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// As [`eventually`](Self::eventually), on a thread that may block.
    pub(crate) fn wait_for(&self, fingerprint: &str) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = self.first(fingerprint, deadline) {
                return found;
            }
            std::thread::sleep(PAUSE);
        }
    }

    fn first(&self, fingerprint: &str, deadline: Instant) -> Option<Value> {
        let found = self.of(fingerprint).into_iter().next();
        assert!(
            found.is_some() || Instant::now() < deadline,
            "no {fingerprint}: {:?}",
            outline(&self.events())
        );
        found
    }

    /// Fingerprint, operation and numbers of each event, in the order of their ends.
    pub(crate) fn story(&self) -> Vec<String> {
        self.events().iter().map(line).collect()
    }

    /// There are so many events of the first fingerprint, each with a parent of the second, and so on; the last ones are as many, in
    /// the trace of the first.
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

    /// Nothing is open, and everything was delivered once.
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

/// Fingerprint and outcome of each, in the order of their ends.
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
