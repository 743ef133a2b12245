//! Throughput of a JSON log file.

use std::path::PathBuf;

use gomon_ndjson::NdjsonListener;

use super::dispatch::rate;
use crate::Result;
use crate::goal::Goal;
use crate::rounds::Effort;
use crate::row::Row;
use crate::spread::Spread;
use crate::subject::gomon;

/// Minimum number of events per second of one core.
const MIN_RATE: f64 = 2e6;

pub(super) fn measure(effort: Effort) -> Result<Vec<Row>> {
    let folder = Folder::new()?;
    let listener = NdjsonListener::create(folder.0.join("events.ndjson"))?.with_files(2);
    let lines = listener.lines();
    gomon::start(gomon::quiet().listener(listener))?;
    let rates = Spread::of(
        (0..effort.pick(1, 9)).map(|_| rate(gomon::SUBJECT.five_fields, &|| lines.written())),
    );
    Ok(vec![
        Row::new("", "root with five fields")
            .with("events/s", rates.median)
            .with("CPU ns", 1e9 / rates.median)
            .with("lost", lines.lost() as f64)
            .with_goal(Goal::at_least("events/s", rates.median, MIN_RATE)),
    ])
}

/// A temporary folder, removed on drop.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("gomon-bench-{}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Best effort: it is a temporary folder.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
