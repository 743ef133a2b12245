//! The workspace as reported by `cargo metadata`.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::cargo::cargo;
use crate::failure::Result;
use crate::shell;

/// Returns the workspace's root folder.
pub(crate) fn root() -> &'static Path {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own)
}

/// The packages of the workspace and their dependency graph.
#[derive(Debug)]
pub(crate) struct Workspace {
    metadata: Value,
}

impl Workspace {
    /// Loads the complete dependency graph with all features.
    pub(crate) fn load() -> Result<Self> {
        Self::load_with("--all-features")
    }

    /// Loads only the packages of the workspace, which needs no network.
    pub(crate) fn load_members() -> Result<Self> {
        Self::load_with("--no-deps")
    }

    fn load_with(extent: &str) -> Result<Self> {
        let json = shell::output(cargo().args(["metadata", "--format-version=1", extent]))?;
        Ok(Self::from_json(serde_json::from_str(&json)?))
    }

    /// Creates a workspace from the output of `cargo metadata`.
    pub(crate) fn from_json(metadata: Value) -> Self {
        Self { metadata }
    }

    /// Returns the members in cargo's order.
    pub(crate) fn members(&self) -> impl Iterator<Item = Package<'_>> {
        let ids = array(&self.metadata, "workspace_members");
        self.packages()
            .filter(move |package| ids.iter().any(|id| id.as_str() == Some(package.id())))
    }

    /// Returns the member with this name.
    pub(crate) fn member(&self, name: &str) -> Option<Package<'_>> {
        self.members().find(|package| package.name() == name)
    }

    /// Returns the member whose folder contains this file.
    pub(crate) fn member_of(&self, path: &Path) -> Option<Package<'_>> {
        self.members()
            .find(|package| path.starts_with(package.folder()))
    }

    /// Returns cargo's target directory.
    pub(crate) fn target_directory(&self) -> PathBuf {
        PathBuf::from(text(&self.metadata, "target_directory"))
    }

    /// Returns all direct and transitive normal dependencies of `package`.
    pub(crate) fn normal_closure(&self, package: Package<'_>) -> Vec<Package<'_>> {
        let mut seen = vec![package.id()];
        let mut next = 0;
        while let Some(&id) = seen.get(next) {
            next += 1;
            for dependency in self.normal_dependencies(id) {
                if !seen.contains(&dependency) {
                    seen.push(dependency);
                }
            }
        }
        self.packages()
            .filter(|package| seen.iter().skip(1).any(|&id| id == package.id()))
            .collect()
    }

    fn packages(&self) -> impl Iterator<Item = Package<'_>> {
        array(&self.metadata, "packages").iter().map(Package)
    }

    fn normal_dependencies(&self, id: &str) -> impl Iterator<Item = &str> {
        let nodes = self
            .metadata
            .get("resolve")
            .map_or(&[][..], |resolve| array(resolve, "nodes"));
        let node = nodes.iter().find(|node| text(node, "id") == id);
        let dependencies = node.map_or(&[][..], |node| array(node, "deps"));
        dependencies
            .iter()
            .filter(|dependency| {
                array(dependency, "dep_kinds")
                    .iter()
                    .any(|kind| text(kind, "kind").is_empty())
            })
            .map(|dependency| text(dependency, "pkg"))
    }
}

/// A package borrowed from its workspace.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Package<'a>(&'a Value);

impl<'a> Package<'a> {
    /// Returns the name.
    pub(crate) fn name(self) -> &'a str {
        text(self.0, "name")
    }

    /// Returns whether the package may be published.
    pub(crate) fn is_published(self) -> bool {
        self.0
            .get("publish")
            .and_then(Value::as_array)
            .is_none_or(|registries| !registries.is_empty())
    }

    /// Returns a string from `[package]` of the manifest, empty if missing.
    pub(crate) fn field(self, name: &str) -> &'a str {
        text(self.0, name)
    }

    /// Returns the path of `Cargo.toml`.
    pub(crate) fn manifest(self) -> &'a Path {
        Path::new(text(self.0, "manifest_path"))
    }

    /// Returns the package's folder.
    pub(crate) fn folder(self) -> &'a Path {
        self.manifest().parent().unwrap_or(self.manifest())
    }

    /// Returns the declared dependencies with their kind (`""`, `dev` or `build`).
    pub(crate) fn dependencies(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        array(self.0, "dependencies")
            .iter()
            .map(|dependency| (text(dependency, "name"), text(dependency, "kind")))
    }

    /// Returns the names of the features.
    pub(crate) fn features(self) -> impl Iterator<Item = &'a str> {
        let declared = self.0.get("features").and_then(Value::as_object);
        declared
            .into_iter()
            .flatten()
            .map(|(name, _)| name.as_str())
    }

    /// Returns the targets of one kind (`lib`, `bin`, `test`, …).
    pub(crate) fn targets(self, kind: &str) -> impl Iterator<Item = Target<'a>> {
        let of_kind = move |target: &&Value| {
            array(target, "kind")
                .iter()
                .any(|found| found.as_str() == Some(kind))
        };
        array(self.0, "targets").iter().filter(of_kind).map(Target)
    }

    fn id(self) -> &'a str {
        text(self.0, "id")
    }
}

/// A target of a package: a library, program or test.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target<'a>(&'a Value);

impl<'a> Target<'a> {
    /// Returns the name.
    pub(crate) fn name(self) -> &'a str {
        text(self.0, "name")
    }

    /// Returns the path of the root source file.
    pub(crate) fn source(self) -> &'a Path {
        Path::new(text(self.0, "src_path"))
    }

    /// Returns the features required to build the target.
    pub(crate) fn required_features(self) -> impl Iterator<Item = &'a str> {
        array(self.0, "required-features")
            .iter()
            .filter_map(Value::as_str)
    }
}

fn array<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value
        .get(name)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn workspace() -> Workspace {
        let package = |name: &str| json!({ "name": name, "id": name });
        let edge = |to: &str, kind: Value| json!({ "pkg": to, "dep_kinds": [{ "kind": kind }] });
        Workspace::from_json(json!({
            "workspace_members": ["a"],
            "packages": [package("a"), package("b"), package("c"), package("d")],
            "resolve": { "nodes": [
                { "id": "a", "deps": [edge("b", Value::Null), edge("d", json!("dev"))] },
                { "id": "b", "deps": [edge("c", Value::Null)] },
                { "id": "c", "deps": [edge("b", Value::Null)] },
            ] },
        }))
    }

    #[test]
    fn closure_follows_normal_dependencies_only() {
        let workspace = workspace();
        let closure = workspace.normal_closure(workspace.member("a").unwrap());
        assert_eq!(
            closure
                .iter()
                .map(|package| package.name())
                .collect::<Vec<_>>(),
            ["b", "c"]
        );
    }

    #[test]
    fn dependency_is_not_a_member() {
        assert!(workspace().member("b").is_none());
    }

    #[test]
    fn own_workspace_can_be_loaded() {
        let workspace = Workspace::load_members().unwrap();
        let own = workspace.member("xtask").unwrap();
        assert!(!own.is_published());
        assert_eq!(own.targets("bin").next().unwrap().name(), "xtask");
    }
}
