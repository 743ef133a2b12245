//! Outcome of an event.

/// Outcome of an event, `gomon:outcome` in its JSON form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// The work completed.
    #[default]
    Ok,
    /// The work completed with an error.
    Error,
    /// The tracker was dropped before the work completed.
    Cancelled,
    /// A panic unwound the work.
    Panic,
    /// The library that reported the work does not say how it ended. Absent from the JSON form.
    Unknown,
}

impl Outcome {
    /// Returns the word used in the JSON form and in filters.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Error => "error",
            Self::Cancelled => "cancelled",
            Self::Panic => "panic",
            Self::Unknown => "unknown",
        }
    }

    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Error => 1,
            Self::Cancelled => 2,
            Self::Panic => 3,
            Self::Unknown => 4,
        }
    }

    pub(crate) const fn from_code(code: u8) -> Self {
        match code {
            1 => Self::Error,
            2 => Self::Cancelled,
            3 => Self::Panic,
            4 => Self::Unknown,
            _ => Self::Ok,
        }
    }
}
