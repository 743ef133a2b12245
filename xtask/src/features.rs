//! Builds of each feature of each published crate alone: the library, and a program that uses it.

use std::process::Command;
use std::time::Instant;

use crate::cargo::cargo;
use crate::failure::{Failure, Result};
use crate::shell;
use crate::workspace::Workspace;

/// The crate of the programs; each is named `CRATE-FEATURE`, or `CRATE` for a build without features.
const PROGRAMS: &str = "features";

/// A crate with one feature or none.
#[derive(Debug)]
struct Build<'a> {
    package: &'a str,
    feature: Option<&'a str>,
    /// Name of the program that uses the feature.
    program: String,
    has_program: bool,
}

/// Checks all builds and stops at the first failure.
pub(crate) fn run() -> Result<()> {
    let workspace = Workspace::load_members()?;
    let builds = builds(&workspace);
    if let Some(Build { program, .. }) = builds.iter().find(|build| build.lacks_program()) {
        return Err(Failure::new(format!(
            "no program `{program}` in `{PROGRAMS}`: add one that uses the feature"
        )));
    }
    let start = Instant::now();
    for build in &builds {
        shell::run(&mut check(build.package, build.feature, &["--lib"]))?;
        if build.has_program {
            let program = build.program.as_str();
            shell::run(&mut check(PROGRAMS, Some(program), &["--bin", program]))?;
        }
    }
    let seconds = start.elapsed().as_secs();
    println!("{} builds of features in {seconds} s", builds.len());
    Ok(())
}

/// Returns the builds of all published crates, without the feature `default`, which only combines others.
fn builds(workspace: &Workspace) -> Vec<Build<'_>> {
    let programs = workspace.member(PROGRAMS).into_iter();
    let programs: Vec<_> = programs
        .flat_map(|package| package.targets("bin"))
        .collect();
    let mut builds = Vec::new();
    for member in workspace.members().filter(|package| package.is_published()) {
        let package = member.name();
        let features = member.features().filter(|name| *name != "default");
        for feature in std::iter::once(None).chain(features.map(Some)) {
            let program = match feature {
                Some(feature) => format!("{package}-{feature}"),
                None => package.to_owned(),
            };
            builds.push(Build {
                package,
                feature,
                has_program: programs.iter().any(|bin| bin.name() == program),
                program,
            });
        }
    }
    builds
}

impl Build<'_> {
    /// Returns whether its feature has no program; a build without features needs none.
    fn lacks_program(&self) -> bool {
        self.feature.is_some() && !self.has_program
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
    fn member_is_built_without_features_and_with_each_alone() {
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
            .filter(|build| build.lacks_program())
            .map(|build| build.program.as_str())
            .collect();
        assert_eq!(missing, ["lib-b"]);
    }

    #[test]
    fn warnings_are_denied_without_flags_for_dependencies() {
        let command = check("lib", Some("a"), &["--lib"]);
        let args: Vec<_> = command.get_args().filter_map(|arg| arg.to_str()).collect();
        assert!(
            args.ends_with(&["--features", "a", "--", "-D", "warnings"]),
            "{args:?}"
        );
        assert_eq!(command.get_envs().count(), 0);
    }
}
