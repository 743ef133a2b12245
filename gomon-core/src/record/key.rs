//! Field names that know, when they are compiled, whether they are reserved and what they may hold.

use crate::record::keys::is_reserved;
use gomon_redact::is_secret_name;

/// What the values of a key are, and so which policy they pass through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Anything that is not text of one of the kinds below.
    Plain,
    /// Shown as `[redacted]`, whatever the value is.
    Secret,
    /// Takes [`Value::sql`](crate::Value::sql) only.
    Sql,
    /// Takes [`Value::url`](crate::Value::url) only.
    Url,
    /// Takes [`Value::dsn`](crate::Value::dsn) only.
    Dsn,
    /// Takes [`Value::headers`](crate::Value::headers) only.
    Headers,
    /// Takes free text only, which is scrubbed as [`Value::text`](crate::Value::text).
    Text,
    /// Takes anything; its strings are scrubbed like free text.
    Scrubbed,
}

/// The name of a field.
///
/// A key is made once, as a constant; whether its name is reserved by the event model and whether it
/// names a secret is then settled by the compiler. Fields whose name tells of a secret (`password`,
/// `api_key`, `access_token`, …) are recorded as `[redacted]`.
///
/// A user's key with a name that the event model reserves (`id`, `url`, `query`, …) comes out as
/// `user:<name>`. Names longer than 255 bytes are cut.
///
/// # Examples
///
/// ```
/// use gomon_core::{Key, Monitor};
///
/// const CART: Key<'static> = Key::new("cart");
///
/// let mut tracker = Monitor::noop().root("checkout");
/// tracker.set(CART, 17);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key<'a> {
    name: &'a str,
    bit: u64,
    class: Class,
    taken: bool,
}

impl<'a> Key<'a> {
    /// A user's key.
    ///
    /// # Examples
    ///
    /// ```
    /// const USER: gomon_core::Key<'static> = gomon_core::Key::new("user");
    /// assert_eq!(USER.name(), "user");
    /// ```
    #[must_use]
    pub const fn new(name: &'a str) -> Self {
        let taken = is_reserved(name.as_bytes());
        let class = match name.as_bytes() {
            secret if is_secret_name(secret) => Class::Secret,
            // Owned by the event model, where their text is taken apart; a user's is scrubbed at least.
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

    /// The name as given.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(gomon_core::keys::METHOD.name(), "method");
    /// ```
    #[must_use]
    #[inline]
    pub const fn name(&self) -> &'a str {
        self.name
    }

    /// Whether the event model owns this name, so that a user's field comes out as `user:<name>`.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::Key;
    ///
    /// assert!(Key::new("url").is_taken());
    /// assert!(!Key::new("cart").is_taken());
    /// ```
    #[must_use]
    #[inline]
    pub const fn is_taken(&self) -> bool {
        self.taken
    }

    #[inline]
    pub(crate) const fn class(&self) -> Class {
        self.class
    }

    /// Whether the name is that of a secret.
    #[inline]
    pub(crate) const fn is_secret(&self) -> bool {
        matches!(self.class, Class::Secret)
    }

    /// Whether a value of a simple kind is recorded under this name as it is.
    #[inline]
    pub(crate) const fn is_plain(&self) -> bool {
        matches!(self.class, Class::Plain) && !self.taken && self.name.len() < 256
    }

    /// One bit of 64, by which most keys that were not set yet are told without a search.
    #[inline]
    pub(crate) const fn bit(&self) -> u64 {
        self.bit
    }
}

const fn bit_of(name: &str) -> u64 {
    // FNV-1a over the whole name (http://www.isthe.com/chongo/tech/comp/fnv/); its top six bits. It begins with the first
    // number from FNV's own on for which no two keys of one family share a bit, which would cost a search in each event.
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
    fn names_of_secrets_are_known_when_compiled() {
        const PASSWORD: Key<'static> = Key::new("db_password");
        assert_eq!(PASSWORD.class(), Class::Secret);
        assert_eq!(Key::new("cart").class(), Class::Plain);
    }

    #[test]
    fn keys_of_one_family_are_told_apart_without_a_search() {
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
    fn owners_set_reserved_names_unchanged() {
        assert!(!keys::URL.is_taken());
        assert_eq!(keys::URL.class(), Class::Url);
    }
}
