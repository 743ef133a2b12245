//! Headers of Rocket.

use std::borrow::Cow;
use std::iter;

use gomon_core::adapter::{HeaderSource, HeaderVisitor};
use gomon_http::server::Headers;
use rocket::http::HeaderMap;

/// Headers of a request or a response.
#[derive(Clone, Copy)]
pub(crate) struct RocketHeaders<'h>(pub(crate) &'h HeaderMap<'h>);

impl<'h> RocketHeaders<'h> {
    /// Calls `each` with the lower-case name and the value of each header.
    pub(crate) fn for_each(&self, mut each: impl FnMut(&str, &'h [u8])) {
        for header in self.0.iter() {
            if let Cow::Borrowed(value) = header.value {
                lower(header.name.as_str(), |name| each(name, value.as_bytes()));
            }
        }
    }
}

impl HeaderSource for RocketHeaders<'_> {
    /// The map iterates over the values of one header consecutively.
    fn visit(&self, visitor: &mut dyn HeaderVisitor) {
        let mut headers = self.0.iter().peekable();
        while let Some(header) = headers.next() {
            let mut first = Some(header.value);
            let mut values = iter::from_fn(|| {
                let mut next = || headers.next_if(|next| next.name == header.name);
                match first.take().or_else(|| next().map(|next| next.value))? {
                    Cow::Borrowed(value) => Some(Some(value.as_bytes())),
                    Cow::Owned(_) => Some(None),
                }
            });
            lower(header.name.as_str(), |name| {
                visitor.header(name, &mut values);
            });
            // Skip values that the visitor did not read.
            values.for_each(drop);
        }
    }
}

impl Headers for RocketHeaders<'_> {
    fn values<'v>(&'v self, name: &'static str) -> impl Iterator<Item = &'v [u8]> {
        self.0.get(name).map(str::as_bytes)
    }
}

/// Headers of a response that upgrades to `protocol`, as Rocket will send them.
#[derive(Clone, Copy)]
pub(crate) struct Upgraded<'h> {
    pub(crate) headers: RocketHeaders<'h>,
    pub(crate) protocol: &'h str,
}

impl HeaderSource for Upgraded<'_> {
    fn visit(&self, visitor: &mut dyn HeaderVisitor) {
        self.headers.visit(visitor);
        let mut protocol = iter::once(Some(self.protocol.as_bytes()));
        visitor.header("upgrade", &mut protocol);
    }
}

impl Headers for Upgraded<'_> {
    fn values<'v>(&'v self, name: &'static str) -> impl Iterator<Item = &'v [u8]> {
        let protocol = (name == "upgrade").then_some(self.protocol.as_bytes());
        let others = self.headers.0.get(name).map(str::as_bytes);
        protocol.into_iter().chain(others)
    }
}

/// Converts a name to lower case. Most names are in lower case already and shorter than 64 bytes.
fn lower<R>(name: &str, f: impl FnOnce(&str) -> R) -> R {
    if !name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return f(name);
    }
    let mut buffer = [0; 64];
    let copied = buffer.get_mut(..name.len()).and_then(|copy| {
        copy.copy_from_slice(name.as_bytes());
        copy.make_ascii_lowercase();
        std::str::from_utf8(copy).ok()
    });
    match copied {
        Some(name) => f(name),
        None => f(&name.to_ascii_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Seen {
        skipped: Option<&'static str>,
        headers: Vec<(String, Vec<String>)>,
    }

    impl HeaderVisitor for Seen {
        fn header(&mut self, name: &str, values: &mut dyn Iterator<Item = Option<&[u8]>>) {
            if self.skipped != Some(name) {
                let text =
                    |value: Option<&[u8]>| String::from_utf8_lossy(value.unwrap()).into_owned();
                self.headers
                    .push((name.to_owned(), values.map(text).collect()));
            }
        }
    }

    fn map() -> HeaderMap<'static> {
        let mut map = HeaderMap::new();
        map.add_raw("Accept", "a");
        map.add_raw("X-Shown", "yes");
        map.add_raw("accept", "b");
        map
    }

    fn pairs(pairs: &[(&str, &[&str])]) -> Vec<(String, Vec<String>)> {
        let owned = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
        pairs
            .iter()
            .map(|(name, values)| ((*name).to_owned(), owned(values)))
            .collect()
    }

    #[test]
    fn each_header_is_visited_once_in_lower_case_with_all_its_values() {
        let mut seen = Seen::default();
        RocketHeaders(&map()).visit(&mut seen);
        assert_eq!(
            seen.headers,
            pairs(&[("accept", &["a", "b"]), ("x-shown", &["yes"])])
        );
    }

    #[test]
    fn skipped_values_do_not_appear_under_the_next_header() {
        let mut seen = Seen {
            skipped: Some("accept"),
            ..Seen::default()
        };
        RocketHeaders(&map()).visit(&mut seen);
        assert_eq!(seen.headers, pairs(&[("x-shown", &["yes"])]));
    }

    #[test]
    fn values_are_found_whatever_the_case_of_their_name() {
        let map = map();
        let headers = RocketHeaders(&map);
        let values: Vec<_> = headers.values("accept").collect();
        assert_eq!(values, [b"a", b"b"]);
        let upgraded = Upgraded {
            headers,
            protocol: "echo",
        };
        assert_eq!(upgraded.values("upgrade").collect::<Vec<_>>(), [b"echo"]);
        assert_eq!(upgraded.values("accept").count(), 2);
    }

    #[test]
    fn long_names_are_lowered_too() {
        let name = "X".repeat(100);
        assert_eq!(lower(&name, str::to_owned), "x".repeat(100));
    }
}
