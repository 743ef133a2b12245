//! How large an event may become.

use serde::{Deserialize, Serialize};

/// How large one event may become. What exceeds a limit is cut or left out, and counted.
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
    fields: usize,
    string: usize,
    long_string: usize,
    event: usize,
}

/// The deepest nesting of values, and of attached children. Decoding relies on it, so it is fixed.
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

/// The limits as the path of an event wants them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) fields: u16,
    pub(crate) string: usize,
    /// What fields and the elements of sections may take of an event.
    pub(crate) event: usize,
}

/// Bytes that may be appended when an event ends: the heads of the sections beside their elements (67), and what is told
/// of the polls of a future (69, and 74 for what an observer measured).
const SECTION_HEADS: usize = 256;

impl Limits {
    pub(crate) fn bounds(&self) -> Bounds {
        Bounds {
            fields: self.fields() as u16,
            string: self.string(),
            event: self.event() - SECTION_HEADS,
        }
    }

    /// The most fields of an event; at most 1,024.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(gomon_core::Limits::default().with_fields(7).fields(), 7);
    /// ```
    #[must_use]
    pub fn with_fields(mut self, fields: usize) -> Self {
        self.fields = fields;
        self
    }

    /// The most bytes of an ordinary string.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(gomon_core::Limits::default().with_string(64).string(), 64);
    /// ```
    #[must_use]
    pub fn with_string(mut self, bytes: usize) -> Self {
        self.string = bytes;
        self
    }

    /// The most bytes of a long string.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(gomon_core::Limits::default().with_long_string(64).long_string(), 64);
    /// ```
    #[must_use]
    pub fn with_long_string(mut self, bytes: usize) -> Self {
        self.long_string = bytes;
        self
    }

    /// The most bytes of an event with its attached children; at least 1 KiB, at most 1 MiB.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(gomon_core::Limits::default().with_event(8192).event(), 8192);
    /// ```
    #[must_use]
    pub fn with_event(mut self, bytes: usize) -> Self {
        self.event = bytes;
        self
    }

    /// The most fields of an event.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(gomon_core::Limits::default().fields(), 128);
    /// ```
    #[must_use]
    #[inline]
    pub fn fields(&self) -> usize {
        self.fields.min(1024)
    }

    /// The most bytes of an ordinary string.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(gomon_core::Limits::default().string(), 1024);
    /// ```
    #[must_use]
    #[inline]
    pub fn string(&self) -> usize {
        self.string
    }

    /// The most bytes of a long string.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(gomon_core::Limits::default().long_string(), 10_240);
    /// ```
    #[must_use]
    #[inline]
    pub fn long_string(&self) -> usize {
        self.long_string
    }

    /// The most bytes of an event.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(gomon_core::Limits::default().event(), 65_536);
    /// ```
    #[must_use]
    #[inline]
    pub fn event(&self) -> usize {
        self.event.clamp(1024, 1024 * 1024)
    }
}
