//! Replacement of parts of a text.

use std::ops::Range;

use crate::policy::REDACTED;

/// Replaces parts of a text from left to right. The text is copied only if a part changes.
pub(crate) struct Edit<'t> {
    text: &'t str,
    clean: String,
    /// End of the text that is in `clean`.
    copied: usize,
}

impl<'t> Edit<'t> {
    pub(crate) const fn new(text: &'t str) -> Self {
        Self {
            text,
            clean: String::new(),
            copied: 0,
        }
    }

    /// Replaces a part of the text behind the last one.
    #[inline]
    pub(crate) fn replace(&mut self, part: Range<usize>, substitute: &str) {
        let (Some(before), Some(found)) = (
            self.text.get(self.copied..part.start),
            self.text.get(part.clone()),
        ) else {
            return;
        };
        if found != substitute {
            self.clean.push_str(before);
            self.clean.push_str(substitute);
            self.copied = part.end;
        }
    }

    /// Redacts a secret, unless it is empty.
    pub(crate) fn redact(&mut self, secret: Range<usize>) {
        if !secret.is_empty() {
            self.replace(secret, REDACTED);
        }
    }

    /// Returns the changed text; `None` if it is as before.
    pub(crate) fn finish(mut self) -> Option<String> {
        if self.copied == 0 {
            return None;
        }
        self.clean.push_str(self.text.get(self.copied..)?);
        Some(self.clean)
    }
}
