//! The one kind of pattern that the configuration knows.

use serde::{Deserialize, Serialize};

/// A list of patterns; most have no star, which is found out once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<String>")]
pub(crate) struct Patterns {
    texts: Vec<String>,
    has_star: bool,
}

impl Patterns {
    pub(crate) fn new<I: IntoIterator<Item: Into<String>>>(texts: I) -> Self {
        Self::from(texts.into_iter().map(Into::into).collect::<Vec<_>>())
    }

    pub(crate) fn texts(&self) -> &[String] {
        &self.texts
    }

    /// Whether `text` fits one of them.
    #[inline]
    pub(crate) fn fit(&self, text: &str) -> bool {
        self.texts
            .iter()
            .any(|pattern| pattern.eq_ignore_ascii_case(text))
            || self.has_star && self.texts.iter().any(|pattern| fits(pattern, text))
    }
}

impl From<Vec<String>> for Patterns {
    fn from(texts: Vec<String>) -> Self {
        let has_star = texts.iter().any(|text| text.contains('*'));
        Self { texts, has_star }
    }
}

impl From<Patterns> for Vec<String> {
    fn from(patterns: Patterns) -> Self {
        patterns.texts
    }
}

/// Whether `text` is what `pattern` says: the same without regard to ASCII case, where one `*` stands for any text.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern.eq_ignore_ascii_case(text),
        Some((start, end)) => {
            let (text, start, end) = (text.as_bytes(), start.as_bytes(), end.as_bytes());
            text.len() >= start.len() + end.len()
                && text
                    .get(..start.len())
                    .is_some_and(|it| it.eq_ignore_ascii_case(start))
                && text
                    .get(text.len() - end.len()..)
                    .is_some_and(|it| it.eq_ignore_ascii_case(end))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn star_stands_for_any_text_once() {
        for (pattern, text, expected) in [
            ("/healthz", "/healthz", true),
            ("/healthz", "/healthz/", false),
            ("/static/*", "/static/a/b.js", true),
            ("/static/*", "/static", false),
            ("application/*+json", "application/problem+JSON", true),
            ("application/*+json", "application/json", false),
            ("a*a", "a", false),
            ("*", "", true),
            ("/\u{e9}*", "/\u{e9}t\u{e9}", true),
        ] {
            assert_eq!(
                Patterns::new([pattern]).fit(text),
                expected,
                "{pattern} {text}"
            );
        }
    }
}
