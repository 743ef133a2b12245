//! The path of a URL, in which a whole URL may stand: that of a proxy, or one without a scheme.

use std::borrow::Cow;
use std::ops::Range;

use super::reach::run;
use super::sign::is_slash;
use super::{is_harmless, scrub_text};
use crate::redaction::REDACTED;
use crate::url::{encoded_sign, has_encoded_userinfo, has_good_port};

/// Takes the secrets out of a path: those of [`scrub_text`], and what may be user and password.
///
/// That is what stands before an `@` in a segment with a colon (`/u:p@h`), and before the last `@` where an authority
/// begins: behind two slashes or a scheme (`//p@h`, `/http:/p@h`, `http:\\p@h`). Signs may be encoded.
pub(crate) fn scrub_path(path: &str) -> Cow<'_, str> {
    if is_harmless(path) {
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

/// The path without users and passwords, if there are any.
fn without_userinfo(path: &str) -> Option<String> {
    let last = last_at(path);
    let mut clean = String::new();
    let mut copied = 0;
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
            let secret = path.get(from..end)?;
            if !secret.is_empty() && secret != REDACTED {
                clean.push_str(path.get(copied..from)?);
                clean.push_str(REDACTED);
                copied = end;
            }
            next = next.max(end);
        }
        let slashes = run(path.get(next..)?.as_bytes(), is_slash);
        is_authority = slashes > 1 || path.get(segment)?.ends_with(':');
        from = next + slashes.max(1);
    }
    if copied == 0 {
        return None;
    }
    clean.push_str(path.get(copied..)?);
    Some(clean)
}

/// The end of what may be user and password in a segment with which an authority begins.
fn in_authority(path: &str, segment: Range<usize>, last: Option<usize>) -> Option<usize> {
    let text = path.get(segment.clone())?;
    if has_good_port(text) && !has_encoded_userinfo(text) && !text.contains('@') {
        return None;
    }
    // A password may have slashes in it.
    Some(
        last.filter(|&at| at >= segment.start)
            .unwrap_or(segment.end),
    )
}

/// The end of what may be user and password in any segment.
fn in_segment(path: &str, segment: Range<usize>) -> Option<usize> {
    let text = path.get(segment.clone())?;
    let at = last_at(text)?;
    let before = text.get(..at)?;
    let has_colon = before.contains(':') || encoded_sign(before, "3a").is_some();
    has_colon.then_some(segment.start + at)
}

/// Where the last `@` is, encoded or not.
fn last_at(text: &str) -> Option<usize> {
    text.rfind('@').max(encoded_sign(text, "40"))
}
