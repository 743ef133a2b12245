//! Secrets in the path of a URL, which may contain a whole URL, with or without a scheme.

use std::borrow::Cow;
use std::ops::Range;

use super::harmless::is_harmless;
use super::plain::is_plain;
use super::reach::{count, run};
use super::scrub_text;
use super::sign::is_slash;
use crate::edit::Edit;
use crate::url::{encoded_sign, has_encoded_userinfo, has_good_port};

/// Redacts the secrets of [`scrub_text`] in a path, and text that may be user and password.
///
/// In a segment with a colon, that is the text before an `@` (`/u:p@h`). At an authority, after two slashes or a scheme,
/// it is the text before the last `@` (`//p@h`, `/http:/p@h`, `http:\\p@h`). Signs may be encoded.
#[inline]
pub fn scrub_path(path: &str) -> Cow<'_, str> {
    if is_plain(path.as_bytes()) || is_harmless(path) && !path.contains('@') {
        return Cow::Borrowed(path);
    }
    let clean = scrub_text(path);
    if !clean.bytes().any(|byte| matches!(byte, b'@' | b'%' | b':')) {
        return clean;
    }
    match without_userinfo(&clean) {
        Some(bare) => Cow::Owned(bare),
        None => clean,
    }
}

/// Returns the path without users and passwords, if there are any.
fn without_userinfo(path: &str) -> Option<String> {
    let last = last_at(path);
    let mut edit = Edit::new(path);
    let mut from = run(path.as_bytes(), is_slash);
    let mut is_authority = from > 1;
    while from < path.len() {
        let length = run(path.get(from..)?.as_bytes(), |byte| !is_slash(byte));
        let segment = from..from + length;
        let found = if is_authority {
            in_authority(path, segment.clone(), last)
        } else {
            in_segment(path, segment.clone())
        };
        let mut next = segment.end;
        if let Some(end) = found {
            edit.redact(from..end);
            next = next.max(end);
        }
        let slashes = run(path.get(next..)?.as_bytes(), is_slash);
        is_authority = slashes > 1 || path.get(segment)?.ends_with(':');
        from = next + slashes.max(1);
    }
    edit.finish()
}

/// Returns the end of a possible user and password in the first segment of an authority.
fn in_authority(path: &str, segment: Range<usize>, last: Option<usize>) -> Option<usize> {
    let text = path.get(segment.clone())?;
    count(4 * text.len());
    if has_good_port(text) && !has_encoded_userinfo(text) && !text.contains('@') {
        return None;
    }
    // A password may contain slashes.
    Some(
        last.filter(|&at| at >= segment.start)
            .unwrap_or(segment.end),
    )
}

/// Returns the end of a possible user and password in another segment.
fn in_segment(path: &str, segment: Range<usize>) -> Option<usize> {
    let text = path.get(segment.clone())?;
    let at = last_at(text)?;
    let before = text.get(..at)?;
    count(2 * before.len());
    let has_colon = before.contains(':') || encoded_sign(before, |sign| sign == b':').is_some();
    has_colon.then_some(segment.start + at)
}

/// Returns the offset of the last `@`, encoded or not.
fn last_at(text: &str) -> Option<usize> {
    count(2 * text.len());
    text.rfind('@').max(encoded_sign(text, |sign| sign == b'@'))
}
