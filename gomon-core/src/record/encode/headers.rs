//! Encoding of headers, with the redaction policy applied to their values.

use std::borrow::Cow;

use super::clean::is_clean;
use super::{Encoder, begin_field, tag, whole_words};
use crate::record::scratch::copy_short;
use crate::record::value::HeaderVisitor;
use gomon_redact::{REDACTED, scrub_text};

/// Encodes headers as the fields of a map.
pub(super) struct Headers<'e, 'a> {
    pub(super) encoder: &'e mut Encoder<'a>,
    /// Number of headers written.
    pub(super) count: usize,
}

impl HeaderVisitor for Headers<'_, '_> {
    fn header(&mut self, name: &str, values: &mut dyn Iterator<Item = Option<&[u8]>>) {
        if self.is_full() {
            return;
        }
        let is_hidden = self.encoder.redaction.is_secret_header(name);
        self.encoder.key(tag::LIST, name);
        self.encoder.nested_counted(tag::LIST, |encoder| {
            let mut count = 0;
            for value in values.take(encoder.limits.fields()) {
                if encoder.is_over_limit() {
                    break;
                }
                encoder.header_value(is_hidden, value);
                count += 1;
            }
            count
        });
    }

    fn single(&mut self, name: &str, value: Option<&[u8]>) {
        if self.is_full() {
            return;
        }
        let is_hidden = self.encoder.redaction.is_secret_header(name);
        match value {
            Some(value) if !is_hidden && self.encoder.is_short(name, value) && is_clean(value) => {
                self.encoder.plain_header(name, value);
            }
            _ => self.encoder.guarded_header(name, is_hidden, value),
        }
    }
}

impl Headers<'_, '_> {
    /// Counts one more header. Returns whether there is no room for it.
    fn is_full(&mut self) -> bool {
        if self.count >= self.encoder.limits.fields() || self.encoder.is_over_limit() {
            self.encoder.cut = true;
            return true;
        }
        self.count += 1;
        false
    }
}

impl Encoder<'_> {
    /// Returns whether a header is within all limits.
    #[inline]
    fn is_short(&self, name: &str, value: &[u8]) -> bool {
        name.len() < 256 && value.len() <= self.limits.string()
    }

    /// Writes a header with one value that is recorded unchanged: a list of one element.
    #[inline]
    fn plain_header(&mut self, name: &str, value: &[u8]) {
        let length = value.len() as u32;
        let room = self.out.room(2 + name.len() + 13 + value.len());
        let mut list = [0; 13];
        let (counts, element) = list.split_at_mut(8);
        // The length of the rest and the number of elements.
        counts.copy_from_slice(&(u64::from(length + 9) | 1 << 32).to_le_bytes());
        let (tag, element_length) = element.split_at_mut(1);
        tag.copy_from_slice(&[tag::STR]);
        element_length.copy_from_slice(&length.to_le_bytes());
        if let Some(room) = begin_field(room, name, tag::LIST, &list) {
            copy_short(room, value);
        }
    }

    /// Writes a header with one value that is redacted or truncated.
    #[cold]
    #[inline(never)]
    fn guarded_header(&mut self, name: &str, is_hidden: bool, value: Option<&[u8]>) {
        self.key(tag::LIST, name);
        self.nested_counted(tag::LIST, |encoder| {
            encoder.header_value(is_hidden, value);
            1
        });
    }

    /// Writes one value of a header as a list element.
    fn header_value(&mut self, is_hidden: bool, value: Option<&[u8]>) {
        self.out.write(&[tag::STR]);
        let Some(value) = value.filter(|_| !is_hidden) else {
            self.string(REDACTED, REDACTED.len());
            return;
        };
        let limit = self.limits.string();
        // Truncated first, so that bytes beyond the limit cost nothing.
        let is_truncated = value.len() > limit;
        self.cut |= is_truncated;
        let value = value.get(..limit).unwrap_or(value);
        // Nearly all values are UTF-8. The lossy conversion is slower, as it checks byte by byte.
        let value = match std::str::from_utf8(value) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => String::from_utf8_lossy(value),
        };
        let text = if is_truncated {
            whole_words(&value)
        } else {
            &value
        };
        let shown = scrub_text(text);
        self.string(&shown, limit);
    }
}
