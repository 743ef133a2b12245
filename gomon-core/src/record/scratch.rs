//! The growing record of an open tracker.
//!
//! A vector checks its capacity at every append. Here all bytes up to the capacity are initialised, so that a whole field is
//! appended by one check and plain copies of lengths that the compiler mostly knows. Invariant: `used <= bytes.len()`,
//! and `end <= bytes.len()`, which is a multiple of [`WORD`].

/// Bytes with a cursor.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    bytes: Vec<u8>,
    used: usize,
    /// Up to where [`append`](Self::append) goes: the shorter of the bytes and `limit`.
    end: usize,
    limit: usize,
}

/// Bytes of a word, in which records move on.
pub(crate) const WORD: usize = 8;

impl Scratch {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self {
            bytes: vec![0; capacity.next_multiple_of(WORD)],
            ..Self::default()
        }
    }

    /// Begins anew behind `head` bytes that are filled in later, and lets `append` go up to `limit`.
    #[inline]
    pub(crate) fn begin(&mut self, head: usize, limit: usize) {
        if self.bytes.len() < head {
            self.bytes.resize(head.next_multiple_of(WORD), 0);
        }
        self.used = head;
        self.limit = limit;
        self.end = limit.min(self.bytes.len());
    }

    /// Lets `append` refuse everything.
    pub(crate) fn close(&mut self) {
        self.limit = 0;
        self.end = 0;
    }

    /// Whether [`append`](Self::append) refuses everything.
    #[inline]
    pub(crate) fn is_closed(&self) -> bool {
        self.limit == 0
    }

    /// Lowers the limit of `append` by `bytes`, which are needed elsewhere.
    pub(crate) fn reserve(&mut self, bytes: usize) {
        self.limit = self.limit.saturating_sub(bytes);
        self.end = self.end.min(self.limit);
    }

    /// Room for `length` bytes more, which the caller fills; `None` where that needs the slow way.
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

    /// As [`append`](Self::append), but grows as it must, whatever the limit.
    #[inline]
    pub(crate) fn room(&mut self, length: usize) -> &mut [u8] {
        let used = self.used;
        let to = used + length;
        if to > self.bytes.len() {
            self.grow(to);
        }
        self.used = to;
        self.bytes.get_mut(used..to).unwrap_or_default()
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, to: usize) {
        self.bytes.resize(to.next_power_of_two().max(WORD), 0);
        self.end = self.limit.min(self.bytes.len());
    }

    /// Appends `bytes`, and grows as it must.
    #[inline]
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        copy_short(self.room(bytes.len()), bytes);
    }

    /// Takes back what was written behind `length`.
    pub(crate) fn truncate(&mut self, length: usize) {
        self.used = self.used.min(length);
    }

    /// Puts what was written behind `from` in the place of the `length` bytes at `at`.
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

    /// What was written.
    #[inline]
    pub(crate) fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.used).unwrap_or_default()
    }

    /// What was written, and what follows it in its last word of eight bytes.
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

/// Copies to a place of the same length, a short text without the call that a copy of unknown length is.
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

/// Copies at least `N` and at most twice as many bytes: the first ones and the last ones.
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
    fn what_does_not_fit_goes_the_slow_way_and_makes_room_for_more() {
        let mut scratch = scratch();
        assert!(scratch.append(20).is_none());
        scratch.write(&[b'x'; 20]);
        assert_eq!(scratch.len(), 25);
        assert!(scratch.append(7).is_some());
        assert!(scratch.append(1_000).is_none());
    }

    #[test]
    fn what_is_reserved_is_not_appended_to_even_after_growth() {
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
    fn copies_of_every_length_are_whole() {
        let from: Vec<u8> = (0..80).collect();
        for length in 0..from.len() {
            let mut to = vec![0xff; length];
            copy_short(&mut to, &from[..length]);
            assert_eq!(to, from[..length]);
        }
    }

    #[test]
    fn a_replacement_may_be_longer_or_shorter() {
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
    fn nothing_is_appended_once_it_is_closed() {
        let mut scratch = scratch();
        scratch.close();
        assert!(scratch.append(1).is_none());
        scratch.write(&[b'x'; 40]);
        assert!(scratch.append(1).is_none());
    }
}
