//! What the tests of sqlx share.

#![allow(dead_code, reason = "each test program uses its part")]

pub(crate) mod program;
pub(crate) mod server;

use std::collections::{HashMap, HashSet};
use std::future::Future;

use gomon_core::{FutureExt as _, Monitor, OwnedEvent, Recorder, Running};
use serde_json::Value;

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
        Self { running, recorder }
    }

    pub(crate) fn monitor(&self) -> Monitor {
        self.running.monitor()
    }

    /// Runs `work` as a request does, under a tracker of its own.
    pub(crate) async fn request<T>(&self, work: impl Future<Output = T>) -> T {
        work.tracked(self.monitor().root("request")).await
    }

    /// All events that ended so far, in the order of their ends.
    pub(crate) fn events(&self) -> Vec<Value> {
        let report = self.monitor().flush(std::time::Duration::from_secs(30));
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
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        loop {
            if let Some(found) = self.of(fingerprint).into_iter().next() {
                return found;
            }
            assert!(
                std::time::Instant::now() < deadline,
                "no {fingerprint}: {:?}",
                outline(&self.events())
            );
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
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
