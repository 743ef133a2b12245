//! Ids of events, traces and spans.
//!
//! A root's id is a random UUID, and its trace id is the same 128 bits. The id of every other event
//! has two halves: the trace's half and the span id. The trace's half is its first eight bytes, or
//! the last eight if those are zero, as in 64-bit trace ids of older systems.
//!
//! Both ends of a call derive ids in this way, so a `traceparent` identifies the caller's event.

pub(crate) mod hex;
pub(crate) mod ids;
pub(crate) mod random;
pub(crate) mod trace;
pub(crate) mod traceparent;
pub(crate) mod tracestate;

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::id::hex::Case;
use crate::id::trace::{SpanId, TraceId};

/// Unique id of an event: 16 bytes in the form of a UUID.
///
/// It is displayed and serialized as a hyphenated lower-case UUID ([RFC
/// 9562](https://www.rfc-editor.org/rfc/rfc9562#section-4)).
///
/// # Examples
/// ```
/// use gomon_core::{Id, SpanId, TraceId};
///
/// let root = Id::parse("4bf92f35-77b3-4da6-a3ce-929d0e0e4736").unwrap();
/// assert_eq!(root.to_string(), "4bf92f35-77b3-4da6-a3ce-929d0e0e4736");
///
/// let child = Id::in_trace(root.as_trace(), SpanId::from_u64(7));
/// assert_eq!(child.to_string(), "4bf92f35-77b3-4da6-0000-000000000007");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Id {
    hi: u64,
    lo: u64,
}

impl Id {
    /// The nil id, which stands for the parent of an event without one.
    pub const NIL: Self = Self { hi: 0, lo: 0 };

    /// Creates an id from its first and its last eight bytes, big-endian.
    #[must_use]
    pub const fn from_parts(hi: u64, lo: u64) -> Self {
        Self { hi, lo }
    }

    /// Creates a version 4 UUID from random bits.
    ///
    /// Six bits are replaced by version and variant, so neither half is ever zero.
    ///
    /// # Examples
    /// ```
    /// let id = gomon_core::Id::from_random(u64::MAX, 0);
    /// assert_eq!(id.to_string(), "ffffffff-ffff-4fff-8000-000000000000");
    /// ```
    #[must_use]
    pub const fn from_random(hi: u64, lo: u64) -> Self {
        Self {
            hi: hi & !0xf000 | 0x4000,
            lo: lo & (u64::MAX >> 2) | 1 << 63,
        }
    }

