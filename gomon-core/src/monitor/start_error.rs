//! Error of a failed start.

use std::sync::{Mutex, PoisonError};

use crate::error::Error;
use crate::monitor::builder::MonitorBuilder;

/// Error of [`MonitorBuilder::start`].
pub struct StartError {
    error: Error,
    // The mutex makes the error `Sync`, as a listener need not be.
    builder: Option<Mutex<Box<MonitorBuilder>>>,
}

impl StartError {
    /// Returns the error that another monitor is running, with `builder`.
    pub(crate) fn already_started(builder: MonitorBuilder) -> Self {
        Self {
            error: Error::already_started(),
            builder: Some(Mutex::new(Box::new(builder))),
        }
    }

    /// Returns the builder, if another monitor is already running.
    #[must_use]
    pub fn into_builder(self) -> Option<MonitorBuilder> {
        self.builder
            .map(|builder| *builder.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns whether another monitor is already running.
    #[must_use]
    pub fn is_already_started(&self) -> bool {
        self.error.is_already_started()
    }
}

impl std::fmt::Debug for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.source()
    }
}

impl From<Error> for StartError {
    fn from(error: Error) -> Self {
        Self {
            error,
            builder: None,
        }
    }
}

impl From<StartError> for Error {
    fn from(error: StartError) -> Self {
        error.error
    }
}
