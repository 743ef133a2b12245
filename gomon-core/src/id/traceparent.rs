//! Trace context of an incoming call ([W3C Trace Context](https://www.w3.org/TR/trace-context-2/)).
//!
//! Header bytes are untrusted. A `traceparent` is accepted only if there is exactly one and every
//! byte is valid. Otherwise the call starts a new trace. A malformed or oversized `tracestate` is
//! dropped as a whole and does not affect the `traceparent`.

use std::fmt;

use crate::id::Id;
use crate::id::hex;
use crate::id::hex::Case;
use crate::id::trace::{SpanId, TraceId};
use crate::id::tracestate::TraceState;

/// Trace context sent by a caller: its position in a trace and the entries of other systems.
///
/// # Examples
/// ```
/// use gomon_core::{TraceContext, TraceId};
///
/// let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
/// let context = TraceContext::from_headers(
///     [traceparent.as_bytes()].into_iter(),
///     [&b"congo=t61rcWkgMzE"[..]].into_iter(),
/// )
/// .unwrap();
/// assert_eq!(context.parent.trace_id, TraceId::from_u128(0x4bf92f3577b34da6a3ce929d0e0e4736));
/// assert_eq!(context.parent.to_string(), traceparent);
/// assert_eq!(context.state.unwrap().as_str(), "congo=t61rcWkgMzE");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TraceContext {
    /// The caller's `traceparent`.
    pub parent: TraceParent,
    /// The caller's `tracestate`, which is forwarded unchanged to outgoing calls.
    pub state: Option<TraceState>,
}

impl TraceContext {
    /// Creates a context from the caller's headers.
    #[must_use]
    pub const fn new(parent: TraceParent, state: Option<TraceState>) -> Self {
        Self { parent, state }
    }

    /// Parses the values of all `traceparent` and all `tracestate` headers of a request.
    ///
    /// Returns `None` if there is no `traceparent`, more than one or a malformed one.
    ///
    /// # Examples
    /// ```
    /// use gomon_core::TraceContext;
    ///
    /// let parent = &b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"[..];
    /// let none = std::iter::empty;
    /// assert!(TraceContext::from_headers([parent].into_iter(), none()).is_some());
    /// assert!(TraceContext::from_headers([parent, parent].into_iter(), none()).is_none());
    /// ```
    #[must_use]
    pub fn from_headers<'a>(
        mut traceparent: impl Iterator<Item = &'a [u8]>,
        tracestate: impl Iterator<Item = &'a [u8]>,
    ) -> Option<Self> {
        let parent = TraceParent::parse(traceparent.next()?)?;
        if traceparent.next().is_some() {
            return None;
        }
        Some(Self {
            parent,
            state: TraceState::from_headers(tracestate),
        })
    }

    /// Returns the trace and the id of the caller's event, for a link to it.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::TraceContext;
    ///
    /// let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    /// let remote = TraceContext::from_headers([header.as_bytes()].into_iter(), std::iter::empty()).unwrap();
    /// let (trace, id) = remote.link();
    /// assert_eq!(id.to_string(), "0af76519-16cd-43dd-b7ad-6b7169203331");
    /// assert_eq!(trace.to_string(), "0af7651916cd43dd8448eb211c80319c");
    /// ```
    #[must_use]
    pub fn link(&self) -> (TraceId, Id) {
        let TraceParent {
            trace_id,
            parent_id,
            ..
        } = self.parent;
        (trace_id, Id::in_trace(trace_id, parent_id))
    }
}

/// Value of a `traceparent` header.
///
/// # Examples
/// ```
/// use gomon_core::{SpanId, TraceId, TraceParent};
///
/// let flags = TraceParent::SAMPLED | TraceParent::RANDOM;
/// let parent = TraceParent::new(TraceId::from_u128(1), SpanId::from_u64(2), flags);
/// let header = parent.encode();
/// assert_eq!(&header, b"00-00000000000000000000000000000001-0000000000000002-03");
/// assert_eq!(TraceParent::parse(&header), Some(parent));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct TraceParent {
    /// Trace of the call.
    pub trace_id: TraceId,
    /// Span id of the caller's event.
    pub parent_id: SpanId,
    /// [`SAMPLED`](Self::SAMPLED) and [`RANDOM`](Self::RANDOM). The specification reserves the
    /// other bits, which are neither read nor written.
    pub flags: u8,
}

