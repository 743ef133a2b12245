//! Text without secrets: the documentation of the crates that the workspace is built from, and logs of services.

use std::fs;
use std::path::{Path, PathBuf};

/// Lines of one origin.
pub(crate) struct Source {
    pub(crate) name: &'static str,
    pub(crate) lines: Vec<String>,
    /// Minimum number of lines, so that the test measures something.
    pub(crate) min: usize,
}

/// Maximum number of lines of each crate, so that no crate dominates.
const MAX_LINES: usize = 1000;

/// The crates of the workspace: others in Cargo's folder would make the result depend on the machine.
const LOCK: &str = include_str!("../../../Cargo.lock");

/// Returns the sources. The build has unpacked the crates itself.
pub(crate) fn sources() -> Vec<Source> {
    let mut sources = vec![Source {
        name: "documentation of crates",
        lines: documentation(),
        min: 30_000,
    }];
    let logs = [
        ("log of PostgreSQL", include_str!("postgresql.log")),
        ("log of MariaDB", include_str!("mariadb.log")),
        ("log of Redis", include_str!("redis.log")),
        ("log of Kafka", include_str!("kafka.log")),
    ];
    sources.extend(logs.map(|(name, text)| Source {
        name,
        lines: text.lines().map(str::to_owned).collect(),
        min: 30,
    }));
    sources
}

fn documentation() -> Vec<String> {
    let mut lines = Vec::new();
    for registry in entries(&cargo_home().join("registry/src")) {
        for package in packages() {
            let mut of_package = Vec::new();
            collect(&registry.join(package), &mut of_package);
            lines.extend(of_package);
        }
    }
    lines
}

/// Returns the names of the folders of the crates in the lock file.
fn packages() -> impl Iterator<Item = String> {
    let value = |line: &str, key: &str| {
        let value = line.strip_prefix(key)?.strip_prefix(" = \"")?;
        value.strip_suffix('"').map(str::to_owned)
    };
    let pairs = LOCK.lines().zip(LOCK.lines().skip(1));
    pairs.filter_map(move |(name, version)| {
        Some(format!(
            "{}-{}",
            value(name, "name")?,
            value(version, "version")?
        ))
    })
}

/// Returns the folder of Cargo, as Cargo finds it.
fn cargo_home() -> PathBuf {
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cargo");
    std::env::var_os("CARGO_HOME").map_or_else(home, PathBuf::from)
}

/// Returns the entries of a folder in the order of their names.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    paths.sort();
    paths
}

/// Adds the lines of documentation in a folder.
fn collect(folder: &Path, lines: &mut Vec<String>) {
    for path in entries(folder) {
        if lines.len() >= MAX_LINES {
            return;
        }
        if path.is_dir() {
            collect(&path, lines);
            continue;
        }
        let extension = path.extension().and_then(|extension| extension.to_str());
        let Some(text) = fs::read_to_string(&path)
            .ok()
            .filter(|text| text.len() < 1 << 20)
        else {
            continue;
        };
        match extension {
            Some("md") => add(text.lines(), lines),
            Some("rs") => add(text.lines().filter_map(comment), lines),
            _ => {}
        }
    }
}

fn add<'t>(new: impl Iterator<Item = &'t str>, lines: &mut Vec<String>) {
    let room = MAX_LINES.saturating_sub(lines.len());
    let new = new.map(str::trim).filter(|line| line.len() > 3);
    lines.extend(new.take(room).map(str::to_owned));
}

/// Returns the text of a line of documentation.
fn comment(line: &str) -> Option<&str> {
    let line = line.trim_start();
    line.strip_prefix("///")
        .or_else(|| line.strip_prefix("//!"))
}
