//! Loops of the scan over bytes, whose steps a test can count.

/// Returns the number of leading bytes that are `part`.
#[inline]
pub(super) fn run(text: &[u8], mut part: impl FnMut(u8) -> bool) -> usize {
    let length = text.iter().position(|&byte| !part(byte));
    let length = length.unwrap_or(text.len());
    count(length + 1);
    length
}

/// Splits off the trailing bytes that are `part`.
#[inline]
pub(super) fn run_back(text: &[u8], part: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    let start = text.iter().rposition(|&byte| !part(byte));
    let start = start.map_or(0, |last| last + 1);
    count(text.len() - start + 1);
    text.split_at_checked(start).unwrap_or_default()
}

/// Returns the offset of `part`.
pub(super) fn find(text: &str, part: &str) -> Option<usize> {
    let found = text.find(part);
    count(found.unwrap_or(text.len()) + part.len());
    found
}

#[cfg(not(test))]
#[inline(always)]
pub(super) const fn count(_steps: usize) {}

#[cfg(test)]
pub(super) use counter::count;

#[cfg(test)]
pub(super) mod counter {
    use std::cell::Cell;

    thread_local! {
        static STEPS: Cell<usize> = const { Cell::new(0) };
    }

    pub(in crate::text) fn count(steps: usize) {
        let _ = STEPS.try_with(|sum| sum.set(sum.get() + steps));
    }

    /// Returns the number of steps of `work`.
    pub(in crate::text) fn counted(work: impl FnOnce()) -> usize {
        let sum = || STEPS.try_with(Cell::get).unwrap_or_default();
        let before = sum();
        work();
        sum() - before
    }
}
