//! What became of the lines.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counts what became of the events that an [`NdjsonListener`](crate::NdjsonListener) took.
///
/// Taken = written + waiting + lost, at any time.
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
/// running.flush(Duration::from_secs(5));
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
    taken: AtomicU64,
    written: AtomicU64,
    lost: AtomicU64,
}

impl Lines {
    /// Lines that are in a file.
    ///
    /// # Examples
    ///
    /// See [`Lines`].
    #[must_use]
    pub fn written(&self) -> u64 {
        self.0.written.load(Relaxed)
    }

    /// Lines that are not in a file yet, as the next flush writes them or as writing fails.
    ///
    /// # Examples
    ///
    /// See [`Lines`].
    #[must_use]
    pub fn waiting(&self) -> u64 {
        let settled = self.written() + self.lost();
        self.0.taken.load(Relaxed).saturating_sub(settled)
    }

    /// Lines that could not be written until the listener ended; their events were counted as delivered.
    ///
    /// # Examples
    ///
    /// See [`Lines`].
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.0.lost.load(Relaxed)
    }

    pub(crate) fn note_taken(&self) {
        self.0.taken.fetch_add(1, Relaxed);
    }

    pub(crate) fn note_written(&self, lines: u64) {
        self.0.written.fetch_add(lines, Relaxed);
    }

    pub(crate) fn note_lost(&self, lines: u64) {
        self.0.lost.fetch_add(lines, Relaxed);
    }
}
