//! Encoding of values, with limits and redaction applied.
//!
//! A field is `[length of the key: u8][tag: u8][key][payload]`, integers little-endian:
//!
//! | tag | payload |
//! |---|---|
//! | null, false, true | – |
//! | i64, u64, f64, duration in ns | 8 bytes |
//! | uuid | 16 bytes |
//! | string, bytes | length: u32, bytes |
//! | list | length of what follows: u32, count: u32, then `[tag][payload]` each |
//! | map | length of what follows: u32, count: u32, then fields |
//! | children | length of what follows: u32, count: u32, then records |
//!
//! Encoding stops once the event limit is exceeded. The caller then truncates the record to its
//! previous length.

mod clean;
mod headers;
mod url;

use crate::record::limits::{Limits, MAX_DEPTH};
use crate::record::scratch::{Scratch, copy_short};
use crate::record::value::{HeaderSource, Text, Value};
use crate::text::{floor_char, saturated_nanos};
use gomon_redact::{
    REDACTED, Redaction, UrlParts, is_secret_name, scrub_dsn, scrub_sql, scrub_text,
};

/// Tags of the payloads.
pub(crate) mod tag {
    pub(crate) const NULL: u8 = 0;
    pub(crate) const FALSE: u8 = 1;
    pub(crate) const TRUE: u8 = 2;
    pub(crate) const I64: u8 = 3;
    pub(crate) const U64: u8 = 4;
    pub(crate) const F64: u8 = 5;
    pub(crate) const STR: u8 = 6;
    pub(crate) const BYTES: u8 = 7;
    pub(crate) const UUID: u8 = 8;
    pub(crate) const DURATION: u8 = 9;
    pub(crate) const LIST: u8 = 10;
    pub(crate) const MAP: u8 = 11;
    pub(crate) const CHILDREN: u8 = 12;
}

/// Appends encoded values to `out`.
pub(crate) struct Encoder<'a> {
    out: &'a mut Scratch,
    limits: &'a Limits,
    redaction: &'a Redaction,
    /// Length of `out` from which the event limit is certainly exceeded.
    max_len: usize,
    /// Whether a value was truncated to a limit.
    pub(crate) cut: bool,
}

impl<'a> Encoder<'a> {
    pub(crate) fn new(out: &'a mut Scratch, limits: &'a Limits, redaction: &'a Redaction) -> Self {
        let max_len = out.len() + limits.event();
        Self {
            out,
            limits,
            redaction,
            max_len,
            cut: false,
        }
    }

    /// Writes a whole field.
    #[inline]
    pub(crate) fn field(&mut self, key: &str, value: &Value<'_>) {
        self.field_at(key, value, 0);
    }

    #[inline]
    fn field_at(&mut self, key: &str, value: &Value<'_>, depth: usize) {
        let tag_at = self.out.len() + 1;
        self.key(tag::NULL, key);
        let tag = self.payload(value, depth);
        self.out.overwrite(tag_at, [tag]);
    }

    /// Writes the part of a field before its payload.
    #[inline]
    fn key(&mut self, tag: u8, key: &str) {
        let key = self.truncated(key, 255);
        begin_field(self.out.room(2 + key.len()), key, tag, &[]);
    }

    /// Writes a field that holds a URL.
    #[inline]
    pub(crate) fn url_field(&mut self, key: &str, url: &UrlParts<'_>) {
        self.map_field(key, |this| this.url(url));
    }

    /// Writes a field that holds headers.
    #[inline]
    pub(crate) fn headers_field(&mut self, key: &str, headers: &dyn HeaderSource) {
        self.map_field(key, |this| this.headers(headers));
    }

    /// Writes a field that holds a map.
    ///
    /// The key is shorter than 256 bytes, and `write` returns the number of fields.
    #[inline(always)]
    fn map_field(&mut self, key: &str, write: impl FnOnce(&mut Self) -> usize) {
        let at = self.out.len();
        begin_field(self.out.room(2 + key.len() + 8), key, tag::MAP, &[0; 8]);
        let count = write(self);
        self.finish_nested(at + 2 + key.len(), count);
    }

