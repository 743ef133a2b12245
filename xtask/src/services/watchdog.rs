//! Second process that cleans up if the first is killed.
//!
//! The kernel ends a server's first process with its parent, but does not wake frozen processes, and PostgreSQL waits
//! five seconds for its frozen children. The watchdog ends them all, and removes the folder and the containers. It
//! notices the death of the first process by a closed pipe.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::failure::{Context as _, Result};

/// The hidden command that runs the watchdog.
pub(crate) const COMMAND: &str = "watchdog";

/// The watchdog process. Dropping it waits for its end.
#[derive(Debug)]
pub(crate) struct Watchdog(Child);

impl Watchdog {
    /// Starts a watchdog for a run, by its folder.
    pub(crate) fn over(folder: &Path) -> Result<Self> {
        let mut command = Command::new(this_program()?);
        command
            .arg(COMMAND)
            .arg(folder)
            .current_dir("/")
            .stdin(Stdio::piped())
            // A reader of our output must not wait for the watchdog.
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C must not reach the watchdog.
            .process_group(0);
        command.spawn().context("the watchdog").map(Self)
    }
}

/// Returns the path of this program, even if a build has replaced its file.
fn this_program() -> Result<PathBuf> {
    let running = Path::new("/proc/self/exe");
    if running.exists() {
        return Ok(running.to_owned());
    }
    std::env::current_exe().context("this program")
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// Waits in the watchdog until the watched process has died or dropped its [`Watchdog`].
pub(crate) fn wait() -> Result<()> {
    io::copy(&mut io::stdin(), &mut io::sink())
        .context("waiting")
        .map(drop)
}
