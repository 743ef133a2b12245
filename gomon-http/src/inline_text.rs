//! Short text on the stack.

use std::fmt;

/// Text of at most `N` bytes, formatted without an allocation; what does not fit is left out.
pub(crate) struct InlineText<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> InlineText<N> {
    pub(crate) fn of(value: impl fmt::Display) -> Self {
        let mut text = Self {
            bytes: [0; N],
            length: 0,
        };
        // Its only error is that there is no more room.
        let _ = fmt::write(&mut text, format_args!("{value}"));
        text
    }

    pub(crate) fn as_str(&self) -> &str {
        let written = self.bytes.get(..self.length).unwrap_or_default();
        std::str::from_utf8(written).unwrap_or_default()
    }
}

impl<const N: usize> fmt::Write for InlineText<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        let room = self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_left_out() {
        assert_eq!(InlineText::<8>::of("127.0.0.").as_str(), "127.0.0.");
        let (net, host) = ("127.".to_owned(), "0.0.1".to_owned());
        assert_eq!(
            InlineText::<8>::of(format_args!("{net}{host}")).as_str(),
            "127."
        );
    }
}
