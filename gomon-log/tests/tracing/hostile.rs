//! Values whose `Debug` logs, panics, fails or takes locks, and huge or odd messages.

use std::cell::RefCell;
use std::fmt::{Debug, Formatter, Result};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use tracing::{Span, error, info, info_span};

use crate::{monitor, named};

struct With<F>(F);

impl<F: Fn(&mut Formatter<'_>) -> Result> Debug for With<F> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        (self.0)(f)
    }
}

/// Logs itself, in its own span.
struct Recursive;

impl Debug for Recursive {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        error!(error = ?self, "again");
        info_span!("inner", value = ?self).in_scope(|| info!("inner {self:?}"));
        Span::current().record("late", 1);
        f.write_str("recursive")
    }
}

#[test]
fn debug_that_logs_itself_is_recorded_once() {
    let gomon = monitor();
    gomon.root().scope(|| {
        let span = info_span!("span", value = ?Recursive, late = tracing::field::Empty);
        span.in_scope(|| {
            info!(value = ?Recursive, "line {:?}", Recursive);
            span.record("late", tracing::field::debug(Recursive));
            error!(error = ?Recursive);
        });
    });
    let events = gomon.events();
    assert_eq!(named(&events, "line recursive")["value"], "recursive");
    assert_eq!(named(&events, "span")["user:late"], "recursive");
    assert_eq!(gomon.of("tracing-event").len(), 2);
    assert_eq!(gomon.of("tracing-span").len(), 1);
}

#[test]
fn debug_that_panics_or_fails_is_contained() {
    let gomon = monitor();
    gomon.root().scope(|| {
        let panics = With(|_: &mut Formatter<'_>| std::panic::panic_any("planned"));
        let fails = With(|_: &mut Formatter<'_>| Err(std::fmt::Error));
        info_span!("span", ?panics, ?fails).in_scope(|| info!(?panics, "a {fails:?} b"));
    });
    let (span, line) = (gomon.one("tracing-span"), gomon.one("tracing-event"));
    assert_eq!(span["panics"], "<panicked>");
    assert_eq!(span["fails"], "<failed>");
    assert_eq!(line["message"], "a <failed>");
    assert_eq!(line["panics"], "<panicked>");
}

#[test]
fn debug_may_take_a_lock_that_the_caller_of_another_thread_holds() {
    static LOCK: Mutex<()> = Mutex::new(());
    let gomon = monitor();
    let locks = With(|f: &mut Formatter<'_>| {
        let _held = LOCK.lock().unwrap();
        info!("under a lock");
        f.write_str("locked")
    });
    let mut request = gomon.root();
    let span = request.scope(|| info_span!("span", value = tracing::field::Empty));
    std::thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                for _ in 0..1000 {
                    span.record("value", tracing::field::debug(&locks));
                    let _held = LOCK.lock().unwrap();
                    span.in_scope(|| info!(parent: &span, "held"));
                }
            });
        }
    });
    drop(span);
    assert_eq!(gomon.one("tracing-span")["value"], "locked");
}

#[test]
fn huge_message_is_cut_and_says_so() {
    let gomon = monitor();
    let huge = "x".repeat(1 << 20);
    gomon.root().scope(|| info!(value = %huge, "{huge}"));
    let line = gomon.one("tracing-event");
    assert!(line["message"].as_str().unwrap().len() <= 10 * 1024);
    assert_eq!(line["gomon:cut"], serde_json::json!(["message", "value"]));
}

#[test]
fn control_characters_cannot_forge_a_line() {
    let gomon = monitor();
    gomon.root().scope(|| info!("a\n2026 b\u{1b}[31m"));
    let recorded = gomon.recorder.wait_for(2);
    let json = recorded[0].to_json();
    assert!(!json.contains(['\n', '\u{1b}']), "{json}");
}

#[test]
fn many_fields_are_bounded() {
    let gomon = monitor();
    let big = "y".repeat(60_000);
    gomon.root().scope(|| {
        info!(a = %big, b = %big, c = %big, d = %big, e = %big, f = %big, g = %big, h = %big, i = %big, "big");
    });
    let recorded = gomon.recorder.wait_for(2);
    assert!(recorded[0].as_event().as_bytes().len() <= 64 * 1024);
}

#[test]
fn logging_in_a_thread_local_destructor_and_in_a_panic_is_harmless() {
    /// Without a span: the registry itself aborts where one is opened in a destructor that runs after its own.
    struct Logs;
    impl Drop for Logs {
        fn drop(&mut self) {
            info!("in a destructor");
        }
    }
    thread_local! {
        static EARLY: RefCell<Option<Logs>> = const { RefCell::new(None) };
        static LATE: RefCell<Option<Logs>> = const { RefCell::new(None) };
    }
    let gomon = monitor();
    std::thread::scope(|threads| {
        threads.spawn(|| {
            EARLY.set(Some(Logs));
            gomon.root().scope(|| info!("line"));
            LATE.set(Some(Logs));
        });
    });
    let caught = catch_unwind(AssertUnwindSafe(|| {
        gomon.root().scope(|| {
            let _logs = Logs;
            std::panic::panic_any("planned");
        });
    }));
    assert!(caught.is_err());
    let requests = gomon.of("request");
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[1]["gomon:outcome"], "panic");
    assert_eq!(requests[1]["logs"], 1);
}
