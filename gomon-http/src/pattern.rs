//! The one kind of pattern that the configuration knows.

/// Whether `text` is what `pattern` says: the same without regard to ASCII case, where one `*` stands for any text.
pub(crate) fn fits(pattern: &str, text: &str) -> bool {
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

/// Whether `text` fits one of `patterns`.
pub(crate) fn fits_one(patterns: &[String], text: &str) -> bool {
    patterns.iter().any(|pattern| fits(pattern, text))
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
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }
}
