//! Each feature of each published crate, built by itself: the library, and a program that uses it.

use std::process::Command;
use std::time::Instant;

use crate::cargo::cargo;
use crate::failure::{Failure, Result};
use crate::shell;
use crate::workspace::{Package, Workspace};

/// The crate of the programs; each is named `CRATE-FEATURE`.
const PROGRAMS: &str = "features";

/// One crate with one feature, or with none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Build<'a> {
    package: &'a str,
    feature: Option<&'a str>,
}

/// Checks all of them and stops at the first that fails.
pub(crate) fn run() -> Result<()> {
    let workspace = Workspace::load_members()?;
    let builds = builds(&workspace);
    if let Some(build) = builds.iter().find(|it| !it.has_program(&workspace)) {
        return Err(Failure::new(format!(
            "no program `{}` in `{PROGRAMS}`: add one that uses the feature",
            build.program().unwrap_or_default()
        )));
    }
    let start = Instant::now();
    for build in &builds {
        shell::run(&mut build.library())?;
        if let Some(program) = build.program() {
            shell::run(&mut check(PROGRAMS, Some(&program), &["--bin", &program]))?;
        }
    }
    let seconds = start.elapsed().as_secs();
    println!("{} builds of features in {seconds} s", builds.len());
    Ok(())
}

/// What cargo enables by default needs no build of its own: it is the sum of others.
fn builds(workspace: &Workspace) -> Vec<Build<'_>> {
    let crates = workspace.members().filter(|it| it.is_published());
    crates.flat_map(of_crate).collect()
}

fn of_crate(package: Package<'_>) -> impl Iterator<Item = Build<'_>> {
    let features = package.features().filter(|it| *it != "default").map(Some);
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

    fn program(self) -> Option<String> {
        self.feature
            .map(|feature| format!("{}-{feature}", self.package))
    }

    fn has_program(self, workspace: &Workspace) -> bool {
        let Some(program) = self.program() else {
            return true;
        };
        let programs = workspace.member(PROGRAMS);
        programs.is_some_and(|it| it.targets("bin").any(|bin| bin.name() == program))
    }
}

/// `cargo rustc` passes the flag to one target only: `RUSTFLAGS` would build every dependency again.
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
    command.args(feature.iter().flat_map(|it| ["--features", it]));
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
    fn every_feature_is_built_alone_and_none_too() {
        let workspace = workspace();
        let features: Vec<_> = builds(&workspace).iter().map(|it| it.feature).collect();
        assert_eq!(features, [None, Some("a"), Some("b")]);
    }

    #[test]
    fn feature_without_a_program_is_found() {
        let workspace = workspace();
        let builds = builds(&workspace);
        let missing: Vec<_> = builds
            .iter()
            .filter(|it| !it.has_program(&workspace))
            .filter_map(|it| it.program())
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
        let args: Vec<_> = command.get_args().filter_map(|it| it.to_str()).collect();
        assert!(
            args.ends_with(&["--features", "a", "--", "-D", "warnings"]),
            "{args:?}"
        );
        assert_eq!(command.get_envs().count(), 0);
    }
}