    /// Writes an element of a list.
    pub(crate) fn element(&mut self, value: &Value<'_>, depth: usize) {
        let tag_at = self.out.len();
        self.out.write(&[tag::NULL]);
        let tag = self.payload(value, depth);
        self.out.overwrite(tag_at, [tag]);
    }

    /// Writes an element that is already encoded.
    pub(crate) fn encoded(&mut self, element: &[u8]) {
        self.out.write(element);
    }

    fn payload(&mut self, value: &Value<'_>, depth: usize) -> u8 {
        match *value {
            Value::Null => tag::NULL,
            Value::Bool(false) => tag::FALSE,
            Value::Bool(true) => tag::TRUE,
            Value::I64(v) => self.word(tag::I64, v.to_le_bytes()),
            Value::U64(v) => self.word(tag::U64, v.to_le_bytes()),
            Value::F64(v) => self.word(tag::F64, v.to_le_bytes()),
            Value::Duration(v) => self.word(tag::DURATION, saturated_nanos(v).to_le_bytes()),
            Value::Uuid(v) => {
                self.out.write(&v.to_bytes());
                tag::UUID
            }
            Value::Str(v) => self.string(v, self.limits.string()),
            Value::Bytes(v) => self.bytes(v, self.limits.string()),
            Value::List(values) => {
                let values = self.limited(values, depth);
                self.nested(tag::LIST, values.len(), |this| {
                    for value in values {
                        if this.is_over_limit() {
                            break;
                        }
                        this.element(value, depth + 1);
                    }
                })
            }
            Value::Map(fields) => {
                self.map(fields, depth, |key| (*key, is_secret_name(key.as_bytes())))
            }
            Value::Guarded(ref text) => self.guarded(&text.0, depth),
        }
    }

    /// Writes a map. `named` returns the name of a key and whether it names a secret.
    fn map<K>(
        &mut self,
        fields: &[(K, Value<'_>)],
        depth: usize,
        named: impl Fn(&K) -> (&str, bool),
    ) -> u8 {
        let fields = self.limited(fields, depth);
        self.nested(tag::MAP, fields.len(), |this| {
            for (key, value) in fields {
                if this.is_over_limit() {
                    break;
                }
                let (name, is_secret) = named(key);
                let value = if is_secret {
                    &Value::Str(REDACTED)
                } else {
                    value
                };
                this.field_at(name, value, depth + 1);
            }
        })
    }

    fn guarded(&mut self, text: &Text<'_>, depth: usize) -> u8 {
        let long = self.limits.long_string();
        match *text {
            Text::Long(v) | Text::NormalizedSql(v) => self.string(v, long),
            Text::LongBytes(v) => match std::str::from_utf8(v) {
                Ok(v) => self.string(v, long),
                // Text that was truncated within a character is still text.
                Err(e) if e.error_len().is_none() => {
                    let valid = v.get(..e.valid_up_to()).unwrap_or_default();
                    self.string(&String::from_utf8_lossy(valid), long)
                }
                Err(_) => self.bytes(v, long),
            },
            // Truncated before the search, so that its cost is bounded.
            Text::Free(v) => {
                let v = self.truncated_to_word(v, long);
                self.string(&scrub_text(v), long)
            }
            Text::Sql(v) => {
                let v = self.truncated(v, long);
                self.string(&scrub_sql(v), long)
            }
            // Without the rest of the DSN, a password may look like a port.
            Text::Dsn(v) if v.len() > long => {
                self.cut = true;
                self.string(REDACTED, long)
            }
            Text::Dsn(v) => self.string(&scrub_dsn(v), self.limits.string()),
            Text::Url(ref url) => self.nested_counted(tag::MAP, |this| this.url(url)),
            Text::Fields(fields) => self.map(fields, depth, |key| (key.name(), key.is_secret())),
            Text::Headers(headers) => self.nested_counted(tag::MAP, |this| this.headers(headers)),
        }
    }

    /// Writes the fields of headers and returns their number.
    #[inline]
    fn headers(&mut self, headers: &dyn HeaderSource) -> usize {
        let mut visitor = headers::Headers {
            encoder: self,
            count: 0,
        };
        headers.visit(&mut visitor);
        visitor.count
    }

    /// Writes a field that holds a short text. The key is shorter than 256 bytes.
    ///
    /// Always inlined, so that the length of the key is known.
    #[inline(always)]
    fn text_field(&mut self, key: &'static str, text: &str) {
        let text = self.truncated(text, self.limits.string());
        let room = self.out.room(2 + key.len() + 4 + text.len());
        let length = (text.len() as u32).to_le_bytes();
        if let Some(room) = begin_field(room, key, tag::STR, &length) {
            copy_short(room, text.as_bytes());
        }
    }

    #[inline]
    fn word(&mut self, tag: u8, bytes: [u8; 8]) -> u8 {
        self.out.write(&bytes);
        tag
    }

    fn string(&mut self, v: &str, limit: usize) -> u8 {
        let v = self.truncated(v, limit);
        self.counted(v.as_bytes());
        tag::STR
    }

    fn bytes(&mut self, v: &[u8], limit: usize) -> u8 {
        self.cut |= v.len() > limit;
        let v = v.get(..limit).unwrap_or(v);
        self.counted(v);
        tag::BYTES
    }

    /// Writes bytes preceded by their length.
    fn counted(&mut self, bytes: &[u8]) {
        let room = self.out.room(4 + bytes.len());
        if let Some((head, room)) = room.and_then(|room| room.split_first_chunk_mut()) {
            *head = (bytes.len() as u32).to_le_bytes();
            copy_short(room, bytes);
        }
    }

    fn nested(&mut self, tag: u8, count: usize, write: impl FnOnce(&mut Self)) -> u8 {
        self.nested_counted(tag, |this| {
            write(this);
            count
        })
    }

    fn nested_counted(&mut self, tag: u8, write: impl FnOnce(&mut Self) -> usize) -> u8 {
        let at = self.out.len();
        self.out.room(8);
        let count = write(self);
        self.finish_nested(at, count);
        tag
    }

    /// Fills in the length and the count at `at` for everything written since.
    #[inline]
    fn finish_nested(&mut self, at: usize, count: usize) {
        let length = self.out.len() - at - 4;
        // Both are little-endian, with the length first.
        let head = u64::from(length as u32) | (count as u64) << 32;
        self.out.overwrite(at, head.to_le_bytes());
    }

    /// Returns the elements to encode: none beyond the maximum depth, and no more than the field
    /// limit.
    fn limited<'v, T>(&mut self, values: &'v [T], depth: usize) -> &'v [T] {
        let max = if depth + 1 >= MAX_DEPTH {
            0
        } else {
            self.limits.fields()
        };
        self.cut |= values.len() > max;
        values.get(..max).unwrap_or(values)
    }

