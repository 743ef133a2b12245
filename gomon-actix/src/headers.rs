//! Headers of actix, which uses version 0.2 of the `http` crate.

use actix_web::http::header::{HeaderMap, HeaderValue};
use gomon_core::adapter::{HeaderSource, HeaderVisitor};
use gomon_http::server::Headers;

/// Headers of a request or a response.
pub(crate) struct ActixHeaders<'h>(pub(crate) &'h HeaderMap);

impl HeaderSource for ActixHeaders<'_> {
    fn visit(&self, visitor: &mut dyn HeaderVisitor) {
        for name in self.0.keys() {
            // Lazy: values are looked up only if the visitor reads them.
            let values = std::iter::once(name).flat_map(|name| self.0.get_all(name));
            let mut shown = values.map(|value| (!value.is_sensitive()).then_some(value.as_bytes()));
            visitor.header(name.as_str(), &mut shown);
        }
    }
}

impl Headers for ActixHeaders<'_> {
    fn values<'h>(&'h self, name: &'static str) -> impl Iterator<Item = &'h [u8]> {
        self.0.get_all(name).map(HeaderValue::as_bytes)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{ACCEPT, COOKIE, HOST, HeaderValue};

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

    #[test]
    fn each_header_is_shown_once_with_all_its_values_but_sensitive_ones() {
        let mut map = HeaderMap::new();
        map.insert(HOST, HeaderValue::from_static("h"));
        map.append(ACCEPT, HeaderValue::from_static("a"));
        map.append(ACCEPT, HeaderValue::from_static("b"));
        let mut secret = HeaderValue::from_static("c");
        secret.set_sensitive(true);
        map.insert(COOKIE, secret);
        let mut seen = Seen::default();
        ActixHeaders(&map).visit(&mut seen);
        seen.0.sort();
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            seen.0,
            [
                ("accept".to_owned(), vec![some("a"), some("b")]),
                ("cookie".to_owned(), vec![None]),
                ("host".to_owned(), vec![some("h")]),
            ]
        );
    }

    #[test]
    fn values_are_found_by_name_in_their_order() {
        let mut map = HeaderMap::new();
        map.append(ACCEPT, HeaderValue::from_static("a"));
        map.append(ACCEPT, HeaderValue::from_static("b"));
        let headers = ActixHeaders(&map);
        assert_eq!(headers.values("accept").collect::<Vec<_>>(), [b"a", b"b"]);
        assert_eq!(headers.values("host").count(), 0);
    }
}
