//! What a test needs, as its `#[ignore = "needs redis, control: cargo xtask integration-test"]` says.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::{Context as _, Failure, Result};
use crate::services::service::Service;

/// What a test needs beside its services in order to disturb them.
pub(crate) const CONTROL: &str = "control";

const BEGIN: &str = "needs ";
const END: &str = ": cargo xtask integration-test";

/// The names of what has to be up when a test runs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Needs(Vec<String>);

impl Needs {
    /// Reads the reason for which a test is ignored; none where it is ignored for another reason.
    ///
    /// Fails where it is meant to say what the test needs and does not: nobody would run that test.
    pub(crate) fn of(reason: &str) -> Result<Option<Self>> {
        let Some(rest) = reason.strip_prefix(BEGIN) else {
            return Ok(None);
        };
        let listed = rest
            .strip_suffix(END)
            .ok_or_else(|| Failure::new(format!("`{reason}` has to end with `{END}` to be run")))?;
        let names: Vec<_> = listed.split(',').map(|it| it.trim().to_owned()).collect();
        for name in names.iter().filter(|it| *it != CONTROL) {
            Service::named(name)?;
        }
        Ok(Some(Self(names)))
    }

    /// Whether nothing is needed but what is `available`.
    pub(crate) fn are_met(&self, available: &[&str]) -> bool {
        self.missing_from(available).next().is_none()
    }

    /// What is needed and not `available`.
    pub(crate) fn missing_from<'a>(
        &'a self,
        available: &'a [&str],
    ) -> impl Iterator<Item = &'a str> {
        let names = self.0.iter().map(String::as_str);
        names.filter(|it| !available.contains(it))
    }
}

/// Whether a test of the program whose first source file is this needs no more than `available`.
///
/// This is to build no program in vain: the program itself then tells which tests they are.
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

/// The needs in a source text, wherever they stand: a macro may carry them to the attribute.
fn of_text(text: &str) -> impl Iterator<Item = Result<Needs>> {
    let strings = text.split('"').filter(|it| it.ends_with(END));
    strings.filter_map(|it| Needs::of(it).transpose())
}

/// The files of the modules that a file names, each with the folder of its own modules.
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
    fn all_that_a_test_needs_has_to_be_there() {
        let reason = "needs redis, control: cargo xtask integration-test";
        assert!(met(reason, &["control", "kafka", "redis"]));
        assert!(!met(reason, &["redis"]));
    }

    #[test]
    fn needs_that_nobody_could_meet_are_refused() {
        let told = |reason: &str| Needs::of(reason).unwrap_err().to_string();
        let unknown = told("needs redis, mongo: cargo xtask integration-test");
        assert!(unknown.starts_with("no service `mongo`"), "{unknown}");
        assert!(told("needs redis").contains("has to end with"));
        assert_eq!(Needs::of("takes an hour"), Ok(None));
    }

    #[test]
    fn needs_are_found_in_modules_and_macros_too() {
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
