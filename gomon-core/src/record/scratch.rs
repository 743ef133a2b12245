//! Growing record of an open tracker.
//!
//! A vector checks its capacity at every append. Here all bytes up to the capacity are initialised.
//! A whole field is appended by one check and plain copies, mostly of constant length. Invariants:
//! `used <= bytes.len()`, `end <= bytes.len()`, and `bytes.len()` is a multiple of [`WORD`].

/// Byte buffer with a cursor.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    bytes: Vec<u8>,
    used: usize,
    /// Maximum length for [`append`](Self::append): the smaller of `bytes.len()` and `limit`.
    end: usize,
    limit: usize,
}

/// Size of a word in bytes. Records are copied in words.
pub(crate) const WORD: usize = 8;

impl Scratch {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self {
            bytes: vec![0; capacity.next_multiple_of(WORD)],
            ..Self::default()
        }
    }

    /// Starts a new record with a head of `head` bytes that is filled in later, and sets the limit
    /// of `append`.
    #[inline]
    pub(crate) fn begin(&mut self, head: usize, limit: usize) {
        if self.bytes.len() < head {
            self.bytes.resize(head.next_multiple_of(WORD), 0);
        }
        self.used = head;
        self.limit = limit;
        self.end = limit.min(self.bytes.len());
    }

    /// Disables [`append`](Self::append).
    pub(crate) fn close(&mut self) {
        self.limit = 0;
        self.end = 0;
    }

    /// Returns whether [`append`](Self::append) is disabled.
    #[inline]
    pub(crate) fn is_closed(&self) -> bool {
        self.limit == 0
    }

    /// Lowers the limit of `append` by `bytes`, which are needed for other data.
    pub(crate) fn reserve(&mut self, bytes: usize) {
        self.limit = self.limit.saturating_sub(bytes);
        self.end = self.end.min(self.limit);
    }

    /// Appends `length` bytes for the caller to fill in. Returns `None` if that needs the slow
    /// path.
    #[inline(always)]
    pub(crate) fn append(&mut self, length: usize) -> Option<&mut [u8]> {
        let used = self.used;
        let to = used + length;
        if to > self.end {
            return None;
        }
        self.used = to;
        self.bytes.get_mut(used..to)
    }

    /// Appends like [`append`](Self::append), but grows as needed and ignores the limit.
    #[inline]
    pub(crate) fn room(&mut self, length: usize) -> Option<&mut [u8]> {
        let used = self.used;
        let to = used + length;
        if to > self.bytes.len() {
            self.grow(to);
        }
        self.used = to;
        self.bytes.get_mut(used..to)
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, to: usize) {
        self.bytes.resize(to.next_power_of_two().max(WORD), 0);
        self.end = self.limit.min(self.bytes.len());
    }

    /// Appends `bytes` and grows as needed.
    #[inline]
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        if let Some(room) = self.room(bytes.len()) {
            copy_short(room, bytes);
        }
    }

    /// Overwrites the bytes at `at`, which were appended before.
    #[inline]
    pub(crate) fn overwrite<const N: usize>(&mut self, at: usize, bytes: [u8; N]) {
        let rest = self.bytes.get_mut(at..);
        if let Some(old) = rest.and_then(|rest| rest.first_chunk_mut()) {
            *old = bytes;
        }
    }

    /// Shortens the record to `length`.
    pub(crate) fn truncate(&mut self, length: usize) {
        self.used = self.used.min(length);
    }

    /// Frees the capacity that the record does not need.
    pub(crate) fn shrink(&mut self) {
        self.bytes.truncate(self.used.next_multiple_of(WORD));
        self.bytes.shrink_to_fit();
        self.end = self.limit.min(self.bytes.len());
    }

    /// Replaces the `length` bytes at `at` with the bytes from `from` on, which are removed from
    /// the end.
    pub(crate) fn replace(&mut self, at: usize, length: usize, from: usize) {
        let Some(new_length) = self.used.checked_sub(from) else {
            return;
        };
        let Some(tail) = self.as_mut_slice().get_mut(at..) else {
            return;
        };
        tail.rotate_right(new_length);
        let rest = new_length + length;
        if rest <= tail.len() {
            tail.copy_within(rest.., new_length);
            self.used -= length;
        }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.used
    }

    #[inline]
    pub(crate) fn capacity(&self) -> usize {
        self.bytes.len()
    }

    /// Returns the bytes written.
    #[inline]
    pub(crate) fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.used).unwrap_or_default()
    }

    /// Returns the bytes written, padded to whole words.
    #[inline(always)]
    pub(crate) fn as_padded_slice(&self) -> &[u8] {
        let end = self.used.next_multiple_of(WORD);
        self.bytes.get(..end).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn as_mut_slice(&mut self) -> &mut [u8] {
        self.bytes.get_mut(..self.used).unwrap_or_default()
    }
}

