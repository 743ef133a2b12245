//! Stress tests: writers killed with SIGKILL, and full disks.
#![cfg(unix)]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a failed helper is a failed test"
)]

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::time::Duration;

use gomon_core::{Flush, FlushReason, Key, Listener, Monitor};
use gomon_ndjson::NdjsonListener;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use support::{Directory, ROLE, again, events, numbered, numbers};

const FLUSH_TIMEOUT: Duration = Duration::from_secs(30);
/// Number of processes killed one after the other on the same files.
const GENERATIONS: u64 = 10;
/// Small, so that kills also hit rotations; no file is deleted.
const MAX_BYTES: u64 = 128 * 1024;

fn open(path: &Path) -> Result<NdjsonListener, gomon_core::Error> {
    Ok(NdjsonListener::create(path)?
        .with_max_bytes(MAX_BYTES)
        .with_files(10_000))
}

/// Writes events until killed, and prints the numbers of flushed events.
#[test]
fn writer_to_be_killed() {
    let Some(path) = std::env::var_os(ROLE) else {
        return;
    };
    let running = Monitor::builder()
        .listener(open(path.as_ref()).unwrap())
        .build()
        .unwrap();
    let mut out = std::io::stdout();
    let first = u64::from(std::process::id()) << 32;
    for n in first.. {
        let mut job = running.monitor().root("job");
        job.set(Key::new("n"), n);
        job.set(
            Key::new("text"),
            "some text that makes the line longer and easier to be cut in two",
        );
        job.finish();
        if n % 64 == 63 {
            assert!(running.monitor().flush(FLUSH_TIMEOUT).is_complete());
            writeln!(out, "flushed {n}").unwrap();
        }
    }
}

/// Kills a writer after `flushes` flushes and returns the first and last event that it reported as flushed.
fn kill(path: &Path, flushes: u64) -> (u64, u64) {
    let mut child = again("writer_to_be_killed", path);
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut first = None;
    let mut last;
    let mut seen = 0;
    let mut line = String::new();
    loop {
        line.clear();
        assert!(
            out.read_line(&mut line).unwrap() > 0,
            "the writer ended by itself"
        );
        let Some(n) = line.strip_prefix("flushed ") else {
            continue;
        };
        last = n.trim().parse().unwrap();
        first.get_or_insert(last & !0xffff_ffff);
        seen += 1;
        if seen == flushes {
            break;
        }
    }
    // Vary the moment of the kill.
    for _ in 0..flushes * 7919 % 200_000 {
        std::hint::spin_loop();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // Reports written before the kill count too.
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    for line in rest
        .split_inclusive('\n')
        .filter(|line| line.ends_with('\n'))
    {
        if let Some(n) = line.strip_prefix("flushed ") {
            last = n.trim().parse().unwrap();
        }
    }
    (first.unwrap(), last)
}

#[test]
fn killed_writer_keeps_flushed_events_and_leaves_no_torn_line() {
    let kills = if std::env::var_os("GOMON_STRESS").is_some() {
        200
    } else {
        20
    };
    let (mut acknowledged, mut torn) = (0, 0);
    for round in 0..kills / GENERATIONS {
        let directory = Directory::new();
        let mut flushed = Vec::new();
        for generation in 0..GENERATIONS {
            flushed.push(kill(
                &directory.file(),
                1 + (round * GENERATIONS + generation) * 13 % 37,
            ));
            let text = std::fs::read(directory.file()).unwrap_or_default();
            torn += u64::from(text.last().is_some_and(|byte| *byte != b'\n'));
        }
        // The lock ended with the process; opening removes the torn line.
        drop(open(&directory.file()).unwrap());
        let mut all = numbers(&directory.events());
        let lines = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), lines, "a line is duplicated");
        for (first, last) in flushed {
            let kept = all.partition_point(|n| *n <= last) - all.partition_point(|n| *n < first);
            assert_eq!(kept as u64, last - first + 1, "flushed events are lost");
            acknowledged += last - first + 1;
        }
    }
    println!("{kills} kills, {acknowledged} events flushed, 0 lost, {torn} torn tails removed");
}

