//! The ids that travel between services.

use std::fmt;

use crate::id::hex;
use crate::id::hex::Case;

/// Names one trace: the `trace-id` of
/// [W3C Trace Context](https://www.w3.org/TR/trace-context/#trace-id), 128 bits.
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
    /// The trace of nothing, which the specification calls invalid.
    ///
    /// # Examples
    /// ```
    /// assert!(gomon_core::TraceId::NIL.is_nil());
    /// ```
    pub const NIL: Self = Self { hi: 0, lo: 0 };

    /// Makes a trace id of its first and its last eight bytes, big-endian.
    ///
    /// # Examples
    /// ```
    /// use gomon_core::TraceId;
    ///
    /// assert_eq!(TraceId::from_halves(1, 2), TraceId::from_u128((1 << 64) + 2));
    /// ```
    #[must_use]
    pub const fn from_halves(hi: u64, lo: u64) -> Self {
        Self { hi, lo }
    }

    /// Makes a trace id of a number.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(gomon_core::TraceId::from_u128(7).halves(), (0, 7));
    /// ```
    #[must_use]
    pub const fn from_u128(value: u128) -> Self {
        Self {
            hi: (value >> 64) as u64,
            lo: value as u64,
        }
    }

    /// Returns the trace id as a number.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(gomon_core::TraceId::from_halves(0, 7).as_u128(), 7);
    /// ```
    #[must_use]
    pub const fn as_u128(self) -> u128 {
        (self.hi as u128) << 64 | self.lo as u128
    }

    /// Returns the first and the last eight bytes.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(gomon_core::TraceId::from_halves(1, 2).halves(), (1, 2));
    /// ```
    #[must_use]
    pub const fn halves(self) -> (u64, u64) {
        (self.hi, self.lo)
    }

    /// Returns whether all bits are zero.
    ///
    /// # Examples
    /// ```
    /// assert!(!gomon_core::TraceId::from_u128(1).is_nil());
    /// ```
    #[must_use]
    pub const fn is_nil(self) -> bool {
        self.hi == 0 && self.lo == 0
    }

    /// Reads 32 lower-case hexadecimal digits; anything else, and all zeros, is `None`.
    /// Returns whether this trace is in the `rate` (0 to 1) of all traces that every service with this rate keeps.
    pub(crate) fn is_in_share(self, rate: f64) -> bool {
        // The last 56 bits are random in every trace id that says so (W3C Trace Context, level 2).
        let random = (self.as_u128() as u64) & (u64::MAX >> 8);
        let threshold = rate.clamp(0.0, 1.0) * (1_u64 << 56) as f64;
        (random as f64) < threshold
    }

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

/// Names one event within its trace: the `parent-id` of
/// [W3C Trace Context](https://www.w3.org/TR/trace-context/#parent-id), 64 bits.
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
    /// The span of nothing, which the specification calls invalid.
    ///
    /// # Examples
    /// ```
    /// assert!(gomon_core::SpanId::NIL.is_nil());
    /// ```
    pub const NIL: Self = Self(0);

    /// Makes a span id of a number.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(gomon_core::SpanId::from_u64(7).as_u64(), 7);
    /// ```
    #[must_use]
    pub const fn from_u64(value: u64) -> Self {
        Self(value)
    }

    /// Returns the span id as a number.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(gomon_core::SpanId::NIL.as_u64(), 0);
    /// ```
    #[must_use]
    pub const fn as_u64(self) -> u64 {
        self.0
    }

    /// Returns whether all bits are zero.
    ///
    /// # Examples
    /// ```
    /// assert!(!gomon_core::SpanId::from_u64(1).is_nil());
    /// ```
    #[must_use]
    pub const fn is_nil(self) -> bool {
        self.0 == 0
    }

    /// Reads 16 lower-case hexadecimal digits; anything else, and all zeros, is `None`.
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
