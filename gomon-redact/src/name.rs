//! Detection of secrets by their names.

/// Returns the secret words that end in a letter.
///
/// A word of the first list may also be the end of a longer word. A word of the second list must match as a whole, as
/// other words end in it. At most ten words share a last letter, so the cost is proportional to the length of a word.
const fn endings(last: u8) -> (&'static [&'static [u8]], &'static [&'static [u8]]) {
    match last.to_ascii_lowercase() {
        b'a' => (&[], &[b"mfa"]),
        b'c' => (&[], &[b"hmac", b"cvc"]),
        b'd' => (
            &[
                b"password",
                b"passwd",
                b"sessid",
                b"sessionid",
                b"creditcard",
            ],
            &[b"pwd", b"sid", b"card"],
        ),
        b'e' => (&[b"passphrase", b"passcode", b"cookie"], &[b"signature"]),
        b'f' => (&[], &[b"csrf", b"xsrf"]),
        b'g' => (&[b"connectionstring"], &[b"sig"]),
        b'h' => (&[], &[b"auth", b"oauth"]),
        b'l' => (&[b"credential"], &[]),
        b'n' => (
            &[b"token", b"authorization"],
            &[
                b"authentication",
                b"session",
                b"assertion",
                b"iban",
                b"ssn",
                b"pin",
            ],
        ),
        b'p' => (&[], &[b"otp", b"totp"]),
        b'r' => (&[b"cardnumber"], &[b"bearer"]),
        b's' => (&[], &[b"pass"]),
        b't' => (&[b"secret"], &[b"jwt"]),
        b'v' => (&[], &[b"cvv"]),
        b'w' => (&[], &[b"pw"]),
        b'y' => (
            &[
                b"apikey",
                b"accesskey",
                b"secretkey",
                b"privatekey",
                b"sharedkey",
                b"signingkey",
                b"encryptionkey",
                b"masterkey",
                b"accountkey",
                b"authkey",
            ],
            &[],
        ),
        _ => (&[], &[]),
    }
}

/// Words that make a following `key` public. After any other word, `key` is secret.
const OPEN_KEYS: &[&[u8]] = &[
    b"bucket",
    b"cache",
    b"foreign",
    b"group",
    b"hash",
    b"idempotency",
    b"kafka",
    b"map",
    b"message",
    b"object",
    b"partition",
    b"primary",
    b"public",
    b"record",
    b"redis",
    b"replica",
    b"routing",
    b"row",
    b"sort",
    b"surrogate",
    b"voted",
    b"voter",
    b"websocket",
];

/// Suffixes of names that describe a secret (`token_count`) rather than hold one.
const MEASURES: &[&[u8]] = &[
    b"age",
    b"bytes",
    b"count",
    b"counts",
    b"duration",
    b"expires",
    b"expiry",
    b"interval",
    b"kind",
    b"len",
    b"length",
    b"lifetime",
    b"limit",
    b"ms",
    b"remaining",
    b"seconds",
    b"size",
    b"timeout",
    b"total",
    b"ttl",
    b"type",
    b"usage",
    b"used",
];

/// Words that make a following plural a count.
const QUANTITIES: &[&[u8]] = &[
    b"active",
    b"cached",
    b"completion",
    b"input",
    b"limit",
    b"max",
    b"min",
    b"num",
    b"open",
    b"output",
    b"prompt",
    b"reasoning",
    b"remaining",
    b"total",
    b"used",
];

/// Suffixes that are secret as a whole. Browsers send bearer tokens in this header, the only one that a web socket can
/// set.
const SECRET_SUFFIXES: &[&[u8]] = &[b"sec-websocket-protocol", b"sec_websocket_protocol"];

