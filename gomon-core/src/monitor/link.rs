//! Links to what other processes did.

use crate::id::trace::TraceId;
use crate::id::traceparent::TraceContext;
use crate::monitor::Monitor;

impl Monitor {
    /// The parent's event id and the trace that a remote context names, for a link to it.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::{Monitor, TraceContext};
    ///
    /// let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    /// let remote = TraceContext::from_headers([header.as_bytes()].into_iter(), std::iter::empty()).unwrap();
    /// let (trace, id) = Monitor::link_to(&remote);
    /// assert_eq!(id.to_string(), "0af76519-16cd-43dd-b7ad-6b7169203331");
    /// assert_eq!(trace, remote.parent.trace_id);
    /// ```
    #[must_use]
    pub fn link_to(remote: &TraceContext) -> (TraceId, crate::id::Id) {
        let parent = remote.parent;
        (
            parent.trace_id,
            crate::id::Id::in_trace(parent.trace_id, parent.parent_id),
        )
    }
}
