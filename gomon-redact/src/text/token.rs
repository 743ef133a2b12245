//! Credentials detected by their shape.

use super::reach::{count, find, run};
use crate::text::floor_char;

/// The prefix of a service's tokens, and the minimum number of bytes after it.
type Shape = (&'static [u8], usize);

/// Returns the shapes of tokens that begin with this byte.
///
/// The minimum lengths are well below the real ones, and exclude names such as `npm_config`.
const fn shapes(first: u8) -> &'static [Shape] {
    match first {
        b'A' => &[
            (b"AGE-SECRET-KEY-", 16),
            (b"AIza", 24),
            (b"AKIA", 12),
            (b"ASIA", 12),
        ],
        b'S' => &[(b"SG.", 24)],
        b'd' => &[(b"dop_v1_", 16)],
        b'g' => &[
            (b"ghp_", 8),
            (b"gho_", 8),
            (b"ghu_", 8),
            (b"ghs_", 8),
            (b"ghr_", 8),
            (b"github_pat_", 8),
            (b"glpat-", 8),
        ],
        b'h' => &[(b"hf_", 20), (b"hvs.", 16)],
        b'n' => &[(b"npm_", 24)],
        b'p' => &[(b"pypi-", 24)],
        b'r' => &[(b"rk_live_", 8), (b"rk_test_", 8)],
        b's' => &[
            (b"shpat_", 16),
            (b"sk-", 12),
            (b"sk_live_", 8),
            (b"sk_test_", 8),
        ],
        b'w' => &[(b"whsec_", 12)],
        b'x' => &[
            (b"xapp-", 8),
            (b"xoxa-", 8),
            (b"xoxb-", 8),
            (b"xoxe-", 8),
            (b"xoxp-", 8),
            (b"xoxr-", 8),
            (b"xoxs-", 8),
        ],
        b'y' => &[(b"ya29.", 16)],
        _ => &[],
    }
}

/// Maximum number of bytes that decide whether a text is a credential.
const MAX_LOOK: usize = 64;

/// Words after `Bearer` that are prose, not a credential.
const PROSE: &[&[u8]] = &[
    b"auth",
    b"authentication",
    b"authorization",
    b"error",
    b"realm",
    b"scheme",
    b"scope",
    b"token",
    b"tokens",
];

pub(super) const fn may_start_with(byte: u8) -> bool {
    !shapes(byte).is_empty() || matches!(byte, b'b' | b'B' | b'e')
}

/// Returns the length of a well-known service's token at the beginning of `text`.
pub(super) fn well_known(text: &[u8]) -> Option<usize> {
    let [first, second, ..] = text else {
        return None;
    };
    let is_shape = |(prefix, _): &&Shape| prefix.get(1) == Some(second) && text.starts_with(prefix);
    let (prefix, min) = shapes(*first).iter().find(is_shape)?;
    let tail = text.get(prefix.len()..)?;
    let dots = prefix.ends_with(b".");
    let is_part = |byte| is_base64url(byte) || dots && byte == b'.';
    let head = tail.get(..*min)?;
    count(prefix.len() + min);
    let is_random = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    if !head.iter().any(is_random) || !head.iter().all(|&byte| is_part(byte)) {
        return None;
    }
    Some(prefix.len() + run(tail, is_part))
}

/// Returns the length of the JSON web token (RFC 7519) at the beginning of `text`.
///
/// If there is none, the error is the length in which no token begins.
pub(super) fn jwt(text: &[u8]) -> Result<usize, usize> {
    let header = run(text, is_base64url);
    let payload = text
        .get(header..)
        .and_then(|rest| rest.strip_prefix(b"."))
        .unwrap_or_default();
    let is_payload = matches!(payload, [a, b, ..] if is_base64url(*a) && is_base64url(*b));
    if header < 8 || !is_payload {
        return Err(header);
    }
    Ok(run(text, |byte| {
        is_base64url(byte) || matches!(byte, b'.' | b'=')
    }))
}

/// Returns the length of the private key at the beginning of `text`. A key without an end extends to the end of the text.
pub(super) fn private_key(text: &str) -> Option<usize> {
    const BEGIN: &str = "-----BEGIN ";
    const END: &str = "-----END ";
    const DASHES: &str = "-----";
    let label = text.strip_prefix(BEGIN)?;
    let label = floor_char(label, MAX_LOOK);
    let label = label.get(..find(label, DASHES)?)?;
    find(label, "PRIVATE KEY")?;
    let Some(end) = find(text, END) else {
        return Some(text.len());
    };
    let after = text.get(end + END.len()..)?;
    let close = find(floor_char(after, 96), DASHES);
    Some(close.map_or(text.len(), |close| end + END.len() + close + DASHES.len()))
}

/// Returns the offset of the credential after `Bearer` or `Basic`.
pub(super) fn credential_offset(text: &[u8]) -> Option<usize> {
    let bearer = starts_with_word(text, b"bearer");
    let length = match text {
        _ if bearer => 6,
        _ if starts_with_word(text, b"basic") => 5,
        _ => return None,
    };
    let blanks = run(text.get(length..)?, |byte| matches!(byte, b' ' | b'\t'));
    if blanks == 0 {
        return None;
    }
    let credential = text.get(length + blanks..)?;
    let credential = credential.get(..MAX_LOOK).unwrap_or(credential);
    let secret = if bearer {
        let word = run(credential, |byte| byte.is_ascii_alphabetic());
        let word = credential.get(..word)?;
        !PROSE.iter().any(|prose| word.eq_ignore_ascii_case(prose))
    } else {
        // Unlike prose, Base64 contains a digit, a sign, or a capital after the first letter.
        let length = run(credential, |byte| {
            matches!(byte, b'+' | b'/' | b'=') || byte.is_ascii_alphanumeric()
        });
        let mut inner = credential.get(..length)?.iter().skip(1);
        inner.any(|byte| !byte.is_ascii_lowercase())
    };
    secret.then_some(length + blanks)
}

fn starts_with_word(text: &[u8], word: &[u8]) -> bool {
    text.get(..word.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(word))
}

fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}
