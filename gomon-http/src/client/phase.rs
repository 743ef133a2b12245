//! Phases of a call before its response, in ns since its start.
//!
//! Resolver, connector and TLS mark their phases in the event of the connection, which copies the marks to its call. A
//! phase that has begun and has no end mark is still open, or failed.

use std::time::Duration;

use gomon_core::adapter::keys;
use gomon_core::{EventValue, Key, Tracker, current};

/// Fingerprint of a call.
pub(super) const CALL: &str = "http-roundtripper";
/// Fingerprint of a connection.
pub(super) const DIAL: &str = "http-trp-dial";

/// Marks that a connection copies to its call.
pub(super) const OF_CONNECTION: [Key<'static>; 6] = [
    keys::DNS_START,
    keys::DNS_DONE,
    keys::CONN_START,
    keys::CONN_DONE,
    keys::TLS_HAND_START,
    keys::TLS_HAND_DONE,
];

/// A phase of opening a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Name lookup.
    Dns,
    /// Connecting.
    Connect,
    /// The TLS handshake.
    Tls,
}

/// Returns the phase that has begun and not ended.
pub(super) fn open_phase(tracker: &dyn Tracker) -> Option<Phase> {
    let is_open = |begin: Key<'_>, end: Key<'_>| {
        marked(tracker, begin).is_some() && marked(tracker, end).is_none()
    };
    if is_open(keys::TLS_HAND_START, keys::TLS_HAND_DONE) {
        Some(Phase::Tls)
    } else if is_open(keys::CONN_START, keys::CONN_DONE) {
        Some(Phase::Connect)
    } else if is_open(keys::DNS_START, keys::DNS_DONE) {
        Some(Phase::Dns)
    } else {
        None
    }
}

/// Returns the time of a mark.
pub(super) fn marked(tracker: &dyn Tracker, key: Key<'_>) -> Option<Duration> {
    match tracker.get(key.name())? {
        EventValue::Duration(time) => Some(time),
        _ => None,
    }
}

/// Sets a mark to the current time, unless it is set.
pub(super) fn mark_first(tracker: &mut dyn Tracker, key: Key<'static>) {
    if marked(tracker, key).is_none() {
        mark(tracker, key);
    }
}

/// Sets a mark to the current time, replacing an earlier one.
pub(super) fn mark(tracker: &mut dyn Tracker, key: Key<'static>) {
    let now = tracker.elapsed();
    tracker.set(key, now);
}

/// Runs `f` with the connection that is being opened, or with its call if the connector is not watched.
pub(super) fn opening(f: impl FnOnce(&mut dyn Tracker)) {
    current(|tracker| {
        if matches!(tracker.fingerprint(), CALL | DIAL) && tracker.is_recording() {
            f(tracker);
        }
    });
}

#[cfg(test)]
mod tests {
    use gomon_core::{EventTracker, Monitor};

    use super::*;

    #[test]
    fn open_phase_is_the_last_that_began() {
        let running = Monitor::builder().build().unwrap();
        let mut dial = running.monitor().root(DIAL);
        let step = |dial: &mut EventTracker, key| {
            mark(dial, key);
            open_phase(dial)
        };
        assert_eq!(open_phase(&dial), None);
        assert_eq!(step(&mut dial, keys::DNS_START), Some(Phase::Dns));
        assert_eq!(step(&mut dial, keys::DNS_DONE), None);
        assert_eq!(step(&mut dial, keys::CONN_START), Some(Phase::Connect));
        assert_eq!(step(&mut dial, keys::CONN_DONE), None);
        assert_eq!(step(&mut dial, keys::TLS_HAND_START), Some(Phase::Tls));
        assert_eq!(step(&mut dial, keys::TLS_HAND_DONE), None);
    }

    #[test]
    fn first_mark_stays() {
        let running = Monitor::builder().build().unwrap();
        let mut dial = running.monitor().root(DIAL);
        mark_first(&mut dial, keys::DNS_START);
        let first = marked(&dial, keys::DNS_START);
        mark_first(&mut dial, keys::DNS_START);
        assert_eq!(marked(&dial, keys::DNS_START), first);
    }

    #[test]
    fn only_calls_and_connections_are_marked() {
        let running = Monitor::builder().build().unwrap();
        for (fingerprint, is_marked) in [(CALL, true), (DIAL, true), ("http-service", false)] {
            let mut tracker = running.monitor().root(fingerprint);
            tracker.scope(|| opening(|tracker| mark(tracker, keys::DNS_START)));
            assert_eq!(marked(&tracker, keys::DNS_START).is_some(), is_marked);
        }
    }
}
