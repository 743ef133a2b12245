//! Replay of input files without libFuzzer.

use std::ffi::OsString;
use std::path::Path;

/// Runs `target` on each file in `paths`, including the files in folders.
///
/// # Errors
///
/// Returns an error if a file cannot be read.
///
/// # Panics
///
/// Panics if the target panics.
///
/// # Examples
///
/// ```
/// fuzz::replay([], fuzz::record)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn replay(paths: impl IntoIterator<Item = OsString>, target: fn(&[u8])) -> std::io::Result<()> {
    paths
        .into_iter()
        .try_for_each(|path| replay_path(Path::new(&path), target))
}

fn replay_path(path: &Path, target: fn(&[u8])) -> std::io::Result<()> {
    if path.is_dir() {
        for entry in std::fs::read_dir(path)? {
            replay_path(&entry?.path(), target)?;
        }
        return Ok(());
    }
    target(&std::fs::read(path)?);
    Ok(())
}
