//! Temporary folders.

use std::path::{Path, PathBuf};

use crate::Result;

/// A temporary folder of this process, removed on drop.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Creates a folder.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be created.
    pub fn new(purpose: &str) -> Result<Self> {
        let name = format!("gomon-bench-{}-{purpose}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    /// Returns the path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Best effort: it is a temporary folder.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
