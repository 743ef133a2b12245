//! Values of fields: borrowed, typed and encoded when they are set.

use std::time::Duration;

use crate::id::Id;
use crate::record::key::Key;
use gomon_redact::UrlParts;

/// Value of a field, borrowed until `set` encodes it.
///
/// Text that may contain secrets has its own constructors, which apply the redaction policy:
/// [`sql`](Self::sql), [`url`](Self::url), [`dsn`](Self::dsn), [`headers`](Self::headers) and
/// [`text`](Self::text).
///
/// # Examples
///
/// ```
/// use gomon_core::{EventValue, Key, Monitor, Recorder, Value};
///
/// # let recorder = Recorder::new();
/// # let running = Monitor::builder().listener(recorder.listener()).build()?;
/// let mut tracker = running.monitor().root("job");
/// tracker.set(Key::new("tags"), Value::List(&["a".into(), "b".into()]));
/// tracker.set(Key::new("note"), Value::text("token=abc"));
/// tracker.finish();
/// let events = recorder.wait_for(1);
/// assert_eq!(events[0].as_event().get("note"), Some(EventValue::Str("token=[redacted]")));
/// # Ok::<(), gomon_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Value<'a> {
    /// JSON null.
    Null,
    /// A boolean.
    Bool(bool),
    /// A signed integer.
    I64(i64),
    /// An unsigned integer.
    U64(u64),
    /// A floating-point number. Non-finite ones are recorded as `"NaN"`, `"Infinity"` or
    /// `"-Infinity"`.
    F64(f64),
    /// A short string, at most 1 KiB by default. It is not searched for secrets; [`text`](Self::text) is.
    Str(&'a str),
    /// Bytes, `{"base64": "…"}` in JSON.
    Bytes(&'a [u8]),
    /// An event id.
    Uuid(Id),
    /// A duration, in nanoseconds.
    Duration(Duration),
    /// A list, at most eight levels deep.
    List(&'a [Value<'a>]),
    /// A map, in this order.
    Map(&'a [(&'a str, Value<'a>)]),
    /// Text that may contain a secret.
    Guarded(Guarded<'a>),
}

/// Text that may contain a secret, tagged with its kind to select the redaction policy.
///
/// Created by the constructors of [`Value`].
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

/// Source of headers, which records them without building a map.
///
/// # Examples
///
/// ```
/// use gomon_core::adapter::{HeaderSource, HeaderVisitor, keys};
/// use gomon_core::{Monitor, Recorder, Value};
///
/// struct Accept;
///
/// impl HeaderSource for Accept {
///     fn visit(&self, visitor: &mut dyn HeaderVisitor) {
///         visitor.header("accept", &mut [Some(&b"*/*"[..])].into_iter());
///     }
/// }
///
/// # let recorder = Recorder::new();
/// # let running = Monitor::builder().listener(recorder.listener()).build()?;
/// running.monitor().root("http-service").set(keys::HEADERS, Value::headers(&Accept));
/// let events = recorder.wait_for(1);
/// assert!(events[0].to_json().contains(r#""headers":{"accept":["*/*"]}"#));
/// # Ok::<(), gomon_core::Error>(())
/// ```
pub trait HeaderSource {
    /// Passes every header to be recorded to `visitor`.
    fn visit(&self, visitor: &mut dyn HeaderVisitor);
}

/// Receives headers from a [`HeaderSource`].
pub trait HeaderVisitor {
    /// Visits a header with all its values. `None` stands for a value marked as sensitive.
    fn header(&mut self, name: &str, values: &mut dyn Iterator<Item = Option<&[u8]>>);

    /// Visits a header with one value, the common case.
    fn single(&mut self, name: &str, value: Option<&[u8]>) {
        self.header(name, &mut std::iter::once(value));
    }
}

impl<'a> Value<'a> {
    /// Creates a long string, at most 10 KiB by default. It is not redacted, so use it only for
    /// text that the user chose to record, such as a body.
    #[must_use]
    pub const fn long(text: &'a str) -> Self {
        Self::Guarded(Guarded(Text::Long(text)))
    }

    /// Creates long bytes, at most 10 KiB by default. UTF-8 is recorded as a string.
    #[must_use]
    pub const fn long_bytes(bytes: &'a [u8]) -> Self {
        Self::Guarded(Guarded(Text::LongBytes(bytes)))
    }

    /// Creates free text, such as a log message. Parts that look like secrets are replaced.
    #[must_use]
    pub const fn text(text: &'a str) -> Self {
        Self::Guarded(Guarded(Text::Free(text)))
    }

    /// Creates an SQL statement, whose literals and comments are replaced.
    #[must_use]
    pub const fn sql(statement: &'a str) -> Self {
        Self::Guarded(Guarded(Text::Sql(statement)))
    }

    /// Creates an SQL statement from which the caller has already removed literals and comments.
    #[must_use]
    pub const fn normalized_sql(statement: &'a str) -> Self {
        Self::Guarded(Guarded(Text::NormalizedSql(statement)))
    }

    /// Creates a map like [`Map`](Self::Map) with constant keys, whose secret names are known at
    /// compile time.
    #[must_use]
    pub const fn fields(fields: &'a [(Key<'a>, Value<'a>)]) -> Self {
        Self::Guarded(Guarded(Text::Fields(fields)))
    }

    /// Creates a URL, recorded as `{scheme, host, path, query?}` without user information and with
    /// redacted query values.
    #[must_use]
    pub const fn url(url: UrlParts<'a>) -> Self {
        Self::Guarded(Guarded(Text::Url(url)))
    }

    /// Creates a connection string, recorded without its user, password and options.
    #[must_use]
    pub const fn dsn(dsn: &'a str) -> Self {
        Self::Guarded(Guarded(Text::Dsn(dsn)))
    }

    /// Creates a map of headers to lists of values. Values of denied headers are redacted.
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
