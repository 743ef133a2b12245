//! Credentials that are known by their shape.

/// How the token of a service begins, and how many bytes of a token follow at least.
///
/// The lengths are well under the real ones and keep names such as `npm_config` out.
const WELL_KNOWN: &[(&[u8], usize)] = &[
    (b"AGE-SECRET-KEY-", 16),
    (b"AIza", 24),
    (b"AKIA", 12),
    (b"ASIA", 12),
    (b"SG.", 24),
    (b"dop_v1_", 16),
    (b"ghp_", 8),
    (b"gho_", 8),
    (b"ghu_", 8),
    (b"ghs_", 8),
    (b"ghr_", 8),
    (b"github_pat_", 8),
    (b"glpat-", 8),
    (b"hf_", 20),
    (b"hvs.", 16),
    (b"npm_", 24),
    (b"pypi-", 24),
    (b"rk_live_", 8),
    (b"rk_test_", 8),
    (b"shpat_", 16),
    (b"sk-", 12),
    (b"sk_live_", 8),
    (b"sk_test_", 8),
    (b"whsec_", 12),
    (b"xapp-", 8),
    (b"xoxa-", 8),
    (b"xoxb-", 8),
    (b"xoxe-", 8),
    (b"xoxp-", 8),
    (b"xoxr-", 8),
    (b"xoxs-", 8),
    (b"ya29.", 16),
];

/// After `Bearer`, these go on in prose.
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
    let mut list = WELL_KNOWN;
    while let [(prefix, _), rest @ ..] = list {
        if let [first, ..] = prefix
            && *first == byte
        {
            return true;
        }
        list = rest;
    }
    matches!(byte, b'b' | b'B' | b'e')
}

/// The first two bytes of all prefixes, which rule most words out at once.
const STARTS: u128 = {
    let mut list = WELL_KNOWN;
    let mut starts = 0;
    while let [(prefix, _), rest @ ..] = list {
        starts |= start_bit(prefix);
        list = rest;
    }
    starts
};

const fn start_bit(text: &[u8]) -> u128 {
    match text {
        [a, b, ..] => 1 << ((*a as u32 * 11 + *b as u32) % 128),
        _ => 0,
    }
}

/// Gives the length of the token of a well-known service that `text` begins with.
pub(super) fn well_known(text: &[u8]) -> Option<usize> {
    if STARTS & start_bit(text) == 0 {
        return None;
    }
    let (prefix, least) = WELL_KNOWN
        .iter()
        .find(|(prefix, _)| text.starts_with(prefix))?;
    let tail = text.get(prefix.len()..)?;
    let head = tail.get(..*least)?;
    if !head
        .iter()
        .any(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    {
        return None;
    }
    let dots = prefix.ends_with(b".");
    let is_part = |byte: &&u8| is_base64url(**byte) || dots && **byte == b'.';
    let length = tail.iter().take_while(is_part).count();
    (length >= *least).then_some(prefix.len() + length)
}

/// Gives the length of the JSON web token (RFC 7519) that `text` begins with, or, where there is
/// none, the length within which none begins.
pub(super) fn jwt(text: &[u8]) -> Result<usize, usize> {
    let run = |text: &[u8]| text.iter().take_while(|&&byte| is_base64url(byte)).count();
    let header = run(text);
    let payload = text
        .get(header..)
        .and_then(|rest| rest.strip_prefix(b"."))
        .map_or(0, run);
    if header < 8 || payload < 2 {
        return Err(header);
    }
    let part = |byte: &u8| is_base64url(*byte) || matches!(byte, b'.' | b'=');
    Ok(text.iter().take_while(|byte| part(byte)).count())
}

/// Gives the length of the private key that `text` begins with; one without an end takes it all.
pub(super) fn private_key(text: &[u8]) -> Option<usize> {
    const BEGIN: &[u8] = b"-----BEGIN ";
    const END: &[u8] = b"-----END ";
    const DASHES: &[u8] = b"-----";
    let label = text.strip_prefix(BEGIN)?;
    let label = label.get(..64).unwrap_or(label);
    let label = label.get(..find(label, DASHES)?)?;
    find(label, b"PRIVATE KEY")?;
    let Some(end) = find(text, END) else {
        return Some(text.len());
    };
    let after = text.get(end + END.len()..)?;
    let close = find(after.get(..96).unwrap_or(after), DASHES);
    Some(close.map_or(text.len(), |close| end + END.len() + close + DASHES.len()))
}

/// Gives where the credential begins that `Bearer` or `Basic` announces.
pub(super) fn credential_offset(text: &[u8]) -> Option<usize> {
    let bearer = starts_with_word(text, b"bearer");
    let length = match text {
        _ if bearer => 6,
        _ if starts_with_word(text, b"basic") => 5,
        _ => return None,
    };
    let rest = text.get(length..)?;
    let blanks = rest
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    let credential = rest.get(blanks..)?;
    let word = credential
        .iter()
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    let secret = if bearer {
        !PROSE.iter().any(|prose| {
            credential
                .get(..word)
                .is_some_and(|word| word.eq_ignore_ascii_case(prose))
        })
    } else {
        // Base64 is told from prose by a digit, a sign, or a capital inside.
        let end = credential
            .iter()
            .position(|byte| !matches!(byte, b'+' | b'/' | b'=') && !byte.is_ascii_alphanumeric());
        let credential = credential.get(..end.unwrap_or(credential.len()).min(64))?;
        credential
            .iter()
            .skip(1)
            .any(|byte| !byte.is_ascii_lowercase())
    };
    (blanks > 0 && secret).then_some(length + blanks)
}

fn starts_with_word(text: &[u8], word: &[u8]) -> bool {
    text.get(..word.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(word))
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}
