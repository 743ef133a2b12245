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
use crate::monitor::Monitor;
use crate::record::key::Key;
use crate::record::owned::OwnedEvent;
use crate::record::value::Value;
use crate::record::{json, keys};
use crate::text::needs_escape;
use crate::tracker::EventTracker;
use gomon_redact::UrlParts;

const SOON: Duration = Duration::from_secs(10);

/// Writer that keeps its text and has bounded room.
#[derive(Clone, Default)]
struct TestWriter(Arc<Mutex<Written>>);

#[derive(Default)]
struct Written {
    text: Vec<u8>,
    /// Maximum number of bytes, if bounded.
    room: Option<usize>,
    writes: usize,
}

impl TestWriter {
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

impl Write for TestWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut written = self.0.lock().expect("not poisoned");
        written.writes += 1;
        let room = written
            .room
            .map_or(bytes.len(), |room| room.saturating_sub(written.text.len()));
        if room == 0 {
            return Err(ErrorKind::StorageFull.into());
        }
        let fits = bytes.len().min(room);
        written.text.extend_from_slice(&bytes[..fits]);
        Ok(fits)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn recorded(set: impl FnOnce(&mut EventTracker)) -> OwnedEvent {
    json::tests::recorded("axum-handle", set)
}

fn logged(event: &OwnedEvent, made: impl FnOnce(LogListener) -> LogListener) -> String {
    let writer = TestWriter::default();
    let mut listener = made(LogListener::to(writer.clone()));
    listener.feed(&event.as_event()).expect("fed");
    listener
        .flush(&mut Flush::new(FlushReason::Requested))
        .expect("flushed");
    writer.text()
}

/// Returns the line without its variable parts: time, duration and trace.
fn line(set: impl FnOnce(&mut EventTracker)) -> String {
    let text = logged(&recorded(set), |listener| listener);
    let line = text.strip_suffix('\n').expect("a whole line");
    assert!(!line.contains('\n'), "{line}");
    let (line, _) = line.rsplit_once(" trace=").expect("a trace");
    let fingerprint = line.find("axum-handle").expect("a fingerprint");
    line[fingerprint..].to_owned()
}

#[test]
fn request_line_is_readable() {
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
fn unmatched_request_shows_its_url() {
    let line = line(|tracker| {
        tracker.set(keys::METHOD, "GET");
        tracker.set(keys::URL, Value::url(UrlParts::parse("http://h/x y")));
        tracker.set(keys::ROUTE, "<unmatched>");
    });
    assert_eq!(line, "axum-handle GET \"http://h/x y\" route=<unmatched>");
}

#[test]
fn empty_map_is_omitted_from_the_readable_form() {
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
fn time_is_the_start_of_the_event() {
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
fn errors_are_last_with_their_location() {
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
fn children_follow_indented() {
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
fn terminal_commands_are_escaped() {
    let hostile =
        "\x1b[2J\u{9b}31m\u{202e}\u{2028}\r\nforged \u{7f}\u{85}\u{200b}\u{feff}\u{e0041}";
    let set = |tracker: &mut EventTracker| {
        tracker.set(keys::METHOD, hostile);
        tracker.set(keys::ROUTE, hostile);
        tracker.set(
            keys::URL,
            Value::url(
                UrlParts::new(hostile)
                    .with_scheme(Some(hostile))
                    .with_host(Some(hostile))
                    .with_query(Some(hostile)),
            ),
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
fn colours_are_opt_in() {
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
fn json_form_is_the_whole_event() {
    let event = recorded(|tracker| tracker.set(Key::new("size"), 1));
    let text = logged(&event, LogListener::json);
    let json: Json = serde_json::from_str(text.strip_suffix('\n').expect("a line")).expect("JSON");
    assert_eq!(json, serde_json::to_value(&event).expect("serializes"));
}

#[test]
fn lines_are_buffered_up_to_a_limit() {
    let event = recorded(|_| {});
    let writer = TestWriter::default();
    let mut listener = LogListener::to(writer.clone()).json();
    let length = event.to_json().len() + 1;
    let lines = 64 * 1024 / length + 2;
    for _ in 0..lines {
        listener.feed(&event.as_event()).expect("fed");
    }
    assert_eq!(writer.writes(), 1);
    listener
        .flush(&mut Flush::new(FlushReason::Requested))
        .expect("flushed");
    assert_eq!((writer.writes(), writer.text().len()), (2, lines * length));
}

#[test]
fn no_line_is_lost_or_truncated_after_failures() {
    let event = recorded(|_| {});
    let writer = TestWriter::default();
    let mut listener = LogListener::to(writer.clone()).json();
    let mut taken = 0;
    for round in 0..50 {
        // In every second round there is room for half a line more than written.
        let full = writer.text().len() + event.to_json().len() * 3 / 2;
        writer.set_room((round % 2 == 0).then_some(full));
        for _ in 0..10 {
            taken += usize::from(listener.feed(&event.as_event()).is_ok());
            if round % 3 == 0 {
                let _ = listener.flush(&mut Flush::new(FlushReason::Requested));
            }
        }
        let _ = listener.flush(&mut Flush::new(FlushReason::Requested));
    }
    writer.set_room(None);
    listener
        .flush(&mut Flush::new(FlushReason::Requested))
        .expect("there is space again");
    let expected: Json = serde_json::to_value(&event).expect("serializes");
    let text = writer.text();
    assert!(
        text.lines()
            .all(|line| serde_json::from_str::<Json>(line).is_ok_and(|json| json == expected))
    );
    assert_eq!(text.lines().count(), taken);
    assert!(taken < 500, "some events were rejected");
}

#[test]
fn events_count_as_failed_while_writing_fails() {
    let writer = TestWriter::default();
    writer.set_room(Some(0));
    let running = Monitor::builder()
        .listener(LogListener::to(writer.clone()))
        .build()
        .expect("starts");
    // The application event was accepted before the first write failed.
    running.monitor().flush(SOON);
    running.monitor().root("job").finish();
    running.monitor().flush(SOON);
    let health = running.monitor().health();
    assert_eq!(
        (health.listeners[0].delivered, health.listeners[0].failed),
        (1, 1)
    );
    writer.set_room(None);
    running.monitor().root("later").finish();
    running.monitor().flush(SOON);
    let text = writer.text();
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
fn full_disk_and_closed_pipe_are_errors() {
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
fn listener_is_debug_and_send() {
    fn assert_send<T: Send>() {}
    assert_send::<LogListener>();
    assert!(format!("{:?}", LogListener::stdout()).contains("pending: 0"));
}
