//! Processes that are killed while they write, and disks that are full.
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

use gomon_core::{Key, Listener, Monitor};
use gomon_ndjson::NdjsonListener;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use support::{Directory, ROLE, again, events, numbered, numbers};

const SOON: Duration = Duration::from_secs(30);
/// So many processes are killed one after the other over the same files.
const GENERATIONS: u64 = 10;
/// Small, so that kills hit rotations too; nothing is ever deleted.
const MAX_BYTES: u64 = 128 * 1024;

fn open(path: &Path) -> Result<NdjsonListener, gomon_core::Error> {
    Ok(NdjsonListener::create(path)?
        .with_max_bytes(MAX_BYTES)
        .with_files(10_000))
}

/// Writes events for ever and says on standard output which of them were flushed.
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
        let mut job = running.root("job");
        job.set(Key::new("n"), n);
        job.set(
            Key::new("text"),
            "some text that makes the line longer and easier to be cut in two",
        );
        job.finish();
        if n % 64 == 63 {
            assert!(running.flush(SOON).is_complete());
            writeln!(out, "flushed {n}").unwrap();
        }
    }
}

/// Kills a writer after some of its flushes; the last event that it said was flushed.
fn kill(path: &Path, flushes: u64) -> (u64, u64) {
    let mut child = again("writer_to_be_killed", path);
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut first = None;
    let mut last;
    let mut seen = 0;
    let mut line = String::new();
    loop {
        line.clear();
        assert!(out.read_line(&mut line).unwrap() > 0, "it ended by itself");
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
    // Some other moment each time.
    for _ in 0..flushes * 7919 % 200_000 {
        std::hint::spin_loop();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // What it said before it was killed counts too.
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
fn a_killed_writer_loses_nothing_that_was_flushed_and_leaves_no_torn_line() {
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
        // The lock went with the process, and what it tore is removed.
        drop(open(&directory.file()).unwrap());
        let mut all = numbers(&directory.events());
        let lines = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), lines, "a line stands there twice");
        for (first, last) in flushed {
            let kept = all.partition_point(|n| *n <= last) - all.partition_point(|n| *n < first);
            assert_eq!(kept as u64, last - first + 1, "flushed events are lost");
            acknowledged += last - first + 1;
        }
    }
    println!("{kills} kills, {acknowledged} events flushed, 0 lost, {torn} torn tails removed");
}

/// Writes to a file whose size is limited, then without the limit.
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
    let mut taken = Vec::new();
    for round in 0..4 {
        // Room for some lines and a part of one.
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
                taken.push(n as u64);
            }
            if n % 20 == 19 {
                let full = listener.flush().is_err();
                assert!(full, "the limit holds");
                assert!(
                    numbers(&events(path)).len() as u64 == lines.written(),
                    "no part of a line stays"
                );
            }
        }
        setrlimit(Resource::Fsize, unlimited).unwrap();
        listener.flush().unwrap();
        assert_eq!(lines.waiting(), 0);
    }
    assert!(taken.len() < 400, "something was refused");
    assert_eq!(numbers(&events(path)), taken);
}

#[test]
fn a_full_disk_tears_no_line_and_all_that_was_taken_is_written_when_space_returns() {
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

/// A program that works while its disk is full.
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
            let mut job = running.root("job");
            job.set(Key::new("n"), n);
            job.finish();
            if n % 10 == 9 {
                running.flush(SOON);
            }
        }
    };
    work(500);
    let failed = running.health().listeners[0].failed;
    assert!(failed > 400, "{failed}");
    setrlimit(Resource::Fsize, unlimited).unwrap();
    running.flush(SOON);
    work(100);
    let health = running.shutdown(SOON).health;
    assert!(
        health.listeners[0].failed - failed < 20,
        "it recovers: {health:?}"
    );
    assert_eq!(lines.written(), health.listeners[0].delivered);
    assert_eq!(events(path.as_ref()).len() as u64, lines.written());
    assert_eq!(
        health.produced,
        health.listeners[0].delivered + health.listeners[0].failed
    );
}

#[test]
fn events_that_a_full_disk_refuses_count_as_failed_and_the_others_are_in_the_file() {
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