/// Returns whether the value of a field, header or query key is secret, judged by its name.
///
/// The name is split into words (`db_password`, `api-key`, `accessToken`, `XSRFToken`), so that
/// `monkey`, `keyboard`, `author` and `x-request-id` are not secret. A doubtful name is secret:
/// any unknown word before `key` makes it so. Measures of a secret are not secret: `token_count`,
/// `session_duration`, `max_tokens`. Neither are the plain word `key` and keys of data, such as
/// `routing_key`.
///
/// # Examples
/// ```
/// use gomon_redact::is_secret_name;
///
/// const HIDDEN: bool = is_secret_name(b"db_password");
/// assert!(HIDDEN && is_secret_name(b"apiKey"));
/// assert!(!is_secret_name(b"token_count"));
/// ```
#[must_use]
pub const fn is_secret_name(name: &[u8]) -> bool {
    let mut rest = name;
    let mut previous: &[u8] = b"";
    let mut secret = ends_with_one_of(name, SECRET_SUFFIXES);
    loop {
        let (word, after) = next_word(rest);
        if word.is_empty() {
            return secret && !is_one_of(previous, MEASURES);
        }
        if is_secret_word(word, previous) {
            secret = true;
        }
        previous = word;
        rest = after;
    }
}

const fn is_secret_word(word: &[u8], previous: &[u8]) -> bool {
    match word {
        [b'k' | b'K', b'e' | b'E', b'y' | b'Y'] => {
            !previous.is_empty() && !is_one_of(previous, OPEN_KEYS)
        }
        [.., b'g' | b'G'] if is(word, b"string") => is(previous, b"connection"),
        [singular @ .., b's' | b'S'] => {
            announces(word) || announces(singular) && !is_one_of(previous, QUANTITIES)
        }
        _ => announces(word),
    }
}

const fn announces(word: &[u8]) -> bool {
    let [_, .., last] = word else {
        return false;
    };
    let (stems, words) = endings(*last);
    ends_with_one_of(word, stems) || is_one_of(word, words)
}

/// Splits off the first word, without the digits at its end; returns an empty word at the end.
const fn next_word(name: &[u8]) -> (&[u8], &[u8]) {
    let mut name = name;
    while let [first, rest @ ..] = name {
        if first.is_ascii_alphabetic() {
            break;
        }
        name = rest;
    }
    let mut length = 0;
    let mut rest = name;
    while let [this, after @ ..] = rest {
        length += 1;
        rest = after;
        let boundary = match after {
            [next, ..] if !next.is_ascii_alphanumeric() => true,
            [next, ..] if this.is_ascii_digit() && next.is_ascii_alphabetic() => true,
            [next, ..] if next.is_ascii_uppercase() && !this.is_ascii_uppercase() => true,
            [next, last, ..] => {
                this.is_ascii_uppercase()
                    && next.is_ascii_uppercase()
                    && last.is_ascii_lowercase()
                    && !is_plural_of_capitals(after)
            }
            _ => false,
        };
        if boundary {
            break;
        }
    }
    let (mut word, rest) = name.split_at(length);
    while let [_, .., b'0'..=b'9'] = word {
        word = word.split_at(word.len() - 1).0;
    }
    (word, rest)
}

/// Returns whether `rest` is the plural of an acronym: `Ds` in `IDs` is not a word.
const fn is_plural_of_capitals(rest: &[u8]) -> bool {
    match rest {
        [_, b's'] => true,
        [_, b's', next, ..] => !next.is_ascii_lowercase(),
        _ => false,
    }
}

const fn is_one_of(word: &[u8], list: &[&[u8]]) -> bool {
    let mut list = list;
    while let [first, rest @ ..] = list {
        if is(word, first) {
            return true;
        }
        list = rest;
    }
    false
}

const fn ends_with_one_of(word: &[u8], list: &[&[u8]]) -> bool {
    let mut list = list;
    while let [first, rest @ ..] = list {
        if word.len() >= first.len() && is(word.split_at(word.len() - first.len()).1, first) {
            return true;
        }
        list = rest;
    }
    false
}