    /// Creates an id from its sixteen bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        let (hi, lo) = TraceId::from_u128(u128::from_be_bytes(bytes)).halves();
        Self { hi, lo }
    }

    /// Returns the id of `span` within `trace`.
    ///
    /// # Examples
    /// ```
    /// use gomon_core::{Id, SpanId, TraceId};
    ///
    /// let foreign = TraceId::from_u128(0xcafe);
    /// assert_eq!(Id::in_trace(foreign, SpanId::from_u64(7)), Id::from_parts(0xcafe, 7));
    /// ```
    #[must_use]
    pub const fn in_trace(trace: TraceId, span: SpanId) -> Self {
        Self {
            hi: Self::trace_half(trace),
            lo: span.as_u64(),
        }
    }

    const fn trace_half(trace: TraceId) -> u64 {
        match trace.halves() {
            (0, lo) => lo,
            (hi, _) => hi,
        }
    }

    /// Parses a hyphenated UUID of either case. Returns `None` for any other text.
    ///
    /// # Examples
    /// ```
    /// use gomon_core::Id;
    ///
    /// assert_eq!(
    ///     Id::parse("00000000-0000-0001-0000-00000000000A"),
    ///     Some(Id::from_parts(1, 10))
    /// );
    /// assert_eq!(Id::parse("1"), None);
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text: &[u8; 36] = text.as_bytes().try_into().ok()?;
        if [text[8], text[13], text[18], text[23]] != [b'-'; 4] {
            return None;
        }
        let part = |digits: &[u8]| hex::parse(digits, Case::Any);
        Some(Self {
            hi: part(&text[0..8])? << 32 | part(&text[9..13])? << 16 | part(&text[14..18])?,
            lo: part(&text[19..23])? << 48 | part(&text[24..36])?,
        })
    }

    /// Writes the hyphenated UUID into `buffer` and returns it as text, without an allocation.
    ///
    /// # Examples
    /// ```
    /// let id = gomon_core::Id::from_parts(1, 10);
    /// assert_eq!(id.encode(&mut [0; 36]), "00000000-0000-0001-0000-00000000000a");
    /// ```
    #[must_use]
    pub fn encode(self, buffer: &mut [u8; 36]) -> &str {
        let (hi, lo) = (hex::of_u64(self.hi), hex::of_u64(self.lo));
        buffer[0..8].copy_from_slice(&hi[0..8]);
        buffer[8] = b'-';
        buffer[9..13].copy_from_slice(&hi[8..12]);
        buffer[13] = b'-';
        buffer[14..18].copy_from_slice(&hi[12..16]);
        buffer[18] = b'-';
        buffer[19..23].copy_from_slice(&lo[0..4]);
        buffer[23] = b'-';
        buffer[24..36].copy_from_slice(&lo[4..16]);
        hex::ascii(buffer)
    }

    /// Returns the first eight bytes, which all events of a trace share.
    #[must_use]
    pub const fn hi(self) -> u64 {
        self.hi
    }

    /// Returns the last eight bytes, which are unique within a trace.
    #[must_use]
    pub const fn lo(self) -> u64 {
        self.lo
    }

    /// Returns the sixteen bytes, big-endian.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 16] {
        self.as_trace().as_u128().to_be_bytes()
    }

    /// Returns the span id of the event, as in a `traceparent`.
    #[must_use]
    pub const fn span(self) -> SpanId {
        SpanId::from_u64(self.lo)
    }

    /// Returns the id of the trace whose root has this id.
    ///
    /// # Examples
    /// ```
    /// use gomon_core::{Id, TraceId};
    ///
    /// let root = Id::from_parts(1, 2);
    /// assert_eq!(root.as_trace(), TraceId::from_halves(1, 2));
    /// assert_eq!(Id::in_trace(root.as_trace(), root.span()), root);
    /// ```
    #[must_use]
    pub const fn as_trace(self) -> TraceId {
        TraceId::from_halves(self.hi, self.lo)
    }

    /// Returns whether this is [`NIL`](Self::NIL).
    #[must_use]
    pub const fn is_nil(self) -> bool {
        self.hi == 0 && self.lo == 0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.encode(&mut [0; 36]))
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Id({self})")
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.encode(&mut [0; 36]))
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Id;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a hyphenated UUID")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Id, E> {
                Id::parse(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain<T: Copy + Send + Sync + Ord + std::hash::Hash + 'static>() {}

    #[test]
    fn ids_are_copy_and_have_no_overhead() {
        plain::<Id>();
        plain::<TraceId>();
        plain::<SpanId>();
        assert_eq!(
            (size_of::<Id>(), size_of::<TraceId>(), size_of::<SpanId>()),
            (16, 16, 8)
        );
    }

    #[test]
    fn random_id_is_a_version_4_uuid_without_a_zero_half() {
        for (hi, lo) in [(0, 0), (u64::MAX, u64::MAX), (0xf000, 1 << 62)] {
            let id = Id::from_random(hi, lo);
            let text = id.to_string();
            assert_eq!(text.as_bytes()[14], b'4', "{text}");
            assert!(
                matches!(text.as_bytes()[19], b'8' | b'9' | b'a' | b'b'),
                "{text}"
            );
            assert!(id.hi() != 0 && id.lo() != 0);
        }
    }

    #[test]
    fn root_id_consists_of_its_trace_and_span() {
        let root = Id::from_random(0x1234_5678_9abc_def0, 42);
        assert_eq!(Id::in_trace(root.as_trace(), root.span()), root);
    }

    #[test]
    fn ids_in_a_64_bit_trace_start_with_its_last_half() {
        let trace = TraceId::from_u128(0xcafe);
        assert_eq!(
            Id::in_trace(trace, SpanId::from_u64(1)),
            Id::from_parts(0xcafe, 1)
        );
    }

    #[test]
    fn invalid_uuids_are_rejected() {
        for text in [
            "",
            "4bf92f3577b34da6a3ce929d0e0e4736",
            "4bf92f35-77b3-4da6-a3ce-929d0e0e473",
            "4bf92f35-77b3-4da6-a3ce-929d0e0e47360",
            "+bf92f35-77b3-4da6-a3ce-929d0e0e4736",
            "4bf92f35-77b3-4da6-a3ce-929d0e0e473g",
            "4bf92f35_77b3-4da6-a3ce-929d0e0e4736",
            "4bf92f35-77b34-da6-a3ce-929d0e0e4736",
            "4bf92f35-77b3-4da6-a3ce-929d0e0e47\u{e9}",
        ] {
            assert_eq!(Id::parse(text), None, "{text}");
        }
    }

    #[test]
    fn ids_are_ordered_like_their_text() {
        let mut ids = [Id::from_parts(1, 0), Id::NIL, Id::from_parts(0, u64::MAX)];
        ids.sort();
        assert!(ids.is_sorted_by_key(Id::to_string));
    }

    #[test]
    fn display_respects_width() {
        assert_eq!(format!("{:>18}", SpanId::from_u64(1)), "  0000000000000001");
    }

    #[test]
    fn json_is_the_text_form_only() {
        let id = Id::from_parts(1, 2);
        let json = serde_json::to_string(&id).expect("an id is text");
        assert_eq!(json, "\"00000000-0000-0001-0000-000000000002\"");
        assert_eq!(serde_json::from_str::<Id>(&json).expect("an id"), id);
        let error = serde_json::from_str::<Id>("\"x\"").expect_err("an invalid id");
        assert!(error.to_string().contains("a hyphenated UUID"), "{error}");
    }

    proptest! {
        #[test]
        fn ids_round_trip_through_text_and_bytes(hi: u64, lo: u64) {
            let id = Id::from_parts(hi, lo);
            let text = id.to_string();
            let digits = text.replace('-', "");
            prop_assert_eq!(digits, format!("{hi:016x}{lo:016x}"));
            prop_assert_eq!(Id::parse(&text), Some(id));
            prop_assert_eq!(Id::parse(&text.to_uppercase()), Some(id));
            prop_assert_eq!(Id::from_bytes(id.to_bytes()), id);
        }

        #[test]
        fn trace_and_span_ids_display_all_digits(trace: u128, span: u64) {
            let id = TraceId::from_u128(trace);
            prop_assert_eq!(id.as_u128(), trace);
            prop_assert_eq!(id.to_string(), format!("{trace:032x}"));
            prop_assert_eq!(SpanId::from_u64(span).to_string(), format!("{span:016x}"));
        }
    }
}
