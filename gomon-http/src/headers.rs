//! Access to headers, independent of the crate that defines them.

use gomon_core::adapter::{HeaderSource, HeaderVisitor};
use gomon_core::{EventTracker, Key, Value};
use http::{HeaderMap, HeaderValue};

use crate::pattern::Patterns;

/// Headers of a request or a response, with lookup by name.
///
/// # Examples
///
/// ```
/// use gomon_core::adapter::{HeaderSource, HeaderVisitor};
/// use gomon_http::server::Headers;
///
/// struct Pairs<'p>(&'p [(&'p str, &'p str)]);
///
/// impl HeaderSource for Pairs<'_> {
///     fn visit(&self, visitor: &mut dyn HeaderVisitor) {
///         for (name, value) in self.0 {
///             visitor.header(name, &mut std::iter::once(Some(value.as_bytes())));
///         }
///     }
/// }
///
/// impl Headers for Pairs<'_> {
///     fn values<'h>(&'h self, name: &'static str) -> impl Iterator<Item = &'h [u8]> {
///         self.0.iter().filter(move |(other, _)| *other == name).map(|(_, value)| value.as_bytes())
///     }
/// }
///
/// let headers = Pairs(&[("accept", "*/*"), ("via", "a"), ("via", "b")]);
/// assert_eq!(headers.values("via").count(), 2);
/// ```
pub trait Headers: HeaderSource {
    /// Returns the values of a header in order. `name` is in lower case.
    fn values<'h>(&'h self, name: &'static str) -> impl Iterator<Item = &'h [u8]>;

    /// Visits the headers whose names `is_shown` accepts.
    fn visit_some(&self, is_shown: impl Fn(&str) -> bool, visitor: &mut dyn HeaderVisitor) {
        self.visit(&mut Filter { is_shown, visitor });
    }
}

/// Headers of the `http` crate, version 1.
#[derive(Clone, Copy)]
pub(crate) struct HttpHeaders<'h>(pub(crate) &'h HeaderMap);

impl HeaderSource for HttpHeaders<'_> {
    fn visit(&self, visitor: &mut dyn HeaderVisitor) {
        self.visit_some(|_| true, visitor);
    }
}

impl Headers for HttpHeaders<'_> {
    fn values<'h>(&'h self, name: &'static str) -> impl Iterator<Item = &'h [u8]> {
        self.0.get_all(name).iter().map(HeaderValue::as_bytes)
    }

    #[inline]
    fn visit_some(&self, is_shown: impl Fn(&str) -> bool, visitor: &mut dyn HeaderVisitor) {
        if self.0.len() == self.0.keys_len() {
            for (name, value) in self.0 {
                let name = name.as_str();
                if is_shown(name) {
                    visitor.single(name, shown(value));
                }
            }
            return;
        }
        // The values of a name follow one another, so no lookup is needed.
        let mut all = self.0.iter().peekable();
        while let Some((name, first)) = all.next() {
            let mut more = std::iter::from_fn(|| all.next_if(|(next, _)| *next == name));
            if is_shown(name.as_str()) {
                let values = std::iter::once(first).chain(more.by_ref().map(|(_, value)| value));
                visitor.header(name.as_str(), &mut values.map(shown));
            }
            more.for_each(drop);
        }
    }
}

fn shown(value: &HeaderValue) -> Option<&[u8]> {
    (!value.is_sensitive()).then_some(value.as_bytes())
}

/// Returns a header's value if it is text.
pub(crate) fn text(value: &[u8]) -> Option<&str> {
    let is_text = |byte: u8| byte == b'\t' || matches!(byte, b' '..=b'~');
    // Checks every byte without an early exit, which vectorizes; nearly all values are text.
    let is_text = value.iter().fold(true, |all, &byte| all & is_text(byte));
    std::str::from_utf8(value).ok().filter(|_| is_text)
}

/// Records the headers that a list allows.
pub(crate) fn set_headers(
    tracker: &mut EventTracker,
    key: Key<'static>,
    source: &impl Headers,
    names: &Patterns,
) {
    if !names.texts().is_empty() {
        tracker.set(key, Value::headers(&Allowed { source, names }));
    }
}

/// The headers of `source` that a list allows.
struct Allowed<'h, H> {
    source: &'h H,
    names: &'h Patterns,
}

impl<H: Headers> HeaderSource for Allowed<'_, H> {
    fn visit(&self, visitor: &mut dyn HeaderVisitor) {
        self.source.visit_some(|name| self.names.fit(name), visitor);
    }
}

struct Filter<'f, F> {
    is_shown: F,
    visitor: &'f mut dyn HeaderVisitor,
}

impl<F: Fn(&str) -> bool> HeaderVisitor for Filter<'_, F> {
    fn header(&mut self, name: &str, values: &mut dyn Iterator<Item = Option<&[u8]>>) {
        if (self.is_shown)(name) {
            self.visitor.header(name, values);
        }
    }

    fn single(&mut self, name: &str, value: Option<&[u8]>) {
        if (self.is_shown)(name) {
            self.visitor.single(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use http::header::{ACCEPT, COOKIE, HOST};

    use super::*;

    #[derive(Default)]
    struct Seen(Vec<(String, Vec<Option<String>>)>);

    impl HeaderVisitor for Seen {
        fn header(&mut self, name: &str, values: &mut dyn Iterator<Item = Option<&[u8]>>) {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            self.0.push((
                name.to_owned(),
                values.map(|value| value.map(text)).collect(),
            ));
        }
    }

    fn shown(allowed: &[&str]) -> Vec<(String, Vec<Option<String>>)> {
        let mut map = HeaderMap::new();
        map.insert(HOST, HeaderValue::from_static("h"));
        map.append(ACCEPT, HeaderValue::from_static("a"));
        map.append(ACCEPT, HeaderValue::from_static("b"));
        let mut secret = HeaderValue::from_static("c");
        secret.set_sensitive(true);
        map.insert(COOKIE, secret);
        let names = Patterns::new(allowed.iter().copied());
        let mut seen = Seen::default();
        Allowed {
            source: &HttpHeaders(&map),
            names: &names,
        }
        .visit(&mut seen);
        seen.0
    }

    #[test]
    fn only_allowed_headers_are_shown_with_all_their_values() {
        let values = vec![Some("a".to_owned()), Some("b".to_owned())];
        assert_eq!(shown(&["Accept"]), [("accept".to_owned(), values)]);
        assert_eq!(shown(&[]), []);
    }

    #[test]
    fn values_marked_as_sensitive_are_not_shown() {
        assert_eq!(shown(&["cookie"]), [("cookie".to_owned(), vec![None])]);
        assert_eq!(shown(&["*"]).len(), 3);
    }
}
