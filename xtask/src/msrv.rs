//! Whether each crate builds with the oldest Rust that it promises.

use std::collections::BTreeMap;
use std::process::Command;

use crate::failure::{Failure, Result};
use crate::shell;
use crate::workspace::{self, Workspace};

/// What to do about a version of Rust that is not here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// Have rustup install it.
    Install,
    /// Fail.
    Refuse,
    /// Say so, and go on.
    Skip,
}

/// Checks each published crate with all of its features.
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
            // Other compilers mean other artifacts.
            .arg(workspace.target_directory().join("msrv"));
        command.args(packages.iter().flat_map(|it| ["--package", it]));
        shell::run(&mut command)?;
    }
    Ok(())
}

fn by_version(workspace: &Workspace) -> BTreeMap<&str, Vec<&str>> {
    let mut versions: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for package in workspace.members().filter(|it| it.is_published()) {
        let crates = versions.entry(package.field("rust_version")).or_default();
        crates.push(package.name());
    }
    versions
}

/// The name under which rustup has that version.
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
            "Rust {version} is not installed: `rustup toolchain install {version}`, or give `--install`"
        ))),
        Missing::Install => {
            let mut command = Command::new("rustup");
            command.args(["toolchain", "install", version, "--profile", "minimal"]);
            shell::run(&mut command)?;
            Ok(Some(version.to_owned()))
        }
    }
}

/// `1.88-x86_64-…` and `1.88.0-x86_64-…` are both 1.88.
fn named<'a>(listed: &'a str, version: &str) -> Option<&'a str> {
    let names = listed
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    let mut fitting = names.filter(|name| {
        let rest = name.strip_prefix(version);
        rest.is_some_and(|rest| rest.starts_with('-') || rest.starts_with('.'))
    });
    fitting.next()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn version_is_found_by_its_first_two_numbers() {
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
    fn crates_are_checked_by_version_and_unpublished_ones_are_not() {
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
