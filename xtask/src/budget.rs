//! Budget of a request: the maximum number of instructions that each kind of monitoring adds to a bare server.
//!
//! `bench/budget.json` holds the budget of each row of `cargo xtask bench --only request`, and the [`Fingerprint`] of the
//! environment. Counts under different fingerprints are not comparable. In this case, the budget's commit is built and
//! counted too. If it cannot be fetched, the budget still applies, with a looser limit.

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

/// Relative amount by which a row may exceed its budget.
const TOLERANCE: f64 = 0.02;
/// The same for a budget of another environment.
const LOOSE_TOLERANCE: f64 = 0.05;
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
    let in_file = format!("the budget in {FILE}");
    let here = fingerprint::here()?;
    let measured = count(workspace::root(), None)?;
    let differences = fingerprint::differences(&here, &budget.fingerprint);
    if differences.is_empty() {
        return compare(&budget.rows, &measured, TOLERANCE, &in_file);
    }
    println!("the budget is outdated; renew it with `cargo xtask budget --renew`:");
    for difference in differences {
        println!("  {difference}");
    }
    let commit = budget.commit.as_str();
    if let Some(old) = Tree::at(commit)? {
        let before = count(&old.folder, Some(&old.artifacts))?;
        return compare(&before, &measured, TOLERANCE, &format!("commit {commit}"));
    }
    println!(
        "the budget's commit {commit} is not in this clone and cannot be fetched (git fetch origin {commit})"
    );
    let percent = LOOSE_TOLERANCE * 100.0;
    println!("compared with the outdated budget instead, with a looser limit of {percent} %:");
    compare(&budget.rows, &measured, LOOSE_TOLERANCE, &in_file)
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
        fingerprint: fingerprint::here()?,
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

fn compare(budget: &Rows, measured: &Rows, tolerance: f64, what: &str) -> Result<()> {
    print!("{}", rows::beside(budget, measured));
    let exceeding = rows::exceeding(budget, measured, tolerance);
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
    rows::parse(&shell::output(&mut command)?)
}

/// Returns whether this clone contains a commit.
fn contains(commit: &str) -> bool {
    let object = format!("{commit}^{{commit}}");
    shell::succeeds(git().args(["cat-file", "-e", &object]))
}

/// Fetches a commit, best effort, and returns whether this succeeded.
fn fetch(commit: &str) -> bool {
    println!("fetching commit {commit}");
    let mut fetch = git();
    fetch.args(["fetch", "--quiet", "--no-tags", "origin", commit]);
    shell::succeeds(fetch.env("GIT_TERMINAL_PROMPT", "0"))
}

/// A worktree of another commit, removed on drop.
struct Tree {
    folder: PathBuf,
    /// Target directory, kept for the next run.
    artifacts: PathBuf,
}

impl Tree {
    /// Checks out a commit, or returns `None` if this clone does not contain it and it cannot be fetched.
    fn at(commit: &str) -> Result<Option<Self>> {
        if !(contains(commit) || fetch(commit) && contains(commit)) {
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
        shell::succeeds(remove.arg(&self.folder));
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
            fingerprint: serde_json::from_value(json.get("fingerprint")?.clone()).ok()?,
            rows: serde_json::from_value(json.get("instructions beyond bare")?.clone()).ok()?,
        })
    }

    fn to_json(&self) -> Value {
        json!({
            "commit": self.commit,
            "fingerprint": self.fingerprint,
            "instructions beyond bare": self.rows,
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

    fn rows(figures: &[(&str, i64)]) -> Rows {
        let rows = figures.iter();
        rows.map(|(name, figure)| ((*name).to_owned(), *figure))
            .collect()
    }

    #[test]
    fn outdated_budget_has_a_looser_limit() {
        let budget = rows(&[("a", 1000)]);
        let verdict = |figure, tolerance| {
            let measured = rows(&[("a", figure), ("new", 1)]);
            compare(&budget, &measured, tolerance, "the budget")
        };
        assert!(verdict(1050, TOLERANCE).is_err());
        assert_eq!(verdict(1050, LOOSE_TOLERANCE), Ok(()));
        assert!(verdict(1051, LOOSE_TOLERANCE).is_err());
    }

    #[test]
    fn missing_row_of_an_outdated_budget_fails_with_the_remedy() {
        let compared = compare(
            &rows(&[("a", 1)]),
            &Rows::new(),
            LOOSE_TOLERANCE,
            "the budget",
        );
        let message = compared.unwrap_err().to_string();
        assert!(message.contains("`a` was not counted"), "{message}");
        assert!(message.contains("cargo xtask budget --renew"), "{message}");
    }

    #[test]
    fn clone_contains_its_own_commits_only() {
        assert!(contains("HEAD"));
        assert!(!contains(&"0".repeat(40)));
    }
}
