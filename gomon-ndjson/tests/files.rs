//! Writing, rotation, repair and rejected files.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a failed helper is a failed test"
)]

mod support;

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::time::Duration;

use gomon_core::{ConfigFile, Factories, Flush, FlushReason, Key, Listener, Monitor};
use gomon_ndjson::{NdjsonListener, factory};

use support::{Directory, events, numbered, numbers};

#[test]
fn every_event_is_a_line() {
    let directory = Directory::new();
    let listener = NdjsonListener::create(directory.file()).unwrap();
    let lines = listener.lines();
    let running = Monitor::builder().listener(listener).build().unwrap();
    for n in 0..1_000_u64 {
        let mut job = running.monitor().root("job");
        job.set(Key::new("n"), n);
        job.finish();
    }
    let health = running.shutdown(Duration::from_secs(30)).health;
    let events = events(&directory.file());
    assert_eq!(events[0]["gomon:fp"], "application");
    assert_eq!(numbers(&events), (0..1_000).collect::<Vec<_>>());
    assert_eq!(health.listeners[0].delivered, events.len() as u64);
    assert_eq!(
        (lines.written(), lines.waiting(), lines.lost()),
        (events.len() as u64, 0, 0)
    );
}

#[test]
fn lines_are_buffered_until_a_flush_or_a_full_buffer() {
    let directory = Directory::new();
    let mut listener = NdjsonListener::create(directory.file()).unwrap();
    listener.feed(&numbered(1)[0].as_event()).unwrap();
    assert_eq!(listener.lines().waiting(), 1);
    assert!(events(&directory.file()).is_empty());
    listener
        .flush(&mut Flush::new(FlushReason::Requested))
        .unwrap();
    assert_eq!(numbers(&events(&directory.file())), [0]);
    let event = numbered(1).remove(0);
    while listener.lines().written() < 2 {
        listener.feed(&event.as_event()).unwrap();
    }
    assert!(fs::metadata(directory.file()).unwrap().len() > 64 * 1024);
}

#[test]
fn full_file_is_rotated_and_the_oldest_removed() {
    let directory = Directory::new();
    let kept = numbered(100);
    let line = kept[0].to_json().len() as u64 + 1;
    let open = || {
        NdjsonListener::create(directory.file())
            .unwrap()
            .with_max_bytes(10 * line + line / 2)
            .with_files(3)
    };
    let mut listener = open();
    for (at, event) in kept.iter().enumerate() {
        listener.feed(&event.as_event()).unwrap();
        if at % 7 == 0 {
            listener
                .flush(&mut Flush::new(FlushReason::Requested))
                .unwrap();
        }
        if at == 50 {
            // The existing length counts towards the limit.
            drop(listener);
            listener = open();
        }
    }
    listener
        .flush(&mut Flush::new(FlushReason::Requested))
        .unwrap();
    assert_eq!(
        directory.names(),
        ["events.ndjson", "events.ndjson.1", "events.ndjson.2"]
    );
    let mut all = Vec::new();
    for name in [".2", ".1", ""] {
        let path = format!("{}{name}", directory.file().display());
        assert!(fs::metadata(&path).unwrap().len() <= 10 * line + line / 2);
        all.extend(numbers(&events(path.as_ref())));
    }
    assert_eq!(all, (100 - all.len() as u64..100).collect::<Vec<_>>());
    assert!(all.len() >= 20);
}

#[test]
fn line_longer_than_the_limit_is_written() {
    let directory = Directory::new();
    let mut listener = NdjsonListener::create(directory.file())
        .unwrap()
        .with_max_bytes(1)
        .with_files(1)
        .with_sync(true);
    for event in numbered(5) {
        listener.feed(&event.as_event()).unwrap();
    }
    listener
        .flush(&mut Flush::new(FlushReason::Requested))
        .unwrap();
    assert_eq!(directory.names(), ["events.ndjson"]);
    assert_eq!(numbers(&directory.events()), [4]);
    assert_eq!(listener.lines().written(), 5);
}

