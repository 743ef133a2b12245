//! Shared test helpers: temporary directories, events, and parsing of written files.
#![allow(dead_code, reason = "each test program uses its part")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use gomon_core::{Key, OwnedEvent};
use gomon_test::TestMonitor;
use serde_json::Value as Json;

/// A temporary directory, removed on drop.
pub(crate) struct Directory(PathBuf);

impl Directory {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "ndjson-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Relaxed)
        );
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.0.join("events.ndjson")
    }

    /// Returns the sorted file names.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(&self.0)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Returns the parsed lines of all files.
    pub(crate) fn events(&self) -> Vec<Json> {
        self.names()
            .iter()
            .flat_map(|name| events(&self.0.join(name)))
            .collect()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Returns the parsed lines of a file.
pub(crate) fn events(path: &Path) -> Vec<Json> {
    let text = fs::read_to_string(path).unwrap();
    assert!(
        text.is_empty() || text.ends_with('\n'),
        "{path:?} ends within a line"
    );
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
        .collect()
}

/// Returns the values of the field `n`, in order.
pub(crate) fn numbers(events: &[Json]) -> Vec<u64> {
    events
        .iter()
        .filter_map(|event| event["n"].as_u64())
        .collect()
}

/// Returns `count` events whose field `n` counts from zero.
pub(crate) fn numbered(count: u64) -> Vec<OwnedEvent> {
    let (running, recorder) = TestMonitor::new().into_parts();
    for n in 0..count {
        let mut job = running.monitor().root("job");
        job.set(Key::new("n"), n);
        job.finish();
        running.monitor().flush(std::time::Duration::from_secs(30));
    }
    recorder.wait_for(count as usize)
}

/// Variable with the path for a test started by [`again`].
pub(crate) const ROLE: &str = "GOMON_NDJSON_TEST_PATH";

/// Runs one test of this program in another process, with `path` in [`ROLE`] and `SIGXFSZ` ignored.
pub(crate) fn again(test: &str, path: &Path) -> Child {
    Command::new("sh")
        .args(["-c", r#"trap "" XFSZ; exec "$0" "$@""#])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(ROLE, path)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap()
}
