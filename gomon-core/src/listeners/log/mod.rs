//! Listener that writes events as lines of text.

pub(crate) mod colour;
pub(crate) mod factory;
pub(crate) mod human;
pub(crate) mod output;
#[cfg(test)]
mod tests;
pub(crate) mod text;
pub(crate) mod time;

use std::io::{self, IsTerminal, Write};

use crate::error::Error;
use crate::listeners::Listener;
use crate::listeners::flush::Flush;
use crate::listeners::log::human::Human;
use crate::listeners::log::output::Output;
use crate::record::event::Event;

/// Writes every event as one line, readable or as [JSON](Self::json).
///
/// ```text
/// 2026-11-23T14:05:01.123Z ok         1.09ms axum-handle GET /users/{id} 200 response_size=14 trace=4bf9…
///                 +120.0µs ok          810µs   └ sql-wconn-query "SELECT * FROM users WHERE id = ?"
/// 2026-11-23T14:05:02.007Z error  30.2ms axum-handle POST /orders 500 error="connection refused" trace=03a1…
/// ```
///
/// A line has the time, the outcome, the duration, the fingerprint, a summary, the other fields and
/// the errors. Attached children follow on separate lines, each with the time since its parent
/// began.
///
/// Lines are buffered and written when the queue is empty or 64 KiB are buffered. While writing
/// fails, buffered lines are kept, and further events are rejected with the error, so that they
/// count as failed. Control characters are escaped.
///
/// # Examples
///
/// ```
/// use gomon_core::{LogListener, Monitor};
///
/// let running = Monitor::builder()
///     .listener(LogListener::stderr())
///     .listener(LogListener::to(std::io::sink()).json())
///     .build()?;
/// # drop(running);
/// # Ok::<(), gomon_core::Error>(())
/// ```
#[derive(Debug)]
pub struct LogListener {
    form: Form,
    human: Human,
    line: String,
    output: Output,
}

#[derive(Clone, Copy, Debug)]
enum Form {
    Human,
    Json,
}

impl LogListener {
    /// Creates a listener for standard output. It has colours if that is a terminal and `NO_COLOR`
    /// is not set.
    #[must_use]
    pub fn stdout() -> Self {
        Self::to(io::stdout()).with_colours(colour::is_default(io::stdout().is_terminal()))
    }

    /// Creates a listener for standard error. It has colours if that is a terminal and `NO_COLOR`
    /// is not set.
    #[must_use]
    pub fn stderr() -> Self {
        Self::to(io::stderr()).with_colours(colour::is_default(io::stderr().is_terminal()))
    }

    /// Creates a listener for any writer, without colours. The writer may be slow and may fail.
    #[must_use]
    pub fn to(writer: impl Write + Send + 'static) -> Self {
        Self {
            form: Form::Human,
            human: Human::default(),
            line: String::new(),
            output: Output::new(Box::new(writer)),
        }
    }

    /// Writes each event as one line of JSON.
    #[must_use]
    pub fn json(mut self) -> Self {
        self.form = Form::Json;
        self
    }

    /// Sets whether the readable form has colours.
    #[must_use]
    pub fn with_colours(mut self, colours: bool) -> Self {
        self.human.colours = colours;
        self
    }
}

impl Listener for LogListener {
    fn name(&self) -> &str {
        "log"
    }

    fn feed(&mut self, event: &Event<'_>) -> Result<(), Error> {
        self.output.make_room()?;
        match self.form {
            Form::Json => {
                event.write_json(self.output.pending());
                self.output.pending().push(b'\n');
            }
            Form::Human => {
                self.line.clear();
                self.human.write(event, &mut self.line);
                self.output
                    .pending()
                    .extend_from_slice(self.line.as_bytes());
            }
        }
        Ok(())
    }

    fn flush(&mut self, _: &mut Flush) -> Result<(), Error> {
        Ok(self.output.write()?)
    }
}
