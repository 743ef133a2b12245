//! A `lib.rs` is a table of contents: documentation, attributes, `mod` and `use`.

use super::Finding;
use crate::failure::{Context as _, Result};
use crate::workspace::Workspace;

const ALLOWED: [&str; 2] = ["mod ", "use "];

/// Checks the `lib.rs` of every published crate.
pub(super) fn check(workspace: &Workspace) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for package in workspace.members().filter(|it| it.is_published()) {
        for target in package.targets("lib") {
            let path = target.source();
            let text = std::fs::read_to_string(path).context(path.display())?;
            findings.extend(logic(&text).into_iter().map(|(line, item)| {
                let message = format!("lib.rs holds only `mod` and `use`, but here is `{item}`");
                Finding::new(path, line, message)
            }));
        }
    }
    Ok(findings)
}

/// The lines at which something else than a module or an import begins, with their beginning.
fn logic(text: &str) -> Vec<(usize, String)> {
    let bare = without_comments_and_attributes(text);
    let mut found = Vec::new();
    let mut line = 1;
    for item in bare.split_inclusive(';') {
        let blank = item.len() - item.trim_start().len();
        let start = line + item.chars().take(blank).filter(|it| *it == '\n').count();
        line += item.matches('\n').count();
        let item = item.trim();
        if !item.is_empty() && !is_allowed(item) {
            let first = item.lines().next().unwrap_or_default();
            found.push((start, first.chars().take(40).collect()));
        }
    }
    found
}

fn is_allowed(item: &str) -> bool {
    let item = match item.strip_prefix("pub") {
        Some(rest) if rest.starts_with('(') => rest.split_once(')').map_or(rest, |it| it.1),
        Some(rest) => rest,
        None => item,
    };
    let item = item.trim_start();
    let inline = item.starts_with("mod ") && item.contains('{');
    item.ends_with(';') && !inline && ALLOWED.iter().any(|it| item.starts_with(it))
}

/// The text with comments and attributes taken out and every line break kept.
fn without_comments_and_attributes(text: &str) -> String {
    let mut bare = String::new();
    let mut depth = 0_u32;
    for line in text.lines() {
        let code = if depth == 0 {
            line.split("//").next().unwrap_or_default()
        } else {
            line
        };
        let opens = depth == 0 && code.trim_start().starts_with("#");
        if opens || depth > 0 {
            let (rest, left) = skip_attribute(code, depth);
            depth = left;
            bare.push_str(rest);
        } else {
            bare.push_str(code);
        }
        bare.push('\n');
    }
    bare
}

/// What follows on the line after the attribute's last bracket, and how many are still open.
fn skip_attribute(line: &str, mut depth: u32) -> (&str, u32) {
    let mut quoted = false;
    for (index, letter) in line.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return (line.get(index + 1..).unwrap_or_default(), 0);
                }
            }
            _ => {}
        }
    }
    ("", depth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_contents_passes() {
        let text = r##"//! A crate.
#![doc = include_str!("../README.md")]
#![cfg_attr(
    docsrs,
    feature(doc_cfg)
)]

mod tracker; // why
/// Public.
pub mod listener;
#[cfg(feature = "toml")] pub(crate) mod toml;

pub use tracker::{
    Tracker,
    EventTracker,
};
"##;
        assert_eq!(logic(text), []);
    }

    #[test]
    fn function_is_found_at_its_line() {
        let found = logic("mod a;\n\n/// Adds.\npub fn add() {\n    b();\n}\n");
        assert_eq!(found.first(), Some(&(4, "pub fn add() {".to_owned())));
    }

    #[test]
    fn macros_and_inline_modules_are_logic() {
        assert_eq!(logic("thread_local! {}\n").len(), 1);
        assert!(!logic("macro_rules! m { () => {}; }\n").is_empty());
        assert_eq!(logic("mod inline { fn f() {} }\n").len(), 1);
        assert_eq!(logic("const A: u8 = 1;\n").len(), 1);
    }
}
