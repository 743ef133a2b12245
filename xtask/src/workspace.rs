//! The workspace as `cargo metadata` tells it.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::cargo::cargo;
use crate::failure::Result;
use crate::shell;

/// The folder of the workspace's manifest.
pub(crate) fn root() -> &'static Path {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own)
}

/// The packages of the workspace, and what they resolve to.
#[derive(Debug)]
pub(crate) struct Workspace {
    metadata: Value,
}

impl Workspace {
    /// Asks cargo for the whole graph with all features.
    pub(crate) fn load() -> Result<Self> {
        Self::load_with(&["--all-features"])
    }

    /// Asks cargo for the workspace's own packages only, which needs no network.
    pub(crate) fn load_members() -> Result<Self> {
        Self::load_with(&["--no-deps"])
    }

    /// Asks cargo with further arguments.
    pub(crate) fn load_with(args: &[&str]) -> Result<Self> {
        let mut command = cargo();
        command.args(["metadata", "--format-version=1"]).args(args);
        Ok(Self::from_json(serde_json::from_str(&shell::output(
            &mut command,
        )?)?))
    }

    /// Takes what `cargo metadata` printed.
    pub(crate) fn from_json(metadata: Value) -> Self {
        Self { metadata }
    }

    /// The members, in cargo's order.
    pub(crate) fn members(&self) -> impl Iterator<Item = Package<'_>> {
        let ids = array(&self.metadata, "workspace_members");
        self.packages()
            .filter(move |it| ids.iter().any(|id| id.as_str() == Some(it.id())))
    }

    /// The member of this name.
    pub(crate) fn member(&self, name: &str) -> Option<Package<'_>> {
        self.members().find(|it| it.name() == name)
    }

    /// Where cargo puts what it builds.
    pub(crate) fn target_directory(&self) -> PathBuf {
        PathBuf::from(text(&self.metadata, "target_directory"))
    }

    /// Every package that `package` needs to run, however far away, without itself.
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
            .filter(|it| seen.iter().skip(1).any(|&id| id == it.id()))
            .collect()
    }

    fn packages(&self) -> impl Iterator<Item = Package<'_>> {
        array(&self.metadata, "packages").iter().map(Package)
    }

    fn normal_dependencies(&self, id: &str) -> impl Iterator<Item = &str> {
        let nodes = self
            .metadata
            .get("resolve")
            .map_or(&[][..], |it| array(it, "nodes"));
        let node = nodes.iter().find(|it| text(it, "id") == id);
        let dependencies = node.map_or(&[][..], |it| array(it, "deps"));
        dependencies
            .iter()
            .filter(|it| {
                array(it, "dep_kinds")
                    .iter()
                    .any(|kind| text(kind, "kind").is_empty())
            })
            .map(|it| text(it, "pkg"))
    }
}

/// One package, borrowed from its workspace.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Package<'a>(&'a Value);

impl<'a> Package<'a> {
    /// Its name.
    pub(crate) fn name(self) -> &'a str {
        text(self.0, "name")
    }

    /// Whether a registry may have it.
    pub(crate) fn is_published(self) -> bool {
        self.0
            .get("publish")
            .and_then(Value::as_array)
            .is_none_or(|it| !it.is_empty())
    }

    /// A text of its manifest's `[package]`, empty where it has none.
    pub(crate) fn field(self, name: &str) -> &'a str {
        text(self.0, name)
    }

    /// Its `Cargo.toml`.
    pub(crate) fn manifest(self) -> &'a Path {
        Path::new(text(self.0, "manifest_path"))
    }

    /// The folder of its manifest.
    pub(crate) fn folder(self) -> &'a Path {
        self.manifest().parent().unwrap_or(self.manifest())
    }

    /// Its declared dependencies: name, and kind (`""`, `dev` or `build`).
    pub(crate) fn dependencies(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        array(self.0, "dependencies")
            .iter()
            .map(|it| (text(it, "name"), text(it, "kind")))
    }

    /// The names of its features.
    pub(crate) fn features(self) -> impl Iterator<Item = &'a str> {
        let declared = self.0.get("features").and_then(Value::as_object);
        declared
            .into_iter()
            .flatten()
            .map(|(name, _)| name.as_str())
    }

    /// Its targets of one kind (`lib`, `bin`, `test` …).
    pub(crate) fn targets(self, kind: &str) -> impl Iterator<Item = Target<'a>> {
        let of_kind = move |it: &&Value| {
            array(it, "kind")
                .iter()
                .any(|found| found.as_str() == Some(kind))
        };
        array(self.0, "targets").iter().filter(of_kind).map(Target)
    }

    fn id(self) -> &'a str {
        text(self.0, "id")
    }
}

/// A library, program or test of a package.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target<'a>(&'a Value);

impl<'a> Target<'a> {
    /// Its name.
    pub(crate) fn name(self) -> &'a str {
        text(self.0, "name")
    }

    /// Its first source file.
    pub(crate) fn source(self) -> &'a Path {
        Path::new(text(self.0, "src_path"))
    }

    /// The features without which cargo leaves it out.
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
            closure.iter().map(|it| it.name()).collect::<Vec<_>>(),
            ["b", "c"]
        );
    }

    #[test]
    fn package_of_another_workspace_is_no_member() {
        assert!(workspace().member("b").is_none());
    }

    #[test]
    fn own_workspace_can_be_asked() {
        let workspace = Workspace::load_members().unwrap();
        let own = workspace.member("xtask").unwrap();
        assert!(!own.is_published());
        assert_eq!(own.targets("bin").next().unwrap().name(), "xtask");
    }
}
