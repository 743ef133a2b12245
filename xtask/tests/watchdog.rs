//! Tests of the watchdog process.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::{self, File};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

fn watchdog(folder: &std::path::Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("watchdog")
        .arg(folder)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn frozen_server_of_a_killed_run_is_ended_and_its_folder_removed() {
    let folder = std::env::temp_dir().join(format!("gomon-it-{}-watchdog", std::process::id()));
    fs::create_dir(&folder).unwrap();
    let lock = File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    let mut server = Command::new("sh")
        .args(["-c", "kill -STOP $$; exec sleep 60"])
        .current_dir(&folder)
        .spawn()
        .unwrap();
    let mut watchdog = watchdog(&folder);
    drop(watchdog.stdin.take());
    // The pipe is closed, but the run still holds its lock: the watchdog waits.
    thread::sleep(Duration::from_millis(100));
    assert!(watchdog.try_wait().unwrap().is_none());
    assert!(server.try_wait().unwrap().is_none());
    let start = Instant::now();
    drop(lock);
    assert!(watchdog.wait().unwrap().success());
    assert!(!server.wait().unwrap().success());
    assert!(!folder.exists());
    // Shorter than the time before SIGKILL.
    assert!(
        start.elapsed() < Duration::from_secs(4),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn watchdog_of_a_finished_run_does_nothing() {
    let mut watchdog = watchdog(std::path::Path::new("/no/such/folder"));
    assert!(watchdog.try_wait().unwrap().is_none());
    drop(watchdog.stdin.take());
    assert!(watchdog.wait().unwrap().success());
}
