//! Check that each crate builds with its minimum supported Rust version.

use std::collections::BTreeMap;
use std::process::Command;

use crate::failure::{Failure, Result};
use crate::shell;
use crate::workspace::{self, Workspace};

/// What to do if a Rust version is not installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// Install it with rustup.
    Install,
    /// Fail.
    Refuse,
    /// Print a message and continue.
    Skip,
}

/// Checks each published crate with all features.
pub(crate) fn run(missing: Missing) -> Result<()> {
    let workspace = Workspace::load_members()?;
    for (version, packages) in by_version(&workspace) {
        let Some(toolchain) = toolchain(version, missing)? else {
            println!(
                "not checked: Rust {version} is not installed (rustup toolchain install {version})"
            );
            continue;
        };
        let mut command = Command::new("rustup");
        command
            .current_dir(workspace::root())
            .args([
                "run",
                &toolchain,
                "cargo",
                "check",
                "--all-features",
                "--target-dir",
            ])
            // A different compiler invalidates artifacts.
            .arg(workspace.target_directory().join("msrv"));
        command.args(packages.iter().flat_map(|package| ["--package", package]));
        shell::run(&mut command)?;
    }
    Ok(())
}

fn by_version(workspace: &Workspace) -> BTreeMap<&str, Vec<&str>> {
    let mut versions: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for package in workspace.members().filter(|package| package.is_published()) {
        let crates = versions.entry(package.field("rust_version")).or_default();
        crates.push(package.name());
    }
    versions
}

/// Returns the name of the installed toolchain with this version.
fn toolchain(version: &str, missing: Missing) -> Result<Option<String>> {
    let listed = match shell::output(Command::new("rustup").args(["toolchain", "list"])) {
        Ok(listed) => listed,
        Err(_) if missing == Missing::Skip => return Ok(None),
        Err(failure) => return Err(failure),
    };
    if let Some(name) = named(&listed, version) {
        return Ok(Some(name.to_owned()));
    }
    match missing {
        Missing::Skip => Ok(None),
        Missing::Refuse => Err(Failure::new(format!(
            "Rust {version} is not installed: run `rustup toolchain install {version}` or pass `--install`"
        ))),
        Missing::Install => {
            let mut command = Command::new("rustup");
            command.args(["toolchain", "install", version, "--profile", "minimal"]);
            shell::run(&mut command)?;
            Ok(Some(version.to_owned()))
        }
    }
}

/// Finds a toolchain by version; both `1.88-x86_64-…` and `1.88.0-x86_64-…` match 1.88.
fn named<'a>(listed: &'a str, version: &str) -> Option<&'a str> {
    let names = listed
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    let mut matching = names.filter(|name| {
        let rest = name.strip_prefix(version);
        rest.is_some_and(|rest| rest.starts_with('-') || rest.starts_with('.'))
    });
    matching.next()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn toolchain_is_found_by_major_and_minor_version() {
        let listed = "stable-x86_64-unknown-linux-gnu (active, default)\n\
                      1.880.0-x86_64-unknown-linux-gnu\n\
                      1.88.0-x86_64-unknown-linux-gnu\n\
                      1.89-aarch64-apple-darwin\n";
        assert_eq!(
            named(listed, "1.88"),
            Some("1.88.0-x86_64-unknown-linux-gnu")
        );
        assert_eq!(named(listed, "1.89"), Some("1.89-aarch64-apple-darwin"));
        assert_eq!(named(listed, "1.87"), None);
    }

    #[test]
    fn published_crates_are_grouped_by_version() {
        let package = |name: &str, version: &str, publish| json!({ "name": name, "id": name, "rust_version": version, "publish": publish });
        let workspace = Workspace::from_json(json!({
            "workspace_members": ["a", "b", "c", "d"],
            "packages": [
                package("a", "1.88", json!(null)),
                package("b", "1.94", json!(null)),
                package("c", "1.88", json!(null)),
                package("d", "1.95", json!([])),
            ],
        }));
        let expected = [("1.88", vec!["a", "c"]), ("1.94", vec!["b"])];
        assert_eq!(by_version(&workspace), BTreeMap::from(expected));
    }
}