#[test]
fn partial_line_is_removed_on_open() {
    let event = numbered(1).remove(0);
    let line = event.to_json() + "\n";
    for whole in [0, 1, 300] {
        for torn in [
            String::new(),
            "{".into(),
            line[..line.len() / 2].into(),
            format!("{{{}", "x".repeat(70_000)),
            "\0\0".into(),
        ] {
            let directory = Directory::new();
            fs::write(directory.file(), line.repeat(whole) + &torn).unwrap();
            let mut listener = NdjsonListener::create(directory.file()).unwrap();
            assert_eq!(
                fs::read_to_string(directory.file()).unwrap(),
                line.repeat(whole)
            );
            listener.feed(&event.as_event()).unwrap();
            listener
                .flush(&mut Flush::new(FlushReason::Requested))
                .unwrap();
            assert_eq!(events(&directory.file()).len(), whole + 1);
        }
    }
}

#[test]
fn file_without_json_lines_is_left_unchanged() {
    let directory = Directory::new();
    fs::write(directory.file(), "first\nno end").unwrap();
    let error = NdjsonListener::create(directory.file()).unwrap_err();
    assert!(
        error.to_string().contains("expected a file of JSON lines"),
        "{error}"
    );
    assert_eq!(
        fs::read_to_string(directory.file()).unwrap(),
        "first\nno end"
    );
}

#[test]
fn second_writer_is_rejected() {
    let directory = Directory::new();
    let first = NdjsonListener::create(directory.file()).unwrap();
    let error = NdjsonListener::create(directory.file()).unwrap_err();
    assert!(
        error.to_string().contains("another listener is writing"),
        "{error}"
    );
    drop(first);
    NdjsonListener::create(directory.file()).unwrap();
}

