//! `tracestate` of W3C Trace Context, forwarded without interpretation.

use std::fmt;
use std::sync::Arc;

/// Value of the `tracestate` headers of one request, joined into one list.
///
/// It has at most 512 bytes and 32 members, as in the
/// [specification](https://www.w3.org/TR/trace-context-2/#tracestate-header). A longer list, or one
/// that is not a list of `key=value` members, is dropped as a whole: half a list would mislead
/// other systems. Only white space at its ends is removed. A clone shares the text.
///
/// # Examples
/// ```
/// use gomon_core::TraceState;
///
/// let headers = [&b"rojo=00f067aa0ba902b7"[..], b"congo=t61rcWkgMzE"];
/// let state = TraceState::from_headers(headers.into_iter()).unwrap();
/// assert_eq!(state.as_str(), "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TraceState(Arc<str>);

impl TraceState {
    const MAX_BYTES: usize = 512;
    const MAX_MEMBERS: usize = 32;

    /// Joins the values of all `tracestate` headers in order and parses them as one list.
    ///
    /// Returns `None` for a list that is empty, malformed or too long.
    ///
    /// # Examples
    /// ```
    /// use gomon_core::TraceState;
    ///
    /// assert!(TraceState::from_headers([&b"a=1"[..], b""].into_iter()).is_some());
    /// assert!(TraceState::from_headers([&b"a=1"[..], b"no member"].into_iter()).is_none());
    /// assert!(TraceState::from_headers([&b""[..]].into_iter()).is_none());
    /// ```
    #[must_use]
    pub fn from_headers<'a>(headers: impl Iterator<Item = &'a [u8]>) -> Option<Self> {
        let mut list = String::new();
        for header in headers.map(trim) {
            if list.len() + header.len() >= Self::MAX_BYTES + usize::from(list.is_empty()) {
                return None;
            }
            if !list.is_empty() && !header.is_empty() {
                list.push(',');
            }
            list.push_str(std::str::from_utf8(header).ok()?);
        }
        let mut members = 0;
        for member in list.as_bytes().split(|&byte| byte == b',').map(trim) {
            if !member.is_empty() {
                members += 1;
                if members > Self::MAX_MEMBERS || !is_member(member) {
                    return None;
                }
            }
        }
        (members > 0).then(|| Self(list.into()))
    }

    /// Returns the list for an outgoing `tracestate` header.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TraceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Trims optional white space (RFC 9110, 5.6.3) at both ends.
fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

/// Returns whether a member is valid. Duplicate keys are allowed, as the specification leaves them
/// to their systems.
fn is_member(member: &[u8]) -> bool {
    let Some(equals) = member.iter().position(|&byte| byte == b'=') else {
        return false;
    };
    let (key, value) = member.split_at(equals);
    is_key(key) && is_value(value.get(1..).unwrap_or_default())
}

fn is_key(key: &[u8]) -> bool {
    let inner =
        |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'*' | b'/' | b'@');
    matches!(key.first(), Some(b'a'..=b'z' | b'0'..=b'9'))
        && key.len() <= 256
        && key.iter().all(inner)
}

fn is_value(value: &[u8]) -> bool {
    let visible = |byte: &u8| matches!(byte, b' '..=b'~' if !matches!(byte, b',' | b'='));
    (1..=256).contains(&value.len()) && value.iter().all(visible) && value.last() != Some(&b' ')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(header: &[u8]) -> Option<String> {
        TraceState::from_headers([header].into_iter()).map(|state| state.to_string())
    }

    fn shared<T: Clone + Send + Sync + 'static>() {}

    #[test]
    fn states_are_send_and_sync() {
        shared::<TraceState>();
    }

    #[test]
    fn valid_list_is_unchanged() {
        for list in [
            "a=1",
            "0tenant@system=v",
            "a=1,b=2,,c=3",
            "a=1 , \t b=2",
            "a= leading space is part of a value",
            "a_-*/@b=!#$%&'()*+-./:;<>?@[]^_`{|}~\\\"",
            "a=1,a=2",
        ] {
            assert_eq!(parse(list.as_bytes()).as_deref(), Some(list));
        }
    }

    #[test]
    fn malformed_list_is_dropped_as_a_whole() {
        for list in [
            "a",
            "=1",
            "a=",
            "a=1,b",
            "A=1",
            "a=1=2",
            "@a=1",
            "a b=1",
            "a =1",
            "a=\u{e9}",
            "a=\t1",
            "a=1;b=2\u{7f}",
            "a=\n",
        ] {
            assert_eq!(parse(list.as_bytes()), None, "{list:?}");
        }
        assert_eq!(parse(b"a=\xff"), None);
    }

    #[test]
    fn empty_list_is_none() {
        for list in ["", " ", ",", " , \t,"] {
            assert_eq!(parse(list.as_bytes()), None, "{list:?}");
        }
        assert_eq!(TraceState::from_headers(std::iter::empty()), None);
    }

    #[test]
    fn members_are_limited_to_32() {
        let list = |members: usize| vec!["a=1"; members].join(",");
        assert!(parse(list(32).as_bytes()).is_some());
        assert!(parse(list(33).as_bytes()).is_none());
    }

    #[test]
    fn bytes_of_all_headers_are_limited_to_512() {
        let member = |bytes: usize| format!("{}=1", "a".repeat(bytes - 2));
        let both = |first: usize, second: usize| {
            let (first, second) = (member(first), member(second));
            TraceState::from_headers([first.as_bytes(), second.as_bytes()].into_iter())
        };
        assert_eq!(both(255, 256).expect("it fits").as_str().len(), 512);
        assert_eq!(both(256, 256), None);
        let one = format!("{}={}", "k".repeat(256), "v".repeat(255));
        assert_eq!(parse(one.as_bytes()).expect("it fits").len(), 512);
        assert_eq!(parse(format!("{one}v").as_bytes()), None);
    }

    #[test]
    fn keys_and_values_are_limited_to_256_bytes() {
        assert!(parse(format!("{}=1", "a".repeat(256)).as_bytes()).is_some());
        assert!(parse(format!("{}=1", "a".repeat(257)).as_bytes()).is_none());
        assert!(parse(format!("a={}", "1".repeat(256)).as_bytes()).is_some());
        assert!(parse(format!("a={}", "1".repeat(257)).as_bytes()).is_none());
    }

    proptest! {
        #[test]
        fn headers_are_joined_into_one_list(parts in proptest::collection::vec("[a-z]{1,4}=[0-9 ]{0,4}[0-9]", 1..9)) {
            let joined = parts.join(",");
            let several = TraceState::from_headers(parts.iter().map(String::as_bytes));
            prop_assert_eq!(several.map(|state| state.to_string()), Some(joined.clone()));
            prop_assert_eq!(parse(joined.as_bytes()), Some(joined));
        }

        #[test]
        fn accepted_lists_are_bounded_and_accepted_again(
            headers in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 0..4),
        ) {
            if let Some(state) = TraceState::from_headers(headers.iter().map(Vec::as_slice)) {
                prop_assert!(state.as_str().len() <= 512);
                prop_assert_eq!(parse(state.as_str().as_bytes()), Some(state.to_string()));
            }
        }
    }
}
