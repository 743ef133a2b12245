//! What `Debug` tells of parameters, whose values are private to the libraries.

use std::fmt::{self, Debug, Write as _};

/// The most that is read, bytes.
const MOST: usize = 64 * 1024;

/// The beginning of what `Debug` tells.
pub fn debug_text(of: &impl Debug) -> String {
    let mut text = Bounded(String::new());
    // It fails when it is full, which is no failure here.
    let _ = write!(text, "{of:?}");
    text.0
}

struct Bounded(String);

impl fmt::Write for Bounded {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        if self.0.len() + piece.len() > MOST {
            return Err(fmt::Error);
        }
        self.0.push_str(piece);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_without_end_is_cut() {
        let text = debug_text(&vec![1_u8; 1 << 20]);
        assert!(text.starts_with("[1, 1, ") && text.len() <= MOST);
        assert_eq!(debug_text(&Some(1)), "Some(1)");
    }
}