#[cfg(unix)]
#[test]
fn new_file_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let directory = Directory::new();
    let mut listener = NdjsonListener::create(directory.file())
        .unwrap()
        .with_max_bytes(1)
        .with_files(2);
    for event in numbered(3) {
        listener.feed(&event.as_event()).unwrap();
    }
    listener
        .flush(&mut Flush::new(FlushReason::Requested))
        .unwrap();
    for name in ["", ".1"] {
        let path = format!("{}{name}", directory.file().display());
        assert_eq!(
            fs::metadata(path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}

#[cfg(unix)]
#[test]
fn only_regular_files_are_opened() {
    let directory = Directory::new();
    let target = directory.file().with_extension("target");
    for exists in [false, true] {
        if exists {
            fs::write(&target, "").unwrap();
        }
        std::os::unix::fs::symlink(&target, directory.file()).unwrap();
        let error = NdjsonListener::create(directory.file()).unwrap_err();
        assert!(
            error.to_string().contains("expected a regular file"),
            "{error}"
        );
        assert_eq!(target.exists(), exists);
        fs::remove_file(directory.file()).unwrap();
    }
    assert!(NdjsonListener::create("/dev/null").is_err());
}

#[cfg(unix)]
#[test]
fn moved_or_deleted_file_is_replaced() {
    let directory = Directory::new();
    let mut listener = NdjsonListener::create(directory.file()).unwrap();
    let kept = numbered(4);
    let moved = directory.file().with_extension("moved");
    listener.feed(&kept[0].as_event()).unwrap();
    listener
        .flush(&mut Flush::new(FlushReason::Requested))
        .unwrap();
    fs::rename(directory.file(), &moved).unwrap();
    listener.feed(&kept[1].as_event()).unwrap();
    listener
        .flush(&mut Flush::new(FlushReason::Requested))
        .unwrap();
    assert_eq!(
        (
            numbers(&events(&moved)),
            numbers(&events(&directory.file()))
        ),
        (vec![0], vec![1])
    );
    fs::remove_file(directory.file()).unwrap();
    listener.feed(&kept[2].as_event()).unwrap();
    listener
        .flush(&mut Flush::new(FlushReason::Requested))
        .unwrap();
    assert_eq!(numbers(&events(&directory.file())), [2]);
    // A symbolic link in its place is rejected as on the first open.
    fs::remove_file(directory.file()).unwrap();
    std::os::unix::fs::symlink(&moved, directory.file()).unwrap();
    listener.feed(&kept[3].as_event()).unwrap();
    assert!(
        listener
            .flush(&mut Flush::new(FlushReason::Requested))
            .is_err()
    );
    fs::remove_file(directory.file()).unwrap();
    listener
        .flush(&mut Flush::new(FlushReason::Requested))
        .unwrap();
    assert_eq!(
        (
            numbers(&events(&moved)),
            numbers(&events(&directory.file()))
        ),
        (vec![0], vec![3])
    );
}

#[test]
fn unwritten_lines_count_as_lost_on_drop() {
    let directory = Directory::new();
    let inner = directory.file().with_extension("d");
    fs::create_dir(&inner).unwrap();
    let mut listener = NdjsonListener::create(inner.join("events.ndjson")).unwrap();
    let lines = listener.lines();
    fs::remove_dir_all(&inner).unwrap();
    let event = numbered(1).remove(0);
    listener.feed(&event.as_event()).unwrap();
    let error = listener
        .flush(&mut Flush::new(FlushReason::Requested))
        .unwrap_err();
    assert!(
        error.is_io() && error.to_string().contains("events.ndjson"),
        "{error}"
    );
    assert!(
        listener.feed(&event.as_event()).is_err(),
        "events are rejected while writing fails"
    );
    assert_eq!((lines.written(), lines.waiting(), lines.lost()), (0, 1, 0));
    drop(listener);
    assert_eq!((lines.written(), lines.waiting(), lines.lost()), (0, 0, 1));
}

#[test]
fn failing_file_is_retried_after_a_pause_and_recovers() {
    let directory = Directory::new();
    let inner = directory.file().with_extension("d");
    fs::create_dir(&inner).unwrap();
    let mut listener = NdjsonListener::create(inner.join("events.ndjson")).unwrap();
    fs::remove_dir_all(&inner).unwrap();
    let event = numbered(1).remove(0);
    listener.feed(&event.as_event()).unwrap();
    assert!(
        listener
            .flush(&mut Flush::new(FlushReason::Requested))
            .is_err()
    );
    fs::create_dir(&inner).unwrap();
    let mut rejected = 0_u64;
    while listener.feed(&event.as_event()).is_err() {
        rejected += 1;
    }
    assert!(rejected > 0, "retries are spaced");
    listener
        .flush(&mut Flush::new(FlushReason::Requested))
        .unwrap();
    assert_eq!(numbers(&events(&inner.join("events.ndjson"))), [0, 0]);
}

#[test]
fn lines_of_other_writers_are_kept() {
    let directory = Directory::new();
    let mut listener = NdjsonListener::create(directory.file()).unwrap();
    let mut other = OpenOptions::new()
        .append(true)
        .open(directory.file())
        .unwrap();
    let event = numbered(1).remove(0);
    for _ in 0..2 {
        listener.feed(&event.as_event()).unwrap();
        listener
            .flush(&mut Flush::new(FlushReason::Requested))
            .unwrap();
        other.write_all(b"{\"n\":7}\n").unwrap();
    }
    assert_eq!(numbers(&events(&directory.file())), [0, 7, 0, 7]);
}

fn create(settings: &str) -> Result<Box<dyn Listener>, gomon_core::Error> {
    let mut factories = Factories::new();
    factories.register(factory()).unwrap();
    let file = ConfigFile::parse(
        "gomon.json",
        &format!(r#"{{"listener": [{{"kind": "file"{settings}}}]}}"#),
    )?;
    factories.create(&file.listeners()[0])
}

#[test]
fn configuration_file_creates_the_listener() {
    let directory = Directory::new();
    let path = directory.file().display().to_string();
    let settings = format!(r#", "path": {path:?}, "max-bytes": 1, "files": 2, "sync": true"#);
    let mut listener = create(&settings).unwrap();
    assert_eq!(listener.name(), "file");
    for event in numbered(3) {
        listener.feed(&event.as_event()).unwrap();
    }
    listener
        .flush(&mut Flush::new(FlushReason::Requested))
        .unwrap();
    assert_eq!(directory.names(), ["events.ndjson", "events.ndjson.1"]);
}

#[test]
fn invalid_settings_are_rejected() {
    for (settings, expected) in [
        ("", "path"),
        (r#", "path": """#, "expected a file path"),
        (r#", "path": "x", "files": 0"#, "expected a number above 0"),
        (r#", "path": "x", "max-byte": 1"#, "\"listener.0.max-byte\""),
        (
            r#", "path": "/no/such/directory/x""#,
            "/no/such/directory/x",
        ),
    ] {
        let error = create(settings).err().unwrap().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn listener_is_debug_and_send() {
    fn sendable<T: Send>() {}
    sendable::<NdjsonListener>();
    fn shared<T: Send + Sync + Clone>() {}
    shared::<gomon_ndjson::Lines>();
    let directory = Directory::new();
    assert!(
        format!("{:?}", NdjsonListener::create(directory.file()).unwrap())
            .contains("events.ndjson")
    );
}