/// Copies bytes to a slice of the same length. A short copy avoids the call of a `memcpy` of
/// unknown length.
#[inline(always)]
pub(crate) fn copy_short(to: &mut [u8], from: &[u8]) {
    if to.len() != from.len() {
        return;
    }
    match from.len() {
        2..=3 => copy_ends::<2>(to, from),
        4..=7 => copy_ends::<4>(to, from),
        8..=16 => copy_ends::<8>(to, from),
        17..=32 => copy_ends::<16>(to, from),
        _ => to.copy_from_slice(from),
    }
}

/// Copies between `N` and `2 * N` bytes: the first `N` and the last `N`.
#[inline(always)]
fn copy_ends<const N: usize>(to: &mut [u8], from: &[u8]) {
    if let (Some(first), Some(last)) = (from.first_chunk::<N>(), from.last_chunk::<N>()) {
        if let Some(to) = to.first_chunk_mut() {
            *to = *first;
        }
        if let Some(to) = to.last_chunk_mut() {
            *to = *last;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch() -> Scratch {
        let mut scratch = Scratch::with_capacity(16);
        scratch.begin(2, 64);
        scratch.append(3).unwrap().copy_from_slice(b"one");
        scratch
    }

    #[test]
    fn slow_path_grows_the_buffer() {
        let mut scratch = scratch();
        assert!(scratch.append(20).is_none());
        scratch.write(&[b'x'; 20]);
        assert_eq!(scratch.len(), 25);
        assert!(scratch.append(7).is_some());
        assert!(scratch.append(1_000).is_none());
    }

    #[test]
    fn append_respects_reserved_bytes_after_growth() {
        let mut scratch = scratch();
        scratch.reserve(64 - 21);
        scratch.write(&[b'x'; 15]);
        assert_eq!(scratch.len(), 20);
        assert!(scratch.append(2).is_none());
        assert!(scratch.append(1).is_some());
        scratch.reserve(1_000);
        assert!(scratch.append(1).is_none());
    }

    #[test]
    fn copies_of_every_length_are_complete() {
        let from: Vec<u8> = (0..80).collect();
        for length in 0..from.len() {
            let mut to = vec![0xff; length];
            copy_short(&mut to, &from[..length]);
            assert_eq!(to, from[..length]);
        }
    }

    #[test]
    fn replacement_may_be_longer_or_shorter() {
        for new in [&b"a"[..], b"and more"] {
            let mut scratch = scratch();
            scratch.write(b"two");
            let from = scratch.len();
            scratch.write(new);
            scratch.replace(2, 3, from);
            assert_eq!(&scratch.as_slice()[2..], [new, b"two"].concat());
        }
    }

    #[test]
    fn closed_scratch_appends_nothing() {
        let mut scratch = scratch();
        scratch.close();
        assert!(scratch.append(1).is_none());
        scratch.write(&[b'x'; 40]);
        assert!(scratch.append(1).is_none());
    }
}
