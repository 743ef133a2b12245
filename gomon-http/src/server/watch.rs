//! Whether a request is recorded, and in which scope its code runs.

use std::pin::Pin;
use std::task::Poll;

use gomon_core::suppressed;

use crate::server::exchange::Exchange;

/// What becomes of one request.
#[derive(Debug, Default)]
pub(crate) enum Watch {
    /// Nothing: the monitor is off, another layer records it, or it was recorded to its end.
    #[default]
    Off,
    /// The configuration leaves it out, and with it what its handler does.
    LeftOut,
    /// It is recorded.
    On(Exchange),
}

impl Watch {
    pub(crate) fn run<R>(&mut self, f: impl FnOnce() -> R) -> R {
        match self {
            Self::Off => f(),
            Self::LeftOut => suppressed(f),
            Self::On(exchange) => exchange.run(f),
        }
    }

    pub(crate) fn poll<T>(&mut self, f: impl FnOnce() -> Poll<T>) -> Poll<T> {
        match self {
            Self::On(exchange) => exchange.poll(f),
            _ => self.run(f),
        }
    }

    /// Drops what is watched in its scope, so that what its destructor does belongs to the request.
    pub(crate) fn drop_inside<T>(&mut self, mut inner: Pin<&mut Option<T>>) {
        if inner.is_some() {
            self.run(|| inner.set(None));
        }
    }

    /// The exchange, if it is recorded and has not ended yet; it is no longer watched.
    pub(crate) fn take(&mut self) -> Option<Exchange> {
        match std::mem::take(self) {
            Self::On(exchange) => Some(exchange),
            Self::Off | Self::LeftOut => None,
        }
    }
}
