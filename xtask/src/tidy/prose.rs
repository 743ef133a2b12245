//! Banned phrases in comments, docs and Markdown.
//!
//! Code blocks, inline code and string literals are exempt.

use super::File;

const PHRASES: [&str; 15] = [
    "tell",
    "tells",
    "told",
    "whoever",
    "nobody",
    "of which",
    "for good",
    "of its own",
    "of their own",
    "the most",
    "leave out",
    "leaves out",
    "left out",
    "given back",
    "taken for",
];

/// Verbs banned in front of `against`: a comparison checks or compares.
const HOLD: [&str; 4] = ["hold", "holds", "held", "holding"];
/// Maximum number of words between such a verb and `against`.
const MAX_GAP: usize = 5;
/// Number of words carried over from the previous line, so that wrapped phrases are found.
const CARRIED: usize = MAX_GAP + 1;

/// Checks a source or Markdown file.
pub(super) fn check(file: &File) -> Vec<(usize, String)> {
    let prose: fn(&str) -> Option<&str> = match () {
        () if file.has_extension("rs") => comment,
        () if file.has_extension("md") => |line| Some(line),
        () => return Vec::new(),
    };
    let mut found = Vec::new();
    let mut carried = Vec::new();
    let mut is_code = false;
    for (line, text) in file.lines() {
        let Some(text) = prose(text) else {
            carried.clear();
            is_code = false;
            continue;
        };
        if text.trim_start().starts_with("```") {
            carried.clear();
            is_code = !is_code;
            continue;
        }
        if is_code {
            continue;
        }
        if text.trim().is_empty() {
            carried.clear();
        }
        let first_new = carried.len();
        carried.extend(words(text));
        found.extend(phrases(&carried, first_new).map(|phrase| {
            let message = format!("`{phrase}` is banned in prose");
            (line, message)
        }));
        carried.drain(..carried.len().saturating_sub(CARRIED));
    }
    found
}

/// Returns the text of a line's comment, if it has one.
fn comment(line: &str) -> Option<&str> {
    let (code, text) = line.split_once("//")?;
    let quotes = code.matches('"').count() - code.matches("\\\"").count();
    let is_in_string = quotes % 2 == 1;
    (!is_in_string).then(|| text.trim_start_matches(['/', '!']))
}

/// Returns the lower-case words, with a backquote for each part that is inline code.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split('`').enumerate().flat_map(|(index, part)| {
        let part = if index % 2 == 0 { part } else { "`" };
        part.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '`')
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
    })
}

/// Returns the phrases in `words` that end at index `first_new` or later.
fn phrases(words: &[String], first_new: usize) -> impl Iterator<Item = &'static str> {
    (first_new..words.len()).flat_map(move |last| {
        let words = words.get(..=last).unwrap_or_default();
        let held = words.last().is_some_and(|word| word == "against")
            && words
                .iter()
                .rev()
                .take(MAX_GAP + 2)
                .any(|word| HOLD.contains(&word.as_str()));
        PHRASES
            .into_iter()
            .filter(|phrase| ends_with(words, phrase))
            .chain(held.then_some("hold against"))
    })
}

fn ends_with(words: &[String], phrase: &str) -> bool {
    let mut words = words.iter().rev();
    phrase
        .rsplit(' ')
        .all(|expected| words.next().is_some_and(|word| word == expected))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        let file = File {
            path: path.into(),
            text: text.to_owned(),
        };
        check(&file).into_iter().map(|(line, _)| line).collect()
    }

    #[test]
    fn every_phrase_is_found_in_any_case() {
        for phrase in PHRASES {
            let text = phrase.to_uppercase();
            assert_eq!(lines("a.md", &format!("So {text}, x.\n")), [1], "{phrase}");
            assert_eq!(lines("a.rs", &format!("/// So {text}.\n")), [1], "{phrase}");
        }
    }

    #[test]
    fn only_whole_words_count() {
        assert!(lines("a.md", "A teller untold of the mostly good.\n").is_empty());
    }

    #[test]
    fn code_and_strings_are_exempt() {
        let text = "let told = \"https://nobody\";\nlet tell = 1; // a reason\n";
        assert!(lines("a.rs", text).is_empty());
        assert_eq!(lines("a.rs", "f(\"a\"); // told\n"), [1]);
        assert!(lines("a.md", "The user `nobody` of `x`, which is.\n").is_empty());
        let text = "/// ```\n/// // told\n/// ```\n/// told\n";
        assert_eq!(lines("a.rs", text), [4]);
    }

    #[test]
    fn phrase_is_found_across_lines() {
        assert_eq!(lines("a.rs", "// one of\n// which is\n"), [2]);
        assert!(lines("a.rs", "// one of\nf();\n// which is\n").is_empty());
        assert!(lines("a.md", "one of\n\nwhich is\n").is_empty());
    }

    #[test]
    fn objects_may_stand_between_hold_and_against() {
        assert_eq!(lines("a.md", "Holds the table against the list.\n"), [1]);
        assert!(lines("a.md", "Checks the table against the list.\n").is_empty());
    }
}
