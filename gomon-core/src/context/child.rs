//! Children of the current tracker, by the rule of [`Setup`](crate::Setup).

use super::{Frame, with_top};
use crate::context::source::{ContextSource, context_sources};
use crate::state::core::Core;
use crate::state::global::is_native;
use crate::tracker::EventTracker;

/// Opens a child of the current tracker, in the monitor of that; `None` where nothing is current, or where it belongs to
/// another monitor than the `pinned` one.
#[inline]
pub(crate) fn child_of_current(
    pinned: Option<&'static Core>,
    fingerprint: &'static str,
) -> Option<EventTracker> {
    let child = with_top(|frame| {
        let core = frame.core()?;
        child_under(core, pinned, || frame.child(fingerprint))
    });
    child.unwrap_or_else(|| {
        let context = context_sources().find_map(ContextSource::context)?;
        child_under(context.core, pinned, || context.child(fingerprint))
    })
}

/// Opens the child of a tracker of `parent` by `open`, if that may have one here.
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
    // Looked at last, as nothing opens once it was shut down.
    let is_parent = !child.is_noop() || parent.may_have_children();
    is_parent.then_some(child)
}

/// The monitor of the current tracker, if that may have children.
#[inline]
pub(crate) fn current_core() -> Option<&'static Core> {
    let core = with_top(Frame::core).unwrap_or_else(|| {
        let context = context_sources().find_map(ContextSource::context)?;
        Some(context.core)
    });
    core.filter(|core| core.may_have_children())
}
