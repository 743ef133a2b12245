//! Services needed by a test, parsed from `#[ignore = "needs redis, control: cargo xtask integration-test"]`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::{Context as _, Failure, Result};
use crate::services::service::Service;

/// The need of a test that disturbs services.
pub(crate) const CONTROL: &str = "control";

const BEGIN: &str = "needs ";
const END: &str = ": cargo xtask integration-test";

/// The names of the services that a test needs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Needs(Vec<String>);

impl Needs {
    /// Parses the reason of an ignored test; returns `None` if it is ignored for another reason.
    ///
    /// Fails on an invalid list of needs, because the test would never run.
    pub(crate) fn of(reason: &str) -> Result<Option<Self>> {
        let Some(rest) = reason.strip_prefix(BEGIN) else {
            return Ok(None);
        };
        let listed = rest
            .strip_suffix(END)
            .ok_or_else(|| Failure::new(format!("`{reason}` must end with `{END}`")))?;
        let names: Vec<_> = listed
            .split(',')
            .map(|name| name.trim().to_owned())
            .collect();
        for name in names.iter().filter(|name| *name != CONTROL) {
            Service::named(name)?;
        }
        Ok(Some(Self(names)))
    }

    /// Returns whether all needs are `available`.
    pub(crate) fn are_met(&self, available: &[&str]) -> bool {
        self.missing_from(available).next().is_none()
    }

    /// Returns the needs that are not `available`.
    pub(crate) fn missing_from<'a>(
        &'a self,
        available: &'a [&str],
    ) -> impl Iterator<Item = &'a str> {
        let names = self.0.iter().map(String::as_str);
        names.filter(|name| !available.contains(name))
    }
}

/// Returns whether any test of the program with this root source file needs only `available`.
///
/// A source scan avoids building programs without such a test. The built program then lists its tests.
pub(crate) fn are_met_by_some_test(source: &Path, available: &[&str]) -> Result<bool> {
    let folder = source.parent().unwrap_or(source).to_owned();
    let mut left = vec![(source.to_owned(), folder)];
    while let Some((file, folder)) = left.pop() {
        let text = fs::read_to_string(&file).context(file.display())?;
        for needs in of_text(&text) {
            if needs?.are_met(available) {
                return Ok(true);
            }
        }
        left.extend(modules(&text, &folder));
    }
    Ok(false)
}

/// Returns the needs in a source text, including strings passed to macros.
fn of_text(text: &str) -> impl Iterator<Item = Result<Needs>> {
    let strings = text.split('"').filter(|string| string.ends_with(END));
    strings.filter_map(|reason| Needs::of(reason).transpose())
}

/// Returns the files of the modules declared in a file, each with the folder of its submodules.
fn modules(text: &str, folder: &Path) -> Vec<(PathBuf, PathBuf)> {
    let names = text.lines().filter_map(|line| {
        let (_, rest) = line.split_once("mod ")?;
        rest.trim_end().strip_suffix(';')
    });
    names
        .flat_map(|name| {
            let own = folder.join(name);
            [
                (own.with_extension("rs"), own.clone()),
                (own.join("mod.rs"), own),
            ]
        })
        .filter(|(file, _)| file.is_file())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::run_folder::RunFolder;

    fn met(reason: &str, available: &[&str]) -> bool {
        Needs::of(reason).unwrap().unwrap().are_met(available)
    }

    #[test]
    fn every_need_must_be_available() {
        let reason = "needs redis, control: cargo xtask integration-test";
        assert!(met(reason, &["control", "kafka", "redis"]));
        assert!(!met(reason, &["redis"]));
    }

    #[test]
    fn invalid_needs_are_rejected() {
        let error = |reason: &str| Needs::of(reason).unwrap_err().to_string();
        let unknown = error("needs redis, mongo: cargo xtask integration-test");
        assert!(unknown.starts_with("no service `mongo`"), "{unknown}");
        assert!(error("needs redis").contains("must end with"));
        assert_eq!(Needs::of("takes an hour"), Ok(None));
    }

    #[test]
    fn needs_are_found_in_modules_and_macros() {
        let run = RunFolder::create().unwrap();
        let write = |name: &str, text: &str| {
            let path = run.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            path
        };
        let source = write("integration.rs", "mod sqlx;\nmod gone;\n");
        write("sqlx/mod.rs", "pub(crate) mod postgres;");
        write(
            "sqlx/postgres.rs",
            "tests!(Service::POSTGRES, \"needs postgres: cargo xtask integration-test\");",
        );
        assert_eq!(are_met_by_some_test(&source, &["postgres"]), Ok(true));
        assert_eq!(are_met_by_some_test(&source, &["redis"]), Ok(false));
    }
}
