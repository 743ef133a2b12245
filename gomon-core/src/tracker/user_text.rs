//! Text of foreign types, whose `Display` may be huge, fail or panic.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt::{self, Display, Write};

use gomon_redact::Quotations;

use crate::panics::contain;
use crate::text::floor_char;

/// Maximum number of bytes taken from a `Display`.
const MAX_TEXT: usize = 10 * 1024;
/// Maximum number of causes of an error.
const MAX_CAUSES: usize = 16;

struct Bounded(String);

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = MAX_TEXT.saturating_sub(self.0.len());
        self.0.push_str(floor_char(text, room));
        // An error ends the formatting, so that no text is produced in vain.
        if text.len() > room {
            Err(fmt::Error)
        } else {
            Ok(())
        }
    }
}

/// Formats `value`, up to 10 KiB or its first error; returns `<panicked>` if it panics.
pub(crate) fn bounded_display<T: Display + ?Sized>(value: &T) -> Cow<'static, str> {
    let mut text = Bounded(String::new());
    match contain(|| {
        let _ = write!(text, "{value}");
        text.0
    }) {
        Some(text) => text.into(),
        None => "<panicked>".into(),
    }
}

/// Writes the first 10 KiB of an error, with its quotations replaced by the rules of `Q`.
///
/// # Errors
///
/// Returns the errors of `out`; a `String` has none.
pub fn write_unquoted<Q: Quotations>(
    error: &(impl Display + ?Sized),
    out: &mut impl Write,
) -> fmt::Result {
    gomon_redact::write_unquoted::<Q>(&bounded_display(error), out)
}

/// Returns the causes of an error, the nearest first, until their length reaches [`MAX_TEXT`].
pub(crate) fn chain(error: &(dyn StdError + 'static)) -> Vec<Cow<'static, str>> {
    contain(|| {
        let mut causes = Vec::new();
        let (mut cause, mut length) = (error.source(), 0);
        while let Some(error) = cause.filter(|_| causes.len() < MAX_CAUSES && length < MAX_TEXT) {
            let text = bounded_display(error);
            length += text.len();
            causes.push(text);
            cause = error.source();
        }
        causes
    })
    .unwrap_or_default()
}
