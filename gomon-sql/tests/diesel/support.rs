//! A monitor with a recorder, and what tests ask of the events.

use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use gomon_core::{EventTracker, Monitor, Recorder, Running};
use gomon_sql::diesel::MonitoredConnection;
use serde_json::Value;

diesel::table! {
    goods (id) {
        id -> Integer,
        name -> Text,
        price -> Integer,
    }
}

#[derive(AsChangeset, Clone, Debug, Identifiable, Insertable, PartialEq, Queryable, Selectable)]
#[diesel(table_name = goods)]
pub(crate) struct Good {
    pub(crate) id: i32,
    pub(crate) name: String,
    pub(crate) price: i32,
}

pub(crate) fn good(id: i32) -> Good {
    Good {
        id,
        name: format!("good {id}"),
        price: id * 10,
    }
}

pub(crate) struct Watched {
    pub(crate) running: Running,
    pub(crate) recorder: Recorder,
}

impl Watched {
    pub(crate) fn new() -> Self {
        let recorder = Recorder::new();
        let running = Monitor::builder()
            .listener(recorder.listener())
            .build()
            .unwrap();
        Self { running, recorder }
    }

    pub(crate) fn monitor(&self) -> Monitor {
        self.running.monitor()
    }

    pub(crate) fn request(&self) -> EventTracker {
        self.monitor().root("request")
    }

    /// All events so far, after a flush.
    pub(crate) fn events(&self) -> Vec<Value> {
        let flushed = self.monitor().flush(std::time::Duration::from_secs(10));
        assert!(flushed.is_complete());
        let events = self.recorder.events();
        events
            .iter()
            .map(|event| serde_json::from_str(&event.to_json()).unwrap())
            .filter(|event: &Value| event["gomon:fp"] != "application")
            .collect()
    }

    pub(crate) fn of(&self, fingerprint: &str) -> Vec<Value> {
        let events = self.events().into_iter();
        events
            .filter(|event| event["gomon:fp"] == fingerprint)
            .collect()
    }

    /// Waits for the first event with this fingerprint.
    pub(crate) fn eventually(&self, fingerprint: &str) -> Value {
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        loop {
            if let Some(found) = self.of(fingerprint).into_iter().next() {
                return found;
            }
            assert!(std::time::Instant::now() < deadline, "{:?}", self.story());
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    /// The one event with this fingerprint.
    pub(crate) fn only(&self, fingerprint: &str) -> Value {
        let mut events = self.of(fingerprint);
        assert_eq!(events.len(), 1, "{fingerprint}: {events:#?}");
        events.remove(0)
    }

    /// Fingerprint and operation of each event, in the order of their ends.
    pub(crate) fn story(&self) -> Vec<String> {
        self.events().iter().map(line).collect()
    }
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

/// A connection to a shop in memory with these goods, of which nothing was recorded yet.
pub(crate) fn shop(
    watched: &Watched,
    ids: std::ops::Range<i32>,
) -> MonitoredConnection<SqliteConnection> {
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    furnish(&mut conn);
    for id in ids {
        diesel::insert_into(goods::table)
            .values(good(id))
            .execute(&mut conn)
            .unwrap();
    }
    MonitoredConnection::new(conn).with_monitor(watched.monitor())
}

pub(crate) fn furnish(conn: &mut impl diesel::connection::SimpleConnection) {
    conn.batch_execute(
        "CREATE TABLE goods (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, price INTEGER NOT NULL)",
    )
    .unwrap();
}
