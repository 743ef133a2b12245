//! Texts that are recorded together again and again.
//!
//! Invariant: `bytes` holds one whole field for each of `keys`, in their order, as a record does; so all of them are set by
//! one copy where none was set before and no limit cuts any.

use std::borrow::Cow;
use std::fmt;

use crate::record::encode::tag;
use crate::record::event_value::{At, Walk};
use crate::record::key::{Class, Key};
use crate::record::value::{Guarded, Text, Value};
use crate::text::floor_char;
use gomon_redact::{REDACTED, scrub_dsn};

/// Texts that are recorded together again and again, such as what is known of an SQL statement: encoded once, and set by
/// one copy with [`EventTracker::set_group`](crate::EventTracker::set_group).
///
/// It is of no monitor: limits are those of the tracker that it is set on.
///
/// # Examples
///
/// ```
/// use gomon_core::{FieldGroup, Monitor, Recorder, Value, keys};
///
/// let recorder = Recorder::new();
/// let running = Monitor::builder().listener(recorder.listener()).build()?;
/// let known = FieldGroup::new()
///     .with(keys::QUERY, Value::normalized_sql("SELECT name FROM goods"))
///     .with(keys::OPERATION, "SELECT");
///
/// let mut query = running.monitor().root("query");
/// query.set_group(&known);
/// query.finish();
/// let events = recorder.wait_for(1);
/// assert_eq!(events[0].as_event().get("operation").unwrap().as_str(), Some("SELECT"));
/// # Ok::<(), gomon_core::Error>(())
/// ```
#[derive(Clone)]
pub struct FieldGroup {
    keys: Vec<Key<'static>>,
    bytes: Vec<u8>,
    bits: u64,
    /// The longest text for which the limit of strings holds, and that for which the limit of long strings does.
    longest: (usize, usize),
    /// Each is to be set under its own name, and once.
    is_simple: bool,
}

impl FieldGroup {
    /// One without texts.
    ///
    /// # Examples
    ///
    /// See [`FieldGroup`].
    #[must_use]
    pub const fn new() -> Self {
        Self {
            keys: Vec::new(),
            bytes: Vec::new(),
            bits: 0,
            longest: (0, 0),
            is_simple: true,
        }
    }

    /// A text more: a string, SQL without literals, or a connection string, as the key takes it. For any other value
    /// `[redacted]` is recorded.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::{FieldGroup, Value, keys};
    ///
    /// let known = FieldGroup::new()
    ///     .with(keys::DRIVER, "postgresql")
    ///     .with(keys::DSN, Value::dsn("postgres://shop:secret@db/orders"));
    /// ```
    #[must_use]
    pub fn with<'v>(mut self, key: Key<'static>, value: impl Into<Value<'v>>) -> Self {
        let text = text_of(key.class(), value.into());
        let name = floor_char(key.name(), 255);
        let is_other = self.keys.iter().all(|other| other.name() != key.name());
        self.is_simple &= is_other && !key.is_taken() && name.len() == key.name().len();
        let longest = match key.class() {
            Class::Sql => &mut self.longest.1,
            _ => &mut self.longest.0,
        };
        *longest = text.len().max(*longest);
        self.bits |= key.bit();
        self.keys.push(key);
        self.bytes.extend_from_slice(&[name.len() as u8, tag::STR]);
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes
            .extend_from_slice(&(text.len() as u32).to_le_bytes());
        self.bytes.extend_from_slice(text.as_bytes());
        self
    }

    /// The keys by their bits.
    #[inline]
    pub(crate) const fn bits(&self) -> u64 {
        self.bits
    }

    /// The fields, encoded, and how many there are; `None` where they cannot all be copied as they are under limits for
    /// strings and long strings.
    #[inline]
    pub(crate) fn encoded(&self, string: usize, long: usize) -> Option<(&[u8], usize)> {
        let fits = self.is_simple && self.longest.0 <= string && self.longest.1 <= long;
        fits.then_some((&self.bytes, self.keys.len()))
    }

    /// Each by itself.
    pub(crate) fn values(&self) -> impl Iterator<Item = (Key<'static>, Value<'_>)> {
        let at = At {
            depth: 0,
            app_id: "",
        };
        let bytes = &self.bytes;
        self.keys
            .iter()
            .zip(Walk { bytes, at })
            .map(|(key, field)| {
                let text = field.value.as_str().unwrap_or(REDACTED);
                let value = match key.class() {
                    Class::Sql => Value::normalized_sql(text),
                    Class::Dsn => Value::dsn(text),
                    _ => Value::Str(text),
                };
                (*key, value)
            })
    }
}

impl Default for FieldGroup {
    fn default() -> Self {
        Self::new()
    }
}

/// The same fields in the same order.
impl PartialEq for FieldGroup {
    fn eq(&self, other: &Self) -> bool {
        self.keys == other.keys && self.bytes == other.bytes
    }
}

impl Eq for FieldGroup {}

impl fmt::Debug for FieldGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.keys.iter().map(Key::name))
            .finish()
    }
}

fn text_of(class: Class, value: Value<'_>) -> Cow<'_, str> {
    match (class, value) {
        (Class::Plain, Value::Str(text))
        | (Class::Sql, Value::Guarded(Guarded(Text::NormalizedSql(text)))) => text.into(),
        (Class::Dsn, Value::Guarded(Guarded(Text::Dsn(dsn)))) => scrub_dsn(dsn),
        _ => REDACTED.into(),
    }
}
