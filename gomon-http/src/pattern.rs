//! The one kind of pattern that the configuration knows.

use serde::{Deserialize, Serialize};

/// A list of patterns. What it is like is found out once, as most texts fit none, and most lists have no star.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<String>")]
pub(crate) struct Patterns {
    texts: Vec<String>,
    /// A bit for each shape that a pattern has, see [`shape_bit`].
    shapes: u64,
    has_star: bool,
    is_all: bool,
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
        self.is_all
            || self.shapes & shape_bit(text) != 0 && self.are(text)
            || self.has_star && self.texts.iter().any(|pattern| fits(pattern, text))
    }

    /// Whether it is `*`, which everything fits.
    pub(crate) fn is_all(&self) -> bool {
        self.is_all
    }

    /// Whether `text` is one of them, without regard to stars. Most are in lower case, as it is.
    #[inline(never)]
    fn are(&self, text: &str) -> bool {
        self.texts.iter().any(|pattern| {
            pattern.len() == text.len() && (pattern == text || pattern.eq_ignore_ascii_case(text))
        })
    }
}

impl From<Vec<String>> for Patterns {
    fn from(texts: Vec<String>) -> Self {
        Self {
            shapes: texts.iter().fold(0, |bits, text| bits | shape_bit(text)),
            has_star: texts.iter().any(|text| text.contains('*')),
            is_all: texts.iter().any(|text| text == "*"),
            texts,
        }
    }
}

impl From<Patterns> for Vec<String> {
    fn from(patterns: Patterns) -> Self {
        patterns.texts
    }
}

/// One bit of 64, by the length and the first letter in whatever case.
#[inline]
fn shape_bit(text: &str) -> u64 {
    let first = text.bytes().next().unwrap_or_default() | 0x20;
    1 << ((text.len() * 5 + usize::from(first)) % 64)
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
    fn one_of_a_list_is_enough_in_any_case() {
        let long = "x".repeat(70);
        let names = Patterns::new(["Accept", "x-*", "etag", &long]);
        for (text, expected) in [
            ("accept", true),
            ("ACCEPT", true),
            ("except", false),
            ("X-Request-Id", true),
            ("etag", true),
            ("etags", false),
            (&long.to_uppercase(), true),
            (&"y".repeat(71), false),
        ] {
            assert_eq!(names.fit(text), expected, "{text}");
        }
        assert!(Patterns::new(["a", "*"]).is_all() && !names.is_all());
        assert!(!Patterns::default().fit(""));
    }

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
