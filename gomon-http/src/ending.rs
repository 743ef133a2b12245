//! Rules for when a response is complete.
//!
//! A server often drops a body before the body reports its end. It does not poll a body that is already at its end,
//! stops at a declared length, and does not send a body that the response cannot have (RFC 9110, 6.4.1). Such responses
//! are complete. Every other dropped response was aborted.

use gomon_core::adapter::{TrackerExt, keys};
use gomon_core::{EventTracker, Outcome};

/// How far a request got before it was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// No response yet.
    Handler,
    /// A response whose body was not polled.
    Head,
    /// Part of the body was sent.
    Body,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Complete,
    Aborted(Phase),
}

/// Records how far a request or a call got, unless an error or a panic ended it.
pub(crate) fn set_aborted(tracker: &mut EventTracker, phase: &'static str) {
    // A panic that unwinds the request ended it; it was not aborted.
    if tracker.outcome() == Outcome::Cancelled && !tracker.is_unwound() {
        tracker.set(keys::ABORTED, phase);
    }
}

/// When the body of a response is complete. Servers differ in this.
///
/// # Examples
///
/// ```
/// use gomon_http::server::BodyEnd;
///
/// assert_eq!(BodyEnd::in_hyper("GET", 200, Some(5)), BodyEnd::AtLength(5));
/// assert_eq!(BodyEnd::in_hyper("GET", 200, None), BodyEnd::AtEnd);
/// assert_eq!(BodyEnd::in_hyper("HEAD", 200, Some(5)), BodyEnd::Unsent);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyEnd {
    /// There is no body; the head completes the response.
    Empty,
    /// The response cannot have a body, although the handler returned one.
    Unsent,
    /// Once this many bytes were passed on, or when the body reports its end.
    AtLength(u64),
    /// When the body reports its end.
    AtEnd,
}

impl BodyEnd {
    /// Returns the rule of hyper and other servers that follow RFC 9110, 6.4.1: they stop at the `declared` length, if
    /// any.
    #[must_use]
    pub fn in_hyper(method: &str, status: u16, declared: Option<u64>) -> Self {
        if is_bodiless(method, status) {
            Self::Unsent
        } else {
            declared.map_or(Self::AtEnd, Self::AtLength)
        }
    }
}

/// Returns the protocol that a response upgrades the connection to, which ends the event. `named` returns the
/// response's own name for it.
pub(crate) fn upgrade<'n>(
    method: &str,
    status: u16,
    is_websocket: bool,
    named: impl FnOnce() -> Option<&'n str>,
) -> Option<&'n str> {
    match (status, method) {
        (101, _) => Some(named().unwrap_or("unknown")),
        (200..=299, "CONNECT") if is_websocket => Some("websocket"),
        (200..=299, "CONNECT") => Some("connect"),
        _ => None,
    }
}

/// Returns whether a response to `method` with `status` cannot have a body.
fn is_bodiless(method: &str, status: u16) -> bool {
    method == "HEAD"
        || matches!(status, 100..=199 | 204 | 304)
        || method == "CONNECT" && matches!(status, 200..=299)
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn some_responses_hand_the_connection_over() {
        for (method, status, is_websocket, named, expected) in [
            ("GET", 101, false, Some("websocket"), Some("websocket")),
            ("GET", 101, false, None, Some("unknown")),
            ("CONNECT", 200, false, None, Some("connect")),
            ("CONNECT", 200, true, None, Some("websocket")),
            ("CONNECT", 404, true, None, None),
            ("GET", 200, false, Some("h2c"), None),
        ] {
            let protocol = upgrade(method, status, is_websocket, || named);
            assert_eq!(protocol, expected, "{method} {status} {named:?}");
        }
    }
}
