//! A monitor, and the events that a call recorded.

use std::time::Duration;

use bytes::Bytes;
use gomon_core::{Monitor, Recorder, Running};
use gomon_http::client::{Client, HttpConnector};
use http_body_util::Full;
use serde_json::Value;

pub(crate) type Body = Full<Bytes>;

const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Rig {
    running: Running,
    recorder: Recorder,
}

impl Rig {
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

    pub(crate) fn client(&self) -> Client<HttpConnector, Body> {
        gomon_http::client().with_monitor(self.monitor())
    }

    pub(crate) fn open(&self) -> u64 {
        self.running.monitor().health().open
    }

    /// Waits until `count` trackers are open.
    pub(crate) async fn until_open(&self, count: u64) {
        let waiting = async {
            while self.open() != count {
                tokio::task::yield_now().await;
            }
        };
        if tokio::time::timeout(PATIENCE, waiting).await.is_err() {
            panic!("{} trackers are open, not {count}", self.open());
        }
    }

    /// Returns all events, once every tracker has ended.
    pub(crate) async fn events(&self) -> Vec<Value> {
        self.until_open(0).await;
        assert!(self.running.monitor().flush(PATIENCE).is_complete());
        let events = self.recorder.events();
        let mut events: Vec<Value> = events
            .iter()
            .skip(1)
            .map(|event| serde_json::from_str(&event.to_json()).unwrap())
            .collect();
        events.sort_by_key(|event| event["gomon:start"].as_u64());
        events
    }

    pub(crate) async fn of(&self, fingerprint: &str) -> Vec<Value> {
        let mut events = self.events().await;
        events.retain(|event| event["gomon:fp"] == fingerprint);
        events
    }

    pub(crate) async fn calls(&self) -> Vec<Value> {
        self.of("http-roundtripper").await
    }

    pub(crate) async fn dials(&self) -> Vec<Value> {
        self.of("http-trp-dial").await
    }

    /// Returns the event of the only call.
    pub(crate) async fn call(&self) -> Value {
        one(self.calls().await)
    }

    /// Returns the event of the only connection.
    pub(crate) async fn dial(&self) -> Value {
        one(self.dials().await)
    }
}

fn one(mut events: Vec<Value>) -> Value {
    assert_eq!(events.len(), 1, "not one event: {events:#?}");
    events.remove(0)
}

/// Checks some fields of an event.
macro_rules! holds {
    ($event:expr, { $($key:literal: $value:tt),* $(,)? }) => {{
        let event = &$event;
        $(assert_eq!(event[$key], serde_json::json!($value), "`{}` of {event:#}", $key);)*
    }};
}
pub(crate) use holds;

/// Checks that exactly these phases are recorded, in this order.
pub(crate) fn assert_phases(event: &Value, phases: &[&str]) {
    const ALL: [&str; 8] = [
        "get-conn",
        "dns-start",
        "dns-done",
        "conn-start",
        "conn-done",
        "tls-hand-start",
        "tls-hand-done",
        "first-byte",
    ];
    let mut last = 0;
    for phase in ALL {
        match event[phase].as_u64() {
            Some(at) => {
                assert!(phases.contains(&phase), "{phase} in {event:#}");
                assert!(at >= last, "{phase} is too early in {event:#}");
                last = at;
            }
            None => assert!(!phases.contains(&phase), "no {phase} in {event:#}"),
        }
    }
    assert!(last <= event["gomon:lapsed"].as_u64().unwrap(), "{event:#}");
}

/// Returns the kind of the first error.
pub(crate) fn kind(event: &Value) -> &str {
    event["error"][0]["type"].as_str().unwrap_or_default()
}
