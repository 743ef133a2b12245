//! Which names announce a secret.

/// Words that announce a secret, by their last letter.
///
/// The first list has those that do so at the end of a longer word too, the second those that do so only as a whole,
/// since other words end in them. One letter leaves at most ten to compare, so a word costs about as much as its length.
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

/// Before `key`, these make the name of something that is shown; any other word makes a secret.
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
    b"routing",
    b"row",
    b"sort",
    b"surrogate",
    b"websocket",
];

/// At the end of a name, these say that it tells about a secret without being it.
const MEASURES: &[&[u8]] = &[
    b"age",
    b"bytes",
    b"count",
    b"counts",
    b"duration",
    b"expires",
    b"expiry",
    b"kind",
    b"len",
    b"length",
    b"lifetime",
    b"limit",
    b"remaining",
    b"size",
    b"total",
    b"ttl",
    b"type",
    b"usage",
    b"used",
];

/// Before a plural, these say that it is a count.
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

/// Names that announce a secret at their end though no word of theirs does: browsers, whose web sockets can set no other
/// header, send their bearer tokens in this one.
const NAMES: &[&[u8]] = &[b"sec-websocket-protocol", b"sec_websocket_protocol"];

/// Tells whether what goes by `name` is to be kept secret: a field, a header, a query key.
///
/// The name is read word by word (`db_password`, `api-key`, `accessToken`, `XSRFToken`), so that
/// `monkey`, `keyboard`, `author` and `x-request-id` are shown. In doubt it is a secret: any
/// unknown word before `key` makes one. What only measures a secret is shown: `token_count`,
/// `session_duration`, `max_tokens`; so are the plain word `key` and keys of data, such as
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
    let mut secret = ends_with_one_of(name, NAMES);
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

/// Splits off the first word, without the digits at its end; empty when there is none.
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

/// The `Ds` of `IDs` is no word of its own.
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
    fn names_of_secrets_are_known_in_every_spelling() {
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
    fn names_that_only_look_like_secrets_are_shown() {
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
        ] {
            assert!(!is_secret_name(name.as_bytes()), "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_judged_alike_in_either_case(name in proptest::collection::vec(any::<u8>(), 0..40)) {
            let mut words = name.clone();
            words.make_ascii_lowercase();
            let upper = words.to_ascii_uppercase();
            prop_assert_eq!(is_secret_name(&words), is_secret_name(&upper));
        }

        #[test]
        fn a_secret_word_is_found_among_others(before in "[a-z]{0,8}[-_. ]", after in "([-_. ]id)?") {
            let name = format!("{before}password{after}");
            prop_assert!(is_secret_name(name.as_bytes()));
        }
    }
}
