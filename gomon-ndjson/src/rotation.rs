//! Rotation of full files: `events.ndjson` becomes `events.ndjson.1`, that `events.ndjson.2`; the oldest is removed.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Renames the file at `path`, so that `files` files remain once a new one is created.
pub(crate) fn rotate(path: &Path, files: u32) -> io::Result<()> {
    let Some(oldest) = files.checked_sub(1).filter(|oldest| *oldest > 0) else {
        return unless_missing(fs::remove_file(path));
    };
    for number in (1..oldest).rev() {
        unless_missing(fs::rename(
            numbered(path, number),
            numbered(path, number + 1),
        ))?;
    }
    unless_missing(fs::rename(path, numbered(path, 1)))
}

/// Syncs the directory on Unix, so that the file names survive a power failure.
pub(crate) fn sync_names(path: &Path) -> io::Result<()> {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    if cfg!(unix) {
        File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
    } else {
        Ok(())
    }
}

fn numbered(path: &Path, number: u32) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(format!(".{number}"));
    name.into()
}

fn unless_missing(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        result => result,
    }
}
