//! A second process of ours that clears up after the first, should that be killed.
//!
//! The kernel ends a server's first process with its parent, but it does not wake what is frozen,
//! and PostgreSQL waits five seconds for children that are. The watchdog does, and it takes the
//! folder and the containers with them. A pipe that closes tells it of our death, whatever kind
//! of death it was.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::failure::{Context as _, Result};

/// The command as which this program watches; it is in no list.
pub(crate) const COMMAND: &str = "watchdog";
/// Its flag for runs that have containers.
pub(crate) const CONTAINERS: &str = "containers";

/// The watching process; dropping it waits until it has done what there was to do.
#[derive(Debug)]
pub(crate) struct Watchdog(Child);

impl Watchdog {
    /// Has what is in `folder` watched over until this is dropped, and the run's containers.
    pub(crate) fn over(folder: &Path, with_containers: bool) -> Result<Self> {
        let mut command = Command::new(this_program()?);
        command
            .arg(COMMAND)
            .arg(folder)
            .args(with_containers.then(|| format!("--{CONTAINERS}")))
            .current_dir("/")
            .stdin(Stdio::piped())
            // Nobody who reads what we say should have to wait for its end.
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C is for us.
            .process_group(0);
        command.spawn().context("the watchdog").map(Self)
    }
}

/// The program that runs, also where the build that it runs has replaced its file, as a run of all checks does.
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

/// Waits, in the watching process, until the watched one has died or needs no watchdog any more.
pub(crate) fn wait() -> Result<()> {
    io::copy(&mut io::stdin(), &mut io::sink())
        .context("waiting")
        .map(drop)
}
