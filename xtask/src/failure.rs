//! Error type of the commands.

use std::fmt;

/// The result of a fallible function.
pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

/// Why a command failed, as a one-line message for the user.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure(String);

impl Failure {
    /// Creates a failure with a message.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// Creates a failure about an unknown name.
    pub(crate) fn unknown(what: &str, name: &str, known: &[&str]) -> Self {
        Self(format!(
            "no {what} `{name}`; expected one of: {}",
            known.join(", ")
        ))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<lexopt::Error> for Failure {
    fn from(error: lexopt::Error) -> Self {
        Self(format!("{error} (`cargo xtask` lists the commands)"))
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self(format!(
            "cannot parse the output of `cargo metadata`: {error}"
        ))
    }
}

/// Adds what was being done to an error.
pub(crate) trait Context<T> {
    /// Prefixes the error with `what: `.
    fn context(self, what: impl fmt::Display) -> Result<T>;
}

impl<T, E: fmt::Display> Context<T> for std::result::Result<T, E> {
    fn context(self, what: impl fmt::Display) -> Result<T> {
        self.map_err(|error| Failure(format!("{what}: {error}")))
    }
}
