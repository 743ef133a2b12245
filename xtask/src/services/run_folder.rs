//! One temporary folder for all that a run leaves on disk, and what is left of earlier runs.
//!
//! A run holds a lock on its folder for as long as it lives, however it ends. A folder that
//! nobody holds is therefore what a crash left, and is swept with the processes that work in it.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::watchdog::Watchdog;
use super::{memory, processes};
use crate::failure::{Context as _, Result};

const PREFIX: &str = "gomon-it-";
/// The file in it that its run holds.
pub(crate) const LOCK: &str = "lock";

static NEXT: AtomicU32 = AtomicU32::new(0);

/// The folder of a living run; dropping it ends what works in it and removes it.
#[derive(Debug)]
pub(crate) struct RunFolder {
    path: PathBuf,
    // Dropped after the folder has gone and in this order, for the watchdog waits for the lock.
    _lock: File,
    _watchdog: Option<Watchdog>,
}

impl RunFolder {
    /// Makes a new folder that servers of another user may enter.
    pub(crate) fn create() -> Result<Self> {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{PREFIX}{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).context(path.display())?;
        let made = lock(&path).and_then(|lock| {
            fs::set_permissions(&path, Permissions::from_mode(0o755)).context(path.display())?;
            Ok(lock)
        });
        match made {
            Ok(lock) => Ok(Self {
                path,
                _lock: lock,
                _watchdog: None,
            }),
            Err(failure) => {
                let _ = fs::remove_dir_all(&path);
                Err(failure)
            }
        }
    }

    /// The same, with a watchdog that clears up, containers too, if this process is killed.
    pub(crate) fn create_watched(with_containers: bool) -> Result<Self> {
        let mut folder = Self::create()?;
        folder._watchdog = Some(Watchdog::over(&folder.path, with_containers)?);
        Ok(folder)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// Removes the folders of runs that have died, with their processes; returns how many.
pub(crate) fn sweep() -> usize {
    let dead: Vec<_> = all().into_iter().filter(|it| is_dead(it)).collect();
    for path in &dead {
        remove(path);
    }
    dead.len()
}

/// The folders of all runs, living and dead.
pub(crate) fn all() -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(std::env::temp_dir()) else {
        return Vec::new();
    };
    let user = rustix::process::getuid().as_raw();
    let ours = |it: &PathBuf| {
        it.file_name()
            .is_some_and(|it| it.to_string_lossy().starts_with(PREFIX))
            && it
                .symlink_metadata()
                .is_ok_and(|it| it.is_dir() && it.uid() == user)
    };
    entries.flatten().map(|it| it.path()).filter(ours).collect()
}

/// Waits for the end of the process that made a folder, however it ends; whether it left it.
pub(crate) fn wait_for_death(path: &Path) -> Result<bool> {
    if let Ok(lock) = File::open(path.join(LOCK)) {
        lock.lock().context(path.display())?;
    }
    Ok(path.exists())
}

/// Whether nobody runs there any more.
pub(crate) fn is_dead(path: &Path) -> bool {
    match File::open(path.join(LOCK)) {
        Ok(lock) => lock.try_lock().is_ok(),
        // A run that is being set up or torn down this moment has no lock either; it is let be
        // for as long as its process lives.
        Err(_) => owner(path).is_none_or(|it| !Path::new("/proc").join(it).exists()),
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

/// Ends what works in a folder and removes it, with what that would leave outside of it.
pub(crate) fn remove(path: &Path) {
    let noted = memory::of(path);
    processes::end(path, processes::GRACE);
    memory::remove(&noted);
    memory::remove(&memory::of(path));
    let _ = fs::remove_dir_all(path);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn living_folder_is_not_swept() {
        let folder = RunFolder::create().unwrap();
        assert!(!is_dead(folder.path()));
        assert!(all().contains(&folder.path().to_owned()));
        let path = folder.path().to_owned();
        drop(folder);
        assert!(!path.exists());
    }

    #[test]
    fn folder_whose_run_died_is_dead() {
        // No process has this id: Linux ends at 4194304.
        let path = std::env::temp_dir().join(format!("{PREFIX}4999999-0"));
        fs::create_dir_all(&path).unwrap();
        assert!(is_dead(&path));
        fs::write(path.join(LOCK), "").unwrap();
        assert!(is_dead(&path));
        fs::remove_dir_all(&path).unwrap();
    }
}
