//! Manifests of published crates: required files and fields, and the minimum Rust version.

use super::{Finding, line_of};
use crate::failure::{Context as _, Result};
use crate::workspace::{Package, Workspace};

const FIELDS: [(&str, &str); 4] = [
    ("description", "description"),
    ("license", "license"),
    ("readme", "readme"),
    ("rust_version", "rust-version"),
];
const FILES: [&str; 2] = ["README.md", "CHANGELOG.md"];

/// Checks every published crate.
pub(super) fn check(workspace: &Workspace) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for package in workspace.members().filter(|package| package.is_published()) {
        let manifest = package.manifest();
        let text = std::fs::read_to_string(manifest).context(manifest.display())?;
        let mut find = |word, why| findings.push(Finding::new(manifest, line_of(&text, word), why));
        for file in FILES {
            if !package.folder().join(file).is_file() {
                find("[package]", format!("the crate has no {file}"));
            }
        }
        for field in missing_fields(package) {
            find("[package]", format!("`package.{field}` is missing"));
        }
        if let Some(why) = too_old(workspace, package) {
            find("rust-version", why);
        }
    }
    Ok(findings)
}

fn missing_fields(package: Package<'_>) -> impl Iterator<Item = &'static str> {
    FIELDS
        .iter()
        .filter(move |(key, _)| package.field(key).is_empty())
        .map(|(_, name)| *name)
}

/// Returns an error if a dependency declares a newer Rust version than the package.
fn too_old(workspace: &Workspace, package: Package<'_>) -> Option<String> {
    let promised = version(package.field("rust_version"))?;
    let newest = workspace
        .normal_closure(package)
        .into_iter()
        .filter_map(|dependency| Some((version(dependency.field("rust_version"))?, dependency)))
        .max_by_key(|(needed, _)| *needed)?;
    let (needed, dependency) = newest;
    (needed > promised).then(|| {
        format!(
            "rust-version {} is too low: {} {} needs {}",
            package.field("rust_version"),
            dependency.name(),
            dependency.field("version"),
            dependency.field("rust_version"),
        )
    })
}

fn version(text: &str) -> Option<[u32; 3]> {
    let mut parts = text.split('.').map(|part| part.parse().ok());
    let major = parts.next()??;
    let mut rest = || parts.next().map_or(Some(0), |part| part);
    Some([major, rest()?, rest()?])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn workspace(promised: &str) -> Workspace {
        Workspace::from_json(json!({
            "workspace_members": ["ours"],
            "packages": [
                { "name": "ours", "id": "ours", "rust_version": promised, "license": "MIT" },
                { "name": "old", "id": "old", "version": "1.0.0", "rust_version": "1.9" },
                { "name": "new", "id": "new", "version": "2.0.0", "rust_version": "1.88.0" },
            ],
            "resolve": { "nodes": [
                { "id": "ours", "deps": [{ "pkg": "old", "dep_kinds": [{ "kind": null }] }] },
                { "id": "old", "deps": [{ "pkg": "new", "dep_kinds": [{ "kind": null }] }] },
            ] },
        }))
    }

    #[test]
    fn rust_version_below_that_of_a_transitive_dependency_is_found() {
        let workspace = workspace("1.85");
        let message = too_old(&workspace, workspace.member("ours").unwrap()).unwrap();
        assert_eq!(
            message,
            "rust-version 1.85 is too low: new 2.0.0 needs 1.88.0"
        );
    }

    #[test]
    fn equal_rust_version_passes_in_any_form() {
        let workspace = workspace("1.88");
        assert_eq!(too_old(&workspace, workspace.member("ours").unwrap()), None);
    }

    #[test]
    fn versions_compare_as_numbers() {
        assert!(version("1.9") < version("1.10.1"));
        assert_eq!(version("1.x"), None);
    }

    #[test]
    fn missing_fields_are_spelled_as_in_the_manifest() {
        let workspace = workspace("1.85");
        let missing: Vec<_> = missing_fields(workspace.member("ours").unwrap()).collect();
        assert_eq!(missing, ["description", "readme"]);
    }
}
