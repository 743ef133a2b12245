//! How an event ended.

/// How an event ended, `gomon:outcome` in its JSON form.
///
/// # Examples
///
/// ```
/// assert_eq!(gomon_core::Outcome::Cancelled.as_str(), "cancelled");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It came to its end.
    #[default]
    Ok,
    /// It came to its end and failed.
    Error,
    /// It was dropped before it was complete.
    Cancelled,
    /// A panic unwound it before it came to its end.
    Panic,
}

impl Outcome {
    /// The word used in the JSON form.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(gomon_core::Outcome::Ok.as_str(), "ok");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Error => "error",
            Self::Cancelled => "cancelled",
            Self::Panic => "panic",
        }
    }

    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Error => 1,
            Self::Cancelled => 2,
            Self::Panic => 3,
        }
    }

    pub(crate) const fn from_code(code: u8) -> Self {
        match code {
            1 => Self::Error,
            2 => Self::Cancelled,
            3 => Self::Panic,
            _ => Self::Ok,
        }
    }
}
