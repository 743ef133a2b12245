//! Installation for a whole process, without changes at call sites.

use gomon_core::{AutoHook, Config as _};

use crate::LogConfig;

/// Returns a hook that records what the process logs through `log` and `tracing`, as far as their features are on.
///
/// It sets the global logger of `log` and the global subscriber of `tracing` where the program has none. Otherwise it
/// reports them as taken: the program wraps its logger in [`MonitoredLogger`](crate::MonitoredLogger), or adds
/// [`layer`](crate::layer()) to its subscriber. A program that has only a logger of `log` keeps all its lines: a subscriber
/// would divert those of `tracing`, and is not set.
///
/// A program sets its own loggers before it starts the monitor. Those that it sets afterwards are refused.
///
/// # Examples
///
/// ```
/// use gomon_core::Monitor;
///
/// let gomon = Monitor::builder().auto([gomon_log::auto()]).start()?;
/// assert!(gomon.hooks().iter().all(gomon_core::Hook::is_hooked));
/// # Ok::<(), gomon_core::StartError>(())
/// ```
#[must_use]
pub fn auto() -> AutoHook {
    AutoHook::new(|report| {
        // First, as it depends on whether the program has a logger.
        #[cfg(feature = "tracing")]
        crate::tracing::hook(report);
        #[cfg(feature = "log")]
        crate::log::hook(report);
        // What an earlier monitor has hooked follows the configuration of this one.
        LogConfig::changed();
    })
}