const fn is(word: &[u8], lower: &[u8]) -> bool {
    if word.len() != lower.len() {
        return false;
    }
    let (mut word, mut lower) = (word, lower);
    while let ([a, word_rest @ ..], [b, lower_rest @ ..]) = (word, lower) {
        if a.to_ascii_lowercase() != *b {
            return false;
        }
        word = word_rest;
        lower = lower_rest;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn secret_names_are_detected_in_every_spelling() {
        for name in [
            "password",
            "Password",
            "PASSWORD",
            "db_password",
            "dbPassword",
            "dbpassword",
            "passwords",
            "password1",
            "2pw",
            "user[password]",
            "passwd",
            "pwd",
            "pw",
            "PGPASSWORD",
            "MYSQL_PWD",
            "passphrase",
            "secret",
            "client_secret",
            "clientSecret",
            "AWS_SECRET_ACCESS_KEY",
            "secrets",
            "token",
            "tokens",
            "access_token",
            "accessToken",
            "refresh-token",
            "id_token",
            "XSRFToken",
            "csrfmiddlewaretoken",
            "x-csrf-token",
            "x-amz-security-token",
            "x-auth-token",
            "authtoken",
            "authorization",
            "proxy-authorization",
            "Authorization",
            "auth",
            "oauth2_code",
            "cookie",
            "set-cookie",
            "Cookie2",
            "session",
            "session_id",
            "sessionID",
            "sessionid",
            "PHPSESSID",
            "JSESSIONID",
            "connect.sid",
            "x-api-key",
            "apiKey",
            "APIKey",
            "api_key",
            "apikey",
            "X-Goog-Api-Key",
            "ssh_key",
            "private_key",
            "encryptionKey",
            "ocp-apim-subscription-key",
            "credentials",
            "x-amz-credential",
            "x-hub-signature-256",
            "X-Amz-Signature",
            "sig",
            "card_number",
            "creditCard",
            "cardnumber",
            "cvv2",
            "ssn",
            "iban",
            "connectionString",
            "cf-access-jwt-assertion",
            "sec-websocket-protocol",
            "Sec-WebSocket-Protocol",
            "HTTP_SEC_WEBSOCKET_PROTOCOL",
            "token_url",
            "token_id",
            "JWTs",
        ] {
            assert!(is_secret_name(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn names_that_resemble_secrets_are_not_secret() {
        for name in [
            "",
            "-",
            "x-request-id",
            "monkey",
            "keyboard",
            "turkey",
            "accept-encoding",
            "content-type",
            "author",
            "authority",
            ":authority",
            "www-authenticate",
            "key",
            "keys",
            "keyspace",
            "routing_key",
            "idempotency-key",
            "sec-websocket-key",
            "sec-websocket-version",
            "socket_protocol",
            "partitionKey",
            "token_count",
            "tokenCount",
            "token_type",
            "session_duration",
            "max_tokens",
            "prompt_tokens",
            "x-ratelimit-limit-tokens",
            "active_sessions",
            "cookie_count",
            "tokenizer",
            "secretary",
            "compass",
            "passenger",
            "side",
            "discard",
            "cardinal",
            "user-agent",
            "referer",
            "traceparent",
            "spin",
            "ping",
            "assignature",
            "status",
            "password_length",
            "group.session.timeout.ms",
            "voterKey",
        ] {
            assert!(!is_secret_name(name.as_bytes()), "{name}");
        }
    }

    proptest! {
        #[test]
        fn case_does_not_matter(name in proptest::collection::vec(any::<u8>(), 0..40)) {
            let mut words = name.clone();
            words.make_ascii_lowercase();
            let upper = words.to_ascii_uppercase();
            prop_assert_eq!(is_secret_name(&words), is_secret_name(&upper));
        }

        #[test]
        fn secret_word_is_found_among_others(before in "[a-z]{0,8}[-_. ]", after in "([-_. ]id)?") {
            let name = format!("{before}password{after}");
            prop_assert!(is_secret_name(name.as_bytes()));
        }
    }
}
