//! The budget of a request: how many instructions each way to monitor it may add to a bare server.
//!
//! `bench/budget.json` holds the budget of each row of `cargo xtask bench --only request` and the [`Fingerprint`] of
//! what counted it. Under another fingerprint the numbers do not compare, and the commit that the budget was counted at
//! is built and counted beside this one.

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

/// The file, in the workspace's root.
const FILE: &str = "bench/budget.json";

/// Fails unless valgrind is here; it is installed where `may_install` allows it.
pub(crate) fn find_valgrind(may_install: bool) -> Result<()> {
    if !is_supported() {
        return Ok(());
    }
    install::find_or_install("valgrind", &["valgrind"], may_install, || {
        shell::output(Command::new("valgrind").arg("--version")).ok()
    })
    .map(drop)
}

/// Counts this tree and fails where a row exceeds its budget.
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
    println!("the budget was counted elsewhere and wants renewal (cargo xtask budget --renew):");
    for difference in differences {
        println!("  {difference}");
    }
    let commit = budget.commit.as_str();
    let Some(old) = Tree::at(commit)? else {
        println!(
            "not checked: the budget's commit {commit} is not in this clone (git fetch --depth=1 origin {commit}); \
             beside a budget of another fingerprint the rows are:"
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
            "the budget names the commit that it was counted at: commit the changes first",
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
        "a request costs more than {what} allows: {}; where that is intended: cargo xtask budget --renew",
        exceeding.join("; ")
    )))
}

/// Builds the driver of a tree and runs it.
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
    // They would replace the flags that the budget was counted with.
    for flags in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"] {
        command.env_remove(flags);
    }
    println!("building and counting {}", root.display());
    Rows::parse(&shell::output(&mut command)?)
}

/// Another commit's files; removed at the end.
struct Tree {
    folder: PathBuf,
    /// Where its build goes, which stays: the next run needs it again.
    artifacts: PathBuf,
}

impl Tree {
    /// Checks out a commit; `None` if this clone lacks it.
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

    /// Best effort: what an interrupted run left is removed by the next.
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
        Self::from_json(&serde_json::from_str(&text)?)
            .ok_or_else(|| Failure::new(format!("{FILE} is broken: cargo xtask budget --renew")))
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
    fn committed_budget_is_as_it_is_written() {
        let budget = Budget::read().unwrap();
        assert_eq!(Budget::from_json(&budget.to_json()), Some(budget));
    }

    #[test]
    fn commit_that_is_not_there_is_no_tree() {
        assert!(Tree::at(&"0".repeat(40)).unwrap().is_none());
    }
}
