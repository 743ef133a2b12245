//! Credentials detected by their shape.

use super::reach::{count, find, run, run_back};
use crate::text::floor_char;

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
    if header < 10 || !is_payload {
        return Err(header);
    }
    Ok(run(text, |byte| {
        is_base64url(byte) || matches!(byte, b'.' | b'=')
    }))
}

/// Returns the length of the private key or other PEM block at the beginning of `text`.
///
/// A block without an end extends to the end of the text. Its line ends and blanks may be escaped or encoded. Other
/// formats of keys look alike: `OpenPGP` (RFC 9580) and SSH2 (RFC 4716, with four dashes and a blank).
pub(super) fn pem(text: &str) -> Option<usize> {
    let (label, end) = match text.strip_prefix("-----BEGIN") {
        Some(label) => (label, "-----END"),
        None => (text.strip_prefix("---- BEGIN")?, "---- END"),
    };
    let label = floor_char(label, MAX_LOOK);
    let is_label = label.starts_with([' ', '+', '_', '%', '\\']) && find(label, "----").is_some();
    is_label.then(|| {
        let Some(end) = find(text, end) else {
            return text.len();
        };
        let after = text.get(end + 8..).unwrap_or_default();
        let Some(close) = find(floor_char(after, MAX_LOOK), "----") else {
            return text.len();
        };
        let dashes = after.get(close..).unwrap_or_default();
        end + 8 + close + run(dashes.as_bytes(), |byte| byte == b'-')
    })
}

/// Returns the length of a key file of `PuTTY` at the beginning of `text`.
pub(super) fn putty(text: &str) -> Option<usize> {
    const MAC: &str = "Private-MAC:";
    text.strip_prefix("PuTTY-User-Key-File-")?;
    let end = find(text, MAC).and_then(|mac| {
        let after = text.get(mac..)?;
        Some(mac + run(after.as_bytes(), |byte| !matches!(byte, b'\r' | b'\n')))
    });
    Some(end.unwrap_or(text.len()))
}

/// Returns the length of a token without a long prefix at the beginning of `text`: of Discord in three parts, of Airtable
/// in two, and of Twilio.
pub(super) fn special(text: &[u8]) -> Option<usize> {
    const DOT: Option<&u8> = Some(&b'.');
    if let Some(key) = text.strip_prefix(b"SK") {
        let length = run(key.get(..33).unwrap_or(key), |byte| {
            byte.is_ascii_hexdigit()
        });
        return (length == 32).then_some(2 + length);
    }
    let (first, last) = match text.first()? {
        b'p' if text.get(17) == DOT && text.starts_with(b"pat") => (17, 32),
        b'M' | b'N' | b'O' => {
            let first = (24..=27).find(|&at| text.get(at) == DOT)?;
            let second = (first + 6..first + 8).find(|&at| text.get(at) == DOT)?;
            let between = text.get(first + 1..second)?;
            (run(between, is_base64url) == between.len()).then_some(())?;
            (second, 27)
        }
        _ => return None,
    };
    let before = text.get(..first)?;
    let is_first = before
        .iter()
        .all(|&byte| is_base64url(byte) || byte == b'.');
    let tail = run(text.get(first + 1..)?, is_base64url);
    count(first);
    (is_first && tail >= last).then_some(first + 1 + tail)
}

/// Returns the length of a Telegram token's secret at the beginning of `text`, if `before` ends with the id of its bot.
pub(super) fn telegram(before: &[u8], text: &[u8]) -> Option<usize> {
    text.strip_prefix(b"A")?;
    let id = run_back(before, |byte| byte.is_ascii_digit()).1;
    if !(5..=16).contains(&id.len()) {
        return None;
    }
    let length = run(text.get(..64).unwrap_or(text), is_base64url);
    (length >= 32).then_some(length)
}

/// Returns the length of the rest of a client secret of Azure after its `~`, the sixth byte, and before it five.
pub(super) fn azure(before: &[u8], text: &[u8]) -> Option<usize> {
    let [.., a, b, c, digit, b'Q'] = before else {
        return None;
    };
    let is_part = |byte: u8| is_base64url(byte) || matches!(byte, b'.' | b'~');
    if !digit.is_ascii_digit() || ![*a, *b, *c].into_iter().all(is_part) {
        return None;
    }
    let length = run(text.get(..64).unwrap_or(text), is_part);
    (length > 30).then_some(length)
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
