//! Temporary folder of a run, and the folders left by killed runs.
//!
//! A run locks its folder as long as it lives. An unlocked folder was therefore left by a killed run; it is removed
//! together with the processes that use it.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::watchdog::Watchdog;
use super::{memory, processes};
use crate::failure::{Context as _, Result};

const PREFIX: &str = "gomon-it-";
/// The locked file in the folder.
pub(crate) const LOCK: &str = "lock";

static NEXT: AtomicU32 = AtomicU32::new(0);

/// The folder of a live run. Dropping it ends its processes and removes it.
#[derive(Debug)]
pub(crate) struct RunFolder {
    path: PathBuf,
    // Dropped after the folder is removed, in this order, because the watchdog waits for the lock.
    _lock: File,
    _watchdog: Option<Watchdog>,
}

impl RunFolder {
    /// Creates a folder that servers of another user may enter.
    pub(crate) fn create() -> Result<Self> {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{PREFIX}{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).context(path.display())?;
        let set_up = lock(&path).and_then(|lock| {
            fs::set_permissions(&path, Permissions::from_mode(0o755)).context(path.display())?;
            Ok(lock)
        });
        let lock = set_up.inspect_err(|_| drop(fs::remove_dir_all(&path)))?;
        Ok(Self {
            path,
            _lock: lock,
            _watchdog: None,
        })
    }

    /// Creates a folder with a watchdog that cleans up, containers included, if this process is killed.
    pub(crate) fn create_watched() -> Result<Self> {
        let mut folder = Self::create()?;
        folder._watchdog = Some(Watchdog::over(&folder.path)?);
        Ok(folder)
    }

    /// Returns the path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// Removes the folders and processes of killed runs, and returns the number of folders.
pub(crate) fn sweep() -> usize {
    let dead: Vec<_> = all().into_iter().filter(|path| is_dead(path)).collect();
    for path in &dead {
        remove(path);
    }
    dead.len()
}

/// Returns the folders of all runs, live and dead.
pub(crate) fn all() -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(std::env::temp_dir()) else {
        return Vec::new();
    };
    let user = rustix::process::getuid().as_raw();
    let ours = |path: &PathBuf| {
        path.file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with(PREFIX))
            && path
                .symlink_metadata()
                .is_ok_and(|metadata| metadata.is_dir() && metadata.uid() == user)
    };
    entries
        .flatten()
        .map(|entry| entry.path())
        .filter(ours)
        .collect()
}

/// Waits until the process that created the folder ends, and returns whether the folder was left behind.
pub(crate) fn wait_for_death(path: &Path) -> Result<bool> {
    if let Ok(lock) = File::open(path.join(LOCK)) {
        lock.lock().context(path.display())?;
    }
    Ok(path.exists())
}

/// Returns whether the run of a folder has ended.
pub(crate) fn is_dead(path: &Path) -> bool {
    match File::open(path.join(LOCK)) {
        Ok(lock) => lock.try_lock().is_ok(),
        // A run that starts or ends at this moment has no lock either. It is alive as long as its process.
        Err(_) => owner(path).is_none_or(|id| !Path::new("/proc").join(id).exists()),
    }
}

fn owner(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?.strip_prefix(PREFIX)?;
    Some(name.split('-').next()?.to_owned())
}

fn lock(path: &Path) -> Result<File> {
    let path = path.join(LOCK);
    let lock = File::create(&path).context(path.display())?;
    lock.lock().context(path.display())?;
    Ok(lock)
}

/// Ends the processes of a folder and removes it, including shared memory.
pub(crate) fn remove(path: &Path) {
    let segments = memory::of(path);
    processes::end(path, processes::GRACE);
    memory::remove(&segments);
    memory::remove(&memory::of(path));
    let _ = fs::remove_dir_all(path);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_of_a_live_run_is_not_dead() {
        let folder = RunFolder::create().unwrap();
        assert!(!is_dead(folder.path()));
        assert!(all().contains(&folder.path().to_owned()));
        let path = folder.path().to_owned();
        drop(folder);
        assert!(!path.exists());
    }

    #[test]
    fn folder_of_a_killed_run_is_dead() {
        // Not a valid process id: the maximum of Linux is 4194304.
        let path = std::env::temp_dir().join(format!("{PREFIX}4999999-0"));
        fs::create_dir_all(&path).unwrap();
        assert!(is_dead(&path));
        fs::write(path.join(LOCK), "").unwrap();
        assert!(is_dead(&path));
        fs::remove_dir_all(&path).unwrap();
    }
}