impl TraceParent {
    /// Flag: the caller may have recorded the call.
    pub const SAMPLED: u8 = 1;

    /// Flag: the last seven bytes of the trace id are random.
    pub const RANDOM: u8 = 2;

    /// Creates the value that the caller's event `parent_id` sends.
    #[must_use]
    pub const fn new(trace_id: TraceId, parent_id: SpanId, flags: u8) -> Self {
        Self {
            trace_id,
            parent_id,
            flags,
        }
    }

    /// Parses the value of one header. Returns `None` unless every byte is valid.
    ///
    /// Version `00` is exactly 55 bytes long. Of later versions, the same 55 bytes are read, with
    /// the sampled flag only. Bytes after a further dash are ignored.
    ///
    /// # Examples
    /// ```
    /// use gomon_core::TraceParent;
    ///
    /// let later = b"cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-next";
    /// assert!(TraceParent::parse(later).unwrap().sampled());
    /// let upper = b"00-4BF92F3577B34DA6A3CE929D0E0E4736-00F067AA0BA902B7-01";
    /// assert!(TraceParent::parse(upper).is_none());
    /// ```
    #[must_use]
    pub fn parse(header: &[u8]) -> Option<Self> {
        let (head, rest) = header.split_first_chunk::<55>()?;
        let [v0, v1, b'-', trace @ .., b'-', f0, f1] = head else {
            return None;
        };
        let (trace, parent) = trace.split_first_chunk::<32>()?;
        let (b'-', parent) = parent.split_first()? else {
            return None;
        };
        let known = match (hex::parse(&[*v0, *v1], Case::Lower)?, rest) {
            (0x00, []) => Self::SAMPLED | Self::RANDOM,
            (0x00 | 0xff, _) => return None,
            (_, [] | [b'-', ..]) => Self::SAMPLED,
            _ => return None,
        };
        Some(Self {
            trace_id: TraceId::parse_hex(trace)?,
            parent_id: SpanId::parse_hex(parent.try_into().ok()?)?,
            flags: hex::parse(&[*f0, *f1], Case::Lower)? as u8 & known,
        })
    }

    /// Returns the value of the header, in version `00`.
    #[must_use]
    pub fn encode(self) -> [u8; 55] {
        let mut header = *b"00-????????????????????????????????-????????????????-0?";
        header[3..35].copy_from_slice(&self.trace_id.hex());
        header[36..52].copy_from_slice(&self.parent_id.hex());
        header[54] = b'0' + (self.flags & (Self::SAMPLED | Self::RANDOM));
        header
    }

    /// Returns whether the caller may have recorded the call.
    #[must_use]
    pub const fn sampled(self) -> bool {
        self.flags & Self::SAMPLED != 0
    }

