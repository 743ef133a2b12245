//! Import direction between the folders of `gomon-core`.
//!
//! Each folder may import the folders listed for it in [`ALLOWED`] and the files at the crate's root. Root files, such
//! as `error` and `sync`, import only each other. The graph has no cycle, except that `tracker` and `context` form one
//! layer.

use std::path::Path;

use super::{File, code_lines};
use crate::workspace;

const SOURCES: &str = "gomon-core/src";

/// What each folder may import besides itself and the root files.
const ALLOWED: [(&str, &[&str]); 10] = [
    ("id", &[]),
    ("config", &[]),
    ("record", &["config", "id"]),
    ("transport", &["record"]),
    ("listeners", &["config", "id", "record"]),
    ("state", &["config", "id", "record", "transport"]),
    (
        "tracker",
        &["context", "id", "record", "state", "transport"],
    ),
    (
        "context",
        &["tracker", "id", "record", "state", "transport"],
    ),
    (
        "dispatch",
        &["id", "listeners", "record", "state", "tracker", "transport"],
    ),
    (
        "monitor",
        &[
            "config",
            "context",
            "dispatch",
            "id",
            "listeners",
            "record",
            "state",
            "tracker",
            "transport",
        ],
    ),
];

/// Root files that re-export items of any folder.
const EXEMPT: [&str; 2] = ["lib.rs", "adapter.rs"];

/// Checks every import of a file of the core.
pub(super) fn check(file: &File) -> Vec<(usize, String)> {
    let sources = workspace::root().join(SOURCES);
    match file.path.strip_prefix(&sources) {
        Ok(path) if file.has_extension("rs") && !is_exempt(path) => {
            wrong_imports(folder_of(path), &file.text)
        }
        _ => Vec::new(),
    }
}

fn is_exempt(path: &Path) -> bool {
    path.ends_with("tests.rs") || EXEMPT.iter().any(|exempt| path == Path::new(exempt))
}

/// Returns the folder of a file, or `None` for a root file.
fn folder_of(path: &Path) -> Option<&str> {
    let mut parts = path.iter();
    let first = parts.next()?.to_str()?;
    parts.next().map(|_| first)
}

/// Returns the lines before the tests with a `crate::` path that is not allowed, or a path that leaves the folder
/// without it.
fn wrong_imports(folder: Option<&str>, text: &str) -> Vec<(usize, String)> {
    code_lines(text)
        .flat_map(|(number, line)| {
            let targets = line.split("crate::").skip(1).map(first_segment);
            let climbing = line.contains("super::super::").then_some("");
            let targets = targets.chain(climbing);
            targets.filter_map(move |target| Some((number, objection(folder, target)?)))
        })
        .collect()
}

/// Returns the first segment of a path, empty for a group of imports.
fn first_segment(path: &str) -> &str {
    let end = path.find(|c: char| !c.is_alphanumeric() && c != '_');
    path.get(..end.unwrap_or(path.len())).unwrap_or_default()
}

/// Returns why `folder` may not import `target`, or `None` if it may.
fn objection(folder: Option<&str>, target: &str) -> Option<String> {
    let is_folder = ALLOWED.iter().any(|(name, _)| *name == target);
    if target.is_empty() || target.starts_with(char::is_uppercase) {
        return Some(
            "import by folder (`crate::record::…`), so that the direction is visible".to_owned(),
        );
    }
    if !is_folder || folder == Some(target) {
        return None;
    }
    let Some(folder) = folder else {
        return Some(format!(
            "a root file must not import a folder, but imports `{target}`"
        ));
    };
    let allowed = ALLOWED.iter().find(|(name, _)| *name == folder)?.1;
    (!allowed.contains(&target)).then(|| match allowed {
        [] => format!("`{folder}` may import only root files, not `{target}`"),
        some => format!("`{folder}` may import {}, not `{target}`", some.join(", ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        wrong_imports(folder_of(Path::new(path)), text)
            .into_iter()
            .map(|(line, _)| line)
            .collect()
    }

    #[test]
    fn allowed_imports_pass() {
        let text = "use crate::record::key::Key;\nuse crate::sync::lock;\nuse crate::tracker::body::Body;\n";
        assert!(lines("context/field.rs", text).is_empty());
        assert!(lines("id/mod.rs", "use crate::id::trace::TraceId;\n").is_empty());
    }

    #[test]
    fn forbidden_import_is_found_at_its_line() {
        let text = "use crate::sync::lock;\nfn f() { crate::monitor::global::global(); }\n";
        assert_eq!(lines("record/key.rs", text), [2]);
        assert_eq!(lines("text.rs", "use crate::record::key::Key;\n"), [1]);
        assert_eq!(
            lines("dispatch/worker.rs", "use crate::context::current;\n"),
            [1]
        );
    }

    #[test]
    fn imports_of_re_exports_are_found() {
        assert_eq!(lines("state/core.rs", "use crate::Monitor;\n"), [1]);
        assert_eq!(
            lines("state/core.rs", "use crate::{Monitor, Error};\n"),
            [1]
        );
        assert_eq!(
            lines("state/core.rs", "use super::super::monitor::Monitor;\n"),
            [1]
        );
    }

    #[test]
    fn comments_and_tests_are_not_imports() {
        let text =
            "//! See `crate::monitor`.\n#[cfg(test)]\nmod tests {\n    use crate::Monitor;\n}\n";
        assert!(lines("id/mod.rs", text).is_empty());
    }
}
