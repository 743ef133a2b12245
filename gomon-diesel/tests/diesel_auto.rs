//! A program without monitoring code, recorded as a whole.
//!
//! diesel's default instrumentation and the global monitor belong to the process, so this is one test.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool};
use diesel::sqlite::SqliteConnection;
use gomon_core::{Monitor, Recorder, Running};
use gomon_diesel::{MonitoredConnection, MonitoredPool, auto_register, auto_register_before};

/// The program.
fn work(conn: &mut SqliteConnection) {
    conn.transaction(|conn| {
        diesel::sql_query("CREATE TABLE goods (id INTEGER PRIMARY KEY)").execute(conn)?;
        diesel::sql_query("INSERT INTO goods VALUES (4711)").execute(conn)
    })
    .unwrap();
}

static HEARD: AtomicUsize = AtomicUsize::new(0);

fn listening() -> Option<Box<dyn Instrumentation>> {
    Some(Box::new(|_: InstrumentationEvent<'_>| {
        HEARD.fetch_add(1, SeqCst);
    }))
}

fn alone() -> Option<Box<dyn Instrumentation>> {
    Some(Box::new(|_: InstrumentationEvent<'_>| {}))
}

/// Starts a monitor with the hook, and returns what it reports.
fn started() -> (Running, Recorder, String) {
    let recorder = Recorder::new();
    let builder = Monitor::builder()
        .health_interval(None)
        .listener(recorder.listener());
    let running = builder.auto([gomon_diesel::auto()]).start().unwrap();
    let [hook] = running.hooks() else {
        panic!("one hook: {:?}", running.hooks());
    };
    let line = hook.to_string();
    (running, recorder, line)
}

#[test]
fn registered_program_is_recorded_without_other_changes() {
    // The instrumentation of the program stays.
    set_default_instrumentation(alone).unwrap();
    let (running, recorder, line) = started();
    assert!(line.contains("not hooked: the program has one"), "{line}");
    work(&mut SqliteConnection::establish(":memory:").unwrap());
    running.shutdown(Duration::from_secs(5));
    assert!(recorder.wait_for(0).is_empty());
    set_default_instrumentation(|| None).unwrap();

    // Hooked once, for the monitors that follow.
    for _ in 0..2 {
        let (running, recorder, line) = started();
        assert_eq!(line, "default instrumentation of diesel: hooked");
        work(&mut SqliteConnection::establish(":memory:").unwrap());
        running.shutdown(Duration::from_secs(5));
        work(&mut SqliteConnection::establish(":memory:").unwrap());
        let events = recorder.wait_for(0);
        let fingerprints = events.iter().map(|event| event.as_event().fingerprint());
        let last = [
            "sql-wconn-exec",
            "sql-wconn-exec",
            "conn-begintx",
            "sql-wconn",
            "sql-profile",
        ];
        assert_eq!(fingerprints.collect::<Vec<_>>(), last);
    }

    let recorder = Recorder::new();
    let running = Monitor::builder()
        .listener(recorder.listener())
        .start()
        .unwrap();
    let fingerprints = || {
        let flushed = running.monitor().flush(Duration::from_secs(10));
        assert!(flushed.is_complete());
        let events = recorder.events();
        let all = events
            .iter()
            .map(|event| event.as_event().fingerprint().to_owned());
        all.filter(|fingerprint| fingerprint != "application")
            .collect::<Vec<_>>()
    };
    let once = [
        "sql-wconn-exec",
        "sql-wconn-exec",
        "conn-begintx",
        "sql-wconn",
    ];

    auto_register().unwrap();
    work(&mut SqliteConnection::establish(":memory:").unwrap());
    assert_eq!(fingerprints(), once);

    // A connection that cannot be opened is an event too.
    assert!(SqliteConnection::establish("/nowhere/at/all/shop.db").is_err());
    assert_eq!(fingerprints().len(), once.len() + 1);
    let events = recorder.events();
    let failed = events.last().unwrap().to_json();
    assert!(failed.contains(r#""gomon:outcome":"error""#), "{failed}");
    assert!(failed.contains("diesel::BadConnection"), "{failed}");

    // A program's own instrumentation goes on hearing.
    auto_register_before(listening).unwrap();
    let before = fingerprints().len();
    work(&mut SqliteConnection::establish(":memory:").unwrap());
    assert_eq!(fingerprints()[before..], once);
    assert!(HEARD.load(SeqCst) > 8);

    // A wrapper records its queries once, and those that bypass it too.
    let before = fingerprints().len();
    let mut conn = MonitoredConnection::<SqliteConnection>::establish(":memory:").unwrap();
    work(&mut conn);
    diesel::sql_query("SELECT 1").execute(&mut conn).unwrap();
    drop(conn);
    assert_eq!(
        fingerprints()[before..],
        [
            "sql-wconn-exec",
            "sql-wconn-exec",
            "conn-begintx",
            "sql-wconn-exec",
            "sql-wconn"
        ]
    );

    // A wrapper that comes later joins in.
    let before = fingerprints().len();
    let conn = SqliteConnection::establish(":memory:").unwrap();
    let mut conn = MonitoredConnection::new(conn);
    diesel::sql_query("SELECT 1").execute(&mut conn).unwrap();
    drop(conn);
    assert_eq!(fingerprints()[before..], ["sql-wconn-exec", "sql-wconn"]);

    // In a pool there are the checkout and the connection itself, and the pool's own question whether it is alive.
    let before = fingerprints().len();
    let manager = ConnectionManager::<SqliteConnection>::new(":memory:");
    let pool = MonitoredPool::new(Pool::builder().max_size(1).build(manager).unwrap());
    let mut conn = pool.get().unwrap();
    diesel::sql_query("SELECT 1").execute(&mut conn).unwrap();
    drop(conn);
    assert_eq!(
        fingerprints()[before..],
        ["sql-wconn-query", "sql-wconn-exec", "sql-wconn"]
    );
    drop(pool);
    let closed = recorder.wait_until(|events| {
        let connections = events.iter().skip(before);
        connections
            .filter(|event| event.as_event().fingerprint() == "sql-wconn")
            .count()
            == 2
    });
    assert!(closed.len() > before);
}
