//! Installing what is missing, where the user allowed it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::failure::{Context as _, Failure, Result};

/// The first of `found`, after an installation of `packages` if need be and allowed.
pub(crate) fn find_or_install<T>(
    what: &str,
    packages: &[&str],
    install: bool,
    find: impl Fn() -> Option<T>,
) -> Result<T> {
    if let Some(found) = find() {
        return Ok(found);
    }
    let by_hand = format!("apt-get install {}", packages.join(" "));
    if !install {
        return Err(Failure::new(format!(
            "{what} is not here; as root: `{by_hand}`, or give --install"
        )));
    }
    if !rustix::process::geteuid().is_root() {
        return Err(Failure::new(format!(
            "{what} is not here, and to install it needs root; as root: `{by_hand}`"
        )));
    }
    apt(packages)?;
    find().ok_or_else(|| Failure::new(format!("{what} is not here even after `{by_hand}`")))
}

/// Installs Debian packages, without starting the servers that come in them.
fn apt(packages: &[&str]) -> Result<()> {
    println!("  installing {}", packages.join(" "));
    let _guard = NoServices::new()?;
    // Lists that are old will often do, so that this fails is not yet a reason to give up.
    let update = apt_get(&["update"])?;
    let install = apt_get(&[&["install", "--no-install-recommends"], packages].concat())?;
    if install.status.success() {
        return Ok(());
    }
    let said = [install.stderr, update.stderr].map(|it| String::from_utf8_lossy(&it).into_owned());
    Err(Failure::new(format!(
        "{} could not be installed: {}",
        packages.join(" "),
        complaint(&said.concat())
    )))
}

fn apt_get(args: &[&str]) -> Result<Output> {
    let mut command = Command::new("apt-get");
    command
        .env("DEBIAN_FRONTEND", "noninteractive")
        .env("LC_ALL", "C.UTF-8")
        // Another program may be at it, as some are after a machine has started.
        .args(["-q", "-y", "-o", "DPkg::Lock::Timeout=300"])
        .args(args)
        .stdin(Stdio::null());
    command.output().context("apt-get")
}

/// The line in which apt tells the cause: that nothing could be fetched explains all the others.
fn complaint(said: &str) -> &str {
    let fetch = |it: &&str| it.starts_with("Failed to fetch");
    let told = |prefix| said.lines().filter_map(move |it| it.strip_prefix(prefix));
    told("E: ")
        .find(fetch)
        .or_else(|| told("W: ").find(fetch))
        .or_else(|| told("E: ").next())
        .unwrap_or("apt-get said nothing")
        .trim()
}

/// Debian starts a server when it installs one, on its usual port, unless this file says no.
struct NoServices {
    ours: bool,
}

const POLICY: &str = "/usr/sbin/policy-rc.d";
/// What we write there, and know again as ours where a killed run left it.
const NO: &str = "#!/bin/sh\n# while `cargo xtask integration-test` installs\nexit 101\n";

impl NoServices {
    fn new() -> Result<Self> {
        let policy = Path::new(POLICY);
        if policy.exists() && fs::read_to_string(policy).is_ok_and(|it| it != NO) {
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

/// The first of these folders, or of `PATH`, that has the program.
pub(crate) fn program(name: &str, folders: &[&Path]) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let of_path: Vec<_> = std::env::split_paths(&path).collect();
    let usual = [Path::new("/usr/sbin"), Path::new("/usr/local/sbin")];
    folders
        .iter()
        .copied()
        .chain(of_path.iter().map(std::path::PathBuf::as_path))
        .chain(usual)
        .map(|it| it.join(name))
        .find(|it| it.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_told_with_the_command_that_provides_it() {
        let told = find_or_install("redis-server", &["redis-server"], false, || None::<()>);
        assert_eq!(
            told.unwrap_err().to_string(),
            "redis-server is not here; as root: `apt-get install redis-server`, or give --install"
        );
    }

    #[test]
    fn lack_of_a_network_is_told_rather_than_what_follows_from_it() {
        let fetch = "Failed to fetch http://mirror/a.deb  Temporary failure resolving";
        let said =
            format!("E: {fetch}\nE: Unable to fetch some archives, maybe run apt-get update?\n");
        assert_eq!(complaint(&said), fetch);
        let said = format!("E: Package 'redis' has no installation candidate\nW: {fetch}\n");
        assert_eq!(complaint(&said), fetch);
        let said = "W: old lists\nE: Could not get lock /var/lib/dpkg/lock-frontend.\n";
        assert_eq!(
            complaint(said),
            "Could not get lock /var/lib/dpkg/lock-frontend."
        );
    }

    #[test]
    fn what_is_there_is_not_installed() {
        assert_eq!(
            find_or_install("it", &["no-such-package"], true, || Some(1)),
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
