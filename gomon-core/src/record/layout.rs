//! Binary layout of records, which listeners read and stores keep.
//!
//! A record has a header of 72 bytes, the fingerprint, the fields and the sections. The sections
//! are `error`, `gomon:busy`, `gomon:polls`, `gomon:longest-poll`, `children`, `gomon:cut` and
//! `links`. They are fields that precede the others in the JSON form. Integers are little-endian,
//! and ids are in the byte order of their text form.
//!
//! | at | what |
//! |---|---|
//! | 0 | length of the record: u32 |
//! | 4 | version of the format: u8, 1 |
//! | 5 | flags: u8 |
//! | 6 | outcome: u8 |
//! | 7 | depth of attached children: u8 |
//! | 8 | id: 16 bytes |
//! | 24 | parent: 16 bytes, zero for none |
//! | 40 | the half of the trace id that the id does not hold: u64 |
//! | 48 | start: u64, ns since the Unix epoch (ticks until it is dispatched) |
//! | 56 | lapsed: u64, ns (ticks until it is dispatched) |
//! | 64 | length of the fingerprint: u16 |
//! | 66 | number of fields: u16 |
//! | 68 | length of the fields: u32 |

use crate::id::Id;
use crate::id::ids::{Ids, flag};
use crate::id::trace::TraceId;
use crate::record::outcome::Outcome;

/// Length of the header in bytes.
pub(crate) const HEADER: usize = 72;
/// Format version that this code writes and reads.
pub(crate) const VERSION: u8 = 1;
/// Flag: the first half of the trace id is zero, so that the ids of its events begin with the
/// second half.
pub(crate) const FLAG_HALF_ZERO: u8 = 1;
/// Flag: the trace id is random (the W3C random flag).
pub(crate) const FLAG_RANDOM: u8 = 2;

/// Part of the header that is known when a tracker ends.
pub(crate) struct End {
    pub(crate) length: u32,
    pub(crate) outcome: Outcome,
    pub(crate) depth: u8,
    pub(crate) lapsed: u64,
    pub(crate) fingerprint: u16,
    pub(crate) fields: u16,
    pub(crate) fields_length: u32,
}

/// Decoded header of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) length: u32,
    pub(crate) flags: u8,
    pub(crate) outcome: Outcome,
    pub(crate) depth: u8,
    pub(crate) id: Id,
    pub(crate) parent: Id,
    pub(crate) other_half: u64,
    pub(crate) start: u64,
    pub(crate) lapsed: u64,
    pub(crate) fingerprint: u16,
    pub(crate) fields: u16,
    pub(crate) fields_length: u32,
}

impl Header {
    pub(crate) const EMPTY: Self = Self {
        length: 0,
        flags: 0,
        outcome: Outcome::Ok,
        depth: 0,
        id: Id::NIL,
        parent: Id::NIL,
        other_half: 0,
        start: 0,
        lapsed: 0,
        fingerprint: 0,
        fields: 0,
        fields_length: 0,
    };

    pub(crate) fn set_start(out: &mut [u8; HEADER], start: u64) {
        out[48..56].copy_from_slice(&start.to_le_bytes());
    }

    /// Writes the part that is known when a tracker opens.
    #[inline(always)]
    pub(crate) fn begin(out: &mut [u8; HEADER], ids: &Ids, parent: Id, start: u64) {
        // The random flag is the same bit in both.
        const { assert!(flag::RANDOM == FLAG_RANDOM && flag::HALF_ZERO >> 7 == FLAG_HALF_ZERO) };
        let flags = ids.flags & flag::RANDOM | ids.flags >> 7;
        out[4..6].copy_from_slice(&[VERSION, flags]);
        out[8..24].copy_from_slice(&ids.id.to_bytes());
        out[24..40].copy_from_slice(&parent.to_bytes());
        out[40..48].copy_from_slice(&ids.other_half.to_le_bytes());
        out[48..56].copy_from_slice(&start.to_le_bytes());
    }

    /// Writes the rest of the header when the tracker ends.
    #[inline(always)]
    pub(crate) fn finish(out: &mut [u8; HEADER], end: &End) {
        // Written as whole words, as they are read next. A read of a partly written word stalls.
        let first = u64::from(end.length)
            | u64::from(VERSION) << 32
            | u64::from(out[5]) << 40
            | u64::from(end.outcome.code()) << 48
            | u64::from(end.depth) << 56;
        let last = u64::from(end.fingerprint)
            | u64::from(end.fields) << 16
            | u64::from(end.fields_length) << 32;
        out[0..8].copy_from_slice(&first.to_le_bytes());
        out[56..64].copy_from_slice(&end.lapsed.to_le_bytes());
        out[64..72].copy_from_slice(&last.to_le_bytes());
    }

    /// Decodes the header at the beginning of `bytes`. Returns `None` for an unknown version.
    #[inline]
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.first_chunk::<HEADER>()?;
        if bytes[4] != VERSION {
            return None;
        }
        Some(Self {
            length: u32::from_le_bytes(chunk(bytes, 0)?),
            flags: bytes[5],
            outcome: Outcome::from_code(bytes[6]),
            depth: bytes[7],
            id: Id::from_bytes(chunk(bytes, 8)?),
            parent: Id::from_bytes(chunk(bytes, 24)?),
            other_half: u64::from_le_bytes(chunk(bytes, 40)?),
            start: u64::from_le_bytes(chunk(bytes, 48)?),
            lapsed: u64::from_le_bytes(chunk(bytes, 56)?),
            fingerprint: u16::from_le_bytes(chunk(bytes, 64)?),
            fields: u16::from_le_bytes(chunk(bytes, 66)?),
            fields_length: u32::from_le_bytes(chunk(bytes, 68)?),
        })
    }

    /// Returns the whole trace id.
    pub(crate) fn trace(&self) -> TraceId {
        if self.flags & FLAG_HALF_ZERO != 0 {
            TraceId::from_halves(0, self.id.hi())
        } else {
            TraceId::from_halves(self.id.hi(), self.other_half)
        }
    }
}

/// Returns `N` bytes of `bytes` from `at` on.
#[inline]
pub(crate) fn chunk<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk::<N>().copied()
}

/// Splits off the first record of `bytes`.
#[inline]
pub(crate) fn split_first(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = u32::from_le_bytes(chunk(bytes, 0)?) as usize;
    if length < HEADER {
        return None;
    }
    bytes.split_at_checked(length)
}
