//! Listener that writes events to a file.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use gomon_core::{Error, Event, Flush, FlushReason, Listener};

use crate::Lines;
use crate::file::{LineFile, end_of_last_line};
use crate::rotation::{rotate, sync_names};

/// Maximum number of buffered bytes; beyond it, the next event triggers a write first.
const MAX_PENDING: usize = 64 * 1024;
pub(crate) const DEFAULT_MAX_BYTES: u64 = 64 * 1024 * 1024;
pub(crate) const DEFAULT_FILES: u32 = 5;
/// Minimum interval between writes when the queue becomes empty again and again.
const WRITE_INTERVAL: Duration = Duration::from_millis(100);
/// Pause after a failed write, during which events are rejected; a flush ignores it.
const RETRY_INTERVAL: Duration = Duration::from_millis(100);

/// Appends each event to a file as one line of JSON and rotates full files.
///
/// Lines written by [`flush`](Listener::flush) survive a killed process. A torn line at the end is removed when the
/// file is next opened.
///
/// A failed write leaves no torn line. Accepted events stay buffered for the next attempt; further events are rejected
/// and count as failed. Writing resumes when space is available.
///
/// The file is readable by its owner only (mode 0600 on Unix) and locked against a second listener. Symbolic links are
/// rejected. If another process moves or deletes the file, a new one is created.
///
/// # Examples
///
/// ```
/// # let dir = std::env::temp_dir().join(format!("gomon-listener-{}", std::process::id()));
/// # std::fs::create_dir_all(&dir).unwrap();
/// # let path = dir.join("events.ndjson");
/// use gomon_core::Monitor;
/// use gomon_ndjson::NdjsonListener;
///
/// let listener = NdjsonListener::create(&path)?.with_max_bytes(16 * 1024 * 1024).with_files(3);
/// let running = Monitor::builder().listener(listener).build()?;
/// # drop(running);
/// # std::fs::remove_dir_all(&dir).unwrap();
/// # Ok::<(), gomon_core::Error>(())
/// ```
#[derive(Debug)]
pub struct NdjsonListener {
    path: PathBuf,
    max_bytes: u64,
    files: u32,
    sync: bool,
    /// `None` after a rotation, or if opening the file failed.
    file: Option<LineFile>,
    /// Complete lines to write.
    pending: Vec<u8>,
    /// Number of lines in `pending`.
    waiting: u64,
    lines: Lines,
    /// When buffered lines were last written.
    written_at: Instant,
    /// Whether lines were written since the last sync.
    unsynced: bool,
    /// Time and kind of the last error; cleared by the next successful write.
    failure: Option<(Instant, ErrorKind)>,
}

impl NdjsonListener {
    /// Opens or creates the file. Its directory must exist.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be opened, is locked by another listener, is not a regular file, or does not
    /// contain JSON lines.
    ///
    /// # Examples
    ///
    /// ```
    /// let error = gomon_ndjson::NdjsonListener::create("/no/such/directory/events.ndjson").unwrap_err();
    /// assert!(error.is_io());
    /// assert!(error.to_string().contains("/no/such/directory"));
    /// ```
    pub fn create(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let file = LineFile::open(path).map_err(|error| with_path(path, &error))?;
        Ok(Self {
            path: path.to_owned(),
            max_bytes: DEFAULT_MAX_BYTES,
            files: DEFAULT_FILES,
            sync: false,
            file: Some(file),
            pending: Vec::new(),
            waiting: 0,
            lines: Lines::default(),
            written_at: Instant::now(),
            unsynced: false,
            failure: None,
        })
    }

    /// Sets the maximum size of a file in bytes; 64 MiB by default. A file always holds at least one line.
    #[must_use]
    pub fn with_max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Sets how many files are kept, including the current one; 5 by default, at least 1.
    #[must_use]
    pub fn with_files(mut self, files: u32) -> Self {
        self.files = files.max(1);
        self
    }

    /// Sets whether a flush waits until the lines are on the disk; false by default.
    ///
    /// Synced lines survive a power failure, not only a killed process.
    #[must_use]
    pub fn with_sync(mut self, sync: bool) -> Self {
        self.sync = sync;
        self
    }

    /// Returns the counters of this listener. They remain readable after it is dropped.
    #[must_use]
    pub fn lines(&self) -> Lines {
        self.lines.clone()
    }

