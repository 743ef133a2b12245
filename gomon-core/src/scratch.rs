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
    /// Up to where [`append`](Self::append) goes.
    end: usize,
    /// Where [`extend`](Self::extend) has the next field written.
    aside: Vec<u8>,
}

/// Bytes of a word, in which records move on.
const WORD: usize = 8;
/// The memory that is kept for that.
const ASIDE: usize = 1024;

impl Scratch {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self {
            bytes: vec![0; capacity.next_multiple_of(WORD)],
            used: 0,
            end: 0,
            aside: Vec::new(),
        }
    }

    /// Begins anew behind `head` bytes that are filled in later, and lets `append` go up to `limit`.
    #[inline]
    pub(crate) fn begin(&mut self, head: usize, limit: usize) {
        if self.bytes.len() < head {
            self.bytes.resize(head.next_multiple_of(WORD), 0);
        }
        self.used = head;
        self.end = limit.min(self.bytes.len());
    }

    /// Lets `append` refuse everything.
    pub(crate) fn close(&mut self) {
        self.end = 0;
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

    /// The slow way: appends what `write` puts into a vector, and grows as it must; `append` goes up to `limit` then,
    /// unless it was closed.
    pub(crate) fn extend<R>(&mut self, limit: usize, write: impl FnOnce(&mut Vec<u8>) -> R) -> R {
        // Written aside: the bytes behind the cursor need not be given up and initialised again.
        let mut written = std::mem::take(&mut self.aside);
        let result = write(&mut written);
        let to = self.used + written.len();
        if to > self.bytes.len() {
            self.bytes.resize(to.next_power_of_two(), 0);
            if self.end > 0 {
                self.end = limit.min(self.bytes.len());
            }
        }
        if let Some(room) = self.bytes.get_mut(self.used..to) {
            room.copy_from_slice(&written);
        }
        self.used = to;
        if written.capacity() <= ASIDE {
            written.clear();
            self.aside = written;
        }
        result
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

/// Copies a short text to a place of its length, without the call that a copy of unknown length is.
#[inline(always)]
pub(crate) fn copy_short(to: &mut [u8], from: &[u8]) {
    if let (8..=16, Some(first), Some(last)) = (
        from.len(),
        from.first_chunk::<WORD>(),
        from.last_chunk::<WORD>(),
    ) {
        if let Some(to) = to.first_chunk_mut() {
            *to = *first;
        }
        if let Some(to) = to.last_chunk_mut() {
            *to = *last;
        }
    } else if to.len() == from.len() {
        to.copy_from_slice(from);
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
        scratch.extend(64, |out| out.extend_from_slice(&[b'x'; 20]));
        assert_eq!(scratch.len(), 25);
        assert!(scratch.append(7).is_some());
        assert!(scratch.append(1_000).is_none());
    }

    #[test]
    fn a_replacement_may_be_longer_or_shorter() {
        for new in [&b"a"[..], b"and more"] {
            let mut scratch = scratch();
            scratch.extend(64, |out| out.extend_from_slice(b"two"));
            let from = scratch.len();
            scratch.extend(64, |out| out.extend_from_slice(new));
            scratch.replace(2, 3, from);
            assert_eq!(&scratch.as_slice()[2..], [new, b"two"].concat());
        }
    }

    #[test]
    fn nothing_is_appended_once_it_is_closed() {
        let mut scratch = scratch();
        scratch.close();
        assert!(scratch.append(1).is_none());
        scratch.extend(64, |out| out.push(b'x'));
        assert!(scratch.append(1).is_none());
    }
}
