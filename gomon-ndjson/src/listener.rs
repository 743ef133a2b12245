//! Events into a file.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use gomon_core::{Error, Event, Listener};

use crate::Lines;
use crate::file::{LineFile, end_of_last_line};
use crate::rotation::{rotate, sync_names};

/// More than this is written before anything is added.
const MUCH: usize = 64 * 1024;
pub(crate) const MAX_BYTES: u64 = 64 * 1024 * 1024;
pub(crate) const FILES: u32 = 5;
/// How long a file that cannot be written is left alone, unless a flush asks.
const RETRY: Duration = Duration::from_millis(100);

/// Writes every event as a line of JSON to a file, and begins a new file when one is full.
///
/// What [`flush`](Listener::flush) wrote stays whole, also if the process is killed: a part of a line at the end is
/// removed when the file is opened next. When writing fails, no part of a line stays, what was taken waits for the next
/// attempt, and further events are refused, so that they count as failed; it goes on by itself when there is space again.
///
/// The file belongs to its owner (mode 0600 on Unix) and to one listener at a time. A path that a symbolic link stands
/// at is refused. A file that somebody else moves or deletes is replaced by a new one.
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
    /// None after a rotation, or when the last attempt to open it failed.
    file: Option<LineFile>,
    /// Whole lines that are to be written, and how many.
    pending: Vec<u8>,
    waiting: u64,
    lines: Lines,
    /// Something was written since the last synchronisation.
    unsynced: bool,
    /// Since the last attempt to write: nothing is taken until one succeeds.
    failure: Option<(Instant, ErrorKind)>,
}

impl NdjsonListener {
    /// Opens the file, or creates it; its directory has to exist.
    ///
    /// # Errors
    ///
    /// A file that cannot be opened, that another listener writes to, that is no regular file or holds something else
    /// than lines of JSON.
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
        let file = LineFile::open(path).map_err(|error| naming(path, &error))?;
        Ok(Self {
            path: path.to_owned(),
            max_bytes: MAX_BYTES,
            files: FILES,
            sync: false,
            file: Some(file),
            pending: Vec::new(),
            waiting: 0,
            lines: Lines::default(),
            unsynced: false,
            failure: None,
        })
    }

    /// How long a file may become, in bytes; 64 MiB by default. A file takes at least one line.
    ///
    /// # Examples
    ///
    /// See [`NdjsonListener`].
    #[must_use]
    pub fn with_max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// How many files are kept, the one that is written to included; 5 by default, at least 1.
    ///
    /// # Examples
    ///
    /// See [`NdjsonListener`].
    #[must_use]
    pub fn with_files(mut self, files: u32) -> Self {
        self.files = files.max(1);
        self
    }

    /// Whether a flush waits until the disk has the lines, so that they outlast a power failure; by default they
    /// outlast the process.
    ///
    /// # Examples
    ///
    /// ```
    /// # let dir = std::env::temp_dir().join(format!("gomon-sync-{}", std::process::id()));
    /// # std::fs::create_dir_all(&dir).unwrap();
    /// # let path = dir.join("audit.ndjson");
    /// let listener = gomon_ndjson::NdjsonListener::create(&path)?.with_sync(true);
    /// # drop(listener);
    /// # std::fs::remove_dir_all(&dir).unwrap();
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    #[must_use]
    pub fn with_sync(mut self, sync: bool) -> Self {
        self.sync = sync;
        self
    }

    /// Counts what becomes of the lines; the counts stay when the listener is gone.
    ///
    /// # Examples
    ///
    /// See [`Lines`].
    #[must_use]
    pub fn lines(&self) -> Lines {
        self.lines.clone()
    }

    /// Writes if much waits or the last attempt failed.
    fn make_room(&mut self) -> Result<(), Error> {
        match self.failure {
            Some((at, kind)) if at.elapsed() < RETRY => Err(naming(&self.path, &kind.into())),
            None if self.pending.len() < MUCH => Ok(()),
            _ => self.write(),
        }
    }

    /// Writes all that waits.
    fn write(&mut self) -> Result<(), Error> {
        let result = self.write_pending();
        self.failure = result
            .as_ref()
            .err()
            .map(|error| (Instant::now(), error.kind()));
        result.map_err(|error| naming(&self.path, &error))
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
            let lines = match beginning(&self.pending, room) {
                Some(lines) => lines,
                None if file.length() == 0 => first_line(&self.pending),
                None => {
                    self.finish_file()?;
                    continue;
                }
            };
            let (written, result) = file.append(lines);
            self.unsynced |= written > 0;
            // They are counted one by one only where a write or a file took a part of them.
            let all = written == self.pending.len();
            let count = if all {
                self.waiting
            } else {
                count_lines(lines.get(..written).unwrap_or(lines))
            };
            self.waiting -= count.min(self.waiting);
            self.lines.note_written(count);
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
        self.lines.note_taken();
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.write()
    }
}

impl Drop for NdjsonListener {
    fn drop(&mut self) {
        let _ = self.write();
        self.lines.note_lost(self.waiting);
    }
}

/// The most whole lines that fit into `room`; none if that is not even one.
fn beginning(lines: &[u8], room: usize) -> Option<&[u8]> {
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

fn naming(path: &Path, error: &io::Error) -> Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display())).into()
}
