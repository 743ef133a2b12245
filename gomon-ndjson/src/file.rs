//! Append-only file of complete lines.
//!
//! Invariants:
//!
//! * The file ends with a newline, even after a killed writer or a failed write.
//! * The file has one writer: it is locked, and every write appends.
//! * The path is a regular file, never a symbolic link.

use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Bytes read at a time when searching backwards for the last newline.
const CHUNK_BYTES: u64 = 64 * 1024;

#[derive(Debug)]
pub(crate) struct LineFile {
    file: File,
    /// Length of the complete lines.
    length: u64,
    /// Length of a partial line after them: a failed write left it, and truncating it failed too.
    torn: u64,
}

impl LineFile {
    /// Opens or creates the file with mode 0600 and removes a partial line of a killed writer.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).append(true);
        let file = match fs::symlink_metadata(path) {
            Ok(there) if !there.is_file() => {
                return Err(io::Error::new(
                    ErrorKind::InvalidInput,
                    "expected a regular file or no file",
                ));
            }
            Ok(there) => {
                let file = options.open(path)?;
                if !is_same(&file.metadata()?, &there) {
                    return Err(io::Error::new(
                        ErrorKind::InvalidInput,
                        "the file was replaced while it was being opened",
                    ));
                }
                file
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                #[cfg(unix)]
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
                // `create_new` does not follow symbolic links.
                options.create_new(true).open(path)?
            }
            Err(error) => return Err(error),
        };
        lock(&file)?;
        let length = repair(&file)?;
        Ok(Self {
            file,
            length,
            torn: 0,
        })
    }

    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Returns whether the path still refers to this file.
    pub(crate) fn is_at(&self, path: &Path) -> bool {
        match (self.file.metadata(), fs::symlink_metadata(path)) {
            (Ok(ours), Ok(there)) => is_same(&ours, &there),
            _ => false,
        }
    }

    /// Appends complete lines and returns how many bytes of complete lines were written.
    ///
    /// If a write fails, its error is returned too and a partial line is removed.
    pub(crate) fn append(&mut self, lines: &[u8]) -> (usize, io::Result<()>) {
        if let Err(error) = self.cut_torn() {
            return (0, Err(error));
        }
        let (written, result) = write(&mut self.file, lines);
        let whole = match result {
            Ok(()) => written,
            Err(_) => lines.get(..written).map_or(0, end_of_last_line),
        };
        self.length += whole as u64;
        self.torn = (written - whole) as u64;
        // On failure, the next append retries it first.
        let _ = self.cut_torn();
        (whole, result)
    }

    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// Removes the partial line.
    ///
    /// The position is counted from the end, so that it holds even if another process truncated the file.
    fn cut_torn(&mut self) -> io::Result<()> {
        if self.torn > 0 {
            let length = self.file.metadata()?.len();
            self.file.set_len(length.saturating_sub(self.torn))?;
            self.torn = 0;
        }
        Ok(())
    }
}

/// Writes all bytes or stops at the first error, and returns how many bytes were written.
fn write(file: &mut File, bytes: &[u8]) -> (usize, io::Result<()>) {
    let mut written = 0;
    while let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
        match file.write(rest) {
            Ok(0) => return (written, Err(ErrorKind::WriteZero.into())),
            Ok(more) => written += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return (written, Err(error)),
        }
    }
    (written, Ok(()))
}

/// Returns the length of the complete lines in `bytes`.
pub(crate) fn end_of_last_line(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1)
}

fn lock(file: &File) -> io::Result<()> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(io::Error::new(
            ErrorKind::ResourceBusy,
            "another listener is writing to the file",
        )),
        // Some file systems do not support locks.
        Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => Ok(()),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Removes everything after the last newline and returns the remaining length.
fn repair(mut file: &File) -> io::Result<u64> {
    let length = file.metadata()?.len();
    let mut end = length;
    let mut chunk = Vec::new();
    let mut first = None;
    while end > 0 {
        let start = end.saturating_sub(CHUNK_BYTES);
        chunk.resize(usize::try_from(end - start).unwrap_or(0), 0);
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut chunk)?;
        let whole = end_of_last_line(&chunk);
        first = chunk.get(whole).copied().or(first);
        end = start + whole as u64;
        if whole > 0 {
            break;
        }
    }
    match first {
        None => Ok(length),
        // A partial event, or zeroed blocks after a power failure.
        Some(b'{' | 0) => file.set_len(end).map(|()| end),
        Some(_) => Err(io::Error::new(
            ErrorKind::InvalidData,
            "expected a file of JSON lines",
        )),
    }
}

#[cfg(unix)]
fn is_same(a: &Metadata, b: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

/// The standard library cannot compare file identities on other platforms.
#[cfg(not(unix))]
fn is_same(_: &Metadata, _: &Metadata) -> bool {
    true
}
