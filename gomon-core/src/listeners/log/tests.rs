#![allow(
    clippy::string_slice,
    reason = "a slice that does not fit is a failed test"
)]

use std::error::Error as _;
use std::io::{self, ErrorKind, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value as Json;

use super::*;
use crate::listeners::flush::FlushReason;
use crate::listeners::recorder::Recorder;
use crate::monitor::Monitor;
use crate::record::key::Key;
use crate::record::keys;
use crate::record::owned::OwnedEvent;
use crate::record::value::Value;
use crate::text::needs_escape;
use crate::tracker::EventTracker;
use gomon_redact::UrlParts;

const SOON: Duration = Duration::from_secs(10);

/// What was written, and what the writer does.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Sheet>>);

#[derive(Default)]
struct Sheet {
    text: Vec<u8>,
    /// The most bytes that fit.
    room: Option<usize>,
    writes: usize,
}

impl Paper {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("not poisoned").text.clone()).expect("UTF-8")
    }

    fn set_room(&self, room: Option<usize>) {
        self.0.lock().expect("not poisoned").room = room;
    }

    fn writes(&self) -> usize {
        self.0.lock().expect("not poisoned").writes
    }
}

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut sheet = self.0.lock().expect("not poisoned");
        sheet.writes += 1;
        let room = sheet
            .room
            .map_or(bytes.len(), |room| room.saturating_sub(sheet.text.len()));
        if room == 0 {
            return Err(ErrorKind::StorageFull.into());
        }
        let fits = bytes.len().min(room);
        sheet.text.extend_from_slice(&bytes[..fits]);
        Ok(fits)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn recorded(set: impl FnOnce(&mut EventTracker)) -> OwnedEvent {
    let recorder = Recorder::new();
    let running = Monitor::builder()
        .app_id("shop")
        .listener(recorder.listener())
        .build()
        .expect("starts");
    let mut tracker = running.root("axum-handle");
    set(&mut tracker);
    tracker.finish();
    recorder.wait_for(1).remove(0)
}

fn logged(event: &OwnedEvent, made: impl FnOnce(LogListener) -> LogListener) -> String {
    let paper = Paper::default();
    let mut listener = made(LogListener::to(paper.clone()));
    listener.feed(&event.as_event()).expect("fed");
    listener
        .flush(&mut Flush::new(FlushReason::Requested))
        .expect("flushed");
    paper.text()
}

/// The line without what differs each time: the time, how long it took, the trace.
fn line(set: impl FnOnce(&mut EventTracker)) -> String {
    let text = logged(&recorded(set), |listener| listener);
    let line = text.strip_suffix('\n').expect("a whole line");
    assert!(!line.contains('\n'), "{line}");
    let (line, _) = line.rsplit_once(" trace=").expect("a trace");
    let fingerprint = line.find("axum-handle").expect("a fingerprint");
    line[fingerprint..].to_owned()
}

#[test]
fn a_request_reads_well() {
    let line = line(|tracker| {
        tracker.set(keys::DIRECTION, "incoming");
        tracker.set(keys::METHOD, "GET");
        tracker.set(
            keys::URL,
            Value::url(UrlParts::parse("http://127.0.0.1:80/users/42?a=1")),
        );
        tracker.set(keys::ROUTE, "/users/{id}");
        tracker.set(keys::RESPONSE_CODE, 200);
        tracker.set(keys::RESPONSE_SIZE, 14);
        tracker.set(keys::FIRST_BYTE, Duration::from_micros(1_530));
        tracker.set(Key::new("note"), "two words");
        tracker.set(Key::new("tags"), Value::List(&["a".into(), "b".into()]));
    });
    assert_eq!(
        line,
        "axum-handle GET /users/{id} 200 direction=incoming url=http://127.0.0.1:80/users/42?a=[redacted] \
         response_size=14 first-byte=1.53ms note=\"two words\" tags=[a b]"
    );
}

#[test]
fn an_unmatched_request_is_told_by_its_url() {
    let line = line(|tracker| {
        tracker.set(keys::METHOD, "GET");
        tracker.set(keys::URL, Value::url(UrlParts::parse("http://h/x y")));
        tracker.set(keys::ROUTE, "<unmatched>");
    });
    assert_eq!(line, "axum-handle GET \"http://h/x y\" route=<unmatched>");
}

