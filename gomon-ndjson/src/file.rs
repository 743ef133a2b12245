//! A file of whole lines.
//!
//! * It ends with the end of a line, whatever happened to the last writer or to a write.
//! * It has one writer: the file is locked, and every write appends.
//! * It is a regular file at the path that was asked for, never what a symbolic link leads to.

use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// How much is searched at a time for the end of the last line.
const STEP: u64 = 64 * 1024;

#[derive(Debug)]
pub(crate) struct LineFile {
    file: File,
    /// Bytes of whole lines.
    length: u64,
    /// Bytes behind them that a failed write left and nobody could remove yet.
    torn: u64,
}

impl LineFile {
    /// Opens or creates the file, for its owner only, and removes the part of a line that a killed writer left.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).append(true);
        let file = match fs::symlink_metadata(path) {
            Ok(there) if !there.is_file() => {
                return Err(io::Error::new(
                    ErrorKind::InvalidInput,
                    "expected a regular file or none",
                ));
            }
            Ok(there) => {
                let file = options.open(path)?;
                if !is_same(&file.metadata()?, &there) {
                    return Err(io::Error::new(
                        ErrorKind::InvalidInput,
                        "it was replaced while it was opened",
                    ));
                }
                file
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                #[cfg(unix)]
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
                // Follows no link either.
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

    /// Whether the path still leads to this file.
    pub(crate) fn is_at(&self, path: &Path) -> bool {
        match (self.file.metadata(), fs::symlink_metadata(path)) {
            (Ok(ours), Ok(there)) => is_same(&ours, &there),
            _ => false,
        }
    }

    /// Appends whole lines; how many bytes of them are in the file, whole lines again, and what kept out the rest.
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
        // If that fails, the next attempt begins with it.
        let _ = self.cut_torn();
        (whole, result)
    }

    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// Measured from the end: whoever else shortened the file, what is torn is what was written last.
    fn cut_torn(&mut self) -> io::Result<()> {
        if self.torn > 0 {
            let length = self.file.metadata()?.len();
            self.file.set_len(length.saturating_sub(self.torn))?;
            self.torn = 0;
        }
        Ok(())
    }
}

/// Writes until all is written or the first error; how many bytes were written.
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

/// The length of the lines in `bytes` that are whole.
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
            "another listener writes to it",
        )),
        // Not every file system has locks.
        Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => Ok(()),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Removes what follows the last end of a line; the length that is left.
fn repair(mut file: &File) -> io::Result<u64> {
    let length = file.metadata()?.len();
    let mut end = length;
    let mut chunk = Vec::new();
    let mut first = None;
    while end > 0 {
        let start = end.saturating_sub(STEP);
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
        // A line of ours, or the zeros of blocks that were not written before the power failed.
        Some(b'{' | 0) => file.set_len(end).map(|()| end),
        Some(_) => Err(io::Error::new(
            ErrorKind::InvalidData,
            "expected a file of lines of JSON",
        )),
    }
}

#[cfg(unix)]
fn is_same(a: &Metadata, b: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

/// Elsewhere the standard library does not tell files apart.
#[cfg(not(unix))]
fn is_same(_: &Metadata, _: &Metadata) -> bool {
    true
}
