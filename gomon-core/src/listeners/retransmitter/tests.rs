use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use super::factory::RetransmitterFactory;
use super::*;
use crate::config::file::ConfigFile;
use crate::listeners as listener;
use crate::listeners::factory::Factories;
use crate::listeners::flush::FlushReason;
use crate::listeners::log::LogListener;
use crate::listeners::recorder::Recorder;
use crate::monitor::Monitor;
use crate::record::outcome::Outcome;

const SOON: Duration = Duration::from_secs(10);

/// Listener that fails or panics in every possible way.
struct Hopeless {
    panics: bool,
    flushes: Arc<AtomicU64>,
}

impl Listener for Hopeless {
    fn name(&self) -> &str {
        "hopeless"
    }

    fn feed(&mut self, _: &Event<'_>) -> Result<(), Error> {
        assert!(!self.panics, "in feed");
        Err(Error::listener("full"))
    }

    fn flush(&mut self, _: &mut Flush) -> Result<(), Error> {
        self.flushes.fetch_add(1, Relaxed);
        assert!(!self.panics, "in flush");
        Err(Error::listener("full"))
    }
}

impl Drop for Hopeless {
    fn drop(&mut self) {
        assert!(!self.panics, "in drop");
    }
}

fn fingerprints(recorder: &Recorder) -> Vec<String> {
    recorder
        .events()
        .iter()
        .map(|event| event.as_event().fingerprint().to_owned())
        .collect()
}

#[test]
fn listeners_receive_events_that_pass_their_filter() {
    let (sql, failed) = (Recorder::new(), Recorder::new());
    let both = Retransmitter::new("both")
        .to(Filter::all().with_fingerprint("sql-*"), sql.listener())
        .to(
            Filter::all().with_outcome(Outcome::Error),
            failed.listener(),
        );
    let running = Monitor::builder().listener(both).build().expect("starts");
    running.monitor().root("sql-prepare").finish();
    let mut job = running.monitor().root("job");
    job.set_outcome(Outcome::Error);
    job.finish();
    assert!(running.monitor().flush(SOON).is_complete());
    assert_eq!(fingerprints(&sql), ["application", "sql-prepare"]);
    assert_eq!(fingerprints(&failed), ["application", "job"]);
    assert_eq!(running.monitor().health().listeners[0].name, "both");
    assert_eq!(running.monitor().health().listeners[0].delivered, 3);
}

#[test]
fn panic_or_error_does_not_affect_other_listeners() {
    let flushes = Arc::new(AtomicU64::new(0));
    let hopeless = |panics| Hopeless {
        panics,
        flushes: Arc::clone(&flushes),
    };
    let (before, after) = (Recorder::new(), Recorder::new());
    let retransmitter = Retransmitter::new("all")
        .to(Filter::all(), before.listener())
        .to(Filter::all(), hopeless(true))
        .to(Filter::all(), hopeless(false))
        .to(Filter::all(), hopeless(true))
        .to(Filter::all(), after.listener());
    let running = Monitor::builder()
        .listener(retransmitter)
        .build()
        .expect("starts");
    // Too few events for ten panics in a row, including flushes.
    for _ in 0..2 {
        running.monitor().root("job").finish();
    }
    let report = running.monitor().flush(SOON);
    assert_eq!(
        (report.late.len(), report.failed),
        (0, vec!["all".to_owned()])
    );
    let health = running.shutdown(SOON).health;
    assert_eq!(before.wait_for(2).len(), 2);
    assert_eq!(after.wait_for(2).len(), 2);
    assert_eq!(health.listeners[0].failed, health.produced);
    assert_eq!(health.listeners[0].delivered, 0);
    assert!(!health.listeners[0].quarantined);
    assert!(flushes.load(Relaxed) >= 3);
}

