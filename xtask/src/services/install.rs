//! Installation of missing Debian packages.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::failure::{Context as _, Failure, Result};

/// Returns the result of `find`, after installing `packages` if necessary and allowed.
pub(crate) fn find_or_install<T>(
    what: &str,
    packages: &[&str],
    install: bool,
    find: impl Fn() -> Option<T>,
) -> Result<T> {
    if let Some(found) = find() {
        return Ok(found);
    }
    let command = format!("apt-get install {}", packages.join(" "));
    if !install {
        return Err(Failure::new(format!(
            "{what} not found; as root, run `{command}` or pass --install"
        )));
    }
    if !rustix::process::geteuid().is_root() {
        return Err(Failure::new(format!(
            "{what} not found, and installing it requires root; as root, run `{command}`"
        )));
    }
    apt(packages)?;
    find().ok_or_else(|| Failure::new(format!("{what} not found even after `{command}`")))
}

/// Installs Debian packages without starting their servers.
fn apt(packages: &[&str]) -> Result<()> {
    println!("  installing {}", packages.join(" "));
    let _guard = NoServices::new()?;
    // Best effort: outdated package lists often suffice.
    let update = apt_get(&["update"])?;
    let install = apt_get(&[&["install", "--no-install-recommends"], packages].concat())?;
    if install.status.success() {
        return Ok(());
    }
    let errors =
        [install.stderr, update.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Err(Failure::new(format!(
        "cannot install {}: {}",
        packages.join(" "),
        cause(&errors.concat())
    )))
}

fn apt_get(args: &[&str]) -> Result<Output> {
    let mut command = Command::new("apt-get");
    command
        .env("DEBIAN_FRONTEND", "noninteractive")
        .env("LC_ALL", "C.UTF-8")
        // Another program may hold the lock, for example after boot.
        .args(["-q", "-y", "-o", "DPkg::Lock::Timeout=300"])
        .args(args)
        .stdin(Stdio::null());
    command.output().context("apt-get")
}

/// Returns the line with the cause; a failed download explains all other errors.
fn cause(errors: &str) -> &str {
    let fetch = |line: &&str| line.starts_with("Failed to fetch");
    let with = |prefix| {
        errors
            .lines()
            .filter_map(move |line| line.strip_prefix(prefix))
    };
    with("E: ")
        .find(fetch)
        .or_else(|| with("W: ").find(fetch))
        .or_else(|| with("E: ").next())
        .unwrap_or("no error output of apt-get")
        .trim()
}

/// Guard that prevents Debian from starting a server on installation.
struct NoServices {
    ours: bool,
}

const POLICY: &str = "/usr/sbin/policy-rc.d";
/// Content of the file; identifies a file left by a killed run.
const NO: &str = "#!/bin/sh\n# while `cargo xtask integration-test` installs\nexit 101\n";

impl NoServices {
    fn new() -> Result<Self> {
        let policy = Path::new(POLICY);
        if policy.exists() && fs::read_to_string(policy).is_ok_and(|text| text != NO) {
            return Ok(Self { ours: false });
        }
        fs::write(policy, NO).context(POLICY)?;
        let guard = Self { ours: true };
        fs::set_permissions(policy, Permissions::from_mode(0o755)).context(POLICY)?;
        Ok(guard)
    }
}

impl Drop for NoServices {
    fn drop(&mut self) {
        if self.ours {
            let _ = fs::remove_file(POLICY);
        }
    }
}

/// Finds a program in these folders, in `PATH`, or in the usual folders of servers.
pub(crate) fn program(name: &str, folders: &[&Path]) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path_folders: Vec<_> = std::env::split_paths(&path).collect();
    let usual = [Path::new("/usr/sbin"), Path::new("/usr/local/sbin")];
    folders
        .iter()
        .copied()
        .chain(path_folders.iter().map(std::path::PathBuf::as_path))
        .chain(usual)
        .map(|path| path.join(name))
        .find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_of_a_missing_program_names_the_command() {
        let result = find_or_install("redis-server", &["redis-server"], false, || None::<()>);
        assert_eq!(
            result.unwrap_err().to_string(),
            "redis-server not found; as root, run `apt-get install redis-server` or pass --install"
        );
    }

    #[test]
    fn failed_download_is_reported_as_the_cause() {
        let fetch = "Failed to fetch http://mirror/a.deb  Temporary failure resolving";
        let errors =
            format!("E: {fetch}\nE: Unable to fetch some archives, maybe run apt-get update?\n");
        assert_eq!(cause(&errors), fetch);
        let errors = format!("E: Package 'redis' has no installation candidate\nW: {fetch}\n");
        assert_eq!(cause(&errors), fetch);
        let errors = "W: old lists\nE: Could not get lock /var/lib/dpkg/lock-frontend.\n";
        assert_eq!(
            cause(errors),
            "Could not get lock /var/lib/dpkg/lock-frontend."
        );
    }

    #[test]
    fn installed_program_is_not_reinstalled() {
        assert_eq!(
            find_or_install("program", &["no-such-package"], true, || Some(1)),
            Ok(1)
        );
    }

    #[test]
    fn named_folders_come_before_the_path() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert_eq!(
            program("Cargo.toml", &[folder]),
            Some(folder.join("Cargo.toml"))
        );
        assert_eq!(program("no-such-program", &[]), None);
    }
}
