//! What a command fails with: one clear line.

use std::{fmt, io};

/// The result of everything here that can fail.
pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

/// Why a command failed, as a sentence for the person who typed it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure(String);

impl Failure {
    /// A failure that says `message`.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
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
            "cargo's answer is not the JSON it should be: {error}"
        ))
    }
}

/// Names what was being done when a foreign error came up.
pub(crate) trait Context<T> {
    /// Turns an error into `what: error`.
    fn context(self, what: impl fmt::Display) -> Result<T>;
}

impl<T> Context<T> for io::Result<T> {
    fn context(self, what: impl fmt::Display) -> Result<T> {
        self.map_err(|error| Failure(format!("{what}: {error}")))
    }
}