#[test]
fn panicking_listener_is_quarantined() {
    let calls = Arc::new(AtomicU64::new(0));
    let seen = Arc::clone(&calls);
    let panics = listener::from_fn("panics", move |_| {
        seen.fetch_add(1, Relaxed);
        panic!("always");
    });
    let after = Recorder::new();
    let retransmitter = Retransmitter::new("all")
        .to(Filter::all(), panics)
        .to(Filter::all(), after.listener());
    let running = Monitor::builder()
        .listener(retransmitter)
        .build()
        .expect("starts");
    for _ in 0..100 {
        running.monitor().root("job").finish();
    }
    assert_eq!(after.wait_for(100).len(), 100);
    // Ten in a row, and one for each second that the test may take.
    assert!((10..40).contains(&calls.load(Relaxed)), "{calls:?}");
}

#[test]
fn error_names_its_listener() {
    let flushes = Arc::default();
    let mut retransmitter = Retransmitter::new("all")
        .to(Filter::all(), listener::from_fn("fine", |_| {}))
        .to(
            Filter::all(),
            Hopeless {
                panics: false,
                flushes,
            },
        );
    let error = retransmitter
        .flush(&mut Flush::new(FlushReason::Requested))
        .expect_err("it fails")
        .to_string();
    assert_eq!(error, "hopeless: the listener failed: full");
}

#[test]
fn retransmitters_can_be_nested() {
    let recorder = Recorder::new();
    let inner =
        Retransmitter::new("inner").to(Filter::all().with_fingerprint("a"), recorder.listener());
    let outer = Retransmitter::new("outer").to(Filter::all(), inner);
    let running = Monitor::builder().listener(outer).build().expect("starts");
    running.monitor().root("a").finish();
    running.monitor().root("b").finish();
    running.monitor().flush(SOON);
    assert_eq!(fingerprints(&recorder), ["application", "a"]);
}

fn factories() -> Factories {
    let mut factories = Factories::new();
    factories
        .register(RetransmitterFactory)
        .expect("a new kind");
    factories
        .register(crate::listeners::log::factory::LogFactory)
        .expect("a new kind");
    factories
}

fn create(text: &str) -> Result<Box<dyn Listener>, Error> {
    let file = ConfigFile::parse("gomon.json", &format!(r#"{{"listener": [{text}]}}"#))?;
    factories().create(&file.listeners()[0])
}

#[test]
fn configuration_can_nest_retransmitters() {
    let made = create(
        r#"{"kind": "retransmitter", "name": "failed", "filter": {"outcomes": ["error"]},
            "listener": [{"kind": "log", "form": "json", "target": "stderr"},
                         {"kind": "retransmitter", "listener": [{"kind": "log"}]}]}"#,
    );
    assert_eq!(made.expect("made").name(), "failed");
    let made = create(r#"{"kind": "retransmitter", "listener": [{"kind": "log"}]}"#);
    assert_eq!(made.expect("made").name(), "retransmitter");
}

#[test]
fn invalid_settings_are_rejected() {
    for (text, expected) in [
        (
            r#"{"kind": "retransmitter"}"#,
            "expected at least one listener to feed",
        ),
        (
            r#"{"kind": "retransmitter", "filer": {}, "listener": [{"kind": "log"}]}"#,
            "\"listener.0.filer\"",
        ),
        (
            r#"{"kind": "retransmitter", "listener": [{"kind": "lgo"}]}"#,
            "unknown kind of listener \"lgo\"",
        ),
        (r#"{"kind": "log", "form": "xml"}"#, "\"json\""),
        (r#"{"kind": "log", "target": "/tmp/x"}"#, "\"stderr\""),
    ] {
        let error = create(text).err().expect("rejected").to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn retransmitter_is_send() {
    fn assert_send<T: Send>() {}
    assert_send::<Retransmitter>();
    assert_send::<Filter>();
    let shown = format!(
        "{:?}",
        Retransmitter::new("x").to(Filter::all(), LogListener::to(std::io::sink()))
    );
    assert!(shown.contains("\"x\""), "{shown}");
}
