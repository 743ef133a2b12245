//! Which of our crates may depend on which: arrows point at the core and at HTTP only.

use super::{Finding, line_of};
use crate::failure::{Context as _, Result};
use crate::workspace::{Package, Workspace};

const CORE: &str = "gomon-core";
const HTTP: &str = "gomon-http";
/// Crates that adapt an HTTP server or client, and share its meaning.
const ON_HTTP: [&str; 5] = [
    "gomon-axum",
    "gomon-actix",
    "gomon-rocket",
    "gomon-warp",
    "gomon-grpc",
];
/// The crate that tests may borrow from: service addresses and the chaos handles.
const FOR_TESTS: &str = "integration";

/// Holds every dependency between members against the table.
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
        let lent = kind == "dev" && to == FOR_TESTS;
        return (!lent).then(|| format!("nothing may depend on `{to}`"));
    }
    if from == "xtask" {
        return Some(format!("xtask depends on none of ours, so not on `{to}`"));
    }
    if !package.is_published() || kind == "dev" || allowed(from).contains(&to) {
        return None;
    }
    let allowed = match allowed(from) {
        [] => "none of ours".to_owned(),
        some => some.join(" and "),
    };
    Some(format!("`{from}` may depend on {allowed}, not on `{to}`"))
}

fn allowed(from: &str) -> &'static [&'static str] {
    match from {
        CORE => &[],
        _ if ON_HTTP.contains(&from) => &[CORE, HTTP],
        _ => &[CORE],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(from: &str, to: &str, kind: &str) -> Option<String> {
        let published = |name: &str| name.starts_with("gomon-");
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
    fn arrows_of_the_table_pass() {
        assert_eq!(told("gomon-http", "gomon-core", ""), None);
        assert_eq!(told("gomon-axum", "gomon-http", ""), None);
        assert_eq!(told("gomon-redis", "gomon-core", ""), None);
        assert_eq!(told("examples", "gomon-axum", ""), None);
        assert_eq!(told("gomon-redis", "integration", "dev"), None);
    }

    #[test]
    fn arrows_between_adapters_do_not() {
        assert!(told("gomon-redis", "gomon-http", "").is_some());
        assert!(told("gomon-core", "gomon-http", "").is_some());
        assert!(told("gomon-axum", "gomon-redis", "build").is_some());
    }

    #[test]
    fn nothing_depends_on_what_is_not_published() {
        assert!(told("gomon-core", "examples", "dev").is_some());
        assert!(told("gomon-core", "integration", "").is_some());
        assert!(told("bench", "examples", "").is_some());
    }

    #[test]
    fn xtask_depends_on_none_of_ours() {
        assert!(told("xtask", "gomon-core", "dev").is_some());
    }
}
