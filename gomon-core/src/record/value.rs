//! What a field may hold: borrowed, typed, and encoded as soon as it is set.

use std::time::Duration;

use crate::id::Id;
use crate::record::key::Key;
use gomon_redact::UrlParts;

/// The value of a field, borrowed until it is encoded by `set`.
///
/// Text that may hold secrets has constructors of its own, which pass it through the redaction policy:
/// [`sql`](Self::sql), [`url`](Self::url), [`dsn`](Self::dsn), [`headers`](Self::headers) and
/// [`text`](Self::text).
///
/// # Examples
///
/// ```
/// use gomon_core::{Key, Monitor, Value};
///
/// let mut tracker = Monitor::noop().root("job");
/// tracker.set(Key::new("size"), 17_u64);
/// tracker.set(Key::new("tags"), Value::List(&["a".into(), "b".into()]));
/// tracker.set(Key::new("note"), Value::text("token=abc is shown as token=[redacted]"));
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Value<'a> {
    /// JSON null.
    Null,
    /// A truth value.
    Bool(bool),
    /// A signed integer.
    I64(i64),
    /// An unsigned integer.
    U64(u64),
    /// A number; one that is not finite comes out as `"NaN"`, `"Infinity"` or `"-Infinity"`.
    F64(f64),
    /// A short string, at most 1 KiB by default.
    Str(&'a str),
    /// Bytes, `{"base64": "…"}` in JSON.
    Bytes(&'a [u8]),
    /// An id.
    Uuid(Id),
    /// A duration, in nanoseconds.
    Duration(Duration),
    /// A list, at most eight levels deep.
    List(&'a [Value<'a>]),
    /// Names and values, in this order.
    Map(&'a [(&'a str, Value<'a>)]),
    /// Text that may hold a secret.
    Guarded(Guarded<'a>),
}

/// Text that may hold a secret, with what it is, so that the right policy is applied.
///
/// It is made by the constructors of [`Value`], which say what each does.
///
/// # Examples
///
/// ```
/// use gomon_core::Value;
///
/// assert!(matches!(Value::dsn("postgres://u:p@db/shop"), Value::Guarded(_)));
/// ```
#[derive(Clone, Copy)]
pub struct Guarded<'a>(pub(crate) Text<'a>);

#[derive(Clone, Copy)]
pub(crate) enum Text<'a> {
    Long(&'a str),
    LongBytes(&'a [u8]),
    Free(&'a str),
    Sql(&'a str),
    NormalizedSql(&'a str),
    Url(UrlParts<'a>),
    Dsn(&'a str),
    Headers(&'a dyn HeaderSource),
    Fields(&'a [(Key<'a>, Value<'a>)]),
}

impl std::fmt::Debug for Guarded<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Headers as their owner holds them, so that a map of them need not be built to record them.
///
/// # Examples
///
/// ```
/// use gomon_core::{HeaderSource, HeaderVisitor, Monitor, Value, keys};
///
/// struct Accept;
///
/// impl HeaderSource for Accept {
///     fn visit(&self, visitor: &mut dyn HeaderVisitor) {
///         visitor.header("accept", &mut [Some(&b"*/*"[..])].into_iter());
///     }
/// }
///
/// Monitor::noop().root("http-service").set(keys::HEADERS, Value::headers(&Accept));
/// ```
pub trait HeaderSource {
    /// Shows every header that is to be recorded.
    fn visit(&self, visitor: &mut dyn HeaderVisitor);
}

/// Receives headers from a [`HeaderSource`].
pub trait HeaderVisitor {
    /// One header with all its values; `None` stands for a value that its owner marked as sensitive.
    fn header(&mut self, name: &str, values: &mut dyn Iterator<Item = Option<&[u8]>>);

    /// Visits a header with one value, as nearly all have.
    fn single(&mut self, name: &str, value: Option<&[u8]>) {
        self.header(name, &mut std::iter::once(value));
    }
}

impl<'a> Value<'a> {
    /// A long string, at most 10 KiB by default, with nothing removed from it: a body that was asked for.
    ///
    /// # Examples
    ///
    /// ```
    /// gomon_core::Value::long("a body");
    /// ```
    #[must_use]
    pub const fn long(text: &'a str) -> Self {
        Self::Guarded(Guarded(Text::Long(text)))
    }

    /// Long bytes, at most 10 KiB by default; a string in JSON where they are UTF-8.
    ///
    /// # Examples
    ///
    /// ```
    /// gomon_core::Value::long_bytes(b"\xff\x00");
    /// ```
    #[must_use]
    pub const fn long_bytes(bytes: &'a [u8]) -> Self {
        Self::Guarded(Guarded(Text::LongBytes(bytes)))
    }

    /// Free text for people, such as a log message: what looks like a secret is replaced.
    ///
    /// # Examples
    ///
    /// ```
    /// gomon_core::Value::text("Bearer abc");
    /// ```
    #[must_use]
    pub const fn text(text: &'a str) -> Self {
        Self::Guarded(Guarded(Text::Free(text)))
    }

    /// An SQL statement: its literals and comments are replaced.
    ///
    /// # Examples
    ///
    /// ```
    /// gomon_core::Value::sql("SELECT * FROM users WHERE name = 'x'");
    /// ```
    #[must_use]
    pub const fn sql(statement: &'a str) -> Self {
        Self::Guarded(Guarded(Text::Sql(statement)))
    }

    /// An SQL statement that its caller has freed of literals and comments already.
    ///
    /// # Examples
    ///
    /// ```
    /// gomon_core::Value::normalized_sql("SELECT * FROM users WHERE name = ?");
    /// ```
    #[must_use]
    pub const fn normalized_sql(statement: &'a str) -> Self {
        Self::Guarded(Guarded(Text::NormalizedSql(statement)))
    }

    /// A map like [`Map`](Self::Map), whose names are constants: which of them name a secret is known when they are compiled,
    /// and not searched for each time.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::{Key, Monitor, Value};
    ///
    /// const SIZE: Key<'static> = Key::new("size");
    /// const COLOUR: Key<'static> = Key::new("colour");
    ///
    /// let shirt = [(SIZE, Value::U64(40)), (COLOUR, "blue".into())];
    /// Monitor::noop().root("order").set(Key::new("shirt"), Value::fields(&shirt));
    /// ```
    #[must_use]
    pub const fn fields(fields: &'a [(Key<'a>, Value<'a>)]) -> Self {
        Self::Guarded(Guarded(Text::Fields(fields)))
    }

    /// A URL, recorded as `{scheme, host, path, query?}` without user information, query values redacted.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::{UrlParts, Value};
    ///
    /// Value::url(UrlParts::parse("https://example.org/a?token=x"));
    /// ```
    #[must_use]
    pub const fn url(url: UrlParts<'a>) -> Self {
        Self::Guarded(Guarded(Text::Url(url)))
    }

    /// A connection string, recorded without its user, password and options.
    ///
    /// # Examples
    ///
    /// ```
    /// gomon_core::Value::dsn("postgres://user:secret@db:5432/shop");
    /// ```
    #[must_use]
    pub const fn dsn(dsn: &'a str) -> Self {
        Self::Guarded(Guarded(Text::Dsn(dsn)))
    }

    /// Headers: name to list of values, those of the deny-list redacted.
    #[must_use]
    pub const fn headers(headers: &'a dyn HeaderSource) -> Self {
        Self::Guarded(Guarded(Text::Headers(headers)))
    }
}

macro_rules! from {
    ($($source:ty => |$value:ident| $made:expr;)*) => {
        $(impl<'a> From<$source> for Value<'a> {
            #[inline]
            fn from($value: $source) -> Self { $made }
        })*
    };
}

from! {
    bool => |v| Value::Bool(v);
    i8 => |v| Value::I64(v.into());
    i16 => |v| Value::I64(v.into());
    i32 => |v| Value::I64(v.into());
    i64 => |v| Value::I64(v);
    isize => |v| Value::I64(v as i64);
    u8 => |v| Value::U64(v.into());
    u16 => |v| Value::U64(v.into());
    u32 => |v| Value::U64(v.into());
    u64 => |v| Value::U64(v);
    usize => |v| Value::U64(v as u64);
    f32 => |v| Value::F64(v.into());
    f64 => |v| Value::F64(v);
    Id => |v| Value::Uuid(v);
    Duration => |v| Value::Duration(v);
    &'a str => |v| Value::Str(v);
    &'a String => |v| Value::Str(v);
    &'a [u8] => |v| Value::Bytes(v);
    &'a [Value<'a>] => |v| Value::List(v);
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    #[inline]
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}
