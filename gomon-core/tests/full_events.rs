//! Delivery of full events at the maximum event limit.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod probe;

use std::task::Poll;

use gomon_core::adapter::{PollObserver, TrackerExt, set_poll_observer};
use gomon_core::{Id, Key, Limits};
use probe::Probe;

/// An observer with a key of maximum length. The process has one observer, and this program one test.
struct Wordy;

impl PollObserver for Wordy {
    fn name(&self) -> &'static str {
        const NAME: [u8; 255] = [b'w'; 255];
        std::str::from_utf8(&NAME).unwrap()
    }

    fn before(&self) -> u64 {
        0
    }

    fn after(&self, before: u64) -> u64 {
        before + 1
    }
}

/// Fills an event that has every section, with fields of `step` bytes, then shorter ones; returns its size.
fn filled(limits: &Limits, step: usize) -> usize {
    let probe = Probe::new(limits.clone());
    let mut tracker = probe.root("full");
    tracker.add_error_text("first", Some("kind"));
    tracker.add_link(tracker.trace(), Id::NIL);
    let child = tracker.child("inside");
    tracker.attach(child);
    tracker.set(Key::new("cut"), "x".repeat(limits.string() + 1).as_str());
    let polled = tracker.poll_in(|| Poll::Ready(()));
    assert!(polled.is_ready());
    let (mut length, mut number) = (step, 0);
    while length > 0 {
        let limited = probe.health().limited_fields;
        while probe.health().limited_fields == limited {
            number += 1;
            tracker.set(Key::new(&format!("f{number}")), "x".repeat(length).as_str());
        }
        // No room for this length; try a shorter field.
        length /= 2;
    }
    tracker.finish();
    let event = probe.next();
    let event = event.as_event();
    assert_eq!(event.fingerprint(), "full");
    let json = event.to_owned().to_json();
    for section in [
        "error",
        "links",
        "children",
        "gomon:cut",
        "gomon:longest-poll",
        "wwww",
    ] {
        assert!(json.contains(&format!("\"{section}")), "{section}");
    }
    event.as_bytes().len()
}

#[test]
fn sections_do_not_make_an_event_exceed_its_limit() {
    assert!(set_poll_observer(&Wordy));
    for event in [4 * 1024, 64 * 1024, 1024 * 1024] {
        let step = event / 100;
        let limits = Limits::default()
            .with_event(event)
            .with_fields(1_024)
            .with_string(step);
        for spare in 0..12 {
            let bytes = filled(&limits, step - spare);
            assert!(bytes <= event, "{bytes} of {event}");
            assert!(bytes > event - 256, "{bytes} of {event}: it is full");
        }
    }
}