    /// Returns whether the event limit is certainly exceeded.
    fn is_over_limit(&self) -> bool {
        self.out.len() > self.max_len
    }

    /// Truncates text like [`truncated`](Self::truncated) and removes the partial last word, since
    /// part of a secret is not recognised as one.
    fn truncated_to_word<'v>(&mut self, text: &'v str, limit: usize) -> &'v str {
        let kept = self.truncated(text, limit);
        if kept.len() == text.len() {
            return kept;
        }
        whole_words(kept)
    }

    /// Truncates text to `limit` bytes at a character boundary.
    fn truncated<'v>(&mut self, text: &'v str, limit: usize) -> &'v str {
        if text.len() <= limit {
            return text;
        }
        self.cut = true;
        floor_char(text, limit)
    }
}

/// Writes the beginning of a field: its key, its tag and `word`, which holds known lengths. Returns
/// the rest of `room`, for the text.
#[inline(always)]
pub(crate) fn begin_field<'r>(
    room: Option<&'r mut [u8]>,
    key: &str,
    tag: u8,
    word: &[u8],
) -> Option<&'r mut [u8]> {
    let (head, room) = room?.split_first_chunk_mut::<2>()?;
    let (key_room, room) = room.split_at_mut_checked(key.len())?;
    let (word_room, text_room) = room.split_at_mut_checked(word.len())?;
    *head = [key.len() as u8, tag];
    copy_short(key_room, key.as_bytes());
    word_room.copy_from_slice(word);
    Some(text_room)
}

/// Removes the partial last word of truncated text.
fn whole_words(cut: &str) -> &str {
    cut.rsplit_once(char::is_whitespace)
        .map_or(REDACTED, |(words, _)| words)
}
