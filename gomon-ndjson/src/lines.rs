//! Counters of written, waiting and lost lines.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counts the events that an [`NdjsonListener`](crate::NdjsonListener) accepted.
///
/// At any time, accepted = written + waiting + lost.
///
/// # Examples
///
/// ```
/// # let dir = std::env::temp_dir().join(format!("gomon-lines-{}", std::process::id()));
/// # std::fs::create_dir_all(&dir).unwrap();
/// # let path = dir.join("events.ndjson");
/// use std::time::Duration;
///
/// use gomon_core::Monitor;
/// use gomon_ndjson::NdjsonListener;
///
/// let listener = NdjsonListener::create(&path)?;
/// let lines = listener.lines();
/// let running = Monitor::builder().listener(listener).build()?;
/// running.monitor().flush(Duration::from_secs(5));
/// assert_eq!(lines.written(), 1); // the application event
/// assert_eq!((lines.waiting(), lines.lost()), (0, 0));
/// # drop(running);
/// # std::fs::remove_dir_all(&dir).unwrap();
/// # Ok::<(), gomon_core::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Lines(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    accepted: AtomicU64,
    written: AtomicU64,
    lost: AtomicU64,
}

impl Lines {
    /// Returns the number of lines in the file.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.0.written.load(Relaxed)
    }

    /// Returns the number of lines waiting for the next flush or, after a failed write, for the next attempt.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        let settled = self.written() + self.lost();
        self.0.accepted.load(Relaxed).saturating_sub(settled)
    }

    /// Returns the number of lines that were still waiting when the listener was dropped and could not be written.
    ///
    /// Their events were counted as delivered.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.0.lost.load(Relaxed)
    }

    pub(crate) fn add_accepted(&self) {
        self.0.accepted.fetch_add(1, Relaxed);
    }

    pub(crate) fn add_written(&self, lines: u64) {
        self.0.written.fetch_add(lines, Relaxed);
    }

    pub(crate) fn add_lost(&self, lines: u64) {
        self.0.lost.fetch_add(lines, Relaxed);
    }
}
