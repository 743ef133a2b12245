//! Trace and span ids of W3C Trace Context.

use std::fmt;

use crate::id::hex;
use crate::id::hex::Case;

/// Id of a trace: the 128-bit `trace-id` of [W3C Trace
/// Context](https://www.w3.org/TR/trace-context/#trace-id).
///
/// # Examples
/// ```
/// use gomon_core::TraceId;
///
/// let trace = TraceId::from_u128(0x4bf92f3577b34da6a3ce929d0e0e4736);
/// assert_eq!(trace.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
/// assert_eq!(trace.halves(), (0x4bf92f3577b34da6, 0xa3ce929d0e0e4736));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TraceId {
    hi: u64,
    lo: u64,
}

impl TraceId {
    /// The nil trace id, which the specification calls invalid.
    pub const NIL: Self = Self { hi: 0, lo: 0 };

    /// Creates a trace id from its first and its last eight bytes, big-endian.
    #[must_use]
    pub const fn from_halves(hi: u64, lo: u64) -> Self {
        Self { hi, lo }
    }

    /// Creates a trace id from a number.
    #[must_use]
    pub const fn from_u128(value: u128) -> Self {
        Self {
            hi: (value >> 64) as u64,
            lo: value as u64,
        }
    }

    /// Returns the trace id as a number.
    #[must_use]
    pub const fn as_u128(self) -> u128 {
        (self.hi as u128) << 64 | self.lo as u128
    }

    /// Returns the first and the last eight bytes.
    #[must_use]
    pub const fn halves(self) -> (u64, u64) {
        (self.hi, self.lo)
    }

    /// Returns whether all bits are zero.
    #[must_use]
    pub const fn is_nil(self) -> bool {
        self.hi == 0 && self.lo == 0
    }

    /// Returns whether this trace belongs to the sampled share `rate`, from 0 to 1.
    ///
    /// All services with the same rate keep the same traces.
    pub(crate) fn is_in_share(self, rate: f64) -> bool {
        // The last 56 bits of a trace id are random if its random flag is set (W3C Trace Context,
        // level 2).
        let random = (self.as_u128() as u64) & (u64::MAX >> 8);
        let threshold = rate.clamp(0.0, 1.0) * (1_u64 << 56) as f64;
        (random as f64) < threshold
    }

    /// Parses 32 lower-case hexadecimal digits. Returns `None` for anything else and for all zeros.
    pub(crate) fn parse_hex(digits: &[u8; 32]) -> Option<Self> {
        let hi = hex::parse(&digits[0..16], Case::Lower)?;
        let lo = hex::parse(&digits[16..32], Case::Lower)?;
        Some(Self { hi, lo }).filter(|id| !id.is_nil())
    }

    pub(crate) fn hex(self) -> [u8; 32] {
        let mut digits = [0; 32];
        digits[0..16].copy_from_slice(&hex::of_u64(self.hi));
        digits[16..32].copy_from_slice(&hex::of_u64(self.lo));
        digits
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(hex::ascii(&self.hex()))
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TraceId({self})")
    }
}

/// Id of an event within its trace: the 64-bit `parent-id` of [W3C Trace
/// Context](https://www.w3.org/TR/trace-context/#parent-id).
///
/// # Examples
/// ```
/// use gomon_core::SpanId;
///
/// assert_eq!(SpanId::from_u64(0xf067aa0ba902b7).to_string(), "00f067aa0ba902b7");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SpanId(u64);

impl SpanId {
    /// The nil span id, which the specification calls invalid.
    pub const NIL: Self = Self(0);

    /// Creates a span id from a number.
    #[must_use]
    pub const fn from_u64(value: u64) -> Self {
        Self(value)
    }

    /// Returns the span id as a number.
    #[must_use]
    pub const fn as_u64(self) -> u64 {
        self.0
    }

    /// Returns whether all bits are zero.
    #[must_use]
    pub const fn is_nil(self) -> bool {
        self.0 == 0
    }

    /// Parses 16 lower-case hexadecimal digits. Returns `None` for anything else and for all zeros.
    pub(crate) fn parse_hex(digits: &[u8; 16]) -> Option<Self> {
        hex::parse(digits, Case::Lower)
            .map(Self)
            .filter(|id| !id.is_nil())
    }

    pub(crate) fn hex(self) -> [u8; 16] {
        hex::of_u64(self.0)
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(hex::ascii(&self.hex()))
    }
}

impl fmt::Debug for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SpanId({self})")
    }
}
