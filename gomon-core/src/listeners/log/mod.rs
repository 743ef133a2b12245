//! Events as lines of text, for people or for programs.

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

/// Writes every event as a line: readable, or as [JSON](Self::json).
///
/// ```text
/// 2026-11-23T14:05:01.123Z ok         1.09ms axum-handle GET /users/{id} 200 response_size=14 trace=4bf9…
///                 +120.0µs ok          810µs   └ sql-wconn-query "SELECT * FROM users WHERE id = ?"
/// 2026-11-23T14:05:02.007Z error  30.2ms axum-handle POST /orders 500 error="connection refused" trace=03a1…
/// ```
///
/// Time, outcome, how long it took, fingerprint, what tells most, the other fields, errors. Events attached to
/// another follow it, each with the time since the other began.
///
/// Lines are collected and written together when no more events wait, or when there are 64 KiB of them. While writing
/// fails, what was taken waits, and events are refused with the error, so that they count as failed.
/// Control characters are escaped.
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
    /// To standard output; in colours if that is a terminal and `NO_COLOR` is not set.
    #[must_use]
    pub fn stdout() -> Self {
        Self::to(io::stdout()).with_colours(colour::wanted(io::stdout().is_terminal()))
    }

    /// To standard error; in colours if that is a terminal and `NO_COLOR` is not set.
    #[must_use]
    pub fn stderr() -> Self {
        Self::to(io::stderr()).with_colours(colour::wanted(io::stderr().is_terminal()))
    }

    /// To any writer, which may be slow and may fail; without colours.
    #[must_use]
    pub fn to(writer: impl Write + Send + 'static) -> Self {
        Self {
            form: Form::Human,
            human: Human::default(),
            line: String::new(),
            output: Output::new(Box::new(writer)),
        }
    }

    /// As lines of JSON, the whole event and nothing else.
    #[must_use]
    pub fn json(mut self) -> Self {
        self.form = Form::Json;
        self
    }

    /// Whether the readable form has colours.
    ///
    /// # Examples
    ///
    /// ```
    /// let listener = gomon_core::LogListener::stdout().with_colours(false);
    /// ```
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
