//! Size limits of events.

use serde::{Deserialize, Serialize};

use crate::config::range::within;

/// Size limits of an event. Values beyond a limit are truncated or dropped, and counted.
///
/// A limit outside its bounds is an error in a configuration file; in code the nearest bound is used.
///
/// | limit | default |
/// |---|---|
/// | fields | 128 |
/// | a string | 1 KiB |
/// | a long string: SQL text, a body, a message | 10 KiB |
/// | the event | 64 KiB |
/// | depth of values, and of attached children | 8 |
///
/// # Examples
///
/// ```
/// let limits = gomon_core::Limits::default().with_fields(32);
/// assert_eq!(limits.fields(), 32);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Limits {
    #[serde(deserialize_with = "within::<0, MAX_FIELDS, _>")]
    fields: usize,
    string: usize,
    long_string: usize,
    #[serde(deserialize_with = "within::<MIN_EVENT, MAX_EVENT, _>")]
    event: usize,
}

const MAX_FIELDS: usize = 1024;
/// Minimum size of an event, in bytes.
const MIN_EVENT: usize = 1024;
/// Maximum size of an event, in bytes.
const MAX_EVENT: usize = 1024 * 1024;

/// Maximum depth of values, and of attached children. It is fixed because decoding depends on it.
pub(crate) const MAX_DEPTH: usize = 8;

impl Default for Limits {
    fn default() -> Self {
        Self {
            fields: 128,
            string: 1024,
            long_string: 10 * 1024,
            event: 64 * 1024,
        }
    }
}

impl crate::config::Config for Limits {
    const NAME: &'static str = "gomon/limits";
}

/// Limits in the form that the hot path reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) fields: u16,
    pub(crate) string: usize,
    /// Maximum size of fields and section elements, in bytes.
    pub(crate) event: usize,
}

/// Bytes reserved for the end of an event.
///
/// They hold the section heads without their elements (67), the polls of a future (69) and the
/// value of a poll observer (74).
const SECTION_HEADS: usize = 256;

impl Limits {
    pub(crate) fn bounds(&self) -> Bounds {
        Bounds {
            fields: self.fields() as u16,
            string: self.string(),
            event: self.event() - SECTION_HEADS,
        }
    }

    /// Sets the maximum number of fields, at most 1,024.
    #[must_use]
    pub fn with_fields(mut self, fields: usize) -> Self {
        self.fields = fields;
        self
    }

    /// Sets the maximum length of an ordinary string, in bytes.
    #[must_use]
    pub fn with_string(mut self, bytes: usize) -> Self {
        self.string = bytes;
        self
    }

    /// Sets the maximum length of a long string, in bytes.
    #[must_use]
    pub fn with_long_string(mut self, bytes: usize) -> Self {
        self.long_string = bytes;
        self
    }

    /// Sets the maximum size of an event with its attached children, in bytes, from 1 KiB to 1 MiB.
    ///
    /// It limits the record in memory. The JSON form repeats keys and ids as text and escapes characters: it is
    /// two to four times as large for small children, and up to six times for text of control characters.
    #[must_use]
    pub fn with_event(mut self, bytes: usize) -> Self {
        self.event = bytes;
        self
    }

    /// Returns the maximum number of fields.
    #[must_use]
    #[inline]
    pub fn fields(&self) -> usize {
        self.fields.min(MAX_FIELDS)
    }

    /// Returns the maximum length of an ordinary string, in bytes.
    #[must_use]
    #[inline]
    pub fn string(&self) -> usize {
        self.string
    }

    /// Returns the maximum length of a long string, in bytes.
    #[must_use]
    #[inline]
    pub fn long_string(&self) -> usize {
        self.long_string
    }

    /// Returns the maximum size of an event, in bytes.
    #[must_use]
    #[inline]
    pub fn event(&self) -> usize {
        self.event.clamp(MIN_EVENT, MAX_EVENT)
    }
}
