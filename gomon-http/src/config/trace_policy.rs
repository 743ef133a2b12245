//! Policy for the `traceparent` of a request.

use serde::{Deserialize, Serialize};

/// What happens with the `traceparent` of a request.
///
/// The default is [`Link`](Self::Link), because any client can send the header. A trusted client chooses ids, can hide
/// requests (flag `00`) and can force them to be recorded (flag `01`). Set [`Trust`](Self::Trust) for services that
/// only your own callers reach; both services then share one trace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TracePolicy {
    /// Continues the caller's trace: the trace id, the caller's event as parent, and its sampling decision.
    /// `tracestate` is forwarded with outgoing calls.
    Trust,
    /// Starts a new trace. The caller's event is recorded under `links`.
    #[default]
    Link,
    /// Ignores the header.
    Ignore,
}
