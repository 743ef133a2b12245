//! Auto traits and sizes of the public types.

use gomon_core::future::{InCurrent, Suppressed, Tracked};
use gomon_core::*;

fn send<T: Send>() {}
fn sync<T: Sync>() {}
fn copy<T: Copy>() {}
fn clone<T: Clone>() {}
fn unwind_safe<T: std::panic::UnwindSafe>() {}

#[test]
fn trackers_and_monitors_are_send_and_sync() {
    send::<EventTracker>();
    send::<TrackerContext>();
    sync::<TrackerContext>();
    clone::<TrackerContext>();
    send::<Monitor>();
    sync::<Monitor>();
    copy::<Monitor>();
    send::<Running>();
    sync::<Running>();
    send::<MonitorBuilder>();
}

#[test]
fn reports_and_errors_are_send_and_sync() {
    send::<Health>();
    sync::<Health>();
    clone::<Health>();
    send::<FlushReport>();
    sync::<ShutdownReport>();
    send::<Error>();
    sync::<Error>();
    send::<StartError>();
    sync::<StartError>();
    send::<OwnedEvent>();
    sync::<OwnedEvent>();
    clone::<OwnedEvent>();
    send::<Event<'_>>();
    copy::<Event<'_>>();
}

#[test]
fn small_types_are_copy() {
    copy::<Id>();
    copy::<TraceId>();
    copy::<SpanId>();
    copy::<Key<'_>>();
    copy::<Outcome>();
    copy::<Value<'_>>();
    copy::<TraceParent>();
}

#[test]
fn futures_keep_the_auto_traits_of_their_inner_ones() {
    send::<Tracked<std::future::Ready<()>>>();
    send::<InCurrent<std::future::Ready<()>>>();
    send::<Suppressed<std::future::Ready<()>>>();
    unwind_safe::<Monitor>();
}

#[test]
fn tracker_is_eight_bytes_wide() {
    assert_eq!(size_of::<EventTracker>(), 8);
}
