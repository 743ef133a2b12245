//! When a response has come to its end, though nobody says so.
//!
//! A server drops a body when it needs no more of it, often before the body says that it ended: it never polls one that
//! is at its end already, stops at a declared length, and does not send a body that the response cannot have (RFC 9110,
//! 6.4.1). All that is complete; whatever else is dropped was aborted.

/// How far a request had come when it was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// No response yet.
    Handler,
    /// A response, of whose body nothing was asked for.
    Head,
    /// In the midst of the body.
    Body,
}

impl Phase {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Handler => "handler",
            Self::Head => "head",
            Self::Body => "body",
        }
    }
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Complete,
    Aborted(Phase),
}

/// What a body did until it was dropped.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Progress {
    /// The response cannot have a body, whatever the handler gave.
    pub(crate) bodiless: bool,
    /// Bytes that were declared.
    pub(crate) declared: Option<u64>,
    /// Bytes that were handed on. A server that sends no body asks for none, but hyper sends one with 304 over HTTP/2.
    pub(crate) moved: u64,
    /// It was asked for a frame.
    pub(crate) polled: bool,
    /// It said that it ended: no more frames, or trailers.
    pub(crate) ended: bool,
}

impl Progress {
    pub(crate) fn ending(&self) -> Ending {
        let reached = self.declared.is_some_and(|declared| self.moved >= declared);
        if self.bodiless || self.ended || reached {
            Ending::Complete
        } else if self.polled {
            Ending::Aborted(Phase::Body)
        } else {
            Ending::Aborted(Phase::Head)
        }
    }
}

/// Whether a response to `method` with `status` has no body, whatever it says.
pub(crate) fn is_bodiless(method: &str, status: u16) -> bool {
    method == "HEAD"
        || matches!(status, 100..=199 | 204 | 304)
        || method == "CONNECT" && matches!(status, 200..=299)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: Progress = Progress {
        bodiless: false,
        declared: None,
        moved: 0,
        polled: false,
        ended: false,
    };

    #[test]
    fn dropped_bodies_are_complete_or_aborted() {
        use Ending::{Aborted, Complete};
        for (progress, expected) in [
            (OPEN, Aborted(Phase::Head)),
            (
                Progress {
                    polled: true,
                    ..OPEN
                },
                Aborted(Phase::Body),
            ),
            (
                Progress {
                    polled: true,
                    ended: true,
                    ..OPEN
                },
                Complete,
            ),
            (
                Progress {
                    ended: true,
                    ..OPEN
                },
                Complete,
            ),
            (
                Progress {
                    bodiless: true,
                    ..OPEN
                },
                Complete,
            ),
            (
                Progress {
                    declared: Some(0),
                    ..OPEN
                },
                Complete,
            ),
            (
                Progress {
                    declared: Some(5),
                    polled: true,
                    moved: 5,
                    ..OPEN
                },
                Complete,
            ),
            (
                Progress {
                    declared: Some(5),
                    polled: true,
                    moved: 9,
                    ..OPEN
                },
                Complete,
            ),
            (
                Progress {
                    declared: Some(5),
                    polled: true,
                    moved: 4,
                    ..OPEN
                },
                Aborted(Phase::Body),
            ),
            (
                Progress {
                    declared: Some(5),
                    ..OPEN
                },
                Aborted(Phase::Head),
            ),
        ] {
            assert_eq!(progress.ending(), expected, "{progress:?}");
        }
    }

    #[test]
    fn some_responses_have_no_body() {
        for (method, status, expected) in [
            ("GET", 200, false),
            ("HEAD", 200, true),
            ("GET", 204, true),
            ("GET", 304, true),
            ("GET", 103, true),
            ("CONNECT", 200, true),
            ("CONNECT", 404, false),
            ("GET", 205, false),
        ] {
            assert_eq!(is_bodiless(method, status), expected, "{method} {status}");
        }
    }
}