/// Writes to a file with a size limit, then without it.
#[test]
fn writer_to_a_full_disk() {
    let Some(path) = std::env::var_os(ROLE) else {
        return;
    };
    let path = Path::new(&path);
    let unlimited = getrlimit(Resource::Fsize);
    let kept = numbered(400);
    let line = kept[0].to_json().len() as u64;
    let mut listener = NdjsonListener::create(path).unwrap();
    let lines = listener.lines();
    let mut accepted = Vec::new();
    for round in 0..4 {
        // Space for some lines and a part of one.
        let room = std::fs::metadata(path).unwrap().len() + 7 * line + line / 2;
        setrlimit(
            Resource::Fsize,
            Rlimit {
                current: Some(room),
                maximum: unlimited.maximum,
            },
        )
        .unwrap();
        for (n, event) in kept.iter().enumerate().skip(100 * round).take(100) {
            if listener.feed(&event.as_event()).is_ok() {
                accepted.push(n as u64);
            }
            if n % 20 == 19 {
                let full = listener
                    .flush(&mut Flush::new(FlushReason::Requested))
                    .is_err();
                assert!(full, "the limit holds");
                assert!(
                    numbers(&events(path)).len() as u64 == lines.written(),
                    "no part of a line stays"
                );
            }
        }
        setrlimit(Resource::Fsize, unlimited).unwrap();
        listener
            .flush(&mut Flush::new(FlushReason::Requested))
            .unwrap();
        assert_eq!(lines.waiting(), 0);
    }
    assert!(accepted.len() < 400, "some events were rejected");
    assert_eq!(numbers(&events(path)), accepted);
}

#[test]
fn full_disk_leaves_no_torn_line_and_accepted_events_are_written_later() {
    let directory = Directory::new();
    let output = again("writer_to_a_full_disk", &directory.file())
        .wait_with_output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    assert!(numbers(&directory.events()).len() >= 80);
}

/// Keeps recording while its disk is full.
#[test]
fn host_on_a_full_disk() {
    let Some(path) = std::env::var_os(ROLE) else {
        return;
    };
    let unlimited = getrlimit(Resource::Fsize);
    setrlimit(
        Resource::Fsize,
        Rlimit {
            current: Some(5_000),
            maximum: unlimited.maximum,
        },
    )
    .unwrap();
    let listener = NdjsonListener::create(&path).unwrap();
    let lines = listener.lines();
    let running = Monitor::builder()
        .listener(listener)
        .health_interval(None)
        .build()
        .unwrap();
    let work = |count: u64| {
        for n in 0..count {
            let mut job = running.monitor().root("job");
            job.set(Key::new("n"), n);
            job.finish();
            if n % 10 == 9 {
                running.monitor().flush(FLUSH_TIMEOUT);
            }
        }
    };
    work(500);
    let failed = running.monitor().health().listeners[0].failed;
    assert!(failed > 400, "{failed}");
    setrlimit(Resource::Fsize, unlimited).unwrap();
    running.monitor().flush(FLUSH_TIMEOUT);
    work(100);
    let health = running.shutdown(FLUSH_TIMEOUT).health;
    assert!(
        health.listeners[0].failed - failed < 20,
        "the listener did not recover: {health:?}"
    );
    assert_eq!(lines.written(), health.listeners[0].delivered);
    assert_eq!(events(path.as_ref()).len() as u64, lines.written());
    assert_eq!(
        health.produced,
        health.listeners[0].delivered + health.listeners[0].failed
    );
}

#[test]
fn events_rejected_on_a_full_disk_count_as_failed() {
    let directory = Directory::new();
    let output = again("host_on_a_full_disk", &directory.file())
        .wait_with_output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}
