//! How one server is made and run on this machine.

use std::fs::{self, File};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::Signal;

use crate::failure::{Context as _, Failure, Result};
use crate::services::processes::RUN;
use crate::shell;

/// The user that servers run as when root starts them; every Linux has it.
const USER: &str = "nobody";

/// The command that serves in a place on a port of 127.0.0.1.
pub(crate) type Serve = Box<dyn Fn(&Place, u16) -> Result<Command>>;

/// The commands of one server, given its place.
pub(crate) struct Recipe {
    /// What makes its data, one after the other.
    pub(crate) prepare: Vec<Command>,
    /// What serves.
    pub(crate) serve: Serve,
    /// What prints its version.
    pub(crate) version: Command,
    /// What tells it to stop at once, in order.
    pub(crate) stop: Signal,
}

/// A folder of its own for one server, and the user that it runs as.
#[derive(Debug)]
pub(crate) struct Place {
    folder: PathBuf,
    /// The port that clients are given.
    pub(crate) link: u16,
    unprivileged: bool,
}

impl Place {
    /// Makes the folder.
    pub(crate) fn new(run: &Path, name: &str, link: u16) -> Result<Self> {
        let folder = run.join(name);
        fs::create_dir(&folder).context(folder.display())?;
        let place = Self {
            folder,
            link,
            unprivileged: rustix::process::geteuid().is_root(),
        };
        place.give(&place.folder)?;
        Ok(place)
    }

    /// A path in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The folder itself.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes a file that the server can read.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.path(name);
        fs::write(&path, text).context(path.display())?;
        self.give(&path)?;
        Ok(path)
    }

    /// Where everything that the server says goes.
    pub(crate) fn log(&self) -> PathBuf {
        self.path("log")
    }

    /// `program`, as an unprivileged user in the folder, which `death` ends when we die.
    ///
    /// The signal has to be set after the change of user, and by a program, as we have no
    /// unsafe code; `setpriv` is part of every Debian.
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
            // Ctrl-C is for us; we end the servers in our own order.
            .process_group(0);
        Ok(command)
    }

    fn give(&self, path: &Path) -> Result<()> {
        if !self.unprivileged {
            return Ok(());
        }
        let id = |flag: &str| -> Result<u32> {
            let told = shell::output(Command::new("id").args([flag, USER]))?;
            told.trim()
                .parse()
                .map_err(|_| Failure::new(format!("no user `{USER}` here")))
        };
        chown(path, Some(id("-u")?), Some(id("-g")?)).context(path.display())
    }
}

fn group() -> Result<String> {
    Ok(shell::output(Command::new("id").args(["-g", USER]))?
        .trim()
        .to_owned())
}
