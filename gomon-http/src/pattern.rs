//! Patterns in lists of the configuration.

use serde::{Deserialize, Serialize};

/// A list of patterns with an index. Most texts match none, and most lists have no star.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<String>")]
pub(crate) struct Patterns {
    texts: Vec<String>,
    /// The number of the pattern with each [`shape`], counted from 1. [`NONE`] or [`MANY`] if there is not exactly one.
    slots: [u8; SHAPES],
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

    /// Returns whether `text` matches one of the patterns.
    #[inline]
    pub(crate) fn fit(&self, text: &str) -> bool {
        let slot = self.slots.get(shape(text)).copied().unwrap_or(NONE);
        self.is_all
            || slot != NONE && self.is_in_slot(slot, text)
            || self.has_star && self.match_star(text)
    }

    /// Returns whether one of the patterns is `*`, which matches everything.
    pub(crate) fn is_all(&self) -> bool {
        self.is_all
    }

    /// Returns whether `text` equals a pattern of this slot, ignoring case and stars.
    #[inline]
    fn is_in_slot(&self, slot: u8, text: &str) -> bool {
        // Nearly all texts and patterns are in lower case.
        let is = |pattern: &String| pattern == text || pattern.eq_ignore_ascii_case(text);
        if slot == MANY {
            self.texts.iter().any(is)
        } else {
            self.texts.get(usize::from(slot) - 1).is_some_and(is)
        }
    }

    #[cold]
    #[inline(never)]
    fn match_star(&self, text: &str) -> bool {
        self.texts.iter().any(|pattern| fits(pattern, text))
    }
}

impl Default for Patterns {
    fn default() -> Self {
        Self::from(Vec::new())
    }
}

impl From<Vec<String>> for Patterns {
    fn from(texts: Vec<String>) -> Self {
        let mut slots = [NONE; SHAPES];
        for (text, number) in texts.iter().zip(1..) {
            if let Some(slot) = slots.get_mut(shape(text)) {
                *slot = match *slot {
                    NONE => u8::try_from(number).unwrap_or(MANY),
                    _ => MANY,
                };
            }
        }
        Self {
            slots,
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

const SHAPES: usize = 64;
const NONE: u8 = 0;
const MANY: u8 = u8::MAX;

/// Returns a number below [`SHAPES`] that depends on the length and the first letter, ignoring case.
///
/// The factor 7 was chosen so that the default headers have different shapes, and share them with few other headers
/// that browsers send.
#[inline]
fn shape(text: &str) -> usize {
    let first = text.bytes().next().unwrap_or_default() | 0x20;
    (text.len() * 7 + usize::from(first)) % SHAPES
}

/// Returns whether `text` matches `pattern`, ignoring ASCII case. One `*` in the pattern matches any text.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern.eq_ignore_ascii_case(text),
        Some((start, end)) => {
            let (text, start, end) = (text.as_bytes(), start.as_bytes(), end.as_bytes());
            text.len() >= start.len() + end.len()
                && text
                    .get(..start.len())
                    .is_some_and(|head| head.eq_ignore_ascii_case(start))
                && text
                    .get(text.len() - end.len()..)
                    .is_some_and(|tail| tail.eq_ignore_ascii_case(end))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pattern_of_one_shape_matches() {
        let names = Patterns::new(["etag", "Edge", "accept"]);
        for (text, expected) in [
            ("etag", true),
            ("edge", true),
            ("EDGE", true),
            ("east", false),
            ("accept", true),
            ("arrive", false),
        ] {
            assert_eq!(names.fit(text), expected, "{text}");
        }
    }

    #[test]
    fn one_match_in_a_list_is_enough_in_any_case() {
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
