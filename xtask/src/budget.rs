//! Budget of a request: the maximum number of instructions that each kind of monitoring adds to a bare server.
//!
//! `bench/budget.json` holds the budget of each row of `cargo xtask bench --only request`, and the [`Fingerprint`] of the
//! environment. Counts under different fingerprints are not comparable. In this case, the budget's commit is built and
//! counted too.

mod fingerprint;
mod rows;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::cargo::cargo;
use crate::failure::{Context as _, Failure, Result};
use crate::services::install;
use crate::shell::{self, git};
use crate::workspace::{self, Workspace};

use fingerprint::Fingerprint;
use rows::Rows;

/// Path of the file in the workspace.
const FILE: &str = "bench/budget.json";

/// Finds valgrind, and installs it if `may_install`.
pub(crate) fn find_valgrind(may_install: bool) -> Result<()> {
    if !is_supported() {
        return Ok(());
    }
    install::find_or_install("valgrind", &["valgrind"], may_install, || {
        shell::output(Command::new("valgrind").arg("--version")).ok()
    })
    .map(drop)
}

/// Counts this tree and fails if a row exceeds its budget.
pub(crate) fn check() -> Result<()> {
    if !is_supported() {
        println!("not done: the budget of a request is counted on Linux on x86-64 only");
        return Ok(());
    }
    let budget = Budget::read()?;
    let here = Fingerprint::here()?;
    let measured = count(workspace::root(), None)?;
    let differences = here.differences(&budget.fingerprint);
    if differences.is_empty() {
        return compare(&budget.rows, &measured, &format!("the budget in {FILE}"));
    }
    println!("the budget is outdated; renew it with `cargo xtask budget --renew`:");
    for difference in differences {
        println!("  {difference}");
    }
    let commit = budget.commit.as_str();
    let Some(old) = Tree::at(commit)? else {
        println!(
            "not checked: the budget's commit {commit} is not in this clone (git fetch --depth=1 origin {commit}); \
             rows beside the outdated budget:"
        );
        print!("{}", rows::beside(&budget.rows, &measured));
        return Ok(());
    };
    let before = count(&old.folder, Some(&old.artifacts))?;
    compare(&before, &measured, &format!("commit {commit}"))
}

/// Counts this tree and writes its rows as the budget.
pub(crate) fn renew() -> Result<()> {
    if !is_supported() {
        return Err(Failure::new(
            "the budget is counted on Linux on x86-64 only",
        ));
    }
    if !shell::output(git().args(["status", "--porcelain"]))?.is_empty() {
        return Err(Failure::new(
            "the budget records the current commit: commit the changes first",
        ));
    }
    let commit = shell::output(git().args(["rev-parse", "HEAD"]))?;
    let budget = Budget {
        commit: commit.trim().to_owned(),
        fingerprint: Fingerprint::here()?,
        rows: count(workspace::root(), None)?,
    };
    let path = workspace::root().join(FILE);
    let text = serde_json::to_string_pretty(&budget.to_json())?;
    std::fs::write(&path, text + "\n").context(path.display())?;
    println!("renewed {FILE}: commit it");
    Ok(())
}

fn is_supported() -> bool {
    cfg!(all(target_os = "linux", target_arch = "x86_64"))
}

fn compare(budget: &Rows, measured: &Rows, what: &str) -> Result<()> {
    print!("{}", rows::beside(budget, measured));
    let exceeding = rows::exceeding(budget, measured);
    if exceeding.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "a request exceeds {what}: {}; if this is intended, run `cargo xtask budget --renew`",
        exceeding.join("; ")
    )))
}

/// Builds and runs the driver of a tree.
fn count(root: &Path, artifacts: Option<&Path>) -> Result<Rows> {
    let mut command = cargo();
    command.current_dir(root).args([
        "run",
        "--quiet",
        "--release",
        "--locked",
        "--package",
        "bench",
        "--features",
        "request",
        "--bin",
        "request",
    ]);
    if let Some(artifacts) = artifacts {
        command.arg("--target-dir").arg(artifacts);
    }
    // These variables would replace the flags of the budget.
    for flags in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"] {
        command.env_remove(flags);
    }
    println!("building and counting {}", root.display());
    Rows::parse(&shell::output(&mut command)?)
}

/// A worktree of another commit, removed on drop.
struct Tree {
    folder: PathBuf,
    /// Target directory, kept for the next run.
    artifacts: PathBuf,
}

impl Tree {
    /// Checks out a commit, or returns `None` if this clone does not contain it.
    fn at(commit: &str) -> Result<Option<Self>> {
        let mut exists = git();
        exists.args(["cat-file", "-e", &format!("{commit}^{{commit}}")]);
        if shell::output(&mut exists).is_err() {
            return Ok(None);
        }
        let target = Workspace::load_members()?.target_directory().join("budget");
        let tree = Self {
            folder: target.join("tree"),
            artifacts: target.join("build"),
        };
        tree.remove();
        let mut add = git();
        add.args(["worktree", "add", "--quiet", "--detach", "--force"]);
        shell::output(add.arg(&tree.folder).arg(commit))?;
        Ok(Some(tree))
    }

    /// Removes the worktree, best effort; the next run removes remains.
    fn remove(&self) {
        let mut remove = git();
        remove.args(["worktree", "remove", "--force"]);
        let _ = shell::output(remove.arg(&self.folder));
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        self.remove();
    }
}

#[derive(Debug, PartialEq)]
struct Budget {
    commit: String,
    fingerprint: Fingerprint,
    rows: Rows,
}

impl Budget {
    fn read() -> Result<Self> {
        let path = workspace::root().join(FILE);
        let text = std::fs::read_to_string(&path).context(path.display())?;
        Self::from_json(&serde_json::from_str(&text)?).ok_or_else(|| {
            Failure::new(format!(
                "{FILE} is invalid; run `cargo xtask budget --renew`"
            ))
        })
    }

    fn from_json(json: &Value) -> Option<Self> {
        Some(Self {
            commit: json.get("commit")?.as_str()?.to_owned(),
            fingerprint: Fingerprint::from_json(json.get("fingerprint")?)?,
            rows: Rows::from_json(json.get("instructions beyond bare")?)?,
        })
    }

    fn to_json(&self) -> Value {
        json!({
            "commit": self.commit,
            "fingerprint": self.fingerprint.to_json(),
            "instructions beyond bare": self.rows.to_json(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn committed_budget_round_trips() {
        let budget = Budget::read().unwrap();
        assert_eq!(Budget::from_json(&budget.to_json()), Some(budget));
    }

    #[test]
    fn missing_commit_has_no_tree() {
        assert!(Tree::at(&"0".repeat(40)).unwrap().is_none());
    }
}
