//! Signals of the process in the threads of GoMon.
#![cfg(target_os = "linux")]
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::fs;
use std::time::Duration;

use gomon_core::{Monitor, Recorder};
use support::wait_until;

const SIGSEGV: u32 = 11;
const SIGTERM: u32 = 15;

/// Returns the name of each thread of the process and its mask of blocked signals.
fn threads() -> Vec<(String, u64)> {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let of_task = |task: std::io::Result<fs::DirEntry>| {
        let path = task.unwrap().path();
        let name = fs::read_to_string(path.join("comm")).ok()?;
        let status = fs::read_to_string(path.join("status")).ok()?;
        let mask = status
            .lines()
            .find_map(|line| line.strip_prefix("SigBlk:"))?;
        let mask = u64::from_str_radix(mask.trim(), 16).unwrap();
        Some((name.trim().to_owned(), mask))
    };
    tasks.filter_map(of_task).collect()
}

#[test]
fn every_thread_of_a_monitor_leaves_signals_to_the_program() {
    let gomon = Monitor::builder()
        .listener(Recorder::new().listener())
        .build()
        .unwrap();
    let _every = gomon.monitor().every(Duration::from_secs(60), || {});
    let mut of_monitor = Vec::new();
    // A new thread names itself.
    wait_until("all threads have their names", || {
        of_monitor = threads();
        of_monitor.retain(|(name, _)| name.starts_with("gomon-"));
        of_monitor.len() == 3
    });
    for (name, mask) in of_monitor {
        let blocks = |signal: u32| mask >> (signal - 1) & 1 == 1;
        assert!(blocks(SIGTERM) && !blocks(SIGSEGV), "{name}");
    }
}
