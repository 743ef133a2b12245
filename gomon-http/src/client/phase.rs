//! What a call goes through until it is answered, in ns since its start.
//!
//! The resolver, the connector and TLS mark the connection's event as they come to it, and the connection hands the
//! marks on to the call that opened it. A mark that begins a phase stands alone as long as the phase lasts; so a phase
//! that failed, or was given up, is told by a beginning without an end.

use std::time::Duration;

use gomon_core::{EventValue, Key, Tracker, current, keys};

/// The fingerprint of a call.
pub(super) const CALL: &str = "http-roundtripper";
/// The fingerprint of a connection that is opened.
pub(super) const DIAL: &str = "http-trp-dial";

/// The marks that a connection hands on to its call.
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
    /// Looking its name up.
    Dns,
    /// Connecting.
    Connect,
    /// The TLS handshake.
    Tls,
}

/// The phase that began and has not ended.
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

/// The time of a mark.
pub(super) fn marked(tracker: &dyn Tracker, key: Key<'_>) -> Option<Duration> {
    match tracker.get(key.name())? {
        EventValue::Duration(time) => Some(time),
        _ => None,
    }
}

/// Marks now, once.
pub(super) fn mark_first(tracker: &mut dyn Tracker, key: Key<'static>) {
    if marked(tracker, key).is_none() {
        mark(tracker, key);
    }
}

/// Marks now, in place of an earlier mark.
pub(super) fn mark(tracker: &mut dyn Tracker, key: Key<'static>) {
    let now = tracker.lapsed();
    tracker.set(key, now);
}

/// Runs `f` with the connection that is being opened here, or with the call where nobody watches its connection.
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
