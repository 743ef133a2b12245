//! Field names, classified at compile time as reserved, secret or plain.

use crate::record::keys::is_reserved;
use gomon_redact::is_secret_name;

/// Kind of the values of a key, which selects their redaction policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Any value, recorded unchanged.
    Plain,
    /// Any value, recorded as `[redacted]`.
    Secret,
    /// Accepts [`Value::sql`](crate::Value::sql) only.
    Sql,
    /// Accepts [`Value::url`](crate::Value::url) only.
    Url,
    /// Accepts [`Value::dsn`](crate::Value::dsn) only.
    Dsn,
    /// Accepts [`Value::headers`](crate::Value::headers) only.
    Headers,
    /// Accepts free text only, which is scrubbed like [`Value::text`](crate::Value::text).
    Text,
    /// Accepts any value. Strings are scrubbed like free text.
    Scrubbed,
}

/// Name of a field.
///
/// A key is created once, as a constant. The compiler then settles whether its name is reserved by
/// the event model and whether it names a secret. Fields whose name indicates a secret (`password`,
/// `api_key`, `access_token`, …) are recorded as `[redacted]`.
///
/// A user's key with a reserved name (`id`, `url`, `query`, …) is recorded as `user:<name>`. Names
/// longer than 255 bytes are truncated.
///
/// # Examples
///
/// ```
/// use gomon_core::Key;
///
/// const CART: Key<'static> = Key::new("cart");
///
/// assert!(!CART.is_taken());
/// assert!(Key::new("url").is_taken());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key<'a> {
    name: &'a str,
    bit: u64,
    class: Class,
    taken: bool,
}

impl<'a> Key<'a> {
    /// Creates a user's key.
    #[must_use]
    pub const fn new(name: &'a str) -> Self {
        let taken = is_reserved(name.as_bytes());
        let class = match name.as_bytes() {
            secret if is_secret_name(secret) => Class::Secret,
            // Reserved by the event model, where their text is parsed. A user's text is at least
            // scrubbed.
            b"dsn" | b"query" | b"url" | b"message" => Class::Scrubbed,
            _ => Class::Plain,
        };
        Key {
            name,
            bit: bit_of(name),
            class,
            taken,
        }
    }

    pub(crate) const fn reserved(name: &'a str, class: Class) -> Self {
        Key {
            name,
            bit: bit_of(name),
            class,
            taken: false,
        }
    }

    /// Returns the name as given.
    #[must_use]
    #[inline]
    pub const fn name(&self) -> &'a str {
        self.name
    }

    /// Returns whether the event model reserves this name, so that a user's field is recorded as
    /// `user:<name>`.
    #[must_use]
    #[inline]
    pub const fn is_taken(&self) -> bool {
        self.taken
    }

    #[inline]
    pub(crate) const fn class(&self) -> Class {
        self.class
    }

    /// Returns whether the name is that of a secret.
    #[inline]
    pub(crate) const fn is_secret(&self) -> bool {
        matches!(self.class, Class::Secret)
    }

    /// Returns whether a scalar value is recorded unchanged under this name.
    #[inline]
    pub(crate) const fn is_plain(&self) -> bool {
        matches!(self.class, Class::Plain) && !self.taken && self.name.len() < 256
    }

    /// Returns the Bloom-filter bit of the name. If the bit is unset in the tracker's filter, the
    /// key is new and no search is needed.
    #[inline]
    pub(crate) const fn bit(&self) -> u64 {
        self.bit
    }
}

const fn bit_of(name: &str) -> u64 {
    // The top six bits of the FNV-1a hash of the name (http://www.isthe.com/chongo/tech/comp/fnv/).
    // The offset is the first from FNV's own upwards for which no two keys of one family share a
    // bit. A shared bit would cost a search in each event.
    let bytes = name.as_bytes();
    let mut hash: u64 = 0xcbf2_9ce4_8424_6f5b;
    let mut rest = bytes;
    while let Some((byte, tail)) = rest.split_first() {
        hash = (hash ^ *byte as u64).wrapping_mul(0x0100_0000_01b3);
        rest = tail;
    }
    1 << (hash >> 58)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::keys;

    #[test]
    fn names_of_the_event_model_are_reserved() {
        for name in [
            "id",
            "gomon:start",
            "url",
            "query",
            "children",
            "user:x",
            "p99:not",
        ] {
            assert_eq!(Key::new(name).is_taken(), name != "p99:not", "{name}");
        }
    }

    #[test]
    fn secret_names_are_known_at_compile_time() {
        const PASSWORD: Key<'static> = Key::new("db_password");
        assert_eq!(PASSWORD.class(), Class::Secret);
        assert_eq!(Key::new("cart").class(), Class::Plain);
    }

    #[test]
    fn keys_of_one_family_share_no_bloom_bit() {
        let http = "direction method proto url route headers response_headers remoteaddr content-length encoding close \
                    response_code response_body request_size response_size first-byte aborted upgrade get-conn dns-start \
                    dns-done conn-start conn-done tls-hand-start tls-hand-done final-url reused";
        let sql = "driver dsn wait query query-fp operation table rows-aff last-id params tx row-count rows columns \
                   isolation depth end sqlstate slow n-plus-one channel process";
        let sockets = "laddr raddr laddr-net raddr-net conns read-size write-size read-time write-time reads writes tls \
                       name seek-time sync-time";
        for family in [http, sql, sockets] {
            let mut seen = 0;
            for name in family.split_whitespace() {
                assert!(is_reserved(name.as_bytes()), "{name}");
                assert_eq!(seen & bit_of(name), 0, "{name}");
                seen |= bit_of(name);
            }
        }
    }

    #[test]
    fn reserved_keys_are_not_taken() {
        assert!(!keys::URL.is_taken());
        assert_eq!(keys::URL.class(), Class::Url);
    }
}
