//! Children of the current tracker, by the rules of [`Setup`](crate::Setup).

use super::{Frame, with_top};
use crate::context::source::{ContextSource, context_sources};
use crate::state::core::Core;
use crate::state::global::is_native;
use crate::tracker::EventTracker;

/// Opens a child of the current tracker, in that tracker's monitor.
///
/// Returns `None` if there is no current tracker, or if its monitor is not the `pinned` one.
#[inline]
pub(crate) fn child_of_current(
    pinned: Option<&'static Core>,
    fingerprint: &'static str,
) -> Option<EventTracker> {
    child_of_scope(pinned, fingerprint).unwrap_or_else(|| {
        let context = context_sources().find_map(ContextSource::context)?;
        child_under(context.core, pinned, || context.child(fingerprint))
    })
}

/// Opens a child of the tracker in whose scope the thread runs, by the rules of [`child_of_current`].
///
/// Returns `None` outside a scope.
#[inline]
pub(crate) fn child_of_scope(
    pinned: Option<&'static Core>,
    fingerprint: &'static str,
) -> Option<Option<EventTracker>> {
    with_top(|frame| {
        let core = frame.core()?;
        child_under(core, pinned, || frame.child(fingerprint))
    })
}

/// Opens a child by `open` if trackers of the monitor `parent` may have children.
#[inline]
fn child_under(
    parent: &'static Core,
    pinned: Option<&'static Core>,
    open: impl FnOnce() -> EventTracker,
) -> Option<EventTracker> {
    if pinned.is_some_and(|pinned| !std::ptr::eq(pinned, parent)) || !is_native(parent) {
        return None;
    }
    let child = open();
    // Checked last, so that a shutdown between the open and the check is seen.
    let is_parent = !child.is_noop() || parent.may_have_children();
    is_parent.then_some(child)
}

/// Returns the monitor of the current tracker, if it may have children.
#[inline]
pub(crate) fn current_core() -> Option<&'static Core> {
    let core = with_top(Frame::core).unwrap_or_else(|| {
        let context = context_sources().find_map(ContextSource::context)?;
        Some(context.core)
    });
    core.filter(|core| core.may_have_children())
}
