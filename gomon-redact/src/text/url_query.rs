//! The queries of URLs in free text, of which no more is told than of a URL that is recorded as one.
//!
//! They are looked at when all other secrets are gone: what announces a secret may be in a value, and the secret behind it.

use std::borrow::Cow;

use crate::policy::{REDACTED, is_plain_name, write_query};
use crate::text::authority_offset;
use crate::url::is_scheme_byte;

/// What may stand behind a URL and be no part of it.
const PUNCTUATION: [char; 9] = ['.', ',', ';', ':', '!', '?', ')', '}', '\''];
/// Those of it that end a bare value of any other name, too, so that what is left is the same for all.
const CLOSING: [char; 5] = [',', ';', ')', '}', '\''];

/// Takes the values out of the queries of all URLs, and what else follows their `?`.
pub(super) fn hide(text: Cow<'_, str>) -> Cow<'_, str> {
    if !text.contains('?') {
        return text;
    }
    match hidden(&text) {
        Some(hidden) => Cow::Owned(hidden),
        None => text,
    }
}

/// The text without the values, if there are any.
fn hidden(text: &str) -> Option<String> {
    let mut clean = String::new();
    let mut rest = text;
    while let Some((before, query, after)) = next_query(rest) {
        clean.push_str(before);
        let (query, behind) = split_punctuation(query);
        for part in query.split_inclusive(['&', ';', '#']) {
            write_part(part, &mut clean);
        }
        clean.push_str(behind);
        rest = after;
    }
    clean.push_str(rest);
    (clean != text).then_some(clean)
}

/// Writes a part with what ends it. What stands before the `=` is shown where it is a name.
fn write_part(part: &str, clean: &mut String) {
    let (part, end) = match part.strip_suffix(['&', ';', '#']) {
        Some(bare) => part.split_at(bare.len()),
        None => (part, ""),
    };
    let (key, value) = part.split_once('=').unwrap_or((part, "="));
    let is_bare = value.trim_end_matches(PUNCTUATION).is_empty();
    if key.chars().all(is_of_name) && (!is_bare || is_plain_name(key)) {
        // A string takes everything.
        let _ = write_query(part, |_| false, clean);
    } else {
        clean.push_str(REDACTED);
    }
    clean.push_str(end);
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '[' | ']' | '%' | '+')
}

/// What stands before the query of the next URL, with its `?`; the query; and what follows.
fn next_query(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let colon = from + text.get(from..)?.find(':')?;
        from = colon + 1;
        let (scheme, rest) = text.split_at_checked(colon)?;
        let Some(length) = authority_offset(rest.as_bytes()) else {
            continue;
        };
        from = colon + length;
        if !scheme.bytes().next_back().is_some_and(is_scheme_byte) {
            continue;
        }
        let end = end_of_run(text, from);
        if let Some(mark) = text.get(from..end)?.find('?') {
            let query = from + mark + 1;
            return Some((text.get(..query)?, text.get(query..end)?, text.get(end..)?));
        }
        from = end;
    }
}

/// The query, and what stands behind it.
fn split_punctuation(query: &str) -> (&str, &str) {
    let bare = query.trim_end_matches(PUNCTUATION).len();
    let closing = query.get(bare..).and_then(|end| end.find(CLOSING));
    let end = closing.map_or(query.len(), |closing| bare + closing);
    query.split_at_checked(end).unwrap_or((query, ""))
}

/// Where the visible characters end that a URL may consist of.
fn end_of_run(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    let ends = |c: char| c.is_ascii_whitespace() || matches!(c, '"' | '<' | '>' | '`');
    from + rest.find(ends).unwrap_or(rest.len())
}