#[test]
fn a_map_without_anything_in_it_is_left_out_for_people_and_stays_in_json() {
    let set = |tracker: &mut EventTracker| {
        tracker.set(Key::new("before"), 1);
        tracker.set(Key::new("between"), Value::Map(&[]));
        tracker.set(
            Key::new("after"),
            Value::Map(&[("a", 1.into()), ("b", Value::Map(&[]))]),
        );
        tracker.set(Key::new("list"), Value::List(&[]));
    };
    assert_eq!(line(set), "axum-handle before=1 after={a=1} list=[]");
    let json = logged(&recorded(set), LogListener::json);
    assert!(json.contains(r#""between":{}"#), "{json}");
}

#[test]
fn the_time_is_that_of_the_event() {
    let event = recorded(|_| {});
    let text = logged(&event, |listener| listener);
    let start = time::Timestamp(event.as_event().start_ns()).to_string();
    assert!(text.starts_with(&format!("{start} ok        ")), "{text}");
    assert!(
        text.ends_with(&format!(" trace={}\n", event.as_event().trace())),
        "{text}"
    );
}

#[test]
fn errors_stand_at_the_end_with_their_place() {
    let line = line(|tracker| {
        tracker.set(Key::new("size"), 1);
        tracker.add_error(&io::Error::other("disk\nfull"));
    });
    assert!(
        line.starts_with(r#"axum-handle size=1 error="disk\nfull""#),
        "{line}"
    );
    assert!(line.contains("log/tests.rs:"), "{line}");
}

#[test]
fn attached_events_follow_indented() {
    let event = recorded(|tracker| {
        let mut child = tracker.child("sql-wconn-query");
        child.set(keys::QUERY, Value::sql("SELECT 1"));
        let grandchild = child.child("sql-wrows");
        child.attach(grandchild);
        tracker.attach(child);
    });
    let text = logged(&event, |listener| listener);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    let column = lines[0].find("axum-handle").expect("a fingerprint");
    let at = |line: &str, word: &str| {
        line.chars().count() - line[line.find(word).expect("there")..].chars().count()
    };
    assert!(lines[1].trim_start().starts_with('+'), "{text}");
    assert_eq!(
        at(lines[1], "└ sql-wconn-query \""),
        lines[0][..column].chars().count(),
        "{text}"
    );
    assert_eq!(
        at(lines[2], "└ sql-wrows"),
        lines[0][..column].chars().count() + 2,
        "{text}"
    );
}

#[test]
fn no_text_reaches_a_terminal_as_a_command() {
    let hostile = "\x1b[2J\u{9b}31m\u{202e}\u{2028}\r\nforged \u{7f}\u{85}";
    let set = |tracker: &mut EventTracker| {
        tracker.set(keys::METHOD, hostile);
        tracker.set(keys::ROUTE, hostile);
        tracker.set(
            keys::URL,
            Value::url(UrlParts {
                scheme: Some(hostile),
                host: Some(hostile),
                path: hostile,
                query: Some(hostile),
            }),
        );
        tracker.set(keys::MESSAGE, Value::text(hostile));
        tracker.set(Key::new(hostile), hostile);
        tracker.set(
            Key::new("map"),
            Value::Map(&[(hostile, Value::List(&[hostile.into()]))]),
        );
        tracker.add_error(&io::Error::other(hostile));
        let child = tracker.child("step");
        tracker.attach(child);
    };
    for json in [false, true] {
        let event = recorded(set);
        let text = logged(
            &event,
            |listener| if json { listener.json() } else { listener },
        );
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), if json { 1 } else { 2 }, "{text:?}");
        assert!(!text.replace('\n', "").contains(needs_escape), "{text:?}");
        assert!(text.contains("forged"));
    }
}

#[test]
fn colours_come_only_when_asked_for() {
    let event = recorded(|_| {});
    assert!(!logged(&event, |listener| listener).contains('\x1b'));
    let coloured = logged(&event, |listener| listener.with_colours(true));
    assert!(coloured.contains("\x1b[32mok"), "{coloured:?}");
    let plain = logged(&event, |listener| listener);
    let codes = ["\x1b[2m", "\x1b[1m", "\x1b[32m", "\x1b[0m"];
    assert_eq!(
        codes
            .iter()
            .fold(coloured, |text, code| text.replace(code, "")),
        plain
    );
}

#[test]
fn the_json_form_is_the_event_and_nothing_else() {
    let event = recorded(|tracker| tracker.set(Key::new("size"), 1));
    let text = logged(&event, LogListener::json);
    let json: Json = serde_json::from_str(text.strip_suffix('\n').expect("a line")).expect("JSON");
    assert_eq!(json, serde_json::to_value(&event).expect("serializes"));
}

#[test]
fn lines_are_collected_until_there_is_much() {
    let event = recorded(|_| {});
    let paper = Paper::default();
    let mut listener = LogListener::to(paper.clone()).json();
    let length = event.to_json().len() + 1;
    let lines = 64 * 1024 / length + 2;
    for _ in 0..lines {
        listener.feed(&event.as_event()).expect("fed");
    }
    assert_eq!(paper.writes(), 1);
    listener
        .flush(&mut Flush::new(FlushReason::Requested))
        .expect("flushed");
    assert_eq!((paper.writes(), paper.text().len()), (2, lines * length));
}

#[test]
fn no_line_is_lost_or_cut_when_space_returns() {
    let event = recorded(|_| {});
    let paper = Paper::default();
    let mut listener = LogListener::to(paper.clone()).json();
    let mut taken = 0;
    for round in 0..50 {
        // Every second round has room for half a line more than there is.
        let full = paper.text().len() + event.to_json().len() * 3 / 2;
        paper.set_room((round % 2 == 0).then_some(full));
        for _ in 0..10 {
            taken += usize::from(listener.feed(&event.as_event()).is_ok());
            if round % 3 == 0 {
                let _ = listener.flush(&mut Flush::new(FlushReason::Requested));
            }
        }
        let _ = listener.flush(&mut Flush::new(FlushReason::Requested));
    }
    paper.set_room(None);
    listener
        .flush(&mut Flush::new(FlushReason::Requested))
        .expect("there is space again");
    let expected: Json = serde_json::to_value(&event).expect("serializes");
    let text = paper.text();
    assert!(
        text.lines()
            .all(|line| serde_json::from_str::<Json>(line).is_ok_and(|json| json == expected))
    );
    assert_eq!(text.lines().count(), taken);
    assert!(taken < 500, "something was refused");
}

#[test]
fn events_count_as_failed_while_writing_fails() {
    let paper = Paper::default();
    paper.set_room(Some(0));
    let running = Monitor::builder()
        .listener(LogListener::to(paper.clone()))
        .build()
        .expect("starts");
    // The application event was taken before anybody could know.
    running.flush(SOON);
    running.root("job").finish();
    running.flush(SOON);
    let health = running.health();
    assert_eq!(
        (health.listeners[0].delivered, health.listeners[0].failed),
        (1, 1)
    );
    paper.set_room(None);
    running.root("later").finish();
    running.flush(SOON);
    let text = paper.text();
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(
        text.lines()
            .nth(1)
            .is_some_and(|line| line.contains(" later")),
        "{text}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_and_a_closed_pipe_are_errors() {
    let event = recorded(|_| {});
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .expect("Linux has it");
    let (reader, closed) = io::pipe().expect("a pipe");
    drop(reader);
    for (mut listener, kind) in [
        (LogListener::to(full), ErrorKind::StorageFull),
        (LogListener::to(closed), ErrorKind::BrokenPipe),
    ] {
        listener.feed(&event.as_event()).expect("collected");
        for _ in 0..3 {
            let error = listener
                .flush(&mut Flush::new(FlushReason::Requested))
                .expect_err("nothing can be written");
            let source = error
                .source()
                .and_then(|source| source.downcast_ref::<io::Error>());
            assert_eq!(source.map(io::Error::kind), Some(kind), "{error}");
            assert!(
                listener
                    .feed(&event.as_event())
                    .is_err_and(|error| error.is_io())
            );
        }
    }
}

#[test]
fn it_may_be_shown_and_sent() {
    fn sendable<T: Send>() {}
    sendable::<LogListener>();
    assert!(format!("{:?}", LogListener::stdout()).contains("pending: 0"));
}
