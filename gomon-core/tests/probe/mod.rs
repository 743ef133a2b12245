//! Monitor that returns its events one by one.

#![allow(dead_code, unreachable_pub, reason = "each test program uses its part")]

pub mod model;

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use gomon_core::{
    Event, EventTracker, Health, Limits, Monitor, MonitorBuilder, OwnedEvent, Running, listener,
};

const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub struct Probe {
    running: Running,
    events: Mutex<Receiver<OwnedEvent>>,
}

impl Probe {
    pub fn new(limits: Limits) -> Self {
        Self::of(Monitor::builder().limits(limits).app_id("shop"))
    }

    pub fn of(builder: MonitorBuilder) -> Self {
        let probe = Self::with_application(builder);
        assert_eq!(probe.next().as_event().fingerprint(), "application");
        probe
    }

    /// Returns a probe whose first event is the application event.
    pub fn with_application(builder: MonitorBuilder) -> Self {
        let (sender, events) = channel();
        let listener = listener::from_fn("probe", move |event: &Event<'_>| {
            let _ = sender.send(event.to_owned());
        });
        let running = builder
            .health_interval(None)
            .listener(listener)
            .build()
            .unwrap();
        Self {
            running,
            events: Mutex::new(events),
        }
    }

    pub fn root(&self, fingerprint: &'static str) -> EventTracker {
        self.running.monitor().root(fingerprint)
    }

    pub fn monitor(&self) -> Monitor {
        self.running.monitor()
    }

    pub fn health(&self) -> Health {
        self.running.monitor().health()
    }

    /// Returns the next event, in the order of their ends.
    pub fn next(&self) -> OwnedEvent {
        let events = self.events.lock().unwrap();
        if let Ok(event) = events.try_recv() {
            return event;
        }
        // Wakes the sleeping dispatcher.
        assert!(self.running.monitor().flush(PATIENCE).is_complete());
        events.recv_timeout(PATIENCE).expect("an event was to come")
    }
}
