//! Allowed dependencies between the crates of the workspace.

use super::{Finding, line_of};
use crate::failure::{Context as _, Result};
use crate::workspace::{Package, Workspace};

const REDACT: &str = "gomon-redact";
const CORE: &str = "gomon-core";
const HTTP: &str = "gomon-http";
const SQL: &str = "gomon-sql";
/// Adapters of an HTTP server or client.
const ON_HTTP: [&str; 5] = [
    "gomon-axum",
    "gomon-actix",
    "gomon-rocket",
    "gomon-warp",
    "gomon-grpc",
];
/// Adapters of a database library.
const ON_SQL: [&str; 3] = ["gomon-sqlx", "gomon-diesel", "gomon-sea-orm"];
/// Records what libraries of several kinds report, databases among them.
const LOG: &str = "gomon-log";
/// Unpublished crates that tests may use.
const FOR_TESTS: [&str; 2] = ["integration", "gomon-test"];

/// Checks every dependency between members.
pub(super) fn check(workspace: &Workspace) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for package in workspace.members() {
        let manifest = package.manifest();
        let text = std::fs::read_to_string(manifest).context(manifest.display())?;
        for (name, kind) in package.dependencies() {
            let Some(dependency) = workspace.member(name) else {
                continue;
            };
            if let Some(why) = forbidden(package, dependency, kind) {
                findings.push(Finding::new(manifest, line_of(&text, name), why));
            }
        }
    }
    Ok(findings)
}

fn forbidden(package: Package<'_>, dependency: Package<'_>, kind: &str) -> Option<String> {
    let (from, to) = (package.name(), dependency.name());
    if !dependency.is_published() {
        let is_for_tests = kind == "dev" && FOR_TESTS.contains(&to);
        return (!is_for_tests).then(|| format!("no crate may depend on `{to}`"));
    }
    if from == "xtask" {
        return Some(format!(
            "xtask must not depend on a crate of the workspace, but depends on `{to}`"
        ));
    }
    if !package.is_published() || kind == "dev" || allowed(from).contains(&to) {
        return None;
    }
    let allowed = match allowed(from) {
        [] => "no crate of the workspace".to_owned(),
        some => some.join(" and "),
    };
    Some(format!("`{from}` may depend on {allowed}, not on `{to}`"))
}

fn allowed(from: &str) -> &'static [&'static str] {
    match from {
        REDACT => &[],
        CORE => &[REDACT],
        SQL => &[CORE, REDACT],
        _ if ON_HTTP.contains(&from) => &[CORE, HTTP],
        LOG => &[CORE, SQL],
        _ if ON_SQL.contains(&from) => &[CORE, SQL],
        _ => &[CORE],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn finding(from: &str, to: &str, kind: &str) -> Option<String> {
        let published = |name: &str| name.starts_with("gomon-") && name != "gomon-test";
        let package = |name: &str| {
            let publish = if published(name) {
                json!(null)
            } else {
                json!([])
            };
            json!({ "name": name, "id": name, "publish": publish })
        };
        let workspace = Workspace::from_json(json!({
            "workspace_members": [from, to],
            "packages": [package(from), package(to)],
        }));
        forbidden(
            workspace.member(from).unwrap(),
            workspace.member(to).unwrap(),
            kind,
        )
    }

    #[test]
    fn allowed_dependencies_pass() {
        assert_eq!(finding("gomon-http", "gomon-core", ""), None);
        assert_eq!(finding("gomon-axum", "gomon-http", ""), None);
        assert_eq!(finding("gomon-redis", "gomon-core", ""), None);
        assert_eq!(finding("examples", "gomon-axum", ""), None);
        assert_eq!(finding("gomon-redis", "integration", "dev"), None);
        assert_eq!(finding("gomon-core", "gomon-test", "dev"), None);
        assert_eq!(finding("gomon-test", "gomon-core", ""), None);
        assert_eq!(finding("gomon-core", "gomon-redact", ""), None);
        assert_eq!(finding("gomon-sql", "gomon-redact", ""), None);
        assert_eq!(finding("gomon-sqlx", "gomon-sql", ""), None);
    }

    #[test]
    fn dependencies_between_adapters_are_found() {
        assert!(finding("gomon-redis", "gomon-http", "").is_some());
        assert!(finding("gomon-core", "gomon-http", "").is_some());
        assert!(finding("gomon-axum", "gomon-redis", "build").is_some());
        assert!(finding("gomon-redact", "gomon-core", "").is_some());
        assert!(finding("gomon-sql", "gomon-sqlx", "").is_some());
        assert!(finding("gomon-sqlx", "gomon-diesel", "").is_some());
        assert!(finding("gomon-http", "gomon-redact", "").is_some());
    }

    #[test]
    fn dependencies_on_unpublished_crates_are_found() {
        assert!(finding("gomon-core", "examples", "dev").is_some());
        assert!(finding("gomon-core", "integration", "").is_some());
        assert!(finding("gomon-core", "gomon-test", "").is_some());
        assert!(finding("bench", "examples", "").is_some());
    }

    #[test]
    fn dependencies_of_xtask_are_found() {
        assert!(finding("xtask", "gomon-core", "dev").is_some());
    }
}
