//! Ids of the current event, for the output of the program's own logger.

use std::fmt;

use gomon_core::{Id, TraceId, TrackerContext};

/// Trace and id of the current event, which join lines of the program's own logger to events.
///
/// It displays as `trace=… id=…`, or as nothing where nothing is current. With the feature `slog`, it is the key/values
/// `trace` and `id`, for the loggers of a program.
///
/// # Examples
///
/// A format of `env_logger`:
///
/// ```
/// use std::io::Write;
///
/// use gomon_log::CurrentIds;
///
/// let logger = env_logger::Builder::new()
///     .format(|out, record| writeln!(out, "[{}] {} {CurrentIds}", record.level(), record.args()))
///     .build();
/// # let _: env_logger::Logger = logger;
/// ```
///
/// The current event:
///
/// ```
/// use gomon_core::Monitor;
/// use gomon_log::CurrentIds;
///
/// let running = Monitor::builder().build()?;
/// let mut job = running.monitor().root("job");
/// let expected = format!("trace={} id={}", job.trace(), job.id());
/// assert_eq!(job.scope(|| CurrentIds.to_string()), expected);
/// assert_eq!(CurrentIds.to_string(), "");
/// # Ok::<(), gomon_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct CurrentIds;

impl CurrentIds {
    pub(crate) fn get() -> Option<(TraceId, Id)> {
        let current = TrackerContext::current()?;
        Some((current.trace(), current.id()))
    }
}

impl fmt::Display for CurrentIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Self::get() {
            Some((trace, id)) => write!(f, "trace={trace} id={id}"),
            None => Ok(()),
        }
    }
}
