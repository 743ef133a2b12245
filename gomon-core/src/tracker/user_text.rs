//! Text of foreign types, whose `Display` may be huge, fail or panic.

use std::borrow::Cow;
use std::cell::Cell;
use std::error::Error as StdError;
use std::fmt::{self, Display, Write};

use gomon_redact::Quotations;

use crate::panics::contain;
use crate::text::floor_char;

/// Maximum number of bytes taken from a `Display`.
const MAX_TEXT: usize = 10 * 1024;
/// Maximum number of bytes of a formatted value: more than the limit of a long string, which then cuts it.
const MAX_FORMATTED: usize = 64 * 1024;
/// Maximum capacity of a buffer that a thread keeps.
const MAX_KEPT: usize = 4 * 1024;
/// Maximum number of causes of an error.
const MAX_CAUSES: usize = 16;

thread_local! {
    static BUFFER: Cell<String> = const { Cell::new(String::new()) };
}

struct Bounded {
    text: String,
    max: usize,
    is_full: bool,
}

impl Bounded {
    fn new(text: String, max: usize) -> Self {
        Self {
            text,
            max,
            is_full: false,
        }
    }
}

impl Write for Bounded {
    #[inline]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self.max.saturating_sub(self.text.len());
        if text.len() <= room {
            self.text.push_str(text);
            return Ok(());
        }
        self.text.push_str(floor_char(text, room));
        self.is_full = true;
        // An error ends the formatting, so that no text is produced in vain.
        Err(fmt::Error)
    }
}

/// Formats foreign values, up to 64 KiB, and calls `f` with the text.
///
/// It ends with `<panicked>` or `<failed>` if a `Display` or `Debug` panics or returns an error. The text is in a buffer
/// of the thread; nested calls use another one.
///
/// # Examples
///
/// ```
/// use gomon_core::adapter::format_bounded;
///
/// struct Unwell;
///
/// impl std::fmt::Debug for Unwell {
///     fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
///         Err(std::fmt::Error)
///     }
/// }
///
/// let text = format_bounded(format_args!("{} {:?}", 1, Unwell), str::to_owned);
/// assert_eq!(text, "1 <failed>");
/// ```
pub fn format_bounded<R>(value: fmt::Arguments<'_>, f: impl FnOnce(&str) -> R) -> R {
    let buffer = BUFFER.try_with(Cell::take).unwrap_or_default();
    let mut out = Bounded::new(buffer, MAX_FORMATTED);
    match contain(|| out.write_fmt(value)) {
        None => out.text.push_str("<panicked>"),
        Some(Err(_)) if !out.is_full => out.text.push_str("<failed>"),
        Some(_) => {}
    }
    let result = f(&out.text);
    if out.text.capacity() <= MAX_KEPT {
        out.text.clear();
        let _ = BUFFER.try_with(|buffer| buffer.set(out.text));
    }
    result
}

/// Formats `value`, up to 10 KiB or its first error; returns `<panicked>` if it panics.
pub(crate) fn bounded_display<T: Display + ?Sized>(value: &T) -> Cow<'static, str> {
    let mut text = Bounded::new(String::new(), MAX_TEXT);
    match contain(|| {
        let _ = write!(text, "{value}");
        text.text
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
