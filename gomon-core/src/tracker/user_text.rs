//! Text of types we do not know: their `Display` may be huge, fail or panic.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt::{self, Display, Write};

use gomon_redact::Quotations;

use crate::panics::contain;
use crate::text::floor_char;

/// The most bytes that are asked of a `Display`.
const LONGEST: usize = 10 * 1024;
/// The most causes of an error that are followed.
const DEEPEST: usize = 16;

struct Bounded(String);

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = LONGEST.saturating_sub(self.0.len());
        self.0.push_str(floor_char(text, room));
        // An error ends the formatting: nobody has to produce what nobody will see.
        if text.len() > room {
            Err(fmt::Error)
        } else {
            Ok(())
        }
    }
}

/// The text of `value`, at most 10 KiB; what it wrote before it failed, and `<panicked>` if it panics.
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

/// Writes an error without what it quotes, as `Q` has it; of a long one the first 10 KiB.
///
/// # Errors
///
/// Only those of `out`; a `String` has none.
pub fn write_unquoted<Q: Quotations>(
    error: &(impl Display + ?Sized),
    out: &mut impl Write,
) -> fmt::Result {
    gomon_redact::write_unquoted::<Q>(&bounded_display(error), out)
}

/// The causes of an error, the nearest first; no more when they have become as long as one text may be.
pub(crate) fn chain(error: &(dyn StdError + 'static)) -> Vec<Cow<'static, str>> {
    contain(|| {
        let mut causes = Vec::new();
        let (mut cause, mut length) = (error.source(), 0);
        while let Some(error) = cause.filter(|_| causes.len() < DEEPEST && length < LONGEST) {
            let text = bounded_display(error);
            length += text.len();
            causes.push(text);
            cause = error.source();
        }
        causes
    })
    .unwrap_or_default()
}
