//! Builds of each feature of each published crate alone: the library, and a program that uses it.

use std::process::Command;
use std::time::Instant;

use crate::cargo::cargo;
use crate::failure::{Failure, Result};
use crate::shell;
use crate::workspace::{Package, Workspace};

/// The crate of the programs; each is named `CRATE-FEATURE`, or `CRATE` for a build without features.
const PROGRAMS: &str = "features";

/// A crate with one feature or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Build<'a> {
    package: &'a str,
    feature: Option<&'a str>,
}

/// Checks all builds and stops at the first failure.
pub(crate) fn run() -> Result<()> {
    let workspace = Workspace::load_members()?;
    let builds = builds(&workspace);
    if let Some(build) = builds.iter().find(|build| build.lacks_program(&workspace)) {
        return Err(Failure::new(format!(
            "no program `{}` in `{PROGRAMS}`: add one that uses the feature",
            build.program()
        )));
    }
    let start = Instant::now();
    for build in &builds {
        shell::run(&mut build.library())?;
        let program = build.program();
        if build.has_program(&workspace) {
            shell::run(&mut check(PROGRAMS, Some(&program), &["--bin", &program]))?;
        }
    }
    let seconds = start.elapsed().as_secs();
    println!("{} builds of features in {seconds} s", builds.len());
    Ok(())
}

/// Returns the builds of all published crates, without the feature `default`, which only combines others.
fn builds(workspace: &Workspace) -> Vec<Build<'_>> {
    let crates = workspace.members().filter(|package| package.is_published());
    crates.flat_map(of_crate).collect()
}

fn of_crate(package: Package<'_>) -> impl Iterator<Item = Build<'_>> {
    let features = package
        .features()
        .filter(|name| *name != "default")
        .map(Some);
    std::iter::once(None)
        .chain(features)
        .map(move |feature| Build {
            package: package.name(),
            feature,
        })
}

impl Build<'_> {
    fn library(self) -> Command {
        check(self.package, self.feature, &["--lib"])
    }

    fn program(self) -> String {
        match self.feature {
            Some(feature) => format!("{}-{feature}", self.package),
            None => self.package.to_owned(),
        }
    }

    /// Whether its feature has no program; a build without features needs none.
    fn lacks_program(self, workspace: &Workspace) -> bool {
        self.feature.is_some() && !self.has_program(workspace)
    }

    fn has_program(self, workspace: &Workspace) -> bool {
        let program = self.program();
        let programs = workspace.member(PROGRAMS);
        programs.is_some_and(|package| package.targets("bin").any(|bin| bin.name() == program))
    }
}

/// Returns a command that checks one target with warnings denied.
///
/// `cargo rustc` passes flags to this target only, while `RUSTFLAGS` would rebuild every dependency.
fn check(package: &str, feature: Option<&str>, target: &[&str]) -> Command {
    let mut command = cargo();
    command.args([
        "rustc",
        "--quiet",
        "--profile",
        "check",
        "--package",
        package,
    ]);
    command.args(target).arg("--no-default-features");
    command.args(feature.iter().flat_map(|name| ["--features", name]));
    command.args(["--", "-D", "warnings"]);
    command
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn workspace() -> Workspace {
        let bin = json!({ "name": "lib-a", "kind": ["bin"] });
        Workspace::from_json(json!({
            "workspace_members": ["lib", PROGRAMS],
            "packages": [
                { "name": "lib", "id": "lib", "features": { "default": ["a"], "a": [], "b": [] } },
                { "name": PROGRAMS, "id": PROGRAMS, "publish": [], "features": { "lib-a": [] }, "targets": [bin] },
            ],
        }))
    }

    #[test]
    fn crate_is_built_without_features_and_with_each_alone() {
        let workspace = workspace();
        let features: Vec<_> = builds(&workspace)
            .iter()
            .map(|build| build.feature)
            .collect();
        assert_eq!(features, [None, Some("a"), Some("b")]);
    }

    #[test]
    fn feature_without_a_program_is_found() {
        let workspace = workspace();
        let builds = builds(&workspace);
        let missing: Vec<_> = builds
            .iter()
            .filter(|build| build.lacks_program(&workspace))
            .map(|build| build.program())
            .collect();
        assert_eq!(missing, ["lib-b"]);
    }

    #[test]
    fn warnings_are_denied_without_flags_for_dependencies() {
        let command = Build {
            package: "lib",
            feature: Some("a"),
        }
        .library();
        let args: Vec<_> = command.get_args().filter_map(|arg| arg.to_str()).collect();
        assert!(
            args.ends_with(&["--features", "a", "--", "-D", "warnings"]),
            "{args:?}"
        );
        assert_eq!(command.get_envs().count(), 0);
    }
}
