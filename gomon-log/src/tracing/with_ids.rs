//! Ids of the current event in the output of tracing's `fmt` layer.

use std::fmt;

use tracing_core::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::ids::CurrentIds;

/// Adds [`CurrentIds`] to each line that a format of tracing's `fmt` layer writes.
///
/// [`CurrentIds`] of an event of `tracing` are those of its span, or of the nearer event that is current. The layer of this crate
/// stands before the `fmt` layer.
///
/// # Examples
///
/// ```
/// use gomon_log::WithIds;
/// use tracing_subscriber::fmt;
/// use tracing_subscriber::prelude::*;
///
/// let layer = fmt::layer().event_format(WithIds::new(fmt::format()));
/// // JSON: `{"trace":"…","id":"…","timestamp":…`. It also needs `fmt::layer().json()`.
/// let format = WithIds::json(fmt::format().json());
/// # drop(format);
/// tracing_subscriber::registry().with(gomon_log::layer()).with(layer).init();
/// ```
#[derive(Clone, Copy, Debug)]
pub struct WithIds<F> {
    format: F,
    is_json: bool,
}

impl<F> WithIds<F> {
    /// Writes `trace=… id=…` before each line of a format for people.
    #[must_use]
    pub const fn new(format: F) -> Self {
        Self {
            format,
            is_json: false,
        }
    }

    /// Writes the keys `trace` and `id` first in each object of a JSON format.
    #[must_use]
    pub const fn json(format: F) -> Self {
        Self {
            format,
            is_json: true,
        }
    }
}

impl<S, N, F> FormatEvent<S, N> for WithIds<F>
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
        let Some((trace, id)) = CurrentIds::get() else {
            return self.format.format_event(context, writer, event);
        };
        if !self.is_json {
            write!(writer, "trace={trace} id={id} ")?;
            return self.format.format_event(context, writer, event);
        }
        let mut line = String::new();
        self.format
            .format_event(context, Writer::new(&mut line), event)?;
        match line.strip_prefix('{') {
            Some(rest) => write!(writer, r#"{{"trace":"{trace}","id":"{id}",{rest}"#),
            None => writer.write_str(&line),
        }
    }
}
