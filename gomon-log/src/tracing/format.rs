//! Format of the fmt layer with the trace and the id of the current event.

use std::fmt;

use gomon_core::TrackerContext;
use tracing_core::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// Adds the trace and the id of the current event to each line of tracing-subscriber's fmt layer.
///
/// With them, lines of a log can be joined with events.
///
/// # Examples
///
/// ```
/// use gomon_log::TraceFormat;
/// use tracing_subscriber::fmt;
/// use tracing_subscriber::prelude::*;
///
/// let lines = fmt::layer().event_format(TraceFormat::new(fmt::format()));
/// let subscriber = tracing_subscriber::registry().with(gomon_log::layer()).with(lines);
/// # drop(subscriber);
/// ```
#[derive(Clone, Debug)]
pub struct TraceFormat<F> {
    inner: F,
    is_json: bool,
}

impl<F> TraceFormat<F> {
    /// Begins each line of `inner` with `trace=… id=…`.
    #[must_use]
    pub const fn new(inner: F) -> Self {
        Self {
            inner,
            is_json: false,
        }
    }

    /// Adds the keys `trace` and `id` to each JSON object of `inner`.
    #[must_use]
    pub const fn json(inner: F) -> Self {
        Self {
            inner,
            is_json: true,
        }
    }
}

impl<S, N, F> FormatEvent<S, N> for TraceFormat<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let Some(current) = TrackerContext::current() else {
            return self.inner.format_event(context, writer, event);
        };
        let (trace, id) = (current.trace(), current.id());
        if !self.is_json {
            write!(writer, "trace={trace} id={id} ")?;
            return self.inner.format_event(context, writer, event);
        }
        let mut line = String::new();
        (self.inner).format_event(context, Writer::new(&mut line), event)?;
        match line.strip_prefix('{') {
            Some(rest) => write!(writer, r#"{{"trace":"{trace}","id":"{id}",{rest}"#),
            None => writer.write_str(&line),
        }
    }
}
