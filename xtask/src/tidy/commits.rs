//! Commit subjects: `scope: imperative`.

use std::path::Path;

use super::Finding;
use crate::failure::Result;
use crate::shell::{self, git};

/// The last commit before the rule.
const SINCE: &str = "aaac71b4c47eb0541ce822aa6b178d5ef83d93dd";
/// Maximum length of a subject in characters.
const MAX_LENGTH: usize = 72;
/// Verbs that hide what a commit changes.
const BANNED: [&str; 6] = ["ask", "have", "let", "say", "take", "tell"];

/// Checks the commits after [`SINCE`], unless the history does not contain it, as in a shallow clone.
pub(super) fn check() -> Result<Vec<Finding>> {
    let is_ancestor = ["merge-base", "--is-ancestor", SINCE, "HEAD"];
    if shell::output(git().args(is_ancestor)).is_err() {
        return Ok(Vec::new());
    }
    let range = format!("{SINCE}..HEAD");
    let log = shell::output(git().args(["log", "--no-merges", "--format=%h %s", &range]))?;
    let findings = log.lines().filter_map(|line| {
        let (commit, subject) = line.split_once(' ')?;
        let message = format!("commit subject: {}", objection(subject)?);
        Some(Finding::new(Path::new(commit), 1, message))
    });
    Ok(findings.collect())
}

/// Returns why a subject breaks the rule, or `None` if it does not.
fn objection(subject: &str) -> Option<String> {
    let length = subject.chars().count();
    if length > MAX_LENGTH {
        return Some(format!("{length} characters, more than {MAX_LENGTH}"));
    }
    let Some((scope, text)) = subject.split_once(": ") else {
        return Some("expected `scope: imperative`".to_owned());
    };
    if !scope.split(", ").all(is_scope) {
        return Some(format!("`{scope}` is not a scope"));
    }
    let verb = text.split_whitespace().next().unwrap_or_default();
    if verb.is_empty() {
        return Some("expected `scope: imperative`".to_owned());
    }
    let is_banned = BANNED.contains(&verb.to_lowercase().as_str());
    is_banned.then(|| format!("begins with `{verb}`; name the change"))
}

fn is_scope(scope: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_/".contains(c);
    !scope.is_empty() && scope.chars().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scope_and_imperative_pass() {
        for subject in [
            "http: record requests with a truncated body as errors",
            "gomon-core, http: take_while over headers",
            "fuzz/record: asks nothing",
        ] {
            assert_eq!(objection(subject), None);
        }
    }

    #[test]
    fn missing_or_invalid_scope_is_found() {
        for subject in [
            "Record truncated bodies",
            "Fix: the body",
            ": fix the body",
            "the body: fix it",
            "http: ",
        ] {
            assert!(objection(subject).is_some(), "{subject}");
        }
    }

    #[test]
    fn banned_verb_is_found_in_any_case() {
        for subject in ["http: Tell errors", "http: tell errors", "sql: let it go"] {
            let message = objection(subject).unwrap();
            assert!(message.starts_with("begins with"), "{message}");
        }
    }

    #[test]
    fn length_is_counted_in_characters() {
        let subject = |length| format!("http: {}", "é".repeat(length));
        assert_eq!(objection(&subject(MAX_LENGTH - 6)), None);
        assert!(objection(&subject(MAX_LENGTH - 5)).is_some());
    }
}