    /// Returns whether the last seven bytes of the trace id are random.
    #[must_use]
    pub const fn random(self) -> bool {
        self.flags & Self::RANDOM != 0
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(hex::ascii(&self.encode()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn assert_plain<T: Clone + Send + Sync + 'static>() {}

    #[test]
    fn contexts_are_send_and_sync() {
        assert_plain::<TraceContext>();
        assert_plain::<TraceParent>();
    }

    #[test]
    fn malformed_headers_are_rejected() {
        for (why, header) in [
            ("empty", ""),
            (
                "plus signs",
                "00-+af7651916cd43dd8448eb211c80319c-+7ad6b7169203331-+1",
            ),
            ("short and plus", "00-+af7-1-+1"),
            (
                "plus in the flags",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-+1",
            ),
            (
                "plus in the version",
                "+0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            ),
            (
                "one short",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
            ),
            (
                "one more",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-011",
            ),
            (
                "more of version 00",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
            ),
            (
                "later, no dash",
                "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x",
            ),
            (
                "later, short",
                "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
            ),
            (
                "version ff",
                "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            ),
            (
                "version FF",
                "FF-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            ),
            (
                "ff and more",
                "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
            ),
            (
                "upper-case trace",
                "00-4BF92F3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            ),
            (
                "upper-case parent",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00F067aa0ba902b7-01",
            ),
            (
                "no trace",
                "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            ),
            (
                "no parent",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            ),
            (
                "leading space",
                " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            ),
            (
                "trailing space",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 ",
            ),
            (
                "underscores",
                "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",
            ),
            (
                "dash too soon",
                "00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01",
            ),
            (
                "several in one",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01,00",
            ),
        ] {
            assert_eq!(
                TraceParent::parse(header.as_bytes()),
                None,
                "{why}: {header}"
            );
        }
    }

    #[test]
    fn later_versions_keep_the_sampled_flag_only() {
        for (header, sampled) in [
            (
                "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03",
                true,
            ),
            (
                "fe-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-fe-",
                false,
            ),
            (
                "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-09-new.things",
                true,
            ),
        ] {
            let parent = TraceParent::parse(header.as_bytes()).expect(header);
            assert_eq!(
                (parent.sampled(), parent.random()),
                (sampled, false),
                "{header}"
            );
        }
    }

    #[test]
    fn reserved_flags_are_dropped() {
        let header = GOOD.replace("-01", "-ff");
        let parent = TraceParent::parse(header.as_bytes()).expect("well formed");
        assert!(parent.sampled() && parent.random());
        assert_eq!(parent.to_string(), GOOD.replace("-01", "-03"));
        let parent = TraceParent {
            flags: 0xff,
            ..parent
        };
        assert_eq!(parent.to_string(), GOOD.replace("-01", "-03"));
    }

    #[test]
    fn malformed_tracestate_keeps_the_traceparent() {
        let parents = || [GOOD.as_bytes()].into_iter();
        let context = TraceContext::from_headers(parents(), [&b"?"[..]].into_iter());
        assert_eq!(context.expect("a good traceparent").state, None);
        let states = [&b"a=1"[..], b"b=2"].into_iter();
        let context = TraceContext::from_headers(parents(), states).expect("a good traceparent");
        assert_eq!(context.state.expect("both are good").as_str(), "a=1,b=2");
    }

    #[test]
    fn tracestate_is_not_read_without_a_traceparent() {
        let states = std::iter::from_fn(|| panic!("tracestate was read"));
        assert_eq!(
            TraceContext::from_headers([&b"bad"[..]].into_iter(), states),
            None
        );
    }

    /// Parses a header by splitting text instead of matching bytes.
    fn oracle(header: &[u8]) -> Option<(u128, u64, bool)> {
        let text = String::from_utf8_lossy(header);
        let fields: Vec<_> = text.split('-').collect();
        let [version, trace, parent, flags, more @ ..] = fields.as_slice() else {
            return None;
        };
        let lower = |text: &str| text.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'));
        let lengths = [version, trace, parent, flags].map(|field| field.len());
        let ok = lengths == [2, 32, 16, 2]
            && [version, trace, parent, flags]
                .iter()
                .all(|field| lower(field))
            && *version != "ff"
            && (*version != "00" || more.is_empty());
        let trace = u128::from_str_radix(trace, 16)
            .ok()
            .filter(|&id| ok && id != 0)?;
        let parent = u64::from_str_radix(parent, 16).ok().filter(|&id| id != 0)?;
        let flags = u8::from_str_radix(flags, 16).ok()?;
        Some((trace, parent, flags % 2 == 1))
    }

    fn agrees_with_oracle(header: &[u8]) -> bool {
        let parsed = TraceParent::parse(header);
        parsed.map(|p| (p.trace_id.as_u128(), p.parent_id.as_u64(), p.sampled())) == oracle(header)
    }

    proptest! {
        #[test]
        fn encoded_headers_round_trip(trace in 1u128.., parent in 1u64.., flags in 0u8..4) {
            let parent = TraceParent {
                trace_id: TraceId::from_u128(trace),
                parent_id: SpanId::from_u64(parent),
                flags,
            };
            prop_assert_eq!(TraceParent::parse(&parent.encode()), Some(parent));
            prop_assert_eq!(parent.to_string().into_bytes(), parent.encode());
        }

        #[test]
        fn near_misses_agree_with_the_grammar(
            at in 0usize..60, byte in proptest::sample::select(&b"0123456789abcdefABF+- g\xff"[..]),
            version in proptest::sample::select(vec!["00", "01", "ff", "cc"]),
            tail in "(-[a-z0-9-]{0,4})?",
        ) {
            let mut header = GOOD.replacen("00", version, 1).into_bytes();
            header.extend(tail.bytes());
            if let Some(place) = header.get_mut(at) {
                *place = byte;
            }
            prop_assert!(agrees_with_oracle(&header));
        }

        #[test]
        fn any_bytes_agree_with_the_grammar(
            header in proptest::collection::vec(any::<u8>(), 0..80),
        ) {
            prop_assert!(agrees_with_oracle(&header));
        }
    }
}