    /// Writes if the buffer is full or the last write failed.
    fn make_room(&mut self) -> Result<(), Error> {
        match self.failure {
            Some((at, kind)) if at.elapsed() < RETRY_INTERVAL => {
                Err(with_path(&self.path, &kind.into()))
            }
            None if self.pending.len() < MAX_PENDING => Ok(()),
            _ => self.write(),
        }
    }

    /// Writes all buffered lines.
    fn write(&mut self) -> Result<(), Error> {
        let result = self.write_pending();
        self.written_at = Instant::now();
        self.failure = result
            .as_ref()
            .err()
            .map(|error| (Instant::now(), error.kind()));
        result.map_err(|error| with_path(&self.path, &error))
    }

    fn write_pending(&mut self) -> io::Result<()> {
        while !self.pending.is_empty() {
            self.file = self.file.take().filter(|file| file.is_at(&self.path));
            let file = match &mut self.file {
                Some(file) => file,
                None => self.file.insert(LineFile::open(&self.path)?),
            };
            let room =
                usize::try_from(self.max_bytes.saturating_sub(file.length())).unwrap_or(usize::MAX);
            let lines = match lines_that_fit(&self.pending, room) {
                Some(lines) => lines,
                None if file.length() == 0 => first_line(&self.pending),
                None => {
                    self.finish_file()?;
                    continue;
                }
            };
            let (written, result) = file.append(lines);
            self.unsynced |= written > 0;
            // Counting newlines is needed only after a partial write or at the end of a file.
            let all = written == self.pending.len();
            let count = if all {
                self.waiting
            } else {
                count_lines(lines.get(..written).unwrap_or(lines))
            };
            self.waiting -= count.min(self.waiting);
            self.lines.add_written(count);
            self.pending.drain(..written);
            result?;
        }
        if self.sync && std::mem::take(&mut self.unsynced) {
            self.synchronise().inspect_err(|_| self.unsynced = true)?;
        }
        Ok(())
    }

    fn finish_file(&mut self) -> io::Result<()> {
        if self.sync {
            self.synchronise()?;
        }
        rotate(&self.path, self.files)?;
        self.file = None;
        Ok(())
    }

    fn synchronise(&self) -> io::Result<()> {
        self.file.as_ref().map_or(Ok(()), LineFile::sync)?;
        sync_names(&self.path)
    }
}

impl Listener for NdjsonListener {
    fn name(&self) -> &str {
        "file"
    }

    fn feed(&mut self, event: &Event<'_>) -> Result<(), Error> {
        self.make_room()?;
        event.write_json(&mut self.pending);
        self.pending.push(b'\n');
        self.waiting += 1;
        self.lines.add_accepted();
        Ok(())
    }

    fn flush(&mut self, flush: &mut Flush) -> Result<(), Error> {
        match flush.reason() {
            FlushReason::Idle => {
                let since_write = self.written_at.elapsed();
                if since_write < WRITE_INTERVAL {
                    flush.call_again_after(WRITE_INTERVAL - since_write);
                    return Ok(());
                }
                self.write()
            }
            FlushReason::Last => {
                let result = self.write();
                if self.waiting > 0 {
                    flush.report_lost("unwritten", self.waiting);
                }
                result
            }
            _ => self.write(),
        }
    }
}

impl Drop for NdjsonListener {
    fn drop(&mut self) {
        let _ = self.write();
        self.lines.add_lost(self.waiting);
    }
}

/// Returns the longest prefix of complete lines that fits into `room`, or `None` if no line fits.
fn lines_that_fit(lines: &[u8], room: usize) -> Option<&[u8]> {
    if lines.len() <= room {
        return Some(lines);
    }
    let fits = end_of_last_line(lines.get(..room)?);
    lines.get(..fits).filter(|fits| !fits.is_empty())
}

fn first_line(lines: &[u8]) -> &[u8] {
    let end = lines
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or(lines.len(), |at| at + 1);
    lines.get(..end).unwrap_or(lines)
}

fn count_lines(lines: &[u8]) -> u64 {
    lines.iter().filter(|byte| **byte == b'\n').count() as u64
}

fn with_path(path: &Path, error: &io::Error) -> Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display())).into()
}
