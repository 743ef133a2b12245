//! Memory of texts without secrets.
//!
//! Clients repeat the values of most headers. A comparison with an earlier value costs less than a search for secrets.

use std::borrow::Cow;
use std::cell::RefCell;

use gomon_redact::{is_plain, scrub_text};

/// Number of texts that a thread remembers, a power of two.
const SLOTS: usize = 32;
/// Maximum length of a remembered text.
const MAX_LENGTH: usize = 256;

thread_local! {
    /// The last text without secrets of each slot: at most 8 KiB.
    static CLEAN: RefCell<[Vec<u8>; SLOTS]> = const { RefCell::new([const { Vec::new() }; SLOTS]) };
}

/// Returns whether bytes are text without a secret.
#[inline]
pub(super) fn is_clean(text: &[u8]) -> bool {
    is_plain(text) || is_remembered(text)
}

/// Compares a text with the one remembered in its slot, which it replaces if it has no secret.
#[inline(never)]
fn is_remembered(text: &[u8]) -> bool {
    if text.len() > MAX_LENGTH {
        return is_clean_in_full(text);
    }
    let remembered = CLEAN.try_with(|clean| {
        let mut clean = clean.try_borrow_mut().ok()?;
        let slot = clean.get_mut(slot(text))?;
        if slot == text {
            return Some(true);
        }
        let is_clean = is_clean_in_full(text);
        if is_clean {
            slot.clear();
            slot.extend_from_slice(text);
        }
        Some(is_clean)
    });
    // The memory is gone while the thread ends.
    remembered
        .ok()
        .flatten()
        .unwrap_or_else(|| is_clean_in_full(text))
}

#[cold]
fn is_clean_in_full(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| matches!(scrub_text(text), Cow::Borrowed(_)))
}

/// Returns the slot of a text, by its length and its last bytes, in which most values differ.
fn slot(bytes: &[u8]) -> usize {
    let last = bytes
        .last_chunk()
        .map_or(0, |last| u64::from_le_bytes(*last));
    let mixed = (last ^ bytes.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 59) as usize % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembered_and_new_texts_are_judged_alike() {
        for _ in 0..3 {
            for text in [
                "",
                "gzip",
                "Mozilla/5.0 (X11; Linux)",
                "a text that is longer than a word",
            ] {
                assert!(is_clean(text.as_bytes()), "{text}");
            }
            for text in [
                "token=x",
                "AKIAIOSFODNN7EXAMPLE",
                "x password=a text longer than a word",
            ] {
                assert!(!is_clean(text.as_bytes()), "{text}");
            }
        }
    }

    #[test]
    fn memory_is_bounded() {
        for number in 0..10_000 {
            let text = format!("{} {number}", "word ".repeat(number % 100));
            assert!(is_clean(text.as_bytes()));
        }
        let length: usize = CLEAN.with_borrow(|clean| clean.iter().map(Vec::capacity).sum());
        assert!(length <= 2 * SLOTS * MAX_LENGTH, "{length}");
    }
}
