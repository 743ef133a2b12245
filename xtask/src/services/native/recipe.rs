//! Commands and folder of a native server.

use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::Signal;

use crate::failure::{Context as _, Result};
use crate::services::processes::RUN;
use crate::shell;

/// The user of servers started by root; it exists on every Linux.
const USER: &str = "nobody";

/// Creates the command that runs a server in a place on a port of 127.0.0.1.
pub(crate) type Serve = Box<dyn Fn(&Place, u16) -> Result<Command>>;

/// The commands of a server.
pub(crate) struct Recipe {
    /// Command that prepares the data.
    pub(crate) prepare: Option<Command>,
    /// Creates the command of the server.
    pub(crate) serve: Serve,
    /// Command that prints the version.
    pub(crate) version: Command,
    /// Signal for a fast graceful shutdown.
    pub(crate) stop: Signal,
}

/// The folder of a server and the user that runs it.
#[derive(Debug)]
pub(crate) struct Place {
    folder: PathBuf,
    /// The port for clients.
    pub(crate) link: u16,
    unprivileged: bool,
}

impl Place {
    /// Creates the folder.
    pub(crate) fn new(run: &Path, name: &str, link: u16) -> Result<Self> {
        let folder = run.join(name);
        fs::create_dir(&folder).context(folder.display())?;
        let place = Self {
            folder,
            link,
            unprivileged: rustix::process::geteuid().is_root(),
        };
        place.change_owner(&place.folder)?;
        Ok(place)
    }

    /// Returns a path in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Returns the folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes a file that the server can read.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.path(name);
        fs::write(&path, text).context(path.display())?;
        self.change_owner(&path)?;
        Ok(path)
    }

    /// Returns the path of the log file.
    pub(crate) fn log(&self) -> PathBuf {
        self.path("log")
    }

    /// Returns a command that runs `program` in the folder, unprivileged, and receives `death` when this process dies.
    ///
    /// The signal must be set after the user is changed. `setpriv`, a part of Debian, does this without unsafe code.
    pub(crate) fn command(&self, program: &Path, death: Signal) -> Result<Command> {
        let mut command = Command::new("setpriv");
        if self.unprivileged {
            command.args(["--reuid", USER, "--regid", &group()?, "--clear-groups"]);
        }
        let signal = match death {
            Signal::QUIT => "QUIT",
            _ => "KILL",
        };
        command
            .args(["--no-new-privs", "--pdeathsig", signal, "--"])
            .arg(program);
        let log = self.log();
        let out = File::options()
            .create(true)
            .append(true)
            .open(&log)
            .context(log.display())?;
        let err = out.try_clone().context(log.display())?;
        command
            .current_dir(&self.folder)
            .env("HOME", &self.folder)
            .env("TMPDIR", &self.folder)
            .env("LC_ALL", "C.UTF-8")
            .env(RUN, self.folder.parent().unwrap_or(&self.folder))
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            // Ctrl-C must not reach the servers; they are ended in our order.
            .process_group(0);
        Ok(command)
    }

    fn change_owner(&self, path: &Path) -> Result<()> {
        if !self.unprivileged {
            return Ok(());
        }
        let owner = format!("{USER}:");
        shell::output(Command::new("chown").arg(owner).arg(path)).map(drop)
    }
}

fn group() -> Result<String> {
    Ok(shell::output(Command::new("id").args(["-g", USER]))?
        .trim()
        .to_owned())
}
