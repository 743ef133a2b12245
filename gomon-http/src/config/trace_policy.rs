//! What a `traceparent` of a request is good for.

use serde::{Deserialize, Serialize};

/// What becomes of the `traceparent` that a request brings.
///
/// The default is [`Link`](Self::Link): anybody can send the header, and who continues a stranger's trace lets that
/// stranger choose ids, hide requests (flag `00`) or force them to be recorded (flag `01`). Services that only their
/// own callers reach set [`Trust`](Self::Trust) and get one trace.
///
/// # Examples
///
/// ```
/// use gomon_http::{HttpConfig, TracePolicy};
///
/// let internal = HttpConfig::default().with_trace_policy(TracePolicy::Trust);
/// assert_eq!(HttpConfig::default().trace_policy(), TracePolicy::Link);
/// # drop(internal);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TracePolicy {
    /// The request continues the caller's trace: same trace id, the caller's event as its parent, the caller's
    /// decision whether it is recorded; `tracestate` travels on to outgoing calls.
    Trust,
    /// The request is a trace of its own, with the caller's event under `links`.
    #[default]
    Link,
    /// As if the header were not there.
    Ignore,
}
